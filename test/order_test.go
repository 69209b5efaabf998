package test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws/wsutil"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Promise P3: what one connection sends without waiting for answers keeps its
// order, while others write into the same conversation at the same time.
func TestOneConnectionKeepsItsOrder(t *testing.T) { repeatedly(t, oneConnectionKeepsItsOrder) }

func oneConnectionKeepsItsOrder(t *testing.T) {
	const connections, each = 6, 150
	s := parleytest.New(t)
	var people []*parleytest.Person
	var ids []chat.UserID
	for i := range connections {
		p := s.Person(fmt.Sprint("w", i))
		people, ids = append(people, p), append(ids, p.ID)
	}
	v, _, err := s.Chat.CreateConversation(t.Context(), people[0].Actor, chat.NewConversation{Name: "busy", ParticipantIDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	for i, p := range people {
		c := dialRaw(t, s.URL, p.Token)
		writing.Go(func() {
			for n := range each {
				f := fmt.Sprintf(`{"type":"send","id":"%d","conversationId":%d,"content":"%d.%d","tempId":"%d-%d"}`, n, v.ID, i, n, i, n)
				if err := wsutil.WriteClientText(c.Conn, []byte(f)); err != nil {
					t.Error(err)
					return
				}
			}
			for acks := 0; acks < each; {
				f, err := c.frame()
				if err != nil {
					t.Error(err)
					return
				}
				if strings.Contains(f, `"type":"ack"`) {
					acks++
				}
			}
		})
	}
	writing.Wait()
	history := wholeHistory(t, clientFor(t, s, people[0]), int64(v.ID))
	next := make([]int, connections)
	for i, m := range history {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d of the history has seq %d", i+1, m.Seq)
		}
		var who, n int
		if _, err := fmt.Sscanf(m.Content, "%d.%d", &who, &n); err != nil {
			continue // the group's own
		}
		if n != next[who] {
			t.Fatalf("connection %d's message %d came when %d was due", who, n, next[who])
		}
		next[who]++
	}
	for who, n := range next {
		if n != each {
			t.Errorf("connection %d has %d messages, want %d", who, n, each)
		}
	}
}

// Every way in reaches every way out, with the same id and number, once.
func TestMessageCrossesWays(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "begin"}); err != nil {
		t.Fatal(err)
	}
	anns := clientFor(t, s, ann)
	in := map[string]func(context.Context, client.Draft) (client.Message, error){
		"REST": anns.SendMessage, "WebSocket": stream(t, anns, client.StreamOptions{}).Send,
	}
	out := map[string]*client.Stream{
		"WebSocket": stream(t, clientFor(t, s, bob), client.StreamOptions{}),
		"SSE":       stream(t, clientFor(t, s, bob), client.StreamOptions{Transport: client.SSE}),
	}
	for from, send := range in {
		sent, err := send(t.Context(), client.Draft{ConversationID: int64(v.ID), Content: "from " + from})
		if err != nil {
			t.Fatal(err)
		}
		for to, st := range out {
			m := nextEvent(t, st, client.MessageCreated).Payload.(*client.Message)
			if m.ID != sent.ID || m.Seq != sent.Seq || m.Content != sent.Content || m.TempID != "" {
				t.Errorf("%s to %s: got %+v, sent %+v", from, to, m, sent)
			}
		}
		page, err := clientFor(t, s, bob).Messages(t.Context(), int64(v.ID), client.Page{Limit: 1})
		if err != nil || len(page.Messages) != 1 || page.Messages[0].ID != sent.ID {
			t.Errorf("%s to REST: %+v, %v", from, page.Messages, err)
		}
	}
}
