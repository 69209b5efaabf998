package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"

	"parley/internal/chat"
	"parley/internal/hub"
)

// badInARow is how many frames in a row may be beyond understanding.
const badInARow = 3

// session is one live connection. It is the hub's sink for its follower.
type session struct {
	queue
	server  *Server
	id      string
	lanes   lanes
	bad     int         // frames in a row; the reader's alone
	toolkit bool        // see Opening; set before anything is asked
	seated  chat.UserID // who counts as having this session; the reader's alone
	// listening is since when the reader waits for the client, in nanoseconds of
	// the epoch; 0 while it does not.
	listening atomic.Int64

	// Guarded by the queue's lock, as all that says something to the client.
	who      Identity
	event    Event // for say, so that a delivery allocates nothing
	follower *hub.Follower
	started  bool
	barred   bool // nothing the client asks is done any more
	attends  Attendance
	patience *time.Timer
	expiry   *time.Timer
	cut      *time.Timer
	pulse    Pulse
	beat     *time.Timer
	strikes  strikes
}

var _ hub.Sink = (*session)(nil)

func newSession(s *Server, conn Conn, p Protocol, who Identity) *session {
	sess := &session{server: s, id: rand.Text(), who: who}
	sess.conn, sess.protocol, sess.load, sess.metrics = conn, p, &s.load, &s.Metrics
	sess.lanes.do = sess.do
	return sess
}

// open does what the protocol's opening says.
func (s *session) open() {
	o := s.protocol.Open()
	s.toolkit = o.Toolkit
	for _, r := range o.Now {
		s.do(r, alone)
	}
	s.mu.Lock()
	s.strikes.most = o.Strikes
	s.mu.Unlock()
	s.waitFor(o)
}

// waitFor begins the time that the client may take until Hello.
func (s *session) waitFor(o Opening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Patience > 0 && s.patience == nil && !s.started && !s.ended {
		s.patience = time.AfterFunc(o.Patience, func() { s.overdue(o.Overdue) })
	}
}

func (s *session) overdue(ask []Request) {
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	switch {
	case started:
	case ask == nil:
		s.bye(Bye{Code: ByeUnauthorized, Reason: "Not signed in in time"}, closeUnauthorized)
	default:
		for _, r := range ask {
			s.do(r, alone)
		}
	}
}

// read hands on what the client asks until the pipe ends.
func (s *session) read() error {
	for {
		s.listening.Store(time.Now().UnixNano())
		frame, err := s.conn.Read()
		s.listening.Store(0)
		if err != nil {
			return err
		}
		requests, err := s.protocol.Decode(frame)
		for _, r := range requests {
			s.handle(r)
		}
		if err == nil {
			s.bad = 0
			continue
		}
		s.server.Metrics.BadFrames.Add(1)
		s.tell(&Problem{Err: err})
		var last *final
		if s.bad++; s.bad == badInARow || errors.As(err, &last) {
			s.closeAfter(closeBadFrames, "bad frames")
		}
	}
}

// handle does what concerns the session at once, and the rest in its lane.
func (s *session) handle(r Request) {
	s.active(r)
	if commands[r.Do].atOnce {
		s.do(r, alone)
		return
	}
	s.lanes.put(r)
}

func (s *session) active(r Request) {
	if r.Do == Refreshing {
		return
	}
	s.mu.Lock()
	a := s.attends
	s.mu.Unlock()
	if a != nil {
		a.Active()
	}
}

// do runs one request and answers it.
func (s *session) do(r Request, next func()) {
	s.server.Metrics.Commands.Add(1)
	out, err := s.run(chat.WhenQueued(s.server.ctx, next), r)
	if err != nil {
		if e := chat.Explain(err); e.Code == chat.Internal && s.server.ctx.Err() == nil {
			s.server.log.Error("command failed", "command", r.Do, "session", s.id, "error", err)
		}
		s.tell(&Reply{Request: r, Err: err})
		if chat.Has(err, chat.RateLimited) {
			s.strike()
		}
		return
	}
	if out != nil {
		s.tell(out)
	}
}

func (s *session) run(ctx context.Context, r Request) (Output, error) {
	if r.Err != nil {
		return nil, r.Err
	}
	if err := s.admit(r); err != nil {
		return nil, err
	}
	c, ok := commands[r.Do]
	if !ok {
		return nil, chat.Errorf(chat.NotFound, "Unknown command %q", r.Do)
	}
	return c.run(s, ctx, r)
}

