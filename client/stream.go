package client

import (
	"context"
	"errors"
	"iter"
	"maps"
	"sync"
	"time"
)

// Transport is how a stream is carried.
type Transport string

// Transports of streams.
const (
	WebSocket Transport = "websocket"
	SSE       Transport = "sse" // commands go over REST; typing and delivered are not possible
)

// Direction says who sent a frame.
type Direction string

// Directions of frames.
const (
	FromServer Direction = "<"
	ToServer   Direction = ">"
)

// StreamOptions are those of Client.Stream. The zero value is good.
type StreamOptions struct {
	// Cursors is what Cursors of an earlier stream returned: this one goes on
	// there. nil starts with what happens from now on.
	Cursors map[string]int64
	// Transport is WebSocket if empty.
	Transport Transport
	// Device is shown beside one's presence, for instance "web".
	Device string
	// Queue is how many updates may wait for Next; 0 means 1,024. When more come,
	// the stream reads on for the answers to commands only, and resumes once half
	// of the queue was taken.
	Queue int
	// CommandTimeout bounds every command, reconnects included; 0 means 30 s.
	CommandTimeout time.Duration
	// OnDisorder is told when the server leaves out or repeats a rev, which it has
	// promised never to do. Then the stream goes on: it drops what is repeated, and
	// tells a *Gap before what comes too early. Without OnDisorder the stream ends
	// with the *DisorderError.
	OnDisorder func(*DisorderError)
	// OnFrame sees each frame as it was sent or received, one at a time in each
	// direction. It must not block, nor keep or change the bytes.
	OnFrame func(Direction, []byte)
}

const (
	defaultQueue   = 1024
	defaultCommand = 30 * time.Second
)

// Stream is a live connection to everything that its user may see. When it
// breaks, it comes back and goes on where it was.
type Stream struct {
	client   *Client
	options  StreamOptions
	ctx      context.Context
	cancel   context.CancelFunc
	commands commands
	queue    chan Update
	done     chan struct{}

	// Of the goroutine that reads.
	received  cursors // of all that was put into the queue
	lastID    string  // of SSE, "" if the server sent none
	mayRepeat bool    // the connection was resumed less exactly than by cursors

	mu     sync.Mutex
	taken  cursors // of all that was taken out of the queue
	link   *link   // nil while there is none
	behind bool    // updates were passed over for want of room
	err    error
}

// Stream connects and returns when the server is ready, or with an error if the
// first attempt fails. From then on the stream reconnects by itself until ctx
// ends or it is closed.
func (c *Client) Stream(ctx context.Context, o StreamOptions) (*Stream, error) {
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.CommandTimeout <= 0 {
		o.CommandTimeout = defaultCommand
	}
	s := &Stream{
		client: c, options: o,
		queue: make(chan Update, max(o.Queue, 2)), done: make(chan struct{}),
		received: newCursors(o.Cursors), taken: newCursors(o.Cursors),
	}
	s.commands.init()
	s.ctx, s.cancel = context.WithCancel(ctx)
	l, err := s.connect()
	if err != nil {
		s.cancel()
		return nil, err
	}
	go s.run(l)
	return s, nil
}

// Next returns the next update, waiting for it until ctx ends. When the stream
// has ended and everything was taken, it returns why, or ErrClosed.
func (s *Stream) Next(ctx context.Context) (Update, error) {
	select {
	case u, more := <-s.queue:
		if !more {
			return nil, s.reason()
		}
		s.took(u)
		return u, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// took notes that an update is the application's now.
func (s *Stream) took(u Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.taken.take(u) // in order: received has seen to that
	if s.behind && s.hasRoom() && s.link != nil {
		s.link.resume()
	}
}

// hasRoom says that enough was taken to go on.
func (s *Stream) hasRoom() bool { return len(s.queue) <= cap(s.queue)/2 }

// Updates returns all updates until the stream ends; then Err tells why.
func (s *Stream) Updates() iter.Seq[Update] {
	return func(yield func(Update) bool) {
		for {
			u, err := s.Next(context.Background())
			if err != nil || !yield(u) {
				return
			}
		}
	}
}

// Cursors returns where the application is: after the updates that Next or
// Updates have returned. Kept and given to another Stream, nothing is missed and
// nothing repeated.
func (s *Stream) Cursors() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.taken.revs)
}

// Err returns why the stream has ended; nil if it has not, or because it was
// closed.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Stream) reason() error {
	if err := s.Err(); err != nil {
		return err
	}
	return ErrClosed
}

// Close ends the stream and returns when it is gone. What is in the queue can
// still be taken.
func (s *Stream) Close() {
	s.cancel()
	<-s.done
}

// Disconnect cuts the connection as a broken network would. The stream comes
// back by itself.
func (s *Stream) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		s.link.pipe.cut()
	}
}

// put hands an update to the application.
func (s *Stream) put(u Update) error {
	if room, err := s.makeRoom(u); !room {
		return err
	}
	if err := s.received.take(u); err != nil {
		return s.disorder(u, err)
	}
	s.queue <- u
	return nil
}

// makeRoom reports whether the queue takes an update, and another one before it.
// From the first durable one on that it does not take, everything is passed over
// until the queue was emptied and a new connection brings it again.
func (s *Stream) makeRoom(u Update) (room bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.behind:
		return false, nil
	case cap(s.queue)-len(s.queue) >= 2:
		return true, nil
	case !durable(u):
		return false, nil
	}
	if s.behind = true; s.hasRoom() { // it was emptied just now
		return false, errBehind
	}
	return false, nil
}

// durable says that an update must not be lost, or moves cursors.
func durable(u Update) bool {
	switch u.(type) {
	case *Ready, *Event, *Gap:
		return true
	}
	return false
}

// disorder deals with an update that is out of order.
func (s *Stream) disorder(u Update, err error) error {
	var d *DisorderError
	switch {
	case errors.As(err, &d) && d.repeats() && s.mayRepeat:
		return nil
	case d == nil || s.options.OnDisorder == nil:
		return err
	}
	s.options.OnDisorder(d)
	if e := u.(*Event); d.Stream != e.Stream() { // joined with another head
		s.received.forget(d.Stream)
	} else if d.repeats() {
		return nil
	} else {
		s.tell(&Gap{ConversationID: e.ConversationID, Head: e.Rev - 1})
	}
	s.tell(u)
	return nil
}

func (s *Stream) tell(u Update) {
	_ = s.received.take(u) // made to fit
	s.queue <- u
}
