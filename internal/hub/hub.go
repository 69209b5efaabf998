// Package hub knows which sessions of this node follow which streams, and hands
// each of them every event of those streams once and in order.
//
// The log is the truth, the bus is a hint: what the bus loses, doubles or
// reorders is put right from the log, at once when a later event shows the gap,
// else by the tailer within two seconds. Who follows what is kept in memory for
// fan-out only; who may read is decided by the Log's own queries.
//
// Locks are taken in this order: a user's stream, a conversation's stream, a
// Follower, the table's shards. A Sink's lock comes after all of them.
package hub

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// Log is what the hub reads. chat.Service implements it.
type Log interface {
	Heads(ctx context.Context, a chat.Actor) ([]chat.Head, error)
	Head(ctx context.Context, st chat.StreamID) (int64, error)
	// HeadsSince returns the heads of the streams with events after pos, and the
	// newest position of all, however large pos is.
	HeadsSince(ctx context.Context, pos chat.Position) (map[chat.StreamID]int64, chat.Position, error)
	// Log and Replay return events with payloads, oldest first. Replay refuses
	// whoever does not take part at the time of reading; Log authorises nobody.
	Log(ctx context.Context, st chat.StreamID, after int64, limit int) ([]*chat.Event, error)
	Replay(ctx context.Context, a chat.Actor, st chat.StreamID, after int64, limit int) ([]*chat.Event, error)
	ResumePoint(ctx context.Context, a chat.Actor, st chat.StreamID, pos chat.Position) (rev int64, ok bool, err error)
	Hydrate(ctx context.Context, events []*chat.Event) error
	ConversationsOf(ctx context.Context, u chat.UserID) ([]chat.ConversationID, error)
	BlockedWith(ctx context.Context, u chat.UserID) ([]chat.UserID, error)
}

var _ Log = (*chat.Service)(nil)

// Options of New. A zero field takes its default.
type Options struct {
	Workers int           // dispatchers; GOMAXPROCS
	Tick    time.Duration // between two looks of the tailer; 1 s
	// Interest is told what is followed here; nil on a bus that brings everything.
	Interest Interest
	// Blind says that nothing comes from other nodes at the moment, so that what the
	// log has needs no second look; nil: never.
	Blind func() bool
	Log   *slog.Logger // nothing is logged
}

// Metrics count what the hub did since it was made.
type Metrics struct {
	Dispatched atomic.Int64 // events handed to those who follow their stream
	Repaired   atomic.Int64 // of these, read from the log because the bus did not bring them
	Replayed   atomic.Int64 // events given to one follower who was behind
	Gaps       atomic.Int64 // times a follower was told to reload
}

// Hub is one node's fan-out.
type Hub struct {
	Metrics Metrics

	log      Log
	logger   *slog.Logger
	tick     time.Duration
	blind    func() bool
	table    *table
	workers  []*worker
	tailer   tailer
	lost     chan struct{} // see Lost
	presence presenceQueue
	safe     atomic.Int64 // a chat.Position, see Follower.Settled

	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup
}

// New returns a hub that reads from log. Start it before anybody joins.
func New(log Log, o Options) *Hub {
	h := &Hub{log: log, logger: o.Log, tick: o.Tick, blind: o.Blind, lost: make(chan struct{}, 1), table: newTable(o.Interest), presence: newPresenceQueue()}
	if h.logger == nil {
		h.logger = slog.New(slog.DiscardHandler)
	}
	if h.tick == 0 {
		h.tick = time.Second
	}
	n := o.Workers
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	for range n {
		h.workers = append(h.workers, newWorker(h))
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// Start begins to dispatch. What was committed before it returns is history.
func (h *Hub) Start(ctx context.Context) error {
	if err := h.startTailer(ctx); err != nil {
		return fmt.Errorf("hub: newest position: %w", err)
	}
	for _, w := range h.workers {
		h.done.Go(w.run)
	}
	h.done.Go(h.runTailer)
	h.done.Go(h.runPresence)
	return nil
}

// Stop ends the hub's goroutines and waits for them, or for ctx. Followers must
// have left before.
func (h *Hub) Stop(ctx context.Context) error {
	h.stop()
	gone := make(chan struct{})
	go func() { h.done.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hub: stop: %w", ctx.Err())
	}
}

// Subscriber is what the hub wants to hear from the bus.
func (h *Hub) Subscriber() chat.Subscriber {
	return chat.Subscriber{Events: h.Events, Signal: h.Signal}
}

// Events takes what was committed. It blocks while the dispatchers have too much
// to do, so that a committer is never faster than the fan-out for long.
func (h *Hub) Events(events []*chat.Event) {
	for _, e := range events {
		if h.table.announce(e.Stream, e.Rev) {
			h.worker(e.Stream).put(task{event: e})
		}
	}
}

func (h *Hub) worker(st chat.StreamID) *worker {
	return h.workers[hash(st)>>32%uint64(len(h.workers))]
}
