package files

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/lifecycle"
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

	loop lifecycle.Background
}

func newDiary(c *chat.Service, log *slog.Logger) *diary {
	return &diary{chat: c, log: log}
}

func (d *diary) start() { d.loop.Go(d.run) }

func (d *diary) run(ctx context.Context) {
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
	err := d.loop.End(ctx)
	d.write(ctx)
	return err
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
