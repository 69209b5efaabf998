package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/rest"
	"parley/internal/trypage"
	"parley/internal/webapp"
)

// handler is everything that the main port serves (contracts/core.md, "Mount
// points").
func (n *Node) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/docs", n.rest)
	mux.Handle("/docs/", n.rest)
	mux.Handle("/docs/try", trypage.Handler())
	mux.Handle("/docs/try/", trypage.Handler())
	mux.HandleFunc("GET /healthz", n.healthy)
	mux.HandleFunc("GET /readyz", n.ready)
	app := webapp.Handler()
	mux.Handle("/", app)
	rooms := n.whereRooms()
	roomPages, roomStream := rooms.roomPage(app), rooms.roomStream()
	stream, sockets, stomp := n.realtime(), n.socketIO(), n.stomp()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isRoomPage(r.URL.Path):
			roomPages.ServeHTTP(w, r)
		case r.URL.Path == "/api/realtime" && r.URL.Query().Has("roomId"):
			roomStream.ServeHTTP(w, r)
		case r.URL.Path == "/api/realtime":
			stream.ServeHTTP(w, r)
		case r.URL.Path == "/socket.io/" || r.URL.Path == "/socket.io":
			sockets.ServeHTTP(w, r)
		case r.URL.Path == stompPath || strings.HasPrefix(r.URL.Path, stompPath+"/"):
			stomp.ServeHTTP(w, r)
		case r.URL.Path == "/api/realtime/topics":
			n.consumers.ServeHTTP(w, r)
		case rest.IsRoom(r.URL.Path):
			rooms.rest.ServeHTTP(w, r)
		case rest.Serves(r.URL.Path): // not through mux, which redirects unclean paths
			n.rest.ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// healthy says that the process lives.
func (n *Node) healthy(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") }

// ready says that the node can serve: the database answers, and it is not on its
// way out.
func (n *Node) ready(w http.ResponseWriter, r *http.Request) {
	if n.leaving.Load() {
		answer(w, http.StatusServiceUnavailable, "shutting down")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := n.store.Read(ctx, func(db chat.Reader) error {
		_, err := db.User(ctx, 1)
		return err
	})
	if err != nil {
		n.log.Error("the database does not answer", "error", err)
		answer(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// adminHandler is what the admin port serves: figures and profiles.
func (n *Node) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", n.metrics())
	mux.HandleFunc("GET /healthz", n.healthy)
	mux.HandleFunc("GET /readyz", n.ready)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
