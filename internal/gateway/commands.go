package gateway

import (
	"context"
	"fmt"

	"parley/internal/chat"
)

// What a client may ask.
const (
	LoggingIn  Command = "login"     // Login
	Greeting   Command = "hello"     // Hello
	Sending    Command = "send"      // chat.SendMessage; the result is a chat.Sent
	Editing    Command = "edit"      // chat.EditMessage; *chat.Message
	Deleting   Command = "delete"    // chat.MessageID; *chat.Message
	Reacting   Command = "react"     // chat.React; chat.Reacted
	Reading    Command = "read"      // Mark; chat.ReadState
	Receiving  Command = "delivered" // Mark; nothing
	TypingNow  Command = "typing"    // Typing; nothing
	Attending  Command = "presence"  // Attend; nothing
	BeingThere Command = "active"    // nothing but being active; nothing
	Refreshing Command = "refresh"   // not even that; answered by a Refresh
)

// commands is the table of what clients may ask over any protocol.
var commands map[Command]command

func init() { // not at declaration: the handlers lead back to the table
	commands = map[Command]command{
		LoggingIn:  {(*session).login, true},
		Greeting:   {(*session).hello, true},
		Sending:    {service(Service.SendMessage), false},
		Editing:    {service(Service.EditMessage), false},
		Deleting:   {service(Service.DeleteMessage), false},
		Reacting:   {service(Service.React), false},
		Reading:    {service(markRead), false},
		Receiving:  {service(markDelivered), false},
		TypingNow:  {service(typing), false},
		Attending:  {(*session).attend, true},
		BeingThere: {(*session).nothing, true},
		Refreshing: {(*session).refresh, true},
	}
}

// command runs a request; without an error it returns what to say, or nil.
type command struct {
	run    handler
	atOnce bool // by the reader, before the next frame is read
}

type handler func(s *session, ctx context.Context, r Request) (Output, error)

// args are the request's, of the type that the table of commands names.
func args[In any](r Request) (In, error) {
	in, ok := r.Args.(In)
	if !ok {
		return in, fmt.Errorf("gateway: %s with %T", r.Do, r.Args)
	}
	return in, nil
}

// service makes a handler of an operation of the domain.
func service[In, Out any](op func(Service, context.Context, chat.Actor, In) (Out, error)) handler {
	return func(s *session, ctx context.Context, r Request) (Output, error) {
		a, err := s.actor()
		if err != nil {
			return nil, err
		}
		in, err := args[In](r)
		if err != nil {
			return nil, err
		}
		result, err := op(s.server.service, ctx, a, in)
		if err != nil {
			return nil, err
		}
		return &Reply{Request: r, Result: result}, nil
	}
}

func markRead(s Service, ctx context.Context, a chat.Actor, m Mark) (chat.ReadState, error) {
	return s.MarkRead(ctx, a, m.Conversation, m.Message)
}

func markDelivered(s Service, ctx context.Context, a chat.Actor, m Mark) (any, error) {
	return nil, s.MarkDelivered(ctx, a, m.Conversation, m.Message)
}

func typing(s Service, ctx context.Context, a chat.Actor, t Typing) (any, error) {
	return nil, s.Typing(ctx, a, t.Conversation, t.Typing)
}

func (s *session) attend(_ context.Context, r Request) (Output, error) {
	in, err := args[Attend](r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	a, f := s.attends, s.follower
	s.mu.Unlock()
	switch {
	case f == nil:
		return nil, errNobody()
	case a == nil:
		return nil, chat.Errorf(chat.Conflict, "Hello was not said yet")
	}
	a.Attend(in.Status, in.Device)
	return &Reply{Request: r}, nil
}

func (s *session) nothing(_ context.Context, r Request) (Output, error) {
	return &Reply{Request: r}, nil
}

func (s *session) refresh(context.Context, Request) (Output, error) {
	s.mu.Lock()
	f := s.follower
	s.mu.Unlock()
	if f == nil {
		return nil, nil
	}
	return &Refresh{f.Settled()}, nil
}
