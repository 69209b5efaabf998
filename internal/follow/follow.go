// Package follow runs consumers of the log of everything: each hears of every
// event, in order of position, and what it does about a page of events is done
// once in the whole cluster.
package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// Consumer is what follows the log.
type Consumer struct {
	// Name is under which its place in the log is kept.
	Name string
	// Page is how many events it takes at once.
	Page int
	// Prepare does the work for a page outside of any transaction and returns what
	// writes the result, in the transaction that moves the consumer's place. It may
	// be called for the same page again, on several nodes at once; what it returns
	// is then carried out by one of them. nil writes nothing.
	Prepare func(ctx context.Context, events []*chat.Event) (func(ctx context.Context, tx chat.Tx) error, error)
}

const (
	poll = time.Second // nobody may have told of what another node wrote
	// While others wait to write, a consumer takes at most a third of the time.
	restPerWork = 2
	firstPause  = 250 * time.Millisecond
	lastPause   = 30 * time.Second
)

// Follower runs one consumer on one node.
type Follower struct {
	consumer Consumer
	store    chat.Store
	busy     func() bool
	log      *slog.Logger
	wake     chan struct{}
	lag      atomic.Int64 // of positions, when it last looked

	cancel context.CancelFunc
	done   chan struct{}
}

// New returns a follower that has not begun. busy says that others wait to write to
// the store, and come first.
func New(c Consumer, store chat.Store, busy func() bool, log *slog.Logger) *Follower {
	return &Follower{consumer: c, store: store, busy: busy, log: log, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Name is the consumer's.
func (f *Follower) Name() string { return f.consumer.Name }

// Lag is how many positions of the log the consumer was behind when it last
// looked.
func (f *Follower) Lag() int64 { return f.lag.Load() }

// Subscriber wakes the follower when something was committed.
func (f *Follower) Subscriber() chat.Subscriber {
	return chat.Subscriber{Events: func([]*chat.Event) { f.poke() }}
}

func (f *Follower) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Start begins to follow.
func (f *Follower) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	go f.run(ctx)
}

// Stop ends following and waits until it has ended.
func (f *Follower) Stop(ctx context.Context) error {
	if f.cancel == nil {
		return nil
	}
	f.cancel()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *Follower) run(ctx context.Context) {
	defer close(f.done)
	pause := firstPause
	for ctx.Err() == nil {
		begun := time.Now()
		more, err := f.step(ctx)
		wait := poll
		switch {
		case err != nil:
			if ctx.Err() == nil {
				f.log.Error("following the log", "follower", f.consumer.Name, "error", err)
			}
			wait, pause = pause, min(2*pause, lastPause)
		case more:
			if wait, pause = 0, firstPause; f.busy() {
				wait = restPerWork * time.Since(begun)
			}
		default:
			pause = firstPause
		}
		f.sleep(ctx, wait, !more && err == nil)
	}
}

// sleep waits, or until something was committed.
func (f *Follower) sleep(ctx context.Context, wait time.Duration, wakes bool) {
	wake := f.wake
	if !wakes {
		wake = nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	}
}

// errOvertaken undoes a page that another node has done.
var errOvertaken = errors.New("another node was faster")

// step does one page and reports whether there is more at once. If another node
// did the page it waits for the next look, so that nodes do not race all the time.
func (f *Follower) step(ctx context.Context) (more bool, err error) {
	from, events, upTo, err := f.read(ctx)
	if err != nil || upTo <= from {
		return false, err
	}
	write, err := f.consumer.Prepare(ctx, events)
	if err != nil {
		return false, fmt.Errorf("prepare: %w", err)
	}
	if write == nil && len(events) == 0 && upTo-from < chat.Position(f.consumer.Page) {
		return false, nil // numbers that were drawn for nothing: no reason to write
	}
	err = f.store.Write(ctx, func(tx chat.Tx) error {
		moved, err := tx.MoveFollower(ctx, f.consumer.Name, from, upTo)
		if err != nil {
			return err
		}
		if !moved {
			return errOvertaken
		}
		if write == nil {
			return nil
		}
		return write(context.WithoutCancel(ctx), tx)
	})
	if errors.Is(err, errOvertaken) {
		return false, nil
	}
	return err == nil && len(events) == f.consumer.Page, err
}

func (f *Follower) read(ctx context.Context) (from chat.Position, events []*chat.Event, upTo chat.Position, err error) {
	err = f.store.Read(ctx, func(r chat.Reader) (err error) {
		if from, err = r.FollowerAt(ctx, f.consumer.Name); err != nil {
			return err
		}
		if events, upTo, err = r.LogAfter(ctx, from, f.consumer.Page); err != nil || len(events) < f.consumer.Page {
			f.lag.Store(int64(len(events)))
			return err
		}
		_, newest, err := r.HeadsSince(ctx, 1<<53)
		f.lag.Store(int64(newest - from))
		return err
	})
	return from, events, upTo, err
}
