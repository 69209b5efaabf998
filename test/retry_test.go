package test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Promise P2: the same tempId, tried at once over REST, streams, STOMP and Socket.IO and again
// after a restart, is one message; nobody else gets it twice.
func TestSameTempIDIsOneMessage(t *testing.T) { repeatedly(t, sameTempIDIsOneMessage) }

func sameTempIDIsOneMessage(t *testing.T) {
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "first"}); err != nil {
		t.Fatal(err)
	}
	bobs := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	c := clientFor(t, s, ann)
	draft := client.Draft{ConversationID: int64(v.ID), Content: "once", TempID: "same"}

	ways := []func(context.Context, client.Draft) (client.Message, error){c.SendMessage}
	for range 3 {
		ways = append(ways, stream(t, clientFor(t, s, ann), client.StreamOptions{}).Send)
	}
	for way := range stompWays {
		c := stomp(t, way, s.NodeURL(s.Nodes()-1), ann.Token, "")
		var one sync.Mutex // whoever waits for his copy reads for all
		ways = append(ways, func(ctx context.Context, d client.Draft) (client.Message, error) {
			one.Lock()
			defer one.Unlock()
			return overSTOMP(c, speaker{}).send(ctx, d)
		})
	}
	for _, way := range socketIOWays {
		ways = append(ways, overSocketIO(socketIO(t, way, s.NodeURL(s.Nodes()-1), ann.Token)).send)
	}
	ids := make([]int64, 24)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			m, err := ways[i%len(ways)](t.Context(), draft)
			if err != nil {
				t.Error(err)
			}
			ids[i] = m.ID
		})
	}
	wg.Wait()
	s.Restart()
	again, err := c.SendMessage(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if id != again.ID {
			t.Fatalf("try %d became message %d, the one after the restart %d", i, id, again.ID)
		}
	}
	last, err := c.SendMessage(t.Context(), client.Draft{ConversationID: int64(v.ID), Content: "last"})
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	for {
		m, ok := client.NewMessage(next[client.Update](t, bobs))
		if !ok {
			continue
		}
		heard = append(heard, m.Content)
		if m.ID == last.ID {
			break
		}
	}
	if got, want := fmt.Sprint(heard), "[once last]"; got != want {
		t.Errorf("bob heard %s, want %s", got, want)
	}
}
