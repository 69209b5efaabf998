package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Send sends a message exactly once, however often the connection breaks. After
// any other error than an *Error it is not known whether it was sent: sending
// again with the same TempID makes sure.
//
// This and the other commands return when the server has done them, or with its
// *Error. When the connection breaks meanwhile they are repeated over the next
// one, until ctx or StreamOptions.CommandTimeout ends.
func (s *Stream) Send(ctx context.Context, d Draft) (Message, error) {
	d = d.named()
	return ask(ctx, s, "send", d, func(ctx context.Context) (Message, error) { return s.client.SendMessage(ctx, d) })
}

// Edit changes one's own message.
func (s *Stream) Edit(ctx context.Context, messageID int64, e Edit) (Message, error) {
	args := struct {
		MessageID int64 `json:"messageId"`
		Edit
	}{messageID, e}
	return ask(ctx, s, "edit", args, func(ctx context.Context) (Message, error) { return s.client.EditMessage(ctx, messageID, e) })
}

// Delete deletes a message; one that was deleted before is no error.
func (s *Stream) Delete(ctx context.Context, messageID int64) error {
	_, err := ask(ctx, s, "delete", fields{"messageId": messageID}, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.client.DeleteMessage(ctx, messageID)
	})
	return err
}

// React adds a reaction or takes it back, and returns the message's reactions.
func (s *Stream) React(ctx context.Context, messageID int64, emoji string, add bool) (map[string]int, error) {
	args := fields{"messageId": messageID, "emoji": emoji, "add": add}
	return ask(ctx, s, "react", args, func(ctx context.Context) (map[string]int, error) {
		if add {
			return s.client.AddReaction(ctx, messageID, emoji)
		}
		return s.client.RemoveReaction(ctx, messageID, emoji)
	})
}

// Read says that one has read everything up to a message, or up to the newest if
// the id is 0.
func (s *Stream) Read(ctx context.Context, conversationID, messageID int64) (ReadState, error) {
	args := fields{"conversationId": conversationID, "messageId": messageID}
	return ask(ctx, s, "read", args, func(ctx context.Context) (ReadState, error) {
		return s.client.MarkRead(ctx, conversationID, messageID)
	})
}

// Delivered says that this device has everything up to a message. It is
// ErrNotOverSSE there.
func (s *Stream) Delivered(ctx context.Context, conversationID, messageID int64) error {
	_, err := ask[struct{}](ctx, s, "delivered", fields{"conversationId": conversationID, "messageId": messageID}, nil)
	return err
}

// SetPresence says how present this session is; Offline means gone. Over SSE it
// sets how one is seen by all, as Client.SetPresence does.
func (s *Stream) SetPresence(ctx context.Context, status string) error {
	_, err := ask(ctx, s, "presence", fields{"status": status}, func(ctx context.Context) (struct{}, error) {
		_, err := s.client.SetPresence(ctx, PresenceStatus{Status: status})
		return struct{}{}, err
	})
	return err
}

// Typing says that one is typing, or has stopped. It does not wait: without a
// connection it is dropped, and a refusal comes as an *Error among the updates.
// It is ErrNotOverSSE there. Repeat it every few seconds while it holds.
func (s *Stream) Typing(conversationID int64, typing bool) error {
	if s.options.Transport == SSE {
		return ErrNotOverSSE
	}
	return s.commands.note(fields{"type": "typing", "conversationId": conversationID, "typing": typing})
}

type fields map[string]any

// ask sends a command over the stream, or over REST if the stream goes one way
// only.
func ask[T any](ctx context.Context, s *Stream, kind string, args any, rest func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.CommandTimeout)
	defer cancel()
	if s.options.Transport == SSE {
		return overREST(ctx, s, rest)
	}
	var result T
	data, err := s.commands.ask(ctx, kind, args)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(data, &result); err != nil {
		return result, fmt.Errorf("%s: unexpected answer: %w", kind, err)
	}
	return result, nil
}

// overREST repeats a call until the server has answered it.
func overREST[T any](ctx context.Context, s *Stream, call func(context.Context) (T, error)) (T, error) {
	if call == nil {
		var none T
		return none, ErrNotOverSSE
	}
	for failures := 0; ; failures++ {
		result, err := call(ctx)
		var refused *Error
		if err == nil || errors.As(err, &refused) {
			return result, err
		}
		timer := time.NewTimer(waitAfter(err, failures))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return result, err
		case <-s.ctx.Done():
			timer.Stop()
			return result, ErrClosed
		}
	}
}
