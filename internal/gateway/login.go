package gateway

import (
	"context"
	"time"

	"parley/internal/chat"
)

// afterExpiry is how long after its token has expired a session is closed: less
// than the 60 s that contracts/core.md allows.
const afterExpiry = 5 * time.Second

// askAgain is how often a proof without an end of its own is looked at again.
const askAgain = 30 * time.Second

func errNobody() error { return chat.Errorf(chat.Unauthenticated, "Not authenticated") }

// login is the first proof of who the client is, or a fresh one of the same
// user.
func (s *session) login(ctx context.Context, r Request) (Output, error) {
	in, err := args[Login](r)
	if err != nil {
		return nil, err
	}
	who, err := s.identify(ctx, in.Token)
	if err == nil && in.Accept != nil {
		err = in.Accept(ctx, who.Actor.ID)
	}
	if err != nil {
		return nil, s.refuse(r, err)
	}
	s.mu.Lock()
	f, before := s.follower, s.who.Actor.ID
	s.mu.Unlock()
	if f == nil {
		return s.enter(ctx, r, who)
	}
	if who.Actor.ID != before {
		return nil, chat.Errorf(chat.Forbidden, "The token belongs to another user")
	}
	s.become(who)
	return &Reply{Request: r}, nil
}

func (s *session) identify(ctx context.Context, token string) (Identity, error) {
	s.mu.Lock()
	who := s.who
	s.mu.Unlock()
	switch {
	case token != "":
		return s.server.auth.Authenticate(ctx, token)
	case who.Actor.ID == 0:
		return who, errNobody()
	}
	return who, nil
}

// refuse ends a session that could not log in. Who is logged in already stays so
// until his token expires.
func (s *session) refuse(r Request, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.follower == nil {
		s.say(&Problem{Request: r, Err: err})
		s.part(Bye{Code: ByeUnauthorized, Reason: chat.Explain(err).Message}, closeUnauthorized)
	}
	return err
}

// enter joins the hub.
func (s *session) enter(ctx context.Context, r Request, who Identity) (Output, error) {
	if err := s.server.seat(who.Actor.ID); err != nil {
		return nil, s.refuse(r, err)
	}
	s.seated = who.Actor.ID
	s.become(who)
	settled := s.server.hub.Settled()
	f, heads, err := s.server.hub.Join(ctx, who.Actor, s)
	if err != nil {
		s.closeAfter(closeInternal, "internal error")
		return nil, err
	}
	if who.Again != nil {
		if err := who.Again(ctx); err != nil {
			f.Leave()
			return nil, s.refuse(r, err)
		}
	}
	s.mu.Lock()
	s.follower = f
	s.mu.Unlock()
	return &Ready{
		Request: r, User: who.Actor.ID, Session: s.id, Heads: heads, Settled: settled,
		Time: time.Now(), Limits: s.server.limits,
	}, nil
}

// become makes the session's identity who, until it expires.
func (s *session) become(who Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.who = who
	stop(&s.expiry)
	switch {
	case s.ended:
		return
	case who.Expires.IsZero():
		if who.Again != nil {
			s.expiry = time.AfterFunc(askAgain, s.recheck)
		}
		return
	}
	s.expiry = time.AfterFunc(time.Until(who.Expires)+afterExpiry, func() { s.expire(who.Expires) })
}

// recheck ends a session whose proof has no end of its own when it is not good
// any more: an API key that was revoked, a cookie that ran out.
func (s *session) recheck() {
	s.mu.Lock()
	who := s.who
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.server.ctx, askAgain)
	defer cancel()
	err := who.Again(ctx)
	if code := chat.Explain(err).Code; err != nil && (code == chat.Internal || code == chat.Overloaded) {
		err = nil // not known: ask later
	}
	if err == nil {
		s.become(who)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.part(Bye{Code: ByeUnauthorized, Reason: chat.Explain(err).Message}, closeUnauthorized)
}

// expire ends the session unless it has a later token by now.
func (s *session) expire(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.who.Expires.Equal(at) {
		return
	}
	s.must(&Problem{Err: chat.Errorf(chat.TokenExpired, "The token has expired")})
	s.part(Bye{Code: ByeUnauthorized, Reason: "The token has expired"}, closeUnauthorized)
}

// hello starts the streams, once.
func (s *session) hello(_ context.Context, r Request) (Output, error) {
	in, err := args[Hello](r)
	if err == nil {
		err = checkDevice(in.Device)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	f, user, started := s.follower, s.who.Actor.ID, s.started
	if s.started = f != nil; s.started {
		stop(&s.patience)
	}
	s.mu.Unlock()
	switch {
	case f == nil:
		return nil, errNobody()
	case started:
		return nil, chat.Errorf(chat.Conflict, "Hello was said already")
	}
	if in.ResumeFor != nil {
		in.Resume = in.ResumeFor(user)
	}
	f.Start(in.Resume)
	s.appear(user, in.Device)
	return nil, nil
}

// appear makes the user present by this session.
func (s *session) appear(user chat.UserID, device string) {
	a := s.server.present(user, device)
	s.mu.Lock()
	late := s.ended
	if !late {
		s.attends = a
	}
	s.mu.Unlock()
	if late {
		a.Leave()
	}
}
