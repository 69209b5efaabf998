package hub

import (
	"slices"
	"sync"
	"time"

	"parley/internal/chat"
)

// Signal takes what is announced but not stored. It never blocks: typing and
// delivery marks are dropped when the dispatchers have too much to do, of a
// user's presence the newest is kept.
func (h *Hub) Signal(s chat.Signal) {
	switch s.Kind {
	case chat.SignalTyping, chat.SignalDelivered, chat.SignalKnock:
		h.worker(s.ConversationID.Stream()).offer(task{signal: &Announcement{Signal: s}})
	case chat.SignalPresence, chat.SignalBlocked:
		h.presence.put(s)
	case chat.SignalRevoked:
		h.revoke(s)
	}
}

func (h *Hub) revoke(sig chat.Signal) {
	s := h.table.find(sig.UserID.Stream())
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fo := range s.follows {
		fo.follower.sink.Revoked(sig.Session)
	}
}

// presenceQueue holds the newest presence of each user until it is told, and who
// has blocked whom since: that is told after the presences, which may have been read
// before there was the block.
type presenceQueue struct {
	mu      sync.Mutex
	waiting presences
	wake    chan struct{}
}

type presences struct {
	newest map[chat.UserID]chat.Signal
	blocks map[block]bool
}

type block struct{ user, other chat.UserID }

func noPresences() presences {
	return presences{map[chat.UserID]chat.Signal{}, map[block]bool{}}
}

func newPresenceQueue() presenceQueue {
	return presenceQueue{waiting: noPresences(), wake: make(chan struct{}, 1)}
}

func (q *presenceQueue) put(s chat.Signal) {
	q.mu.Lock()
	if s.Kind == chat.SignalBlocked {
		q.waiting.blocks[block{s.UserID, s.Other}] = true
	} else {
		q.waiting.newest[s.UserID] = s
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *presenceQueue) take() presences {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.waiting
	q.waiting = noPresences()
	return taken
}

// presencePause lies between two rounds of telling presences, so that what comes
// close together is written together: when a thousand members of a group sign in,
// each hears of a thousand.
const presencePause = 100 * time.Millisecond

func (h *Hub) runPresence() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.presence.wake:
		}
		h.tellPresences(h.presence.take())
		pause.Reset(presencePause)
		select {
		case <-h.ctx.Done():
			return
		case <-pause.C:
		}
	}
}

func (h *Hub) tellPresences(waiting presences) {
	for _, s := range waiting.newest {
		h.tellPresence(s)
	}
	for b := range waiting.blocks {
		h.hide(b.user, b.other)
		h.hide(b.other, b.user)
	}
}

// hide tells the sessions of reader that u is not there.
func (h *Hub) hide(u, reader chat.UserID) {
	s := h.table.find(reader.Stream())
	if s == nil {
		return
	}
	a := &Announcement{Signal: chat.Signal{Kind: chat.SignalPresence, UserID: u, Presence: chat.Presence{UserID: u, Status: chat.Offline}}}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fo := range s.follows {
		fo.follower.sink.Signal(a)
	}
}

// tellPresence gives a user's presence once to each follower who shares a
// conversation with him, unless there is a block between them.
func (h *Hub) tellPresence(sig chat.Signal) {
	streams, err := h.sharedWith(sig.UserID)
	var blocked []chat.UserID
	if err == nil {
		blocked, err = h.log.BlockedWith(h.ctx, sig.UserID)
	}
	if err != nil {
		if h.ctx.Err() == nil {
			h.logger.Error("looking for who may see a presence", "user", sig.UserID, "error", err)
		}
		return
	}
	a, told := &Announcement{Signal: sig}, map[*Follower]bool{}
	for _, st := range streams {
		s := h.table.find(st)
		if s == nil {
			continue
		}
		s.mu.Lock()
		for _, fo := range s.follows {
			if f := fo.follower; fo.live && f.actor.ID != sig.UserID && !told[f] && !slices.Contains(blocked, f.actor.ID) {
				told[f] = true
				f.sink.Signal(a)
			}
		}
		s.mu.Unlock()
	}
}

// sharedWith returns the streams of a user's conversations: those that a session
// of his follows here, or what the log knows of him.
func (h *Hub) sharedWith(u chat.UserID) ([]chat.StreamID, error) {
	if f := h.followerOf(u); f != nil {
		return f.conversations(), nil
	}
	ids, err := h.log.ConversationsOf(h.ctx, u)
	streams := make([]chat.StreamID, len(ids))
	for i, id := range ids {
		streams[i] = id.Stream()
	}
	return streams, err
}

func (h *Hub) followerOf(u chat.UserID) *Follower {
	s := h.table.find(u.Stream())
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.follows) == 0 {
		return nil
	}
	return s.follows[0].follower
}
