package hub

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"parley/internal/chat"
)

// Follower is one session's part in the hub: it follows its user's own stream
// and those of the conversations in his list, as they come and go.
type Follower struct {
	hub   *Hub
	actor chat.Actor
	sink  Sink
	// known is the rev of the own stream that the first follows were made of:
	// events up to it do not change who follows what.
	known int64
	// since is the position of a Resume.
	since chat.Position
	// behind is how many streams are not live yet.
	behind atomic.Int64

	mu      sync.Mutex
	follows map[chat.StreamID]*follow // a follow that is not in it is over
	waiting []*follow                 // to be caught up, one after the other
	foreign []chat.StreamID           // resumed, but not his
	pump    *pump                     // nil while nothing is waiting
	closed  bool
}

// OwnStream in a Resume is the follower's own stream, whoever he is.
const OwnStream chat.StreamID = 0

// Resume says where a follower takes up his streams.
type Resume struct {
	// Revs holds the last event that he has of a stream. Start may change it.
	Revs map[chat.StreamID]int64
	// Rest says where those begin that are not in Revs.
	Rest Rest
	// Since is the position of FromPosition: of the rest he has everything up to it.
	Since chat.Position
}

// Rest is where the streams begin that a Resume does not name.
type Rest uint8

const (
	FromHead     Rest = iota // with what happens from now on
	FromPosition             // with what happened after a position
	FromNowhere              // with a gap: it is not known what he has
)

// Head is a stream that a follower begins with.
type Head struct {
	chat.Head
	// Recent says that its newest event may not be settled yet, see Hub.Settled.
	Recent bool
}

// Join makes a follower and returns it with the heads of its streams. Everything
// after these heads will come, once Start is called.
func (h *Hub) Join(ctx context.Context, a chat.Actor, sink Sink) (*Follower, []Head, error) {
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	heads, err := h.log.Heads(ctx, a)
	if err != nil {
		return nil, nil, fmt.Errorf("hub: join: %w", err)
	}
	f := &Follower{hub: h, actor: a, sink: sink, follows: make(map[chat.StreamID]*follow, len(heads))}
	list := make([]Head, len(heads))
	for i, head := range heads {
		fo := &follow{id: head.Stream, follower: f, rev: head.Rev, member: head.Rev, cut: head.HiddenBefore}
		list[i].Head = head
		fo.stream, list[i].Recent = h.table.retain(head.Stream, head.Rev)
		f.follows[head.Stream] = fo
		if head.Stream == a.ID.Stream() {
			f.known = head.Rev
		}
	}
	if ctx.Err() != nil {
		f.Leave()
		return nil, nil, fmt.Errorf("hub: join: %w", ctx.Err())
	}
	for _, fo := range f.follows {
		fo.stream.add(fo)
	}
	return f, list, nil
}

