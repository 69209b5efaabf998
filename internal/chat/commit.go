package chat

import (
	"context"
	"encoding/json"
	"time"
)

// change is what an operation does inside its transaction: check, write, emit.
// It may run twice when a commit has to be redone, so it must start afresh.
type change func(ctx context.Context, tx Tx) error

// commit makes a change durable. Its events become public after that, in commit
// order, through Store.OnCommit.
func (s *Service) commit(ctx context.Context, fn change) error {
	return s.store.Write(ctx, func(tx Tx) error {
		// Once begun, a change is not cut in the middle by its caller's leaving.
		return fn(context.WithoutCancel(ctx), tx)
	})
}

// emit appends an event to a conversation's stream.
func emit(ctx context.Context, tx Tx, c *Conversation, typ EventType, actor UserID, at time.Time, payload any) error {
	e := &Event{Stream: c.ID.Stream(), Type: typ, Actor: actor, At: at, Payload: payload}
	switch p := payload.(type) {
	case *Message:
		e.Ref, e.Seq = int64(p.ID), p.Seq
	case *ParticipantChange:
		e.Ref, e.Detail = int64(p.UserID), detailOf(p)
	case *Conversation:
		e.Ref = int64(p.ID)
	}
	if err := tx.Emit(ctx, e); err != nil {
		return err
	}
	c.LastRev = e.Rev
	return nil
}

// emitOwn appends an event to a user's own stream.
func emitOwn(ctx context.Context, tx Tx, user UserID, typ EventType, ref int64, detail string, at time.Time, payload any) error {
	return tx.Emit(ctx, &Event{Stream: user.Stream(), Type: typ, Actor: user, At: at, Ref: ref, Detail: detail, Payload: payload})
}

// say writes a system message: senderId is the actor, metadata.system tells what
// happened. It takes a seq and does not count as unread.
func say(ctx context.Context, tx Tx, c *Conversation, actor UserID, at time.Time, text string, what systemNote) error {
	meta, err := json.Marshal(map[string]systemNote{"system": what})
	if err != nil {
		return err
	}
	return tx.AppendMessage(ctx, c, &Message{
		ConversationID: c.ID, Type: TypeSystem, SenderID: actor, Content: text, Metadata: meta, CreatedAt: at,
	})
}

// systemNote is metadata.system of a system message.
type systemNote struct {
	Kind      string    `json:"kind"` // created, renamed, added, joined, left, removed, role, owner, pinned
	UserIDs   []UserID  `json:"userIds,omitempty"`
	Name      string    `json:"name,omitempty"`
	Role      Role      `json:"role,omitempty"`
	MessageID MessageID `json:"messageId,omitempty"`
}

// participantDetail is what a participant event keeps in the log.
type participantDetail struct {
	By     UserID `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

func detailOf(p *ParticipantChange) string {
	b, err := json.Marshal(participantDetail{p.By, p.Reason})
	if err != nil {
		return ""
	}
	return string(b)
}

type queuedKey struct{}

// WhenQueued returns a context in which a write calls fn once its place among all
// writes is certain: what is asked for after that is committed after it. Whoever
// keeps an order need not wait for the commit itself. fn must not block; it is
// called at most once per write, and never for a write that is refused before.
func WhenQueued(ctx context.Context, fn func()) context.Context {
	return context.WithValue(ctx, queuedKey{}, fn)
}

// Queued is for stores: it tells who is waiting in WhenQueued.
func Queued(ctx context.Context) {
	if fn, ok := ctx.Value(queuedKey{}).(func()); ok {
		fn()
	}
}
