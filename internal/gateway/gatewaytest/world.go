package gatewaytest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/hub"
)

// The people of a World.
const (
	Ann chat.UserID = 1 + iota
	Bob
	Cid
)

var names = map[chat.UserID]string{Ann: "Ann", Bob: "Bob", Cid: "Cid"}

// Team is the group that Ann and Bob share in a new World.
const Team chat.ConversationID = 1

// World is a domain in memory: enough of chat.Service for sessions to live in.
type World struct {
	Bus    chat.Bus
	Hub    *hub.Hub
	Server *gateway.Server

	committing sync.Mutex // held until what was committed is published

	mu       sync.Mutex
	logs     map[chat.StreamID][]*chat.Event
	members  map[chat.ConversationID]map[chat.UserID]chat.Participant
	messages map[chat.MessageID]*chat.Message
	pos      chat.Position
	tokens   map[string]gateway.Identity
	// Slow is called within every command.
	Slow func(chat.ConversationID)
}

// NewWorld returns a world with a hub and a server. close ends both.
func NewWorld(c gateway.Config) (w *World, close func()) {
	w = &World{
		Bus:      bus.NewLocal(),
		logs:     map[chat.StreamID][]*chat.Event{},
		members:  map[chat.ConversationID]map[chat.UserID]chat.Participant{},
		messages: map[chat.MessageID]*chat.Message{},
		tokens:   map[string]gateway.Identity{},
		Slow:     func(chat.ConversationID) {},
	}
	w.Add(Team, Ann)
	w.Add(Team, Bob)
	w.Hub = hub.New(w, hub.Options{})
	c.Hub, c.Service, c.Auth = w.Hub, w, w
	w.Server = gateway.New(c)
	unsubscribe := w.Bus.Subscribe(w.Hub.Subscriber())
	if err := w.Hub.Start(context.Background()); err != nil {
		panic(err)
	}
	return w, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := w.Server.Shutdown(ctx); err != nil {
			panic(err)
		}
		unsubscribe()
		if err := w.Hub.Stop(ctx); err != nil {
			panic(err)
		}
	}
}

// As is the identity of a user whose token does not expire.
func As(u chat.UserID) gateway.Identity {
	return gateway.Identity{Actor: chat.Actor{ID: u, Session: chat.SessionID(u)}}
}

// Token makes a token that stands for who.
func (w *World) Token(token string, who gateway.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens[token] = who
}

// Authenticate knows the tokens made by Token.
func (w *World) Authenticate(_ context.Context, token string) (gateway.Identity, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	who, ok := w.tokens[token]
	if !ok {
		return who, chat.Errorf(chat.TokenInvalid, "Invalid token")
	}
	return who, nil
}

// Commit appends the events to their streams, then publishes them.
func (w *World) Commit(events ...*chat.Event) {
	w.change(func() []*chat.Event { return events })
}

func (w *World) change(apply func() []*chat.Event) {
	w.committing.Lock()
	defer w.committing.Unlock()
	w.mu.Lock()
	events := apply()
	for _, e := range events {
		w.pos++
		e.Pos, e.Rev, e.At = w.pos, int64(len(w.logs[e.Stream]))+1, time.Now()
		w.logs[e.Stream] = append(w.logs[e.Stream], e)
		if e.Type == chat.ConversationJoined {
			e.Detail = strconv.Itoa(len(w.logs[chat.ConversationID(e.Ref).Stream()]))
		}
	}
	w.mu.Unlock()
	w.Bus.Publish(events)
}

// Add makes a user take part in a conversation.
func (w *World) Add(c chat.ConversationID, u chat.UserID) {
	w.change(func() []*chat.Event {
		if w.members[c] == nil {
			w.members[c] = map[chat.UserID]chat.Participant{}
		}
		p := chat.Participant{ConversationID: c, UserID: u, Username: strings.ToLower(names[u]), Name: names[u], Role: chat.RoleMember, JoinedAt: time.Now()}
		w.members[c][u] = p
		return []*chat.Event{
			{Stream: c.Stream(), Type: chat.ParticipantAdded, Actor: u, Ref: int64(u), Payload: &chat.ParticipantChange{Participant: p, By: u, Reason: chat.ReasonAdded}},
			{Stream: u.Stream(), Type: chat.ConversationJoined, Actor: u, Ref: int64(c)},
		}
	})
}

