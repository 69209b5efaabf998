package chat

import (
	"context"
	"time"

	"parley/internal/lifecycle"
)

// loop runs a job in one goroutine when it is woken, but not more often than its
// rest allows, and again after the pause that the job asks for.
type loop struct {
	// job returns how long to wait before it must run again; 0: until woken.
	job  func(context.Context) time.Duration
	rest time.Duration
	wake chan struct{}

	work lifecycle.Background
}

func newLoop(rest time.Duration, job func(context.Context) time.Duration) *loop {
	return &loop{job: job, rest: rest, wake: make(chan struct{}, 1)}
}

// poke makes the job run soon. It never blocks.
func (l *loop) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *loop) start() { l.work.Go(l.run) }

func (l *loop) stop(ctx context.Context) error { return l.work.End(ctx) }

func (l *loop) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-timer.C:
		}
		pause := l.job(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(l.rest):
		}
		if pause > 0 {
			timer.Reset(max(0, pause-l.rest))
		}
	}
}
