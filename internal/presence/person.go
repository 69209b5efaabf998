package presence

import (
	"context"
	"math"
	"slices"
	"time"

	"parley/internal/chat"
)

// person is a user with sessions here, or who had some until just now. The
// tracker's lock guards it and its sessions.
type person struct {
	tracker  *Tracker
	user     chat.UserID
	sessions []*Session // in the order they came
	choice   chat.PresenceChoice
	message  string
	emoji    string
	clearAt  time.Time     // of message and emoji
	hides    bool          // when he was last seen
	told     chat.Presence // what was announced last
	hid      bool          // then

	active time.Time   // when he last did something
	gone   time.Time   // since when no session is present; zero: one is
	away   *time.Timer // looks whether he has become idle
	grace  *time.Timer // looks whether he is still gone
}

// Session is one session's part in its user's presence.
type Session struct {
	person *person
	status chat.PresenceStatus // what the session says of itself
	device string
}

// Connect adds a session, which makes its user present.
func (t *Tracker) Connect(u chat.UserID, device string) *Session {
	for {
		t.mu.Lock()
		s, choices := t.connect(u, device, nil), t.choices
		t.mu.Unlock()
		if s != nil {
			return s
		}
		record := t.record(u)
		t.mu.Lock()
		if t.choices == choices { // nobody has chosen since, so the record is right
			s = t.connect(u, device, record)
		}
		t.mu.Unlock()
		if s != nil {
			return s
		}
	}
}

func (t *Tracker) record(u chat.UserID) *chat.User {
	found, err := t.users.UsersByID(context.Background(), []chat.UserID{u})
	if err != nil {
		t.logger.Error("reading a user's chosen presence", "user", u, "error", err)
	}
	if len(found) == 0 {
		return &chat.User{ID: u}
	}
	return &found[0]
}

// connect returns nil if the user is not here and his record is needed. The lock
// is held.
func (t *Tracker) connect(u chat.UserID, device string, record *chat.User) *Session {
	p := t.people[u]
	if p == nil {
		if record == nil {
			return nil
		}
		p = t.newPerson(record)
	}
	s := &Session{person: p, status: chat.Online, device: device}
	p.sessions = append(p.sessions, s)
	p.active = time.Now()
	p.update()
	return s
}

func (t *Tracker) newPerson(u *chat.User) *person {
	p := &person{
		tracker: t, user: u.ID, hid: u.Settings.HideLastSeen,
		told: chat.Presence{UserID: u.ID, Status: chat.Offline},
	}
	p.take(u)
	p.away = time.AfterFunc(math.MaxInt64, p.look)
	p.grace = time.AfterFunc(math.MaxInt64, p.look)
	if !t.closed {
		t.people[u.ID] = p
	}
	return p
}

// take remembers what the user has said of how he wants to be seen. When a status
// ends, his record is changed by a job, and he hears of that like of any change.
func (p *person) take(u *chat.User) {
	p.choice, p.hides = u.Presence, u.Settings.HideLastSeen
	p.message, p.emoji, p.clearAt = u.StatusAt(time.Now())
}

// look is what the timers do.
func (p *person) look() {
	p.tracker.mu.Lock()
	defer p.tracker.mu.Unlock()
	p.update()
}

// Active notes that the client did something.
func (s *Session) Active() {
	t := s.person.tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	s.person.touch()
}

// touch leaves the timer alone: it looks again when it fires.
func (p *person) touch() {
	p.active = time.Now()
	if p.told.Status == chat.Away {
		p.update()
	}
}

// Attend is what a session says of itself: Offline counts it as gone.
func (s *Session) Attend(status chat.PresenceStatus, device string) {
	t := s.person.tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	s.status = status
	if device != "" {
		s.device = device
	}
	s.person.active = time.Now()
	s.person.update()
}

// Leave ends the session.
func (s *Session) Leave() {
	t := s.person.tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	p := s.person
	p.sessions = slices.DeleteFunc(p.sessions, func(other *Session) bool { return other == s })
	p.update()
}

// update works out the presence, announces it if it has changed, and sets the
// timers for the next change that comes by itself.
func (p *person) update() {
	t, now := p.tracker, time.Now()
	if t.closed {
		return
	}
	status, device := p.sum(now)
	if status == "" { // nobody is present, but perhaps again soon
		if p.gone.IsZero() {
			p.gone = now
		}
		if wait := Grace - now.Sub(p.gone); wait > 0 {
			p.grace.Reset(wait)
			return
		}
		status = chat.Offline
	} else {
		p.gone = time.Time{}
		p.grace.Stop()
		if idle := now.Sub(p.active); idle < t.stale {
			p.away.Reset(t.stale - idle)
		}
	}
	p.tell(p.chosen(status), device, now)
	if status == chat.Offline && len(p.sessions) == 0 {
		p.away.Stop()
		p.grace.Stop()
		delete(t.people, p.user)
	}
}

// sum is the best of what the sessions say, and the device of the newest one that
// says so; "" if none is present.
func (p *person) sum(now time.Time) (best chat.PresenceStatus, device string) {
	for _, s := range p.sessions {
		status := s.status
		if status == chat.Online && now.Sub(p.active) >= p.tracker.stale {
			status = chat.Away
		}
		if rank[status] > 0 && rank[status] >= rank[best] {
			best, device = status, s.device
		}
	}
	return best, device
}

// rank orders what sessions say of themselves. Who does not want to be disturbed
// at one device is not to be disturbed.
var rank = map[chat.PresenceStatus]int{chat.Away: 1, chat.Online: 2, chat.DND: 3}

// chosen is the status that others see when the user has set it by hand.
func (p *person) chosen(status chat.PresenceStatus) chat.PresenceStatus {
	if status == chat.Offline {
		return status
	}
	switch p.choice {
	case chat.PresenceAway:
		return chat.Away
	case chat.PresenceDND:
		return chat.DND
	case chat.PresenceInvisible:
		return chat.Offline
	}
	return status
}

// tell announces the presence if others see a difference.
func (p *person) tell(status chat.PresenceStatus, device string, now time.Time) {
	next := chat.Presence{UserID: p.user, Status: status, StatusMessage: p.message, Emoji: p.emoji, ClearAt: p.clearAt, DeviceType: device}
	if status == chat.Offline {
		next = chat.Presence{UserID: p.user, Status: status}
	}
	if looksLike(next, p.told) && p.hides == p.hid {
		return
	}
	if next.LastSeenAt = now; status == chat.Offline {
		next.LastSeenAt = p.seen()
		p.tracker.diary.note(p.user, next.LastSeenAt)
	}
	if p.hides {
		next.LastSeenAt = time.Time{}
	}
	p.told, p.hid = next, p.hides
	t := p.tracker
	t.number++
	t.bus.Signal(chat.Signal{
		Kind: chat.SignalPresence, UserID: p.user, Presence: next, Node: &chat.NodePresence{Node: t.views.own, Number: t.number},
	})
}

// looksLike reports whether others see no difference, but for when he was last there.
func looksLike(a, b chat.Presence) bool {
	return a.Status == b.Status && a.StatusMessage == b.StatusMessage && a.Emoji == b.Emoji && a.ClearAt.Equal(b.ClearAt)
}

// seen is when the user was last there.
func (p *person) seen() time.Time {
	if p.gone.IsZero() {
		return time.Now()
	}
	return p.gone
}
