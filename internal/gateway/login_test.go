package gateway_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
)

// late is a protocol whose clients log in by a frame, as STOMP's do.
type late struct{ gateway.Protocol }

func (late) Open() gateway.Opening { return gateway.Opening{Patience: 10 * time.Second} }

func TestLoggingInByAFrame(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		w.Token("ann", gatewaytest.As(ann))
		c := connect(t, w, late{speak()}, gateway.Identity{})
		c.Send(`{"type":"hello","id":1}`)
		c.Send(`{"type":"send","id":2,"conversationId":1,"content":"x"}`)
		c.Send(`{"type":"presence","id":3,"status":"AWAY"}`)
		if got := types(c.got()); got != "error unauthenticated, error unauthenticated, error unauthenticated" {
			t.Errorf("got %s", got)
		}
		c.Send(`{"type":"auth","token":"ann"}`)
		c.Send(`{"type":"presence","id":3,"status":"AWAY"}`)
		c.Send(`{"type":"hello"}`)
		w.Say(team, bob, "x")
		if got := types(c.got()); got != "ready, error conflict, event message.created" {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Minute)
		if c.Closed() != "" {
			t.Errorf("closed with %q", c.Closed())
		}
	})
}

func TestABadTokenEndsTheConnection(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		c := connect(t, w, late{speak()}, gateway.Identity{})
		c.Send(`{"type":"auth","id":1,"token":"bad"}`)
		if got := types(c.got()); got != "error token_invalid, bye unauthorized" || !strings.HasPrefix(c.Closed(), "4401") {
			t.Errorf("got %s, closed with %q", got, c.Closed())
		}
	})
}

func TestWhoDoesNotLogInIsSentAway(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		w.Token("ann", gatewaytest.As(ann))
		silent := connect(t, w, late{speak()}, gateway.Identity{})
		half := connect(t, w, late{speak()}, gateway.Identity{})
		half.Send(`{"type":"auth","token":"ann"}`) // but says no hello
		time.Sleep(10 * time.Second)
		for _, c := range []*client{silent, half} {
			if got := types(c.got()); !strings.HasSuffix(got, "bye unauthorized") || !strings.HasPrefix(c.Closed(), "4401") {
				t.Errorf("got %s, closed with %q", got, c.Closed())
			}
		}
	})
}

func TestARevokedSessionIsClosedAndNoOther(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		open := func(session chat.SessionID) *client {
			c := connect(t, w, speak(), gateway.Identity{Actor: chat.Actor{ID: ann, Session: session}})
			c.got()
			return c
		}
		first, second := open(7), open(8)
		w.Bus.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: ann, Session: 7})
		synctest.Wait()
		if !strings.HasPrefix(first.Closed(), "4401") || second.Closed() != "" {
			t.Errorf("closed with %q and %q", first.Closed(), second.Closed())
		}
	})
}

// A key that was revoked has no signal that names it: its connections are found
// by asking again.
func TestAProofWithoutAnEndIsAskedForAgain(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		var revoked atomic.Bool
		who := gatewaytest.As(ann)
		who.Again = func(context.Context) error {
			if revoked.Load() {
				return chat.Errorf(chat.Unauthenticated, "The API key is not valid")
			}
			return nil
		}
		c := connect(t, w, speak(), who)
		c.Send(`{"type":"hello"}`)
		c.got()
		time.Sleep(5 * time.Minute)
		if c.Closed() != "" {
			t.Fatalf("a good key was closed with %q", c.Closed())
		}
		revoked.Store(true)
		time.Sleep(time.Minute)
		if got := types(c.got()); got != "bye unauthorized" || !strings.HasPrefix(c.Closed(), "4401") {
			t.Errorf("got %s, closed with %q", got, c.Closed())
		}
	})
}

// Whoever is revoked while he joins has no session to hear of it.
func TestARevocationWhileJoiningIsNotMissed(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		who := gatewaytest.As(ann)
		who.Again = func(context.Context) error { return chat.Errorf(chat.TokenInvalid, "This session has ended") }
		c := connect(t, w, speak(), who)
		if got := types(c.got()); got != "error token_invalid, bye unauthorized" {
			t.Errorf("got %s", got)
		}
	})
}
