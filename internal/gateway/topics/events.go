package topics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway/sse"
	"parley/internal/topics"
)

// ssePage is how many messages are written together.
const ssePage = 100

// events runs one subscription as Server-Sent Events: ?topic=, ?filter= (a JSON
// object) and ?from=, or Last-Event-ID after a reconnect. Nothing can be acknowledged
// this way, so it has no groups.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	sub, err := fromQuery(r)
	if err != nil {
		h.Refuse(w, err)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	c, err := h.Topics.Subscribe(ctx, sub)
	if err != nil {
		h.Refuse(w, err)
		return
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }() // of a live topic: it cannot fail
	conn := sse.Accept(w, r)
	defer conn.Release()
	pages := make(chan []topics.Message)
	var helpers sync.WaitGroup
	helpers.Go(func() { h.watch(ctx, r, func(error) { cancel() }) })
	helpers.Go(func() { h.read(ctx, c, pages) })
	stream(ctx, conn, pages)
	cancel()
	helpers.Wait()
}

func fromQuery(r *http.Request) (topics.Subscription, error) {
	q := r.URL.Query()
	w := wanted{Topic: q.Get("topic"), Group: q.Get("group")}
	if w.Group != "" {
		return topics.Subscription{}, chat.Invalid("group", "Groups need a WebSocket, to acknowledge")
	}
	if raw := q.Get("filter"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &w.Filter); err != nil {
			return topics.Subscription{}, chat.Invalid("filter", "filter must be a JSON object")
		}
	}
	s, err := w.subscription()
	if s.From = q.Get("from"); r.Header.Get("Last-Event-ID") != "" {
		s.From = r.Header.Get("Last-Event-ID")
	}
	return s, err
}

// read reads what comes until ctx ends, or the database fails: then the client comes
// back by itself.
func (h *Handler) read(ctx context.Context, c topics.Consumer, pages chan<- []topics.Message) {
	defer close(pages)
	for {
		list, err := c.Next(ctx, ssePage)
		if err != nil {
			if !isEnd(err) {
				h.Log.Warn("a consumer of topics", "error", err)
			}
			return
		}
		select {
		case pages <- list:
		case <-ctx.Done():
			return
		}
	}
}

// stream writes what comes until the client or the server ends it.
func stream(ctx context.Context, conn *sse.Conn, pages <-chan []topics.Message) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		var out [][]byte
		select {
		case <-ctx.Done():
			return
		case <-ping.C:
			out = [][]byte{[]byte(":\n\n")}
		case list, ok := <-pages:
			if !ok {
				return
			}
			out = eventFrames(list)
		}
		if conn.Write(out) != nil {
			return
		}
	}
}

// eventFrames writes messages as events named after their topic; the id is where to
// go on.
func eventFrames(list []topics.Message) [][]byte {
	out := make([][]byte, len(list))
	for i, m := range list {
		if m.Offset != 0 {
			out[i] = append(out[i], "id: "+strconv.FormatInt(int64(m.Offset), 10)+"\n"...)
		}
		out[i] = fmt.Appendf(out[i], "event: %s\ndata: %s\n\n", m.Topic, m.Payload)
	}
	return out
}
