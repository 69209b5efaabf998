package hub_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/hub"
)

// world is a log in memory with the rules of membership that the hub relies on.
type world struct {
	committing sync.Mutex // held until what was committed is published
	bus        chat.Bus

	mu      sync.Mutex
	logs    map[chat.StreamID][]*chat.Event
	members map[chat.ConversationID]map[chat.UserID]int64 // their cuts
	blocked map[chat.UserID][]chat.UserID
	pos     chat.Position
	fails   func() bool // whether the next read fails
	replays int
}

var errRead = errors.New("the disk is on fire")

func newWorld() *world {
	return &world{
		bus:     bus.NewLocal(),
		logs:    map[chat.StreamID][]*chat.Event{},
		members: map[chat.ConversationID]map[chat.UserID]int64{},
		blocked: map[chat.UserID][]chat.UserID{},
		fails:   func() bool { return false },
	}
}

// start runs a hub on the world until the test ends.
func (w *world) start(t testing.TB, o hub.Options) *hub.Hub {
	t.Helper()
	h, stop := w.open(o)
	t.Cleanup(stop)
	return h
}

func (w *world) open(o hub.Options) (h *hub.Hub, stop func()) {
	o.Log = slog.New(slog.DiscardHandler)
	h = hub.New(w, o)
	cancel := w.bus.Subscribe(h.Subscriber())
	if err := h.Start(context.Background()); err != nil {
		panic(err)
	}
	return h, func() {
		cancel()
		ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := h.Stop(ctx); err != nil {
			panic(err)
		}
	}
}

// commit appends the events to their streams, then publishes them.
func (w *world) commit(events ...*chat.Event) {
	w.committing.Lock()
	defer w.committing.Unlock()
	w.mu.Lock()
	w.append(events)
	w.mu.Unlock()
	w.bus.Publish(events)
}

func (w *world) append(events []*chat.Event) {
	for _, e := range events {
		w.pos++
		e.Pos, e.Rev = w.pos, int64(len(w.logs[e.Stream]))+1
		w.logs[e.Stream] = append(w.logs[e.Stream], e)
	}
}

// say commits n messages.
func (w *world) say(c chat.ConversationID, n int) {
	for range n {
		w.commit(&chat.Event{Stream: c.Stream(), Type: chat.MessageCreated, Payload: &chat.Message{}})
	}
}

// change commits a change of membership together with its events.
func (w *world) change(apply func(), events ...*chat.Event) {
	w.committing.Lock()
	defer w.committing.Unlock()
	w.mu.Lock()
	apply()
	w.append(events)
	for _, e := range events {
		if e.Type == chat.ConversationJoined {
			e.Detail = strconv.Itoa(len(w.logs[chat.ConversationID(e.Ref).Stream()]))
		}
	}
	w.mu.Unlock()
	w.bus.Publish(events)
}

func (w *world) add(c chat.ConversationID, u chat.UserID) {
	w.change(func() {
		if w.members[c] == nil {
			w.members[c] = map[chat.UserID]int64{}
		}
		w.members[c][u] = 0
	},
		&chat.Event{Stream: c.Stream(), Type: chat.ParticipantAdded, Ref: int64(u)},
		&chat.Event{Stream: u.Stream(), Type: chat.ConversationJoined, Ref: int64(c)})
}

func (w *world) remove(c chat.ConversationID, u chat.UserID) {
	w.change(func() { delete(w.members[c], u) },
		&chat.Event{Stream: c.Stream(), Type: chat.ParticipantRemoved, Ref: int64(u)},
		&chat.Event{Stream: u.Stream(), Type: chat.ConversationLeft, Ref: int64(c), Payload: &chat.Left{ConversationID: c, Reason: chat.ReasonRemoved}})
}

func (w *world) read() error {
	if w.fails() {
		return errRead
	}
	return nil
}

func (w *world) isMember(u chat.UserID, st chat.StreamID) bool {
	if own, ok := st.User(); ok {
		return own == u
	}
	c, _ := st.Conversation()
	_, in := w.members[c][u]
	return in
}

func (w *world) Heads(_ context.Context, a chat.Actor) ([]chat.Head, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	heads := []chat.Head{{Stream: a.ID.Stream(), Rev: int64(len(w.logs[a.ID.Stream()]))}}
	for c, in := range w.members {
		if cut, ok := in[a.ID]; ok {
			heads = append(heads, chat.Head{Stream: c.Stream(), Rev: int64(len(w.logs[c.Stream()])), HiddenBefore: cut})
		}
	}
	return heads, w.read()
}

func (w *world) Head(_ context.Context, st chat.StreamID) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.logs[st])), w.read()
}

func (w *world) HeadsSince(_ context.Context, pos chat.Position) (map[chat.StreamID]int64, chat.Position, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	heads := map[chat.StreamID]int64{}
	for st, log := range w.logs {
		if last := log[len(log)-1]; last.Pos > pos {
			heads[st] = last.Rev
		}
	}
	return heads, w.pos, w.read()
}

func (w *world) Log(_ context.Context, st chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.page(st, after, limit), w.read()
}

func (w *world) Replay(_ context.Context, a chat.Actor, st chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replays++
	if !w.isMember(a.ID, st) {
		return nil, chat.Errorf(chat.NotParticipant, "no")
	}
	return w.page(st, after, limit), w.read()
}

func (w *world) page(st chat.StreamID, after int64, limit int) []*chat.Event {
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

func (w *world) Hydrate(_ context.Context, events []*chat.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		w.hydrate(e)
	}
	return w.read()
}

func (w *world) hydrate(e *chat.Event) {
	if e.Type != chat.ConversationJoined {
		if e.Payload == nil {
			e.Payload = "hydrated"
		}
		return
	}
	head, _ := strconv.ParseInt(e.Detail, 10, 64)
	u, _ := e.Stream.User()
	j := &chat.Joined{Head: head}
	j.View.ID = chat.ConversationID(e.Ref)
	if cut, in := w.members[j.View.ID][u]; in {
		j.View.Me = chat.Participant{UserID: u, HiddenBefore: cut}
	}
	e.Payload = j
}

func (w *world) ResumePoint(_ context.Context, a chat.Actor, st chat.StreamID, pos chat.Position) (int64, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isMember(a.ID, st) {
		return 0, false, chat.Errorf(chat.NotParticipant, "no")
	}
	log := w.logs[st]
	rev := len(log)
	for rev > 0 && log[rev-1].Pos > pos {
		rev--
	}
	return int64(rev), len(log)-rev <= chat.MaxReplay, w.read()
}

func (w *world) block(a, b chat.UserID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blocked[a], w.blocked[b] = append(w.blocked[a], b), append(w.blocked[b], a)
}

func (w *world) BlockedWith(_ context.Context, u chat.UserID) ([]chat.UserID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.blocked[u], nil
}

func (w *world) ConversationsOf(_ context.Context, u chat.UserID) ([]chat.ConversationID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []chat.ConversationID
	for c := range maps.Keys(w.members) {
		if _, in := w.members[c][u]; in {
			ids = append(ids, c)
		}
	}
	return ids, w.read()
}

// revAt is the rev of the stream's newest event at or before a position.
func (w *world) revAt(st chat.StreamID, pos chat.Position) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	log := w.logs[st]
	rev := len(log)
	for rev > 0 && log[rev-1].Pos > pos {
		rev--
	}
	return int64(rev)
}

func (w *world) head(st chat.StreamID) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.logs[st]))
}
