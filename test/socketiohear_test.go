package test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"parley/client"
	"parley/internal/parleytest"
)

// socketIOHearer tells what comes over Socket.IO in the words of the client
// package.
type socketIOHearer struct {
	*socketIOConn
	s *parleytest.Server
}

// hearOverSocketIO listens from an earlier connection's offset on, or from now.
func hearOverSocketIO(t *testing.T, s *parleytest.Server, way, url, token string, before *socketIOHearer) *socketIOHearer {
	t.Helper()
	auth := map[string]string{"token": token}
	if before != nil {
		auth["pid"], auth["offset"] = before.pid, before.offset
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c, err := dialSocketIO(ctx, way, url, auth)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	if before != nil && c.pid != before.pid {
		t.Fatal("the connection was not recovered")
	}
	return &socketIOHearer{c, s}
}

// Cursors are in the offset.
func (h *socketIOHearer) Cursors() map[string]int64 { return map[string]int64{} }
func (h *socketIOHearer) Close()                    { h.close() }

func (h *socketIOHearer) Next(ctx context.Context) (client.Update, error) {
	for {
		e, err := h.next(ctx)
		if err != nil {
			return nil, err
		}
		u, err := h.update(ctx, e)
		if u != nil || err != nil {
			return u, err
		}
	}
}

// heard is what the payloads of Socket.IO have.
type heard struct {
	ID             string
	MessageID      string              `json:"message_id"`
	ConversationID string              `json:"conversation_id"`
	SenderID       string              `json:"sender_id"`
	UserID         string              `json:"user_id"`
	IsTyping       bool                `json:"is_typing"`
	IsEdited       bool                `json:"is_edited"`
	ClientID       string              `json:"client_id"`
	Reactions      map[string][]string `json:"reactions"`
	Content        string
	Seq            int64
	Emoji          string
	Add            bool
	Status, Reason string
	DND            bool
}

func shownNumber(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// user is who has an id as it is shown.
func (h *socketIOHearer) user(ctx context.Context, shown string) int64 {
	if u, err := h.s.Chat.UserByExternalID(ctx, shown); err == nil {
		return int64(u.ID)
	}
	return shownNumber(shown)
}

func (h *socketIOHearer) message(ctx context.Context, v heard) *client.Message {
	return &client.Message{
		ID: shownNumber(v.ID), ConversationID: shownNumber(v.ConversationID), SenderID: h.user(ctx, v.SenderID), Content: v.Content, Seq: v.Seq, IsEdited: v.IsEdited,
	}
}

func (h *socketIOHearer) update(ctx context.Context, e socketIOEvent) (client.Update, error) {
	var v heard
	if err := json.Unmarshal(e.data, &v); err != nil {
		return nil, err
	}
	out := &client.Event{ConversationID: shownNumber(v.ConversationID)}
	switch e.name {
	case "user-typing":
		return &client.Typing{ConversationID: out.ConversationID, UserID: h.user(ctx, v.UserID), Typing: v.IsTyping}, nil
	case "user-presence":
		status := strings.ToUpper(v.Status)
		if v.DND {
			status = "DND"
		}
		return &client.Presence{UserID: h.user(ctx, v.UserID), Status: status}, nil
	case "new-message":
		out.Type, out.Payload = client.MessageCreated, h.message(ctx, v)
	case "message-updated":
		out.Type, out.Payload = client.MessageUpdated, h.message(ctx, v)
	case "message-deleted":
		out.Type, out.Payload = client.MessageDeleted, &client.Message{ID: shownNumber(v.MessageID), IsDeleted: true}
	case "reaction":
		r := &client.ReactionChange{MessageID: shownNumber(v.MessageID), Reactions: map[string]int{}}
		for emoji, users := range v.Reactions {
			r.Reactions[emoji] = len(users)
		}
		if out.Type = client.ReactionRemoved; v.Add {
			out.Type = client.ReactionAdded
		}
		out.Payload = r
	case "message-read":
		out.Type = client.ReadMarked
		out.Payload = &client.ReadMark{UserID: h.user(ctx, v.UserID), LastReadMessageID: shownNumber(v.MessageID)}
	case "conversation-added":
		out.Type, out.Payload = client.ConversationJoined, &client.Joined{Conversation: client.Conversation{ID: shownNumber(v.ID)}}
	case "conversation-removed":
		out.Type, out.Payload = client.ConversationLeft, &client.Left{ConversationID: shownNumber(v.ConversationID), Reason: v.Reason}
	default:
		return nil, nil
	}
	return out, nil
}

// overSocketIO does everything over Socket.IO.
func overSocketIO(c *socketIOConn) speaker {
	do := func(ctx context.Context, name string, data map[string]any) error {
		_, err := c.ask(ctx, name, data)
		return err
	}
	return speaker{
		send: func(ctx context.Context, d client.Draft) (m client.Message, err error) {
			raw, err := c.ask(ctx, "send-message", map[string]any{
				"conversation_id": fmt.Sprint(d.ConversationID), "content": d.Content, "client_id": d.TempID,
			})
			if err != nil {
				return m, err
			}
			var ack struct{ Message heard }
			err = json.Unmarshal(raw, &ack)
			return client.Message{ID: shownNumber(ack.Message.ID), Content: ack.Message.Content, Seq: ack.Message.Seq}, err
		},
		edit: func(ctx context.Context, id int64, e client.Edit) (m client.Message, err error) {
			return m, do(ctx, "edit-message", map[string]any{"message_id": id, "content": e.Content})
		},
		delete: func(ctx context.Context, id int64) error {
			return do(ctx, "delete-message", map[string]any{"message_id": id})
		},
		react: func(ctx context.Context, id int64, emoji string) error {
			return do(ctx, "react", map[string]any{"message_id": id, "emoji": emoji, "add": true})
		},
		unlike: func(ctx context.Context, id int64, emoji string) error {
			return do(ctx, "react", map[string]any{"message_id": id, "emoji": emoji, "add": false})
		},
		read: func(ctx context.Context, _, id int64) error {
			return do(ctx, "mark-read", map[string]any{"message_id": fmt.Sprint(id)})
		},
		typing: func(g int64, on bool) error {
			return do(context.Background(), "typing", map[string]any{"conversation_id": g, "is_typing": on})
		},
	}
}

// keepSocketIO sends over Socket.IO, over a new connection whenever one is lost.
func keepSocketIO(t *testing.T, way, url, token string) sendFunc {
	var c *socketIOConn
	t.Cleanup(func() {
		if c != nil {
			c.close()
		}
	})
	return func(ctx context.Context, d client.Draft) (m client.Message, err error) {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		if c == nil {
			if c, err = dialSocketIO(ctx, way, url, map[string]string{"token": token}); err != nil {
				c = nil
				return m, err
			}
		}
		if m, err = overSocketIO(c).send(ctx, d); err != nil {
			c.close()
			c = nil
		}
		return m, err
	}
}
