package chat

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/ratelimit"
)

// Service holds the rules. Its methods are the operations of Parley; every
// gateway calls these and nothing below them.
type Service struct {
	store  Store
	bus    Bus
	rules  Rules
	limits Limits
	now    func() time.Time
	log    *slog.Logger

	reads *readAnnouncer
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
	Send, Edit, React, Typing, CreateConversation, Upload *ratelimit.Limiter[UserID]
}

// Options of New beside the two parts that it cannot work without.
type Options struct {
	Rules  Rules
	Limits Limits
	Clock  func() time.Time // nil: the machine's
	Log    *slog.Logger     // nil: nothing is logged
}

// New returns a Service on the store. What is committed is published on the
// bus, in commit order.
func New(store Store, bus Bus, o Options) *Service {
	s := &Service{store: store, bus: bus, rules: o.Rules, limits: o.Limits, now: o.Clock, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.rules.MaxMessageLength == 0 {
		s.rules.MaxMessageLength = 10_000
	}
	if s.rules.MaxFileSizeMb == 0 {
		s.rules.MaxFileSizeMb = 25
	}
	s.reads = newReadAnnouncer(s)
	store.OnCommit(bus.Publish)
	return s
}

// Start begins the work that the service does by itself: announcing read marks
// that were held back.
func (s *Service) Start() { s.reads.loop.start() }

// Stop ends what Start began and waits until it has ended.
func (s *Service) Stop(ctx context.Context) error { return s.reads.loop.stop(ctx) }

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
