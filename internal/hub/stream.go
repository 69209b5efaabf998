package hub

import (
	"math"
	"sync"

	"parley/internal/chat"
)

// stream is one log that somebody on this node follows. Only its worker moves
// dispatched on.
type stream struct {
	id    chat.StreamID
	users int // guarded by the table's shard

	mu         sync.Mutex
	dispatched int64 // rev of the last event given to those who are live
	follows    []*follow
}

// follow is one follower's place in one stream. The stream's lock guards it,
// except for stream itself, which is set once under the follower's lock.
type follow struct {
	id       chat.StreamID
	stream   *stream // nil until the catch-up of a joined conversation begins
	follower *Follower

	rev    int64 // the last event given, or passed over
	member int64 // a rev at which the user certainly took part
	cut    int64 // messages up to this seq do not exist for the follower
	index  int   // in stream.follows
	start  start
	live   bool
	listed bool // is in stream.follows
	over   bool // nothing may be given any more

	// reached makes it a mark among what is waiting, with no stream: called when
	// everything before it is up to date.
	reached func()
}

// noStream is the id of marks. No conversation has it.
const noStream chat.StreamID = math.MaxInt64

// start says how a follow finds its first rev.
type start uint8

const (
	fromRev      start = iota
	fromHead           // its rev; or, if it was joined while the client was away, where it was joined
	fromPosition       // from what Log.ResumePoint says
	fromNowhere        // unknown: the follower has to reload
)

func (s *stream) head() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dispatched
}

// add lists a follow, not live yet.
func (s *stream) add(fo *follow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fo.over {
		return
	}
	fo.index, fo.listed = len(s.follows), true
	s.follows = append(s.follows, fo)
}

// end makes sure that nothing more is given, also to a follow that is not listed
// yet. The lock is held.
func (s *stream) end(fo *follow) {
	fo.over, fo.live = true, false
	if !fo.listed {
		return
	}
	last := len(s.follows) - 1
	s.follows[fo.index] = s.follows[last]
	s.follows[fo.index].index = fo.index
	s.follows[last] = nil
	s.follows = s.follows[:last]
	fo.listed = false
}

// dispatch gives the next event to everybody who is live.
func (s *stream) dispatch(e *chat.Event) {
	d := newDelivery(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Rev != s.dispatched+1 {
		return
	}
	s.dispatched = e.Rev
	for i := len(s.follows) - 1; i >= 0; i-- { // backwards: give may end the follow
		if fo := s.follows[i]; fo.live && fo.rev < e.Rev {
			fo.give(d)
		}
	}
}

// skip tells everybody who is live that the events up to rev cannot be had.
func (s *stream) skip(rev int64) (told int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dispatched = rev
	for _, fo := range s.follows {
		if fo.live && fo.rev < rev {
			fo.rev = rev
			fo.follower.sink.Gap(s.id, rev)
			told++
		}
	}
	return told
}

// signal gives an announcement to everybody who is live, except one user.
func (s *stream) signal(a *Announcement, except chat.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fo := range s.follows {
		if fo.live && fo.follower.actor.ID != except {
			fo.follower.sink.Signal(a)
		}
	}
}
