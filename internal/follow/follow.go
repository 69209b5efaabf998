// Package follow runs the consumers of the log of everything: each reads it with
// a cursor, and its work is done once, however many nodes there are.
package follow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// Handle prepares what a page of events brings about, outside any transaction,
// and returns what writes it, or nil for nothing. What it returns is committed
// together with the cursor: exactly once. It may run again after a conflict.
type Handle func(ctx context.Context, events []*chat.Event) (write func(context.Context, chat.Tx) error, err error)

// Options of a follower that tests and nodes differ in.
type Options struct {
	Page int // events read at once; 0: 100
	// Alone says that no other node can be at work: nobody's beat is waited for.
	Alone bool
	Poll  time.Duration // how often the log is looked at unasked; 0: 1 s
	Beat  time.Duration // how often an idle owner gives a sign; 0: 2 s
	// Patience is how long a beat must stand still, by the own clock, before its
	// owner is taken for dead; 0: 6 s.
	Patience time.Duration
	Log      *slog.Logger // nil: nothing is logged
}

// Follower follows the log in one goroutine of its own.
type Follower struct {
	name   string
	store  chat.Store
	handle Handle
	o      Options
	id     string

	wake   chan struct{}
	once   sync.Once
	cancel context.CancelFunc
	done   chan struct{}

	// What the goroutine has seen of the owner.
	seen   chat.Follower
	seenAt time.Time
	beatAt time.Time

	behind atomic.Int64 // positions
	oldest atomic.Int64 // time of the last event handled while behind, ms; 0: not behind
}

