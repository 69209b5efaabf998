package files

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/internal/chat"
)

const (
	writeEvery = 500 * time.Millisecond
	// tooMany accesses that wait make who looks wait for the writing.
	tooMany   = 2_000
	onePage   = 200
	writeTime = 10 * time.Second
)

// diary writes down who looked at which file, many at a time.
type diary struct {
	chat *chat.Service
	log  *slog.Logger

	mu      sync.Mutex
	waiting []chat.Access

	cancel context.CancelFunc
	done   chan struct{}
}

func newDiary(c *chat.Service, log *slog.Logger) *diary {
	return &diary{chat: c, log: log, done: make(chan struct{})}
}

func (d *diary) start() {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go d.run(ctx)
}

func (d *diary) run(ctx context.Context) {
	defer close(d.done)
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.write(ctx)
		}
	}
}

// stop writes what still waits.
func (d *diary) stop(ctx context.Context) error {
	if d.cancel == nil {
		return nil
	}
	d.cancel()
	<-d.done
	d.write(ctx)
	return nil
}

func (d *diary) note(a chat.Access) {
	d.mu.Lock()
	d.waiting = append(d.waiting, a)
	full := len(d.waiting) > tooMany
	d.mu.Unlock()
	if full {
		d.write(context.Background())
	}
}

func (d *diary) write(ctx context.Context) {
	d.mu.Lock()
	list := d.waiting
	d.waiting = nil
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	for len(list) > 0 {
		n := min(onePage, len(list))
		if err := d.chat.NoteAccesses(ctx, list[:n]); err != nil {
			d.log.Error("writing down who looked at files", "lost", len(list), "error", err)
			return
		}
		list = list[n:]
	}
}
