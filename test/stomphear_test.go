package test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"parley/client"
)

// hearer is who hears what happens, over any protocol.
type hearer interface {
	Next(context.Context) (client.Update, error)
	Cursors() map[string]int64
	Close()
}

var _ hearer = (*client.Stream)(nil)

// stompHearer tells what comes over STOMP in the words of the client package.
type stompHearer struct {
	*stompConn
	cursors map[string]int64
}

// hearOverStomp listens from the cursors on, or from now on.
func hearOverStomp(t *testing.T, way, url, token string, cursors map[string]int64) *stompHearer {
	t.Helper()
	var resume []string
	for c, rev := range cursors {
		resume = append(resume, fmt.Sprintf("%s:%d", c, rev))
	}
	h := &stompHearer{stomp(t, way, url, token, strings.Join(resume, ",")), map[string]int64{}}
	h.note(h.hello)
	maps.Copy(h.cursors, cursors)
	return h
}

// note takes over where CONNECTED says that all conversations stand.
func (h *stompHearer) note(connected stompFrame) {
	for head := range strings.SplitSeq(connected.headers["x-heads"], ",") {
		if c, rev, ok := strings.Cut(head, ":"); ok {
			h.cursors[c], _ = strconv.ParseInt(rev, 10, 64)
		}
	}
}

func (h *stompHearer) Cursors() map[string]int64 { return maps.Clone(h.cursors) }
func (h *stompHearer) Close()                    { h.close() }

func (h *stompHearer) Next(ctx context.Context) (client.Update, error) {
	for {
		f, err := h.next(ctx)
		if err != nil {
			return nil, err
		}
		rev, _ := strconv.ParseInt(f.headers["x-rev"], 10, 64)
		if c := f.headers["x-conversation"]; c != "" {
			h.cursors[c] = max(h.cursors[c], rev)
		}
		u, err := updateOf(strings.TrimPrefix(f.headers["destination"], "/user/queue/chat/"), []byte(f.body), rev)
		if u != nil || err != nil {
			return u, err
		}
	}
}

// into reads what a queue brings.
func into[T any](body []byte) (*T, error) {
	v := new(T)
	return v, json.Unmarshal(body, v)
}

func updateOf(queue string, body []byte, rev int64) (client.Update, error) {
	var kind struct {
		EventType, Action, Reason string
		ConversationID            int64
		Conversation              struct{ ID int64 }
	}
	if err := json.Unmarshal(body, &kind); err != nil {
		return nil, err
	}
	e := &client.Event{ConversationID: kind.ConversationID, Rev: rev}
	var err error
	switch queue {
	case "typing":
		return into[client.Typing](body)
	case "presence":
		return into[client.Presence](body)
	case "messages":
		e.Type = map[string]client.EventType{
			"MESSAGE_SENT": client.MessageCreated, "MESSAGE_UPDATED": client.MessageUpdated, "MESSAGE_DELETED": client.MessageDeleted,
		}[kind.EventType]
		e.Payload, err = into[client.Message](body)
	case "reactions":
		e.Type = map[string]client.EventType{"ADDED": client.ReactionAdded, "REMOVED": client.ReactionRemoved}[kind.Action]
		e.Payload, err = into[client.ReactionChange](body)
	case "receipts":
		e.Type = client.ReadMarked
		e.Payload, err = into[client.ReadMark](body)
	case "conversations":
		switch kind.EventType {
		case "CREATED":
			e.Type = client.ConversationJoined
			e.Payload, err = into[client.Joined](body)
		case "DELETED":
			e.Type = client.ConversationLeft
			e.Payload = &client.Left{ConversationID: kind.Conversation.ID, Reason: kind.Reason}
		default:
			return nil, nil
		}
	default:
		return nil, fmt.Errorf("%s: %s", queue, body)
	}
	return e, err
}

var stompSent atomic.Int64

// overSTOMP does over STOMP what it can: the rest it has from REST.
func overSTOMP(c *stompConn, rest speaker) speaker {
	s := rest
	s.send = func(ctx context.Context, d client.Draft) (m client.Message, err error) {
		if d.TempID == "" {
			d.TempID = "stomp-" + strconv.FormatInt(stompSent.Add(1), 10)
		}
		if err := c.send(ctx, "send", d); err != nil {
			return m, err
		}
		for { // the own copy has the tempId
			f, err := c.next(ctx)
			if err != nil {
				return m, err
			}
			var own struct {
				client.Message
				TempID string `json:"tempId"`
			}
			if f.headers["destination"] != "/user/queue/chat/messages" {
				continue
			}
			if err := json.Unmarshal([]byte(f.body), &own); err != nil || own.TempID == d.TempID {
				return own.Message, err
			}
		}
	}
	s.react = func(ctx context.Context, id int64, emoji string) error {
		return c.send(ctx, "reaction", map[string]any{"messageId": id, "emoji": emoji})
	}
	s.unlike = func(ctx context.Context, id int64, emoji string) error {
		return c.send(ctx, "reaction", map[string]any{"messageId": id, "emoji": emoji, "add": false})
	}
	s.read = func(ctx context.Context, g, id int64) error {
		return c.send(ctx, "markRead", map[string]any{"conversationId": g, "lastReadMessageId": id})
	}
	s.typing = func(g int64, on bool) error {
		return c.send(context.Background(), "typing", map[string]any{"conversationId": g, "typing": on})
	}
	return s
}
