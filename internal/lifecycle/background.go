package lifecycle

import (
	"context"
	"sync"
)

// Background is the one goroutine that a part works in from its start to its end.
// The zero value is ready to use.
type Background struct {
	once   sync.Once
	cancel context.CancelFunc
	done   chan struct{}
}

// Go begins work, once; its context ends with End. After End it does nothing.
func (b *Background) Go(work func(context.Context)) {
	b.once.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		b.cancel, b.done = cancel, make(chan struct{})
		go func() {
			defer close(b.done)
			work(ctx)
		}()
	})
}

// Began reports whether there is, or was, work. It must not be called beside Go.
func (b *Background) Began() bool { return b.cancel != nil }

// End waits until the work has ended, or for ctx. What never began, never will.
func (b *Background) End(ctx context.Context) error {
	b.once.Do(func() {})
	if b.cancel == nil {
		return nil
	}
	b.cancel()
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