// New returns a follower; Start lets it run.
func New(name string, store chat.Store, handle Handle, o Options) *Follower {
	if o.Page == 0 {
		o.Page = 100
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Beat == 0 {
		o.Beat = 2 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = 6 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Follower{name: name, store: store, handle: handle, o: o, id: rand.Text(), wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Name is what the cursor is kept under.
func (f *Follower) Name() string { return f.name }

// Subscriber wakes the follower when something was committed.
func (f *Follower) Subscriber() chat.Subscriber {
	return chat.Subscriber{Events: func([]*chat.Event) { f.Poke() }}
}

// Poke makes the follower look at the log soon. It never blocks.
func (f *Follower) Poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Lag is how far the follower is behind: in positions of the log, and by the age
// of what it handled last. Both are 0 when it is not, or when another node does
// the work.
func (f *Follower) Lag() (positions int64, age time.Duration) {
	if at := f.oldest.Load(); at != 0 {
		age = max(0, time.Since(time.UnixMilli(at)))
	}
	return f.behind.Load(), age
}

// Start begins to follow.
func (f *Follower) Start() {
	f.once.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		f.cancel = cancel
		go f.run(ctx)
	})
}

// Stop ends the work after the page that is being written, and lets another node
// take over at once.
func (f *Follower) Stop(ctx context.Context) error {
	if f.cancel == nil {
		return nil
	}
	f.cancel()
	select {
	case <-f.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return f.release(ctx)
}

const (
	gather     = 50 * time.Millisecond // so that a page carries more than one message
	maxBackoff = 30 * time.Second
)

func (f *Follower) run(ctx context.Context) {
	defer close(f.done)
	var backoff time.Duration
	for ctx.Err() == nil {
		more, err := f.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			backoff = min(max(2*backoff, 100*time.Millisecond), maxBackoff)
			f.o.Log.Error("a follower of the log failed", "follower", f.name, "error", err, "again", backoff)
			pause(ctx, backoff)
			continue
		}
		backoff = 0
		if !more {
			f.rest(ctx)
		}
	}
}

// rest waits for something to do, and then a little for more of it.
func (f *Follower) rest(ctx context.Context) {
	poll := time.NewTimer(f.o.Poll)
	defer poll.Stop()
	select {
	case <-ctx.Done():
	case <-poll.C:
	case <-f.wake:
		pause(ctx, gather)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// round handles one page if this node is the one to do it. more says that there
// may be another page already.
func (f *Follower) round(ctx context.Context) (more bool, err error) {
	var state chat.Follower
	var events []*chat.Event
	err = f.store.Read(ctx, func(r chat.Reader) (err error) {
		if state, err = r.Follower(ctx, f.name); err != nil || state.Owner != f.id {
			return err
		}
		if events, err = r.LogAfter(ctx, state.Pos, f.o.Page); err != nil {
			return err
		}
		return f.measure(ctx, r, events)
	})
	switch {
	case err != nil:
		return false, err
	case state.Owner != f.id:
		return f.claim(ctx, state)
	case len(events) == 0:
		return false, f.beat(ctx, state)
	}
	return len(events) == f.o.Page, f.work(ctx, state, events)
}

// measure notes how much is left after a page.
func (f *Follower) measure(ctx context.Context, r chat.Reader, events []*chat.Event) error {
	if len(events) < f.o.Page {
		f.behind.Store(0)
		f.oldest.Store(0)
		return nil
	}
	horizon, err := r.Horizon(ctx)
	last := events[len(events)-1]
	f.behind.Store(int64(horizon - last.Pos))
	f.oldest.Store(last.At.UnixMilli())
	return err
}

// work does what a page asks for and moves the cursor in one commit.
func (f *Follower) work(ctx context.Context, was chat.Follower, events []*chat.Event) error {
	write, err := f.handle(ctx, events)
	if err != nil {
		return fmt.Errorf("prepare events from %d on: %w", events[0].Pos, err)
	}
	is := chat.Follower{Pos: events[len(events)-1].Pos, Owner: f.id, Beat: was.Beat + 1}
	return f.replace(ctx, was, is, write)
}

// errOvertaken says that another node has written the state in between.
var errOvertaken = errors.New("another node has gone on")

// replace writes a new state, with whatever belongs to it, unless somebody else
// was faster: then it changes nothing, and the next round begins where he is.
func (f *Follower) replace(ctx context.Context, was, is chat.Follower, write func(context.Context, chat.Tx) error) error {
	err := f.store.Write(ctx, func(tx chat.Tx) error {
		ctx := context.WithoutCancel(ctx)
		ok, err := tx.ReplaceFollower(ctx, f.name, was, is)
		switch {
		case err != nil:
			return err
		case !ok:
			return errOvertaken
		case write == nil:
			return nil
		}
		return write(ctx, tx)
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err == nil {
		f.beatAt = time.Now()
	}
	return err
}

// beat tells the others that the owner lives.
func (f *Follower) beat(ctx context.Context, was chat.Follower) error {
	if f.o.Alone || time.Since(f.beatAt) < f.o.Beat {
		return nil
	}
	return f.replace(ctx, was, chat.Follower{Pos: was.Pos, Owner: f.id, Beat: was.Beat + 1}, nil)
}

// claim takes the work over from nobody, or from an owner whose beat has stood
// still before the own eyes for long enough.
func (f *Follower) claim(ctx context.Context, state chat.Follower) (more bool, err error) {
	f.behind.Store(0)
	f.oldest.Store(0)
	if state.Owner != f.seen.Owner || state.Beat != f.seen.Beat || f.seenAt.IsZero() {
		f.seen, f.seenAt = state, time.Now()
	}
	if state.Owner != "" && !f.o.Alone && time.Since(f.seenAt) < f.o.Patience {
		return false, nil
	}
	return true, f.replace(ctx, state, chat.Follower{Pos: state.Pos, Owner: f.id, Beat: state.Beat + 1}, nil)
}

func (f *Follower) release(ctx context.Context) error {
	var state chat.Follower
	err := f.store.Read(ctx, func(r chat.Reader) (err error) {
		state, err = r.Follower(ctx, f.name)
		return err
	})
	if err != nil || state.Owner != f.id {
		return err
	}
	return f.replace(ctx, state, chat.Follower{Pos: state.Pos, Beat: state.Beat + 1}, nil)
}
