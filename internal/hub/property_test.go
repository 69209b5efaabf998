package hub_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"parley/internal/bus/bustest"
	"parley/internal/chat"
	"parley/internal/hub"
)

// session is an ear with what the test has to know of it.
type session struct {
	*ear
	follower *hub.Follower
}

// TestWhateverTheBusDoesEachRevComesOnceInOrder is promise P4 on one node: the
// bus loses, doubles and reorders, the log cannot always be read, people come,
// go, resume and are removed.
func TestWhateverTheBusDoesEachRevComesOnceInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) { // without its Deadline, which a bubble has not
			chance := rapid.Float64Range(0, 0.4)
			b := bustest.New(rapid.Uint64().Draw(t, "seed"), bustest.Trouble{
				Lose: chance.Draw(t, "lose"), Double: chance.Draw(t, "double"), Reorder: chance.Draw(t, "reorder"),
			})
			w := newWorld()
			w.bus = b
			h, stop := w.open(hub.Options{Workers: 3})
			defer stop()
			p := &play{t: t, w: w, h: h}
			defer p.end()
			p.act()

			b.Make(bustest.Trouble{})
			b.Release()
			time.Sleep(5 * time.Second) // the tailer's two looks, and a catch-up's pause
			synctest.Wait()
			p.check()
		})
	})
}

// play is one random course of events.
type play struct {
	t        *rapid.T
	w        *world
	h        *hub.Hub
	sessions []*session
	names    int
}

func (p *play) number(label string, from, to int) int {
	p.names++
	return rapid.IntRange(from, to).Draw(p.t, fmt.Sprintf("%s %d", label, p.names))
}

func (p *play) user() chat.UserID { return chat.UserID(p.number("user", 1, 3)) }
func (p *play) conversation() chat.ConversationID {
	return chat.ConversationID(p.number("conversation", 1, 3))
}

func (p *play) act() {
	for range p.number("steps", 5, 60) {
		switch p.number("step", 0, 9) {
		case 0, 1, 2, 3:
			p.w.say(p.conversation(), p.number("messages", 1, 5))
		case 4:
			if c, u := p.conversation(), p.user(); !p.w.isMember(u, c.Stream()) {
				p.w.add(c, u)
			}
		case 5:
			if c, u := p.conversation(), p.user(); p.w.isMember(u, c.Stream()) {
				p.w.remove(c, u)
			}
		case 6, 7:
			p.connect()
		case 8:
			p.trouble()
		case 9:
			time.Sleep(time.Duration(p.number("pause", 0, 1500)) * time.Millisecond)
		}
	}
}

// trouble makes some of the next reads fail.
func (p *play) trouble() {
	left := p.number("failures", 0, 6)
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.fails = func() bool {
		left--
		return left >= 0 && left%2 == 0
	}
}

// connect opens a session, at the heads or where an earlier one of the same user
// broke off.
func (p *play) connect() {
	user, r := p.user(), hub.Resume{}
	if i := p.number("resume", -1, len(p.sessions)-1); i >= 0 && p.sessions[i].follower != nil {
		old := p.sessions[i]
		old.follower.Leave()
		old.follower = nil
		user, r.Revs = old.user, map[chat.StreamID]int64{}
		for st, rev := range old.last {
			if !old.ended[st] {
				r.Revs[st] = rev
			}
		}
	}
	s := &session{ear: newEar(user)}
	s.world = p.w
	f, err := s.join(p.h, r)
	if err != nil {
		return // the read failed; he will come again
	}
	s.follower = f
	p.sessions = append(p.sessions, s)
}

func (p *play) check() {
	for _, s := range p.sessions {
		s.check(p.t)
		if s.follower == nil {
			continue
		}
		for st, rev := range s.last {
			in := p.w.isMember(s.user, st)
			switch {
			case in && rev != p.w.head(st):
				p.t.Errorf("user %d is at %d of stream %s, its head is %d; heard %v", s.user, rev, st, p.w.head(st), s.heard)
			case !in && !s.ended[st]:
				p.t.Errorf("user %d was not told that he is no longer in %s; heard %v", s.user, st, s.heard)
			}
		}
	}
}

func (p *play) end() {
	for _, s := range p.sessions {
		if s.follower != nil {
			s.follower.Leave()
		}
	}
}
