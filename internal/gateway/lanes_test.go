package gateway_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
)

// flood sends n messages to each conversation, as fast as the server reads them.
func flood(c *client, conversations, n int) (sent *atomic.Int64, all chan struct{}) {
	sent, all = new(atomic.Int64), make(chan struct{})
	go func() {
		defer close(all)
		for i := range n {
			for conversation := range conversations {
				c.Send(fmt.Sprintf(`{"type":"send","id":%d,"conversationId":%d,"content":"%d"}`, i, conversation+1, i))
				sent.Add(1)
			}
		}
	}()
	return sent, all
}

func TestCommandsKeepTheirOrderPerConversation(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		for conversation := chat.ConversationID(2); conversation <= 5; conversation++ {
			w.Add(conversation, ann)
		}
		w.Slow = func(c chat.ConversationID) { time.Sleep(time.Duration(c) * time.Millisecond) }
		c := dial(t, w, ann, `{}`)
		_, all := flood(c, 5, 50)
		<-all
		time.Sleep(time.Second)
		next := map[chat.ConversationID]int{}
		for _, f := range c.got() {
			if f.Type != "event" {
				continue
			}
			if want := fmt.Sprint(next[f.ConversationID]); f.Data.Content != want {
				t.Fatalf("conversation %d: %s, want %s", f.ConversationID, f.Data.Content, want)
			}
			next[f.ConversationID]++
		}
		for conversation, n := range next {
			if n != 50 {
				t.Errorf("conversation %d has %d messages, want 50", conversation, n)
			}
		}
	})
}

func TestASlowConversationDelaysOnlyItself(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		w.Add(2, ann)
		release := make(chan struct{})
		defer close(release)
		w.Slow = func(c chat.ConversationID) {
			if c == team {
				<-release
			}
		}
		c := dial(t, w, ann, `{}`)
		c.Send(`{"type":"send","id":1,"conversationId":1,"content":"slow"}`)
		c.Send(`{"type":"send","id":2,"conversationId":2,"content":"fast"}`)
		if got := c.got(); len(got) != 2 || got[0].ConversationID == team || got[1].ConversationID == team {
			t.Errorf("got %s", types(got))
		}
	})
}

func TestTooManyCommandsAreNotRead(t *testing.T) {
	for name, tc := range map[string]struct{ conversations, each, want int }{
		"in one conversation":    {1, 100, 64},
		"in many conversations":  {20, 1, 16},
		"in eight conversations": {8, 100, 64},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
				release, started := make(chan struct{}), new(atomic.Int64)
				w.Slow = func(chat.ConversationID) { started.Add(1); <-release }
				c := dial(t, w, ann, `{}`)
				sent, all := flood(c, tc.conversations, tc.each)
				synctest.Wait()
				if n := sent.Load(); n != int64(tc.want)+1 { // one was read and waits for its turn
					t.Errorf("%d were read, want %d and one", n, tc.want)
				}
				if want := int64(min(tc.conversations, 16)); started.Load() != want {
					t.Errorf("%d are being done, want one in each of %d conversations", started.Load(), want)
				}
				close(release)
				<-all
				c.hangUp()
			})
		})
	}
}

func TestWhatWasSentBeforeHangingUpIsDone(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		w.Slow = func(chat.ConversationID) { time.Sleep(time.Second) }
		c, other := dial(t, w, ann, `{}`), dial(t, w, bob, `{}`)
		for range 3 {
			c.Send(`{"type":"send","conversationId":1,"content":"bye"}`)
		}
		c.hangUp()
		wantRevs(t, other.got(), 3, 5)
	})
}
