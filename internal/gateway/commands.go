package gateway

import (
	"context"
	"fmt"

	"parley/internal/chat"
	"parley/internal/hub"
	"parley/internal/text"
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
	Entering   Command = "enter"     // chat.ConversationID; *chat.ConversationView
	Paging     Command = "page"      // Page; chat.MessagePage
	Syncing    Command = "sync"      // Sync; []*chat.Event, at most SyncPage
	Attending  Command = "presence"  // Attend; nothing
	BeingThere Command = "active"    // nothing but being active; nothing
	Refreshing Command = "refresh"   // not even that; answered by a Refresh
	Awaiting   Command = "await"     // Await; nothing
	Quitting   Command = "quit"      // Quit; answered by a Problem and a Bye
	Resuming   Command = "resume"    // Again; nothing, when everything was given
	Pulsing    Command = "pulse"     // Pulse; not answered
	Leaving    Command = "leave"     // nothing but doing first what was asked before; nothing, then the end
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
		Entering:   {service(enterConversation), false},
		Paging:     {service(page), false},
		Syncing:    {service(replay), false},
		Attending:  {(*session).attend, true},
		BeingThere: {(*session).nothing, true},
		Refreshing: {(*session).refresh, true},
		Awaiting:   {(*session).await, true},
		Quitting:   {(*session).quit, true},
		Resuming:   {(*session).resume, true},
		Pulsing:    {(*session).pulsing, true},
		Leaving:    {(*session).goodbye, true},
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
	c, err := m.conversation(s, ctx, a)
	if err != nil {
		return chat.ReadState{}, err
	}
	return s.MarkRead(ctx, a, c, m.Message)
}

func markDelivered(s Service, ctx context.Context, a chat.Actor, m Mark) (any, error) {
	c, err := m.conversation(s, ctx, a)
	if err != nil {
		return nil, err
	}
	return nil, s.MarkDelivered(ctx, a, c, m.Message)
}

// conversation is the one that was named, or the message's.
func (m Mark) conversation(s Service, ctx context.Context, a chat.Actor) (chat.ConversationID, error) {
	if m.Conversation != 0 {
		return m.Conversation, nil
	}
	marked, err := s.Message(ctx, a, m.Message)
	if err != nil {
		return 0, err
	}
	return marked.ConversationID, nil
}

// enterConversation is for participants; of a public channel, who asks becomes one.
func enterConversation(s Service, ctx context.Context, a chat.Actor, c chat.ConversationID) (*chat.ConversationView, error) {
	v, err := s.Conversation(ctx, a, c)
	if chat.Has(err, chat.NotParticipant) {
		return s.Join(ctx, a, c)
	}
	return v, err
}

func page(s Service, ctx context.Context, a chat.Actor, p Page) (chat.MessagePage, error) {
	return s.Messages(ctx, a, p.Conversation, p.Page)
}

// SyncPage is how many events Syncing returns at most.
const SyncPage = 100

func replay(s Service, ctx context.Context, a chat.Actor, in Sync) ([]*chat.Event, error) {
	return s.Replay(ctx, a, in.Conversation.Stream(), in.After, SyncPage)
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
	if err := checkDevice(in.Device); err != nil {
		return nil, err
	}
	a.Attend(in.Status, in.Device)
	return &Reply{Request: r}, nil
}

// maxDevice is how long the name of a kind of device may be: others see it.
const maxDevice = 32

func checkDevice(name string) error {
	if text.Length(name) > maxDevice {
		return chat.Invalid("deviceType", "deviceType is longer than %d characters", maxDevice)
	}
	return nil
}

func (s *session) await(_ context.Context, r Request) (Output, error) {
	in, err := args[Await](r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	stop(&s.patience)
	s.mu.Unlock()
	s.waitFor(Opening{Patience: in.Patience, Overdue: in.Overdue})
	return &Reply{Request: r}, nil
}

func (s *session) quit(_ context.Context, r Request) (Output, error) {
	in, err := args[Quit](r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(&Problem{Request: r, Err: in.Err})
	s.part(Bye{Code: ByeUnauthorized, Reason: chat.Explain(in.Err).Message}, closeUnauthorized)
	return nil, nil
}

func (s *session) nothing(_ context.Context, r Request) (Output, error) {
	return &Reply{Request: r}, nil
}

func (s *session) refresh(context.Context, Request) (Output, error) {
	f := s.following()
	if f == nil {
		return nil, nil
	}
	return &Refresh{f.Settled()}, nil
}

func (s *session) following() *hub.Follower {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.follower
}

func (s *session) resume(_ context.Context, r Request) (Output, error) {
	in, err := args[Again](r)
	if err != nil {
		return nil, err
	}
	f := s.following()
	if f == nil {
		return nil, errNobody()
	}
	f.Again(in.Revs,
		func(st chat.StreamID, was int64) { s.tell(&Back{st, was}) },
		func() { s.tell(&Reply{Request: r}) })
	return nil, nil
}

// goodbye ends the session when all that the client asked before is done.
func (s *session) goodbye(_ context.Context, r Request) (Output, error) {
	s.lanes.wait()
	s.tell(&Reply{Request: r})
	s.closeAfter(closeDone, "")
	return nil, nil
}
