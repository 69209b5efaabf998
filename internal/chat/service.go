package chat

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"parley/internal/ratelimit"
)

// Service holds the rules. Its methods are the operations of Parley; every
// gateway calls these and nothing below them.
type Service struct {
	store  Store
	bus    Bus
	rules  atomic.Pointer[Rules]
	limits Limits
	now    func() time.Time
	log    *slog.Logger

	reads     *readAnnouncer
	votes     *voteTeller
	roomRules RoomRules
	begun     time.Time
	rooms     *loop

	RoomCounts RoomCounts
}

// Rules are the operator's choices about conversations.
type Rules struct {
	MaxMessageLength int   // code points
	MaxFileSizeMb    int   // upper bound and default of a conversation's own limit
	UserQuota        int64 // bytes of files that a user may have; 0: as many as he likes
	MembersCanInvite bool  // default of new groups
	// EditWindow is how long after sending a message may be edited; 0 for ever.
	EditWindow time.Duration
	// PresenceOfAll shows everybody's presence to everybody.
	PresenceOfAll bool
}

// Limits are the rate limits per user; a nil one allows everything.
type Limits struct {
	Send, Edit, React, Typing, Draft, Profile, CreateConversation, Upload *ratelimit.Limiter[UserID]
	// ToolkitSend and ToolkitUpload stand for Send and Upload where an actor comes
	// through the toolkit.
	ToolkitSend, ToolkitUpload *ratelimit.Limiter[UserID]
	RoomSend                   *ratelimit.Limiter[UserID] // stands for Send in a room
}

func (l *Limits) send(a Actor) *ratelimit.Limiter[UserID] {
	if a.Toolkit {
		return l.ToolkitSend
	}
	return l.Send
}

func (l *Limits) upload(a Actor) *ratelimit.Limiter[UserID] {
	if a.Toolkit {
		return l.ToolkitUpload
	}
	return l.Upload
}

// Options of New beside the two parts that it cannot work without.
type Options struct {
	Rules  Rules
	Rooms  RoomRules // the zero value: the defaults
	Limits Limits
	Clock  func() time.Time // nil: the machine's
	Log    *slog.Logger     // nil: nothing is logged
}

// New returns a Service on the store. What is committed is published on the
// bus, in commit order.
func New(store Store, bus Bus, o Options) *Service {
	s := &Service{store: store, bus: bus, limits: o.Limits, now: o.Clock, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Rules.MaxMessageLength == 0 {
		o.Rules.MaxMessageLength = 10_000
	}
	if o.Rules.MaxFileSizeMb == 0 {
		o.Rules.MaxFileSizeMb = 25
	}
	s.rules.Store(&o.Rules)
	s.reads = newReadAnnouncer(s)
	s.votes = newVoteTeller(s)
	s.roomRules = o.Rooms.withDefaults()
	s.begun = s.clock()
	s.rooms = newLoop(time.Millisecond, s.watchRooms)
	store.OnCommit(bus.Publish)
	return s
}

// ChangeRules changes rules while the service works.
func (s *Service) ChangeRules(change func(*Rules)) {
	for {
		before := s.rules.Load()
		after := *before
		if change(&after); s.rules.CompareAndSwap(before, &after) {
			return
		}
	}
}

// Start begins the work that the service does by itself: announcing read marks
// and votes that were held back, and ending rooms.
func (s *Service) Start() {
	s.reads.loop.start()
	s.votes.loop.start()
	s.rooms.start()
}

// Stop ends what Start began and waits until it has ended.
func (s *Service) Stop(ctx context.Context) error {
	return errors.Join(s.rooms.stop(ctx), s.votes.loop.stop(ctx), s.reads.loop.stop(ctx))
}

// Now is the time that the rules go by.
func (s *Service) Now() time.Time { return s.clock() }

// clock is the time as it is stored: UTC, milliseconds.
func (s *Service) clock() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// spend takes n from the user's bucket, or says when to come back.
func spend(l *ratelimit.Limiter[UserID], u UserID, n int) error {
	d := l.Allow(u, n)
	if d.OK {
		return nil
	}
	return TooOften(d)
}

// TooOften is the error for a refused rate limit decision.
func TooOften(d ratelimit.Decision) error {
	wait := max(1, int64((d.RetryAfter+time.Second-1)/time.Second))
	e := Errorf(RateLimited, "Rate limit exceeded. Try again in %d seconds", wait)
	e.RetryAfter = time.Duration(wait) * time.Second
	e.Limit = &Limit{Limit: d.Limit, Remaining: d.Remaining, ResetAt: d.ResetAt}
	return e
}
