// Package follow runs consumers of the log of everything: each hears of every
// event, in order of position, and what it does about a page of events is done
// once in the whole cluster.
package follow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"parley/internal/chat"
	"parley/internal/lifecycle"
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
	// FromNow begins with what is committed after the first start, instead of the
	// whole log.
	FromNow bool
	// Every is how often it looks at the log, whatever is committed meanwhile; 0: at
	// once. It is for what nobody waits for, and spares a commit for each event.
	Every time.Duration
	// Alone keeps Prepare to one node at a time, for what it does outside: only when a
	// node was lost may two do the same page.
	Alone bool
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
	lease    *lease       // nil: nobody is kept out

	loop lifecycle.Background
}

// New returns a follower that has not begun. busy says that others wait to write to
// the store, and come first.
func New(c Consumer, store chat.Store, busy func() bool, log *slog.Logger) *Follower {
	f := &Follower{consumer: c, store: store, busy: busy, log: log, wake: make(chan struct{}, 1)}
	if c.Alone {
		f.lease = newLease("follow."+c.Name, store)
	}
	return f
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
func (f *Follower) Start(ctx context.Context) error {
	if f.consumer.FromNow {
		if err := f.skip(ctx); err != nil {
			return fmt.Errorf("begin to follow the log: %w", err)
		}
	}
	f.follow()
	return nil
}

// skip passes over everything that was committed before the consumer's first start.
func (f *Follower) skip(ctx context.Context) error {
	known, end := false, chat.Position(0)
	err := f.store.Read(ctx, func(r chat.Reader) (err error) {
		if known, err = r.HasFollower(ctx, f.consumer.Name); err == nil {
			end, err = r.LogEnd(ctx)
		}
		return err
	})
	if err != nil || known {
		return err
	}
	return f.store.Write(ctx, func(tx chat.Tx) error {
		_, err := tx.MoveFollower(ctx, f.consumer.Name, 0, end)
		return err
	})
}

func (f *Follower) follow() {
	f.loop.Go(f.run)
}

// Stop ends following and waits until it has ended.
func (f *Follower) Stop(ctx context.Context) error {
	if err := f.loop.End(ctx); err != nil || f.lease == nil || !f.loop.Began() {
		return err
	}
	return f.lease.release(ctx)
}

func (f *Follower) run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		begun := time.Now()
		more, err := f.step(ctx)
		wait := cmp.Or(f.consumer.Every, poll)
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
		f.sleep(ctx, wait, !more && err == nil && f.consumer.Every == 0)
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
	if f.lease != nil {
		if mine, err := f.lease.hold(ctx); err != nil || !mine {
			return false, err
		}
	}
	from, events, upTo, err := f.read(ctx)
	if err != nil || upTo <= from {
		return false, err
	}
	write, err := f.prepare(ctx, events)
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

// prepare makes an error of a panic: one text that a consumer stumbles over must
// not end the node.
func (f *Follower) prepare(ctx context.Context, events []*chat.Event) (write func(context.Context, chat.Tx) error, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f.consumer.Prepare(ctx, events)
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
