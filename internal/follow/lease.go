package follow

import (
	"context"
	"crypto/rand"
	"time"

	"parley/internal/chat"
)

const (
	// renewEvery is how often a node says that it still holds a lease, and overAfter
	// how long it may be silent until another one takes it.
	renewEvery = 3 * time.Second
	overAfter  = 15 * time.Second
)

// lease keeps what only one node may do from others.
type lease struct {
	name   string
	holder string
	store  chat.Store

	seen  chat.Lease
	since time.Time // when seen was last found to be new
	held  bool
}

func newLease(name string, store chat.Store) *lease {
	return &lease{name: name, holder: rand.Text(), store: store}
}

// hold reports whether this node may go on, and says so to the others.
func (l *lease) hold(ctx context.Context) (bool, error) {
	if l.held && time.Since(l.since) < renewEvery {
		return true, nil
	}
	err := l.store.Read(ctx, func(r chat.Reader) error {
		now, err := r.Lease(ctx, l.name)
		if err == nil && (now != l.seen || l.since.IsZero()) {
			l.seen, l.since = now, time.Now()
		}
		return err
	})
	if err != nil {
		return false, err
	}
	l.held = l.seen.Holder == l.holder
	if l.held || l.seen.Holder == "" || time.Since(l.since) > overAfter {
		return l.take(ctx, l.holder)
	}
	return false, nil
}

func (l *lease) take(ctx context.Context, holder string) (bool, error) {
	taken := false
	err := l.store.Write(ctx, func(tx chat.Tx) (err error) {
		taken, err = tx.TakeLease(ctx, l.seen, holder)
		return err
	})
	l.held = taken && holder == l.holder
	if taken {
		l.seen, l.since = chat.Lease{Name: l.name, Holder: holder, Number: l.seen.Number + 1}, time.Now()
	}
	return l.held, err
}

// release lets another node begin at once.
func (l *lease) release(ctx context.Context) error {
	if !l.held {
		return nil
	}
	_, err := l.take(ctx, "")
	return err
}
