package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Bounds of what one request may take of the server. Bodies have their own in
// the packages that read them.
const (
	maxHeaderBytes = 64 << 10
	headersWithin  = 10 * time.Second
	bodyWithin     = 60 * time.Second
	answerWithin   = 60 * time.Second
	idleFor        = 2 * time.Minute
)

// listener is an HTTP server on an address.
type listener struct {
	name   string
	addr   string
	server *http.Server
	bound  net.Listener
}

func newListener(name, addr string, h http.Handler) *listener {
	return &listener{name: name, addr: addr, server: &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: headersWithin,
		ReadTimeout: bodyWithin, WriteTimeout: answerWithin, IdleTimeout: idleFor,
	}}
}

func (l *listener) start(ctx context.Context, fail func(error)) error {
	var lc net.ListenConfig
	bound, err := lc.Listen(ctx, "tcp", l.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", l.addr, err)
	}
	l.bound = bound
	go func() {
		if err := l.server.Serve(bound); !errors.Is(err, http.ErrServerClosed) {
			fail(err)
		}
	}()
	return nil
}

// stop lets no more requests in and waits for those that are under way.
func (l *listener) stop(ctx context.Context) error {
	if err := l.server.Shutdown(ctx); err != nil {
		return errors.Join(err, l.server.Close())
	}
	return nil
}
