package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// told is what a client was told of a message.
type told struct {
	what    client.EventType
	message int64
}

// dialogue is one connection of another protocol.
type dialogue interface {
	// next returns what comes next of the messages, and notes from where to go on.
	next(context.Context) (conversation int64, t told, err error)
	close()
}

// dialect connects, from where the connection before came to.
type dialect func(context.Context) (dialogue, error)

// errLost says that a connection did not go on where the one before ended.
var errLost = errors.New("it does not go on where it ended")

// echo is what a client of another protocol has seen of the messages of each
// conversation. It comes back after every cut.
type echo struct {
	name string
	dial dialect

	mu   sync.Mutex
	now  dialogue
	seen map[int64][]told
	cuts int
	lost error
	more chan struct{}
}

// listen returns once it listens, and does so until the test ends.
func listen(t *testing.T, name string, dial dialect) *echo {
	t.Helper()
	e := &echo{name: name, dial: dial, seen: map[int64][]told{}, more: make(chan struct{}, 1)}
	first, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.now = first
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); e.run(ctx) }()
	t.Cleanup(func() { cancel(); e.disconnect(); <-ended })
	return e
}

func (e *echo) run(ctx context.Context) {
	for ctx.Err() == nil {
		e.hear(ctx)
		e.disconnect()
		again, err := e.dial(ctx)
		for ; err != nil && !errors.Is(err, errLost) && ctx.Err() == nil; again, err = e.dial(ctx) {
			pause(ctx, 20*time.Millisecond)
		}
		e.mu.Lock()
		e.cuts++
		if e.now = again; err != nil {
			e.now, e.lost = nil, err
		}
		e.mu.Unlock()
		if err != nil {
			e.wake()
			return
		}
	}
}

// hear notes what comes until the connection is over.
func (e *echo) hear(ctx context.Context) {
	for {
		conversation, heard, err := e.now.next(ctx)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.seen[conversation] = append(e.seen[conversation], heard)
		e.mu.Unlock()
		e.wake()
	}
}

func (e *echo) wake() {
	select {
	case e.more <- struct{}{}:
	default:
	}
}

func (e *echo) disconnect() {
	e.mu.Lock()
	now := e.now
	e.mu.Unlock()
	if now != nil {
		now.close()
	}
}

func (e *echo) interruptions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cuts
}

// check fails unless the client was told of all messages in what the log has since it
// began to listen, once and in that order.
func (e *echo) check(t *testing.T, conversation int64, log []*chat.Event) {
	t.Helper()
	var want []told
	for _, l := range log {
		switch l.Type {
		case chat.MessageCreated, chat.MessageUpdated, chat.MessageDeleted:
			want = append(want, told{client.EventType(l.Type), l.Ref})
		}
	}
	deadline := time.After(within)
	for {
		e.mu.Lock()
		seen, lost := slices.Clone(e.seen[conversation]), e.lost
		e.mu.Unlock()
		switch {
		case lost != nil:
			t.Fatalf("%s: %v", e.name, lost)
		case slices.Equal(seen, want):
			return
		}
		select {
		case <-e.more:
		case <-deadline:
			for i := range want {
				if i == len(seen) || seen[i] != want[i] {
					t.Fatalf("%s was told %v as number %d of %d, the log has %v", e.name, seen[i:min(i+3, len(seen))], i, conversation, want[i:min(i+3, len(want))])
				}
			}
			t.Fatalf("%s was told %v after the end of %d", e.name, seen[len(want):], conversation)
		}
	}
}

// stompMessages listens to the messages over STOMP.
func stompMessages(s *parleytest.Server, p *parleytest.Person) dialect {
	var before map[string]int64
	return func(ctx context.Context) (dialogue, error) {
		var resume []string
		for c, rev := range before {
			resume = append(resume, fmt.Sprintf("%s:%d", c, rev))
		}
		conn, err := dialStomp(ctx, "STOMP over WebSocket", s.URL, p.Token, strings.Join(resume, ","))
		if err != nil {
			return nil, err
		}
		if before == nil {
			h := stompHearer{conn, map[string]int64{}}
			h.note(conn.hello)
			before = maps.Clone(h.cursors)
		}
		return &stompDialogue{conn, before}, nil
	}
}

type stompDialogue struct {
	*stompConn
	cursors map[string]int64
}

func (d *stompDialogue) next(ctx context.Context) (int64, told, error) {
	for {
		f, err := d.stompConn.next(ctx)
		if err != nil {
			return 0, told{}, err
		}
		queue := strings.TrimPrefix(f.headers["destination"], "/user/queue/chat/")
		if queue != "messages" {
			continue
		}
		rev, _ := strconv.ParseInt(f.headers["x-rev"], 10, 64)
		u, err := updateOf(queue, []byte(f.body), rev)
		if err != nil {
			return 0, told{}, err
		}
		e := u.(*client.Event)
		d.cursors[f.headers["x-conversation"]] = rev
		return e.ConversationID, told{e.Type, e.Payload.(*client.Message).ID}, nil
	}
}

// socketIOMessages listens to the messages over Socket.IO.
func socketIOMessages(s *parleytest.Server, p *parleytest.Person) dialect {
	var pid, offset string
	return func(ctx context.Context) (dialogue, error) {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		auth := map[string]string{"token": p.Token}
		if pid != "" {
			auth["pid"], auth["offset"] = pid, offset
		}
		conn, err := dialSocketIO(ctx, "Socket.IO websocket", s.URL, auth)
		if err != nil {
			return nil, err
		}
		if pid == "" {
			pid, offset = conn.pid, conn.offset
		}
		if pid == "" || conn.pid != pid {
			conn.close()
			return nil, errLost
		}
		return &socketIODialogue{conn, s, &offset}, nil
	}
}

type socketIODialogue struct {
	*socketIOConn
	s      *parleytest.Server
	offset *string
}

func (d *socketIODialogue) next(ctx context.Context) (int64, told, error) {
	for {
		e, err := d.socketIOConn.next(ctx)
		if err != nil {
			return 0, told{}, err
		}
		if e.offset != "" {
			*d.offset = e.offset
		}
		kind := map[string]client.EventType{
			"new-message": client.MessageCreated, "message-updated": client.MessageUpdated, "message-deleted": client.MessageDeleted,
		}[e.name]
		if kind == "" {
			continue
		}
		var v heard
		if err := json.Unmarshal(e.data, &v); err != nil {
			return 0, told{}, err
		}
		if v.ID == "" {
			v.ID = v.MessageID
		}
		return shownNumber(v.ConversationID), told{kind, shownNumber(v.ID)}, nil
	}
}
