package sse

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestThePipeTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Accept(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		defer c.Release()
		began := time.Now()
		if frame, err := c.Read(); len(frame) > 0 || err != nil || time.Since(began) != pingEvery {
			t.Errorf("read %q, %v after %v", frame, err, time.Since(began))
		}
	})
}

func TestTheClientHangsUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := Accept(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	defer c.Release()
	cancel()
	if _, err := c.Read(); !errors.Is(err, io.EOF) {
		t.Errorf("read %v, want EOF", err)
	}
	if err := c.Write([][]byte{[]byte("x")}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write %v, want closed", err)
	}
}

func TestTheServerCloses(t *testing.T) {
	w := httptest.NewRecorder()
	c := Accept(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	defer c.Release()
	if err := c.Write([][]byte{[]byte("one"), []byte("two")}); err != nil {
		t.Fatal(err)
	}
	c.Close(1, "")
	c.Close(2, "")
	if _, err := c.Read(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read %v, want closed", err)
	}
	if got := w.Body.String(); got != "onetwo" || !w.Flushed {
		t.Errorf("wrote %q, flushed %t", got, w.Flushed)
	}
}

// stuck is a client that does not read; only a deadline ends a write to it.
type stuck struct {
	*httptest.ResponseRecorder
	writing, past chan struct{}
}

func (s *stuck) Write([]byte) (int, error) {
	close(s.writing)
	<-s.past
	return 0, io.ErrClosedPipe
}

func (s *stuck) SetWriteDeadline(t time.Time) error {
	if t.Before(time.Now()) {
		close(s.past)
	}
	return nil
}

func TestCloseUnblocksAWrite(t *testing.T) {
	s := &stuck{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	c := Accept(s, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	defer c.Release()
	done := make(chan error)
	go func() { done <- c.Write([][]byte{[]byte("x")}) }()
	<-s.writing
	c.Close(0, "")
	if err := <-done; err == nil {
		t.Error("the write did not fail")
	}
}