// admit counts a command of somebody who is logged in.
func (s *session) admit(r Request) error {
	if s.server.admit == nil || r.Do == Refreshing {
		return nil
	}
	s.mu.Lock()
	joined, u := s.follower != nil, s.who.Actor.ID
	s.mu.Unlock()
	if !joined { // who is nobody yet can only log in
		return nil
	}
	return s.server.admit(u)
}

// actor is who the session is now.
func (s *session) actor() (chat.Actor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.follower == nil || s.barred {
		return chat.Actor{}, errNobody()
	}
	a := s.who.Actor
	a.Toolkit = s.toolkit
	return a, nil
}

// strike counts a request that came too often.
func (s *session) strike() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.strikes.out(time.Now()) {
		s.part(Bye{Code: ByeTooOften, Reason: "Rate limit exceeded too often", Reconnect: true, After: time.Minute}, closeTooOften)
	}
}

// strikes are the refusals of a minute that begins with the first.
type strikes struct {
	most, seen int
	since      time.Time
}

func (s *strikes) out(now time.Time) bool {
	if now.Sub(s.since) > time.Minute {
		s.since, s.seen = now, 0
	}
	s.seen++
	return s.most > 0 && s.seen >= s.most
}

// tell says something that must not get lost.
func (s *session) tell(out Output) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.must(out)
}

// must is tell with the lock held. A client for whom too much is waiting is cut
// off: it comes back and reads what it missed.
func (s *session) must(out Output) (room bool) {
	room = s.say(out)
	if !s.ended && s.exceeds(1) {
		s.metrics.SlowConsumers.Add(1)
		s.drop()
		s.part(Bye{Code: ByeSlow, Reason: "Too much is waiting to be read", Reconnect: true}, closeSlow)
	}
	return room
}

// bye says goodbye behind what is waiting, then closes the connection.
func (s *session) bye(b Bye, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.part(b, code)
}

// part is bye with the lock held. The first one counts.
func (s *session) part(b Bye, code int) {
	s.barred = s.barred || code == closeUnauthorized // also for what is under way
	if s.ended {
		return
	}
	s.say(&b)
	s.hangUp(code, b.Reason)
}

// closeAfter closes the connection when what is waiting was written.
func (s *session) closeAfter(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.hangUp(code, reason)
	}
}

// hangUp ends the queue and closes the pipe when it is empty, or when the client
// takes too long to empty it.
func (s *session) hangUp(code int, reason string) {
	s.cut = time.AfterFunc(farewell, func() { s.conn.Close(code, reason) })
	s.end(func() { s.conn.Close(code, reason) })
}

// undo takes back everything, after the pipe has ended.
func (s *session) undo() {
	s.conn.Close(closeInternal, "")
	s.lanes.wait()
	s.mu.Lock()
	s.end(func() {})
	f, a := s.follower, s.attends
	stop(&s.patience)
	stop(&s.expiry)
	stop(&s.cut)
	stop(&s.beat)
	s.mu.Unlock()
	if f != nil {
		f.Leave()
	}
	if a != nil {
		a.Leave()
	}
	s.done.Wait()
}

// stop ends a timer that may not have been set, and forgets it.
func stop(t **time.Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}

// Event says an event of the streams that the session follows.
func (s *session) Event(g hub.Given) (room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return true
	}
	s.event = eventFor(g, s.who.Actor.ID)
	room = s.must(&s.event)
	if p, ok := s.protocol.(Ending); ok && p.Ends(&s.event) && !s.ended {
		s.hangUp(closeDone, "")
	}
	if g.Type == chat.MessageCreated && g.Settled != 0 { // else it is history
		s.carries(g.At)
	}
	s.event = Event{}
	return room
}

// Gap says that a stream has to be reloaded.
func (s *session) Gap(st chat.StreamID, head int64) (room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.must(&Gap{st, head})
}

// Left says that a stream cannot be resumed.
func (s *session) Left(st chat.StreamID) { s.tell(&Gone{st}) }

// Signal says what may be lost.
func (s *session) Signal(a *hub.Announcement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whisper(signalOf(a))
}

// Revoked closes the connection if it is the session that was revoked.
func (s *session) Revoked(id chat.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id == 0 || id == s.who.Actor.Session {
		s.part(Bye{Code: ByeUnauthorized, Reason: "The session was ended"}, closeUnauthorized)
	}
}

// Written returns when what is waiting now was written.
func (s *session) Written(ctx context.Context) error { return s.wait(ctx) }

// alone is for requests that nothing waits behind.
func alone() {}
