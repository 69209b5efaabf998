package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	readyWithin = 10 * time.Second // from dialling to ready
	firstWait   = 200 * time.Millisecond
	longestWait = 15 * time.Second
	// A connection that lasted so long was a good one.
	goodLife   = 5 * time.Second
	renewEvery = time.Second // at most, while that fails
)

// Close codes of WebSockets.
const (
	closeBadFrames    = 4400
	closeUnauthorized = 4401
)

// errBehind ends a connection after updates were passed over for want of room.
var errBehind = errors.New("the queue was full")

// pipe is one connection, as whole frames.
type pipe interface {
	// read returns the next frame; it is good until the next read. It fails when
	// the server was silent for too long.
	read() ([]byte, error)
	// write is called from one goroutine at a time.
	write(frames [][]byte) error
	// cut ends the connection as a broken network would; leave says goodbye
	// first. Both may be called at any time and more than once.
	cut()
	leave()
}

// link is one connection of a stream.
type link struct {
	pipe     pipe
	token    string
	since    time.Time
	resuming chan struct{}
	once     sync.Once
}

// resume ends the connection in favour of one that goes on where the queue ends.
func (l *link) resume() {
	l.once.Do(func() { close(l.resuming) })
	l.pipe.cut()
}

// byeError is the server's goodbye.
type byeError struct{ frame }

func (e *byeError) Error() string {
	return fmt.Sprintf("the server said goodbye: %s (%s)", e.Reason, e.Code)
}

// closeError is how a WebSocket was closed.
type closeError struct {
	code   int
	reason string
}

func (e *closeError) Error() string {
	return fmt.Sprintf("the server closed the connection: %d %s", e.code, e.reason)
}

// run follows one connection after the other until the stream is over.
func (s *Stream) run(l *link) {
	defer close(s.done)
	var err error
	failures := 0 // in a row
	for {
		if l != nil {
			err = s.follow(l)
			if !isUnauthorized(err) || time.Since(l.since) > goodLife {
				failures = 0
			}
		}
		if isFinal(err) || !s.pause(err, failures) {
			s.end(err)
			return
		}
		l, err = s.connect()
		failures++
	}
}

// isFinal says that another connection would not help.
func isFinal(err error) bool {
	var disorder *DisorderError
	var bye *byeError
	var closed *closeError
	switch {
	case errors.As(err, &disorder), isDenied(err), CodeOf(err) == CodeValidationFailed: // cursors that are none
		return true
	case errors.As(err, &bye):
		return !bye.Reconnect && !isUnauthorized(err)
	case errors.As(err, &closed):
		return closed.code == closeBadFrames
	}
	return false
}

// isUnauthorized says that the server does not accept the token any more.
func isUnauthorized(err error) bool {
	var bye *byeError
	var closed *closeError
	return errors.As(err, &bye) && bye.Code == "unauthorized" ||
		errors.As(err, &closed) && closed.code == closeUnauthorized
}

