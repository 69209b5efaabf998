package gatewaytest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"parley/internal/chat"
)

// Say sends a message as a user.
func (w *World) Say(c chat.ConversationID, u chat.UserID, text string) *chat.Message {
	sent, err := w.SendMessage(context.Background(), chat.Actor{ID: u}, chat.SendMessage{ConversationID: c, Content: text})
	if err != nil {
		panic(err)
	}
	return sent.Message
}

// SendMessage adds a message. The same TempID gives the same message.
func (w *World) SendMessage(_ context.Context, a chat.Actor, r chat.SendMessage) (sent chat.Sent, err error) {
	w.Slow(r.ConversationID)
	w.change(func() []*chat.Event {
		if err = w.access(a, r.ConversationID.Stream()); err != nil {
			return nil
		}
		seq := int64(1)
		for _, m := range w.messages {
			if m.ConversationID == r.ConversationID {
				seq++
				if m.SenderID == a.ID && m.TempID == r.TempID && r.TempID != "" {
					sent = chat.Sent{Message: m, Duplicate: true}
					return nil
				}
			}
		}
		m := &chat.Message{
			ID: chat.MessageID(len(w.messages) + 1), ConversationID: r.ConversationID, Seq: seq, Type: chat.TypeText,
			SenderID: a.ID, SenderName: names[a.ID], Content: r.Content, TempID: r.TempID, ParentID: r.ParentID,
			Metadata: r.Metadata, Mentions: r.Mentions, CreatedAt: time.Now(),
		}
		w.messages[m.ID] = m
		sent.Message = m
		return []*chat.Event{about(m, chat.MessageCreated, a.ID)}
	})
	return sent, err
}

func about(m *chat.Message, t chat.EventType, by chat.UserID) *chat.Event {
	return &chat.Event{Stream: m.ConversationID.Stream(), Type: t, Actor: by, Ref: int64(m.ID), Seq: m.Seq, Payload: m}
}

// alter changes a copy of a message, since events share what they carry.
func (w *World) alter(a chat.Actor, id chat.MessageID, t chat.EventType, edit func(*chat.Message)) (m *chat.Message, err error) {
	w.change(func() []*chat.Event {
		old := w.messages[id]
		if old == nil {
			err = chat.Errorf(chat.NotFound, "Message not found")
			return nil
		}
		if err = w.access(a, old.ConversationID.Stream()); err != nil {
			return nil
		}
		changed := *old
		edit(&changed)
		w.messages[id], m = &changed, &changed
		return []*chat.Event{about(m, t, a.ID)}
	})
	return m, err
}

// EditMessage changes a message.
func (w *World) EditMessage(_ context.Context, a chat.Actor, r chat.EditMessage) (*chat.Message, error) {
	return w.alter(a, r.MessageID, chat.MessageUpdated, func(m *chat.Message) {
		m.Content, m.EditedAt = r.Content, time.Now()
	})
}

// DeleteMessage deletes a message.
func (w *World) DeleteMessage(_ context.Context, a chat.Actor, id chat.MessageID) (*chat.Message, error) {
	return w.alter(a, id, chat.MessageDeleted, func(m *chat.Message) { m.DeletedAt = time.Now() })
}

// React adds or removes the only reaction to a message.
func (w *World) React(_ context.Context, a chat.Actor, r chat.React) (done chat.Reacted, err error) {
	w.change(func() []*chat.Event {
		m := w.messages[r.MessageID]
		if m == nil {
			err = chat.Errorf(chat.NotFound, "Message not found")
			return nil
		}
		typ := chat.ReactionRemoved
		if done.Added = r.Add; r.Add {
			typ, done.Summary = chat.ReactionAdded, []chat.ReactionCount{{Emoji: r.Emoji, Count: 1}}
		}
		e := about(m, typ, a.ID)
		e.Payload = &chat.ReactionChange{
			MessageID: m.ID, ConversationID: m.ConversationID, UserID: a.ID, UserName: names[a.ID],
			Emoji: r.Emoji, Added: r.Add, Summary: done.Summary,
		}
		return []*chat.Event{e}
	})
	return done, err
}

// MarkRead announces a read mark.
func (w *World) MarkRead(_ context.Context, a chat.Actor, c chat.ConversationID, id chat.MessageID) (state chat.ReadState, err error) {
	now := time.Now()
	w.change(func() []*chat.Event {
		if err = w.access(a, c.Stream()); err != nil {
			return nil
		}
		mark := &chat.ReadMark{ConversationID: c, UserID: a.ID, UserName: names[a.ID], MessageID: id, At: now}
		return []*chat.Event{{Stream: c.Stream(), Type: chat.ReadMarked, Actor: a.ID, Ref: int64(id), Payload: mark}}
	})
	return chat.ReadState{ConversationID: c, MessageID: id, At: now}, err
}

// MarkDelivered signals a delivery mark.
func (w *World) MarkDelivered(_ context.Context, a chat.Actor, c chat.ConversationID, id chat.MessageID) error {
	w.Bus.Signal(chat.Signal{Kind: chat.SignalDelivered, ConversationID: c, UserID: a.ID, UserName: names[a.ID], MessageID: id})
	return nil
}

// Typing signals typing.
func (w *World) Typing(_ context.Context, a chat.Actor, c chat.ConversationID, typing bool) error {
	w.Bus.Signal(chat.Signal{Kind: chat.SignalTyping, ConversationID: c, UserID: a.ID, UserName: names[a.ID], Typing: typing})
	return nil
}

// Message returns a message that the actor may see.
func (w *World) Message(_ context.Context, a chat.Actor, id chat.MessageID) (*chat.Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.messages[id]
	if m == nil {
		return nil, chat.Errorf(chat.NotFound, "Message not found")
	}
	return m, w.access(a, m.ConversationID.Stream())
}

// Messages returns the newest messages before a given one, ascending.
func (w *World) Messages(_ context.Context, a chat.Actor, c chat.ConversationID, p chat.Page) (page chat.MessagePage, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.access(a, c.Stream()); err != nil {
		return page, err
	}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(w.messages))) {
		if m := w.messages[id]; m.ConversationID != c || p.Before != 0 && id >= p.Before {
			continue
		}
		if len(page.Messages) == p.Limit {
			page.HasMore = true
			break
		}
		page.Messages = append(page.Messages, *w.messages[id])
	}
	slices.Reverse(page.Messages)
	return page, nil
}

// Conversation returns a conversation that the actor takes part in.
func (w *World) Conversation(_ context.Context, a chat.Actor, c chat.ConversationID) (*chat.ConversationView, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.members[c] == nil {
		return nil, chat.Errorf(chat.NotFound, "Conversation not found")
	}
	v := &chat.ConversationView{Me: w.members[c][a.ID]}
	v.ID, v.Kind, v.Title = c, chat.Group, "Team"
	return v, w.access(a, c.Stream())
}

// Join is for public channels, of which this world has none.
func (w *World) Join(context.Context, chat.Actor, chat.ConversationID) (*chat.ConversationView, error) {
	return nil, chat.Errorf(chat.NotParticipant, "You are not a participant in this conversation")
}

// Damage gives a message metadata that is not JSON.
func (w *World) Damage(id chat.MessageID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := *w.messages[id]
	m.Metadata = json.RawMessage(`{`)
	w.messages[id] = &m
}