// Remove ends a user's part in a conversation.
func (w *World) Remove(c chat.ConversationID, u chat.UserID) {
	w.change(func() []*chat.Event {
		p := w.members[c][u]
		delete(w.members[c], u)
		return []*chat.Event{
			{Stream: c.Stream(), Type: chat.ParticipantRemoved, Actor: u, Ref: int64(u), Payload: &chat.ParticipantChange{Participant: p, By: u, Reason: chat.ReasonRemoved}},
			{Stream: u.Stream(), Type: chat.ConversationLeft, Actor: u, Ref: int64(c), Payload: &chat.Left{ConversationID: c, Reason: chat.ReasonRemoved}},
		}
	})
}

// Cut hides what a participant's conversation said up to a seq.
func (w *World) Cut(c chat.ConversationID, u chat.UserID, seq int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.members[c][u]
	p.HiddenBefore = seq
	w.members[c][u] = p
}

// Revoke ends the sessions of a user.
func (w *World) Revoke(u chat.UserID) {
	w.Bus.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: u})
}

// Pos is the newest position of the log.
func (w *World) Pos() chat.Position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pos
}

// Heads returns the streams of the actor.
func (w *World) Heads(_ context.Context, a chat.Actor) ([]chat.Head, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	heads := []chat.Head{{Stream: a.ID.Stream(), Rev: int64(len(w.logs[a.ID.Stream()]))}}
	for c, in := range w.members {
		if p, ok := in[a.ID]; ok {
			heads = append(heads, chat.Head{Stream: c.Stream(), Rev: int64(len(w.logs[c.Stream()])), HiddenBefore: p.HiddenBefore})
		}
	}
	return heads, nil
}

// Head returns the rev of the newest event.
func (w *World) Head(_ context.Context, st chat.StreamID) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.logs[st])), nil
}

// HeadsSince returns the heads of what changed after a position.
func (w *World) HeadsSince(_ context.Context, pos chat.Position) (map[chat.StreamID]int64, chat.Position, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	heads := map[chat.StreamID]int64{}
	for st, log := range w.logs {
		if last := log[len(log)-1]; last.Pos > pos {
			heads[st] = last.Rev
		}
	}
	return heads, w.pos, nil
}

// Log returns a page of a stream.
func (w *World) Log(_ context.Context, st chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.page(st, after, limit), nil
}

// Replay returns a page of a stream of the actor's.
func (w *World) Replay(_ context.Context, a chat.Actor, st chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.access(a, st); err != nil {
		return nil, err
	}
	return w.page(st, after, limit), nil
}

func (w *World) access(a chat.Actor, st chat.StreamID) error {
	c, ok := st.Conversation()
	if _, in := w.members[c][a.ID]; ok && !in {
		return chat.Errorf(chat.NotParticipant, "You are not a participant in this conversation")
	}
	return nil
}

func (w *World) page(st chat.StreamID, after int64, limit int) []*chat.Event {
	log := w.logs[st]
	log = log[min(after, int64(len(log))):]
	log = slices.Clone(log[:min(limit, len(log))])
	for i, e := range log {
		whole := *e
		w.hydrate(&whole)
		log[i] = &whole
	}
	return log
}

// ResumePoint returns the rev at a position.
func (w *World) ResumePoint(_ context.Context, a chat.Actor, st chat.StreamID, pos chat.Position) (int64, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.access(a, st); err != nil {
		return 0, false, err
	}
	log := w.logs[st]
	rev := len(log)
	for rev > 0 && log[rev-1].Pos > pos {
		rev--
	}
	return int64(rev), len(log)-rev <= chat.MaxReplay, nil
}

// Hydrate fills the payloads of conversation.joined.
func (w *World) Hydrate(_ context.Context, events []*chat.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		w.hydrate(e)
	}
	return nil
}

func (w *World) hydrate(e *chat.Event) {
	if e.Type != chat.ConversationJoined {
		return
	}
	head, _ := strconv.ParseInt(e.Detail, 10, 64)
	u, _ := e.Stream.User()
	j := &chat.Joined{Head: head}
	j.View.ID, j.View.Kind, j.View.Title, j.View.CreatedAt, j.View.UpdatedAt = chat.ConversationID(e.Ref), chat.Group, "Team", e.At, e.At
	if p, in := w.members[j.View.ID][u]; in {
		j.View.Me, j.View.Participants, j.View.ParticipantCount = p, []chat.Participant{p}, len(w.members[j.View.ID])
	}
	e.Payload = j
}

// BlockedWith returns nobody: in this world there are no blocks.
func (w *World) BlockedWith(context.Context, chat.UserID) ([]chat.UserID, error) { return nil, nil }

// ConversationsOf returns the conversations of a user.
func (w *World) ConversationsOf(_ context.Context, u chat.UserID) ([]chat.ConversationID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []chat.ConversationID
	for c, in := range w.members {
		if _, ok := in[u]; ok {
			ids = append(ids, c)
		}
	}
	return ids, nil
}
