package presence

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"parley/internal/chat"
)

// storing is how many users' last seen times are stored at the same time, so
// that the store can commit them together.
const storing = 32

// diary stores when users were last seen. Of each user only the newest time
// waits; its goroutine runs only while something does.
type diary struct {
	users  Users
	logger *slog.Logger

	mu      sync.Mutex
	waiting map[chat.UserID]time.Time
	running bool
	done    sync.WaitGroup

	ctx  context.Context
	stop context.CancelFunc
}

func newDiary(users Users, log *slog.Logger) *diary {
	d := &diary{users: users, logger: log, waiting: map[chat.UserID]time.Time{}}
	d.ctx, d.stop = context.WithCancel(context.Background())
	return d
}

// note stores the time soon. It does not block.
func (d *diary) note(u chat.UserID, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting[u] = at
	if !d.running {
		d.running = true
		d.done.Go(d.write)
	}
}

func (d *diary) write() {
	for batch := d.take(); batch != nil; batch = d.take() {
		var g errgroup.Group
		g.SetLimit(storing)
		for u, at := range batch {
			g.Go(func() error {
				if err := d.users.SawUser(d.ctx, u, at); err != nil {
					d.logger.Error("storing when a user was last seen", "user", u, "error", err)
				}
				return nil
			})
		}
		_ = g.Wait() // failures were logged
	}
}

func (d *diary) take() map[chat.UserID]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) == 0 {
		d.running = false
		return nil
	}
	batch := d.waiting
	d.waiting = map[chat.UserID]time.Time{}
	return batch
}

// close waits until everything is stored, or for ctx.
func (d *diary) close(ctx context.Context) error {
	defer d.stop()
	stored := make(chan struct{})
	go func() { d.done.Wait(); close(stored) }()
	select {
	case <-stored:
		return nil
	case <-ctx.Done():
		d.stop()
		<-stored
		return fmt.Errorf("presence: storing last seen: %w", ctx.Err())
	}
}