// Start gives what was missed, then what happens. It is called once.
func (f *Follower) Start(r Resume) {
	if rev, named := r.Revs[OwnStream]; named {
		delete(r.Revs, OwnStream)
		r.Revs[f.actor.ID.Stream()] = rev
	}
	all := f.all()
	f.since = r.Since
	f.behind.Add(int64(len(all)))
	var waiting []*follow
	for _, fo := range all {
		// What the own stream says of joining and leaving comes before what
		// happened there, so the others wait for it.
		if f.place(fo, r); len(waiting) > 0 || !f.arrive(fo) {
			waiting = append(waiting, fo)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for st := range r.Revs {
		if f.follows[st] == nil {
			f.foreign = append(f.foreign, st)
		}
	}
	f.waiting = append(waiting, f.waiting...)
	f.wake()
}

// place puts a follow where it resumes.
func (f *Follower) place(fo *follow, r Resume) {
	fo.stream.mu.Lock()
	defer fo.stream.mu.Unlock()
	switch rev, named := r.Revs[fo.id]; {
	case !named:
		fo.start = [...]start{FromHead: fromHead, FromPosition: fromPosition, FromNowhere: fromNowhere}[r.Rest]
	case rev > max(fo.member, fo.stream.dispatched): // from another log, or a bug of the client's
		fo.start = fromNowhere
	default:
		fo.rev = rev
	}
}

// Again gives what happened after a rev of conversations once more, or for the
// first time, before what is new there: for a client that takes up a part of its
// streams while others go on. back is called for each of them before anything is
// given, with the rev up to which everything had been given, under the locks that
// a Sink's methods are called under; done when all of them are up to date.
func (f *Follower) Again(revs map[chat.StreamID]int64, back func(st chat.StreamID, was int64), done func()) {
	var waiting []*follow
	var foreign []chat.StreamID
	for _, st := range slices.Sorted(maps.Keys(revs)) {
		fo, s := f.followOf(st)
		switch {
		case fo == nil:
			foreign = append(foreign, st)
		case s == nil: // joined a moment ago, and still to be told from there
		case f.rewind(fo, revs[st], back):
			waiting = append(waiting, fo)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.foreign = append(f.foreign, foreign...)
	f.waiting = append(append(f.waiting, waiting...), &follow{id: noStream, reached: done})
	f.wake()
}

// rewind puts a follow back and reports whether nobody is catching it up yet.
func (f *Follower) rewind(fo *follow, rev int64, back func(chat.StreamID, int64)) bool {
	fo.stream.mu.Lock()
	defer fo.stream.mu.Unlock()
	switch {
	case fo.over:
		return false
	case rev > max(fo.rev, fo.member, fo.stream.dispatched): // from another log, or a bug of the client's
		fo.start = fromNowhere
	case rev >= fo.rev:
		return false
	default:
		back(fo.id, fo.rev)
		fo.start, fo.rev = fromRev, rev
	}
	wasLive := fo.live
	if fo.live = false; wasLive {
		f.behind.Add(1)
	}
	return wasLive
}

// arrive ends a catch-up if the follow has all that was known when it began and
// all that was dispatched since.
func (f *Follower) arrive(fo *follow) bool {
	s := fo.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if fo.over {
		return true
	}
	if fo.start > fromHead || fo.rev < max(fo.member, s.dispatched) {
		return false
	}
	fo.live = true
	f.behind.Add(-1)
	return true
}

// Settled returns a position up to which everybody who is live was given
// everything.
func (h *Hub) Settled() chat.Position { return chat.Position(h.safe.Load()) }

// Settled returns a position up to which the follower was given everything, or 0
// while he is catching up.
func (f *Follower) Settled() chat.Position {
	// Read in this order: what was settled before he was live with all streams
	// has been given to him.
	safe := f.hub.Settled()
	if f.behind.Load() != 0 {
		return 0
	}
	return safe
}

// Leave ends all follows. When it returns the sink is not called any more. It
// must not be called from the sink.
func (f *Follower) Leave() {
	f.mu.Lock()
	f.closed = true
	p := f.pump
	f.mu.Unlock()
	if p != nil {
		p.cancel()
		<-p.done
	}
	for _, fo := range f.all() { // the own stream first: it may end others
		if f.take(fo) {
			f.end(fo)
		}
	}
}

// all returns the follows, that of the own stream first: its id is negative.
func (f *Follower) all() []*follow {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.SortedFunc(maps.Values(f.follows), func(a, b *follow) int { return cmp.Compare(a.id, b.id) })
}

// end stops a follow that was just taken out of follows.
func (f *Follower) end(fo *follow) {
	if fo.stream == nil {
		f.behind.Add(-1)
		return
	}
	fo.stream.mu.Lock()
	defer fo.stream.mu.Unlock()
	f.endLocked(fo)
}

// endLocked is end with the stream's lock held.
func (f *Follower) endLocked(fo *follow) {
	if !fo.live {
		f.behind.Add(-1)
	}
	fo.stream.end(fo)
	f.hub.table.release(fo.stream)
}

// take takes a follow out of follows; whoever gets true must end it.
func (f *Follower) take(fo *follow) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.follows[fo.id] != fo {
		return false
	}
	delete(f.follows, fo.id)
	return true
}

// following returns the follow of a conversation and its stream, which may still
// be nil.
func (f *Follower) following(c chat.ConversationID) (*follow, *stream) {
	return f.followOf(c.Stream())
}

func (f *Follower) followOf(st chat.StreamID) (*follow, *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fo := f.follows[st]
	if fo == nil {
		return nil, nil
	}
	return fo, fo.stream
}

func (f *Follower) conversations() []chat.StreamID {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := make([]chat.StreamID, 0, len(f.follows))
	for st := range f.follows {
		if _, ok := st.Conversation(); ok {
			ids = append(ids, st)
		}
	}
	return ids
}
