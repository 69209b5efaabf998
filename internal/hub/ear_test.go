package hub_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"parley/internal/chat"
	"parley/internal/hub"
)

// ear is a sink that checks what it hears: each stream without hole or repeat,
// and nothing of a conversation after its end.
type ear struct {
	user  chat.UserID
	world *world // if set, what is settled is compared with it

	mu   sync.Mutex
	last map[chat.StreamID]int64 // rev of the last event, or where it began
	// assumed are streams that the client did not name while its own stream was
	// behind: what is missing of that may tell that they begin earlier.
	assumed map[chat.StreamID]bool
	ended   map[chat.StreamID]bool
	removed map[chat.StreamID]bool
	heard   []string
	signals []chat.Signal
	gaps    map[chat.StreamID]int64
	faults  []string
	hidden  int
	revoked []chat.SessionID
	settled chat.Position

	full    bool          // Event and Gap report that there is no room
	written chan struct{} // nil: Written never waits
}

func newEar(user chat.UserID) *ear {
	return &ear{user: user, last: map[chat.StreamID]int64{}, ended: map[chat.StreamID]bool{}, removed: map[chat.StreamID]bool{}, gaps: map[chat.StreamID]int64{}}
}

func (e *ear) fault(format string, args ...any) {
	e.faults = append(e.faults, fmt.Sprintf(format, args...))
}

func (e *ear) Event(g hub.Given) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, fmt.Sprintf("%s/%d %s", g.Stream, g.Rev, g.Type))
	if g.Payload == nil {
		e.fault("stream %s: rev %d has no payload", g.Stream, g.Rev)
	}
	if last, ok := e.last[g.Stream]; !ok || g.Rev != last+1 {
		e.fault("stream %s: rev %d after %d", g.Stream, g.Rev, last)
	}
	if e.ended[g.Stream] {
		e.fault("stream %s: rev %d after its end", g.Stream, g.Rev)
	}
	e.last[g.Stream] = g.Rev
	if g.Hidden {
		e.hidden++
	}
	if g.Settled < e.settled && g.Settled != 0 {
		e.fault("settled went back from %d to %d", e.settled, g.Settled)
	}
	e.settled = max(e.settled, g.Settled)
	if e.heed(g); e.world != nil {
		e.compare(g.Settled)
	}
	return !e.full
}

// compare finds events at or before a settled position that were not given.
func (e *ear) compare(settled chat.Position) {
	for st, last := range e.last {
		if rev := e.world.revAt(st, settled); rev > last && !e.ended[st] && !e.removed[st] {
			e.fault("stream %s: settled at %d, which is rev %d, but heard only %d", st, settled, rev, last)
		}
	}
}

func (e *ear) heed(g hub.Given) {
	c := chat.ConversationID(g.Ref).Stream()
	switch g.Type {
	case chat.ParticipantRemoved, chat.ParticipantAdded:
		if chat.UserID(g.Ref) == e.user {
			e.removed[g.Stream] = g.Type == chat.ParticipantRemoved
		}
	case chat.ConversationJoined:
		if g.Payload.(*chat.Joined).View.Me.UserID == 0 {
			return // left since: nothing will follow
		}
		if last, ok := e.last[c]; !ok || e.ended[c] || e.assumed[c] && g.Head <= last {
			e.last[c] = g.Head
		} else if g.Head != last {
			e.fault("stream %s: joined with head %d, but was at %d", c, g.Head, last)
		}
		delete(e.ended, c)
		delete(e.removed, c)
		delete(e.assumed, c)
	case chat.ConversationLeft:
		e.ended[c] = true
	}
}

func (e *ear) Gap(st chat.StreamID, head int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, fmt.Sprintf("%s gap %d", st, head))
	e.gaps[st] = head
	e.last[st] = head
	return !e.full
}

func (e *ear) Left(st chat.StreamID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, fmt.Sprintf("%s left", st))
	e.ended[st] = true
}

func (e *ear) Signal(a *hub.Announcement) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.signals = append(e.signals, a.Signal)
}

func (e *ear) Revoked(s chat.SessionID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.revoked = append(e.revoked, s)
}

func (e *ear) Written(ctx context.Context) error {
	if e.written == nil {
		return nil
	}
	select {
	case <-e.written:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin joins the hub and starts where r says.
func (e *ear) begin(t testing.TB, h *hub.Hub, r hub.Resume) *hub.Follower {
	t.Helper()
	f, err := e.join(h, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Leave)
	return f
}

func (e *ear) join(h *hub.Hub, r hub.Resume) (*hub.Follower, error) {
	f, heads, err := h.Join(context.Background(), chat.Actor{ID: e.user}, e)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.assumed = map[chat.StreamID]bool{}
	own, named := r.Revs[e.user.Stream()]
	for _, head := range heads {
		behind := named && own < heads[0].Rev
		_, given := r.Revs[head.Stream]
		e.assumed[head.Stream] = behind && !given
		e.last[head.Stream] = head.Rev
		if rev, ok := r.Revs[head.Stream]; ok {
			e.last[head.Stream] = rev
		}
	}
	e.mu.Unlock()
	f.Start(r)
	return f, nil
}

// check reports the faults so far.
func (e *ear) check(t interface{ Errorf(string, ...any) }) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.faults) > 0 {
		t.Errorf("user %d heard %v:\n%s", e.user, e.heard, strings.Join(e.faults, "\n"))
	}
}

func (e *ear) revOf(st chat.StreamID) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last[st]
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.heard)
}

func (e *ear) transcript() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.heard...)
}

func (e *ear) took() []chat.Signal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]chat.Signal(nil), e.signals...)
}