// pause waits before the next attempt, unless the stream ends meanwhile.
func (s *Stream) pause(err error, failures int) bool {
	if errors.Is(err, errBehind) {
		return s.ctx.Err() == nil
	}
	wait := waitAfter(err, failures)
	if s.ctx.Err() == nil {
		_ = s.put(&Interruption{Err: err, RetryIn: wait}) // moves no cursor
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// waitAfter doubles with each failure, and is at least what the server asked
// for. Chance spreads those who were cut off together.
func waitAfter(err error, failures int) time.Duration {
	most := min(firstWait<<min(failures, 10), longestWait)
	wait := most/2 + rand.N(most/2)
	var bye *byeError
	var refused *Error
	switch {
	case errors.As(err, &bye) && bye.AfterMs > 0:
		return time.Duration(bye.AfterMs)*time.Millisecond + wait
	case errors.As(err, &refused) && refused.RetryAfter > 0:
		return refused.RetryAfter + wait
	}
	return wait
}

// end closes the stream for those who wait for something.
func (s *Stream) end(err error) {
	if s.ctx.Err() != nil {
		err = nil
	}
	s.cancel()
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	s.commands.end(s.reason())
	close(s.queue)
}

// connect makes a connection that is ready.
func (s *Stream) connect() (*link, error) {
	ctx, cancel := context.WithTimeout(s.ctx, readyWithin)
	defer cancel()
	token, err := s.client.token(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.open(ctx, token)
	if CodeOf(err) != CodeTokenExpired || !s.client.spoil(token) {
		return l, err
	}
	if token, err = s.client.token(ctx); err != nil {
		return nil, err
	}
	return s.open(ctx, token)
}

func (s *Stream) open(ctx context.Context, token string) (*link, error) {
	p, err := s.dial(ctx, token)
	if err != nil {
		return nil, err
	}
	l := &link{pipe: p, token: token, since: time.Now(), resuming: make(chan struct{})}
	stop := context.AfterFunc(ctx, p.cut)
	defer stop()
	if err = s.greet(l); err == nil {
		return l, nil
	}
	s.unlink()
	p.cut()
	if ctx.Err() != nil {
		err = fmt.Errorf("the server was not ready in time: %w", ctx.Err())
	}
	return nil, err
}

// unlink forgets the connection.
func (s *Stream) unlink() {
	s.mu.Lock()
	s.link = nil
	s.mu.Unlock()
	s.commands.offline()
}

func (s *Stream) dial(ctx context.Context, token string) (pipe, error) {
	if s.options.Transport == SSE {
		return s.client.dialSSE(s.ctx, ctx, token, s.received.revs, s.lastID)
	}
	return s.client.dialWebSocket(ctx, token)
}

// hello is the first frame of a client.
type hello struct {
	Type    string           `json:"type"`
	ID      string           `json:"id"`
	Cursors map[string]int64 `json:"cursors"`
	Device  string           `json:"device,omitempty"`
}

const helloID = "hello"

// greet says where to go on, and waits for ready.
func (s *Stream) greet(l *link) error {
	if s.options.Transport != SSE {
		frame, err := json.Marshal(hello{"hello", helloID, s.received.revs, s.options.Device})
		if err != nil {
			return err
		}
		if err := s.send(l, [][]byte{frame}); err != nil {
			return err
		}
	}
	events, ok := l.pipe.(*eventSource)
	s.mayRepeat = ok && events.packed
	s.mu.Lock()
	s.link, s.behind = l, false
	s.mu.Unlock()
	s.commands.rewind()
	for ready := false; !ready; {
		raw, err := l.pipe.read()
		if err != nil {
			return err
		}
		if ready, err = s.handle(l, raw); err != nil {
			return err
		}
	}
	return nil
}

// follow reads a connection until it ends, while another goroutine writes.
func (s *Stream) follow(l *link) error {
	ctx, cancel := context.WithCancel(s.ctx)
	stop := context.AfterFunc(ctx, l.pipe.leave)
	defer stop()
	var tasks sync.WaitGroup
	if s.options.Transport != SSE {
		tasks.Go(func() { s.write(ctx, l) })
		tasks.Go(func() { s.staySignedIn(ctx, l) })
	}
	err := s.read(l)
	s.unlink()
	cancel()
	tasks.Wait()
	l.pipe.leave()
	if isUnauthorized(err) && !s.client.spoil(l.token) {
		return &Error{Status: 401, Code: CodeUnauthenticated, Message: err.Error()}
	}
	return err
}

func (s *Stream) read(l *link) error {
	for {
		raw, err := l.pipe.read()
		if err != nil {
			select {
			case <-l.resuming:
				return errBehind
			default:
				return err
			}
		}
		if _, err := s.handle(l, raw); err != nil {
			return err
		}
	}
}

// handle does what a frame says, and tells whether it was ready.
func (s *Stream) handle(l *link, raw []byte) (ready bool, err error) {
	s.observe(FromServer, raw)
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		return false, fmt.Errorf("unreadable frame: %w", err)
	}
	switch f.Type {
	case "ack":
		s.commands.answer(f.ID, f.Data, nil)
		return false, nil
	case "error":
		return false, s.refused(&f)
	case "bye":
		return false, &byeError{f}
	}
	u, err := f.tells(raw)
	if u == nil || err != nil {
		return false, err
	}
	if err := s.put(u); err != nil {
		return false, err
	}
	if p, ok := l.pipe.(*eventSource); ok && !s.isBehind() {
		s.lastID = p.id // covers no more than what was handed on
	}
	_, ready = u.(*Ready)
	return ready, nil
}

// refused hands an error to the command that it answers. Without hello there is
// nothing to follow, so that its refusal ends the connection.
func (s *Stream) refused(f *frame) error {
	e := f.refusal()
	switch f.ID {
	case "":
		return s.put(e)
	case helloID:
		return e
	}
	s.commands.answer(f.ID, nil, e)
	return nil
}

func (s *Stream) isBehind() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behind
}

func (s *Stream) observe(d Direction, frame []byte) {
	if s.options.OnFrame != nil {
		s.options.OnFrame(d, frame)
	}
}

// write sends commands as they come.
func (s *Stream) write(ctx context.Context, l *link) {
	for {
		frames := s.commands.take()
		if len(frames) == 0 {
			select {
			case <-s.commands.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		if s.send(l, frames) != nil {
			l.pipe.cut()
			return
		}
	}
}

func (s *Stream) send(l *link, frames [][]byte) error {
	for _, f := range frames {
		s.observe(ToServer, f)
	}
	return l.pipe.write(frames)
}

// staySignedIn gives the server every new token before the last one expires.
func (s *Stream) staySignedIn(ctx context.Context, l *link) {
	known := l.token
	for {
		renewAt := s.client.Tokens().RenewAt
		if renewAt.IsZero() {
			return // nothing to renew: the server will say when it is over
		}
		timer := time.NewTimer(max(time.Until(renewAt), renewEvery))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		token, err := s.client.token(ctx)
		if isDenied(err) {
			return
		}
		if err == nil && token != known {
			known = token
			_ = s.commands.note(auth{"auth", "auth", token})
		}
	}
}

type auth struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Token string `json:"token"`
}
