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

// Promise P1: people send over REST and over streams while the server is killed
// at random moments and started again on the same data. Whatever was acknowledged
// is in the history exactly once, and everybody who listened has seen exactly the
// history, once and in order.
func TestKilledServerLosesNothing(t *testing.T) {
	const senders = 4
	data := t.TempDir()
	people, group := populate(t, data, senders+2)
	p := startProcess(t, data, "127.0.0.1:0")
	url, addr := p.url, p.addr()

	ctx, stopSending := context.WithCancel(t.Context())
	defer stopSending()
	listeners := listenAll(t, url, people[senders:], group)
	acked := &ledger{ids: map[string]int64{}}
	var sending sync.WaitGroup
	for i, who := range people[:senders] {
		c := clientOf(t, url, who.token)
		send := c.SendMessage
		if i%2 == 0 {
			send = stream(t, c, client.StreamOptions{}).Send
		}
		sending.Go(func() { keepSending(ctx, t, send, group, i, acked) })
	}

	kills := 0
	for begun := time.Now(); time.Since(begun) < howLong(6*time.Second) || kills < 8; kills++ {
		before := acked.len()
		atLeast := before + 1 + rand.IntN(40)
		acked.wait(t, atLeast)
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
func keepSending(ctx context.Context, t *testing.T, send func(context.Context, client.Draft) (client.Message, error), group int64, sender int, acked *ledger) {
	for n := 0; ctx.Err() == nil; n++ {
		d := client.Draft{ConversationID: group, Content: fmt.Sprintf("%d.%d", sender, n), TempID: fmt.Sprintf("t-%d-%d", sender, n)}
		for {
			m, err := send(context.WithoutCancel(ctx), d)
			if err == nil {
				acked.add(d.TempID, m.ID)
				break
			}
			var refused *client.Error
			if errors.As(err, &refused) && refused.Status < 500 {
				t.Errorf("%s was refused: %v", d.TempID, err)
				return
			}
			if errors.Is(err, client.ErrClosed) {
				t.Errorf("the stream of sender %d ended", sender)
				return
			}
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

// check fails unless the listener has heard exactly the history, in order. It
// has, when the newest message has come.
func (l *listener) check(t *testing.T, name string, history []client.Message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	heard := []int64{}
	newest := history[len(history)-1].ID
	for {
		u, err := l.s.Next(ctx)
		if err != nil {
			t.Fatalf("%s: after %d messages: %v", name, len(heard), err)
		}
		if g, ok := u.(*client.Gap); ok {
			t.Fatalf("%s was told to reload: %+v", name, g)
		}
		if m, ok := client.NewMessage(u); ok && m.ConversationID == l.group {
			heard = append(heard, m.ID)
			if m.ID == newest {
				break
			}
		}
	}
	want := history[len(history)-len(heard):]
	for i, m := range want {
		if heard[i] != m.ID {
			t.Fatalf("%s heard message %d as number %d, want %d", name, heard[i], i, m.ID)
		}
	}
	if missed := len(history) - len(heard); missed > 1 { // the group's own "created"
		t.Fatalf("%s missed %d messages", name, missed)
	}
}
