package test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/client"
)

// Promise P1: people send over REST, streams, STOMP and Socket.IO while the server is killed
// at random moments and started again on the same data. Whatever was acknowledged
// is in the history exactly once, and everybody who listened has seen exactly the
// history, once and in order.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	const senders = 6
	data := t.TempDir()
	people, group := populate(t, data, senders+2)
	p := startProcess(t, data, "127.0.0.1:0")
	url, addr := p.url, p.addr()

	ctx, stopSending := context.WithCancel(t.Context())
	defer stopSending()
	listeners := listenAll(t, url, people[senders:], group)
	acked := &ledger{ids: map[string]int64{}}
	var sending sync.WaitGroup
	var quiet sync.RWMutex // whoever sends holds it for reading
	for i, who := range people[:senders] {
		c := clientOf(t, url, who.token)
		send := c.SendMessage
		switch i {
		case 0:
			send = stream(t, c, client.StreamOptions{}).Send
		case 1:
			send = keepSTOMP(t, "STOMP over WebSocket", url, who.token)
		case 2:
			send = keepSTOMP(t, "STOMP over SockJS", url, who.token)
		case 3:
			send = keepSocketIO(t, "Socket.IO websocket", url, who.token)
		case 4:
			send = keepSocketIO(t, "Socket.IO polling", url, who.token)
		}
		sending.Go(func() { keepSending(ctx, t, &quiet, send, group, i, acked) })
	}

	kills, caughtUp := 0, 0
	for begun := time.Now(); time.Since(begun) < howLong(6*time.Second) || kills < 8; kills++ {
		acked.wait(t, acked.len()+1+rand.IntN(40))
		if acked.len() > caughtUp+200 { // else a listener may be kept away until it is too far behind
			quiet.Lock()
			for i, l := range listeners {
				l.wait(t, fmt.Sprint("listener ", i), acked.newest())
			}
			quiet.Unlock()
			caughtUp = acked.len()
		}
		p.kill()
		p = startProcess(t, data, addr)
	}
	acked.wait(t, acked.len()+10)
	stopSending()
	sending.Wait()

	history := wholeHistory(t, clientOf(t, url, people[0].token), group)
	acked.check(t, history)
	for i, l := range listeners {
		l.check(t, fmt.Sprint("listener ", i), history)
	}
	p.stop()
	t.Logf("%d kills, %d messages acknowledged, %d in the history", kills, acked.len(), len(history))
}

// keepSending sends one message after the other, each until it is acknowledged.
func keepSending(ctx context.Context, t *testing.T, quiet *sync.RWMutex, send sendFunc, group int64, sender int, acked *ledger) {
	for n := 0; ctx.Err() == nil; n++ {
		d := client.Draft{ConversationID: group, Content: fmt.Sprintf("%d.%d", sender, n), TempID: fmt.Sprintf("t-%d-%d", sender, n)}
		quiet.RLock()
		id, err := insist(context.WithoutCancel(ctx), send, d)
		quiet.RUnlock()
		if err != nil {
			t.Errorf("sender %d: %v", sender, err)
			return
		}
		acked.add(d.TempID, id)
	}
}

type sendFunc func(context.Context, client.Draft) (client.Message, error)

// insist sends a message again and again until the server answers.
func insist(ctx context.Context, send sendFunc, d client.Draft) (int64, error) {
	for {
		m, err := send(ctx, d)
		var refused *client.Error
		if err == nil || errors.Is(err, client.ErrClosed) || errors.As(err, &refused) && refused.Status < 500 {
			return m.ID, err
		}
	}
}

// ledger is what was acknowledged: tempId to message id.
type ledger struct {
	mu   sync.Mutex
	ids  map[string]int64
	more chan struct{}
}

func (l *ledger) add(tempID string, id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids[tempID] = id
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ids)
}

// newest is the id of the newest message acknowledged.
func (l *ledger) newest() (id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, acked := range l.ids {
		id = max(id, acked)
	}
	return id
}

// wait returns when n messages were acknowledged.
func (l *ledger) wait(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		l.mu.Lock()
		if len(l.ids) >= n {
			l.mu.Unlock()
			return
		}
		if l.more == nil {
			l.more = make(chan struct{})
		}
		more := l.more
		l.mu.Unlock()
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%d messages acknowledged after 60 s, want %d", l.len(), n)
		}
	}
}

// check fails unless each acknowledged message is in the history exactly once,
// and the history's numbers have no holes.
func (l *ledger) check(t *testing.T, history []client.Message) {
	t.Helper()
	times := map[int64]int{}
	for i, m := range history {
		times[m.ID]++
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d of the history has seq %d", i+1, m.Seq)
		}
	}
	for tempID, id := range l.ids {
		if times[id] != 1 {
			t.Errorf("%s was acknowledged as message %d, which is in the history %d times", tempID, id, times[id])
		}
	}
	contents := map[string]int{}
	for _, m := range history {
		if m.Type != "SYSTEM" {
			contents[m.Content]++
		}
	}
	for content, n := range contents {
		if n != 1 {
			t.Errorf("%q is in the history %d times", content, n)
		}
	}
}

// wholeHistory reads a conversation from its newest message back to the first.
func wholeHistory(t *testing.T, c *client.Client, conversation int64) (all []client.Message) {
	t.Helper()
	before := int64(0)
	for {
		page, err := c.Messages(t.Context(), conversation, client.Page{Before: before, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		all = append(page.Messages, all...)
		if !page.HasMore {
			return all
		}
		before = all[0].ID
	}
}

// listener writes down the new messages of one conversation as they come.
type listener struct {
	s     *client.Stream
	group int64
	heard []int64
}

// listenAll makes one listener per person, over WebSocket and SSE in turn.
func listenAll(t *testing.T, url string, people []person, group int64) (all []*listener) {
	t.Helper()
	for i, who := range people {
		o := client.StreamOptions{Queue: 1 << 16}
		if i%2 == 1 {
			o.Transport = client.SSE
		}
		all = append(all, &listener{s: stream(t, clientOf(t, url, who.token), o), group: group})
	}
	return all
}

// wait returns when the message, or a later one, has come.
func (l *listener) wait(t *testing.T, name string, id int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for len(l.heard) == 0 || l.heard[len(l.heard)-1] < id {
		u, err := l.s.Next(ctx)
		if err != nil {
			t.Fatalf("%s: after %d messages: %v", name, len(l.heard), err)
		}
		if g, ok := u.(*client.Gap); ok {
			t.Fatalf("%s was told to reload: %+v", name, g)
		}
		if m, ok := client.NewMessage(u); ok && m.ConversationID == l.group {
			l.heard = append(l.heard, m.ID)
		}
	}
}

// check fails unless the listener has heard exactly the history, in order.
func (l *listener) check(t *testing.T, name string, history []client.Message) {
	t.Helper()
	l.wait(t, name, history[len(history)-1].ID)
	want := history[len(history)-len(l.heard):]
	for i, m := range want {
		if l.heard[i] != m.ID {
			t.Fatalf("%s heard message %d as number %d, want %d", name, l.heard[i], i, m.ID)
		}
	}
	if missed := len(history) - len(l.heard); missed > 1 { // the group's own "created"
		t.Fatalf("%s missed %d messages", name, missed)
	}
}
