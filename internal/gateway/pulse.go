package gateway

import (
	"context"
	"time"
)

// Pulse is what a client and the server agreed on to show each other that they
// live. 0 is: not at all.
type Pulse struct {
	Give time.Duration // the client hears something at least so often
	Want time.Duration // a client from whom nothing is read for so long is gone
}

// eager is the part of Give after which a beat is said, so that it arrives in
// time.
const eager = 9. / 10

// pulsing begins the pulse, or changes it.
func (s *session) pulsing(_ context.Context, r Request) (Output, error) {
	p, err := args[Pulse](r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulse = Pulse{time.Duration(float64(p.Give) * eager), p.Want}
	s.last = time.Now() // the answer to this is being written
	stop(&s.beat)
	s.rest()
	return nil, nil
}

// feel looks after the pulse: it says a beat when it is time, and ends the
// session of a client that is silent.
func (s *session) feel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	now := time.Now()
	if s.pulse.Want > 0 && s.silence(now) >= s.pulse.Want {
		s.part(Bye{Code: ByeSilent, Reason: "Nothing was heard in time", Reconnect: true}, closeSilent)
		return
	}
	if s.pulse.Give > 0 && now.Sub(s.last) >= s.pulse.Give {
		if s.last = now; !s.running { // else something is being written
			s.say(&Beat{})
		}
	}
	s.rest()
}

// rest sleeps until feel has something to do. The lock is held.
func (s *session) rest() {
	now := time.Now()
	var wait time.Duration
	if p := s.pulse; p.Give > 0 {
		wait = s.last.Add(p.Give).Sub(now)
	}
	if p := s.pulse; p.Want > 0 {
		if left := p.Want - s.silence(now); wait == 0 || left < wait {
			wait = left
		}
	}
	if s.pulse == (Pulse{}) || s.ended {
		return
	}
	if wait = max(wait, time.Millisecond); s.beat == nil {
		s.beat = time.AfterFunc(wait, s.feel)
		return
	}
	s.beat.Reset(wait)
}

// silence is how long the reader has waited for the client. A client that is not
// read, because its commands take long, is not silent.
func (s *session) silence(now time.Time) time.Duration {
	since := s.listening.Load()
	if since == 0 {
		return 0
	}
	return now.Sub(time.Unix(0, since))
}
