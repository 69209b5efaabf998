package gateway

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Metrics count what the gateway does. The zero value is ready.
type Metrics struct {
	FramesOut     atomic.Int64 // frames written
	Writes        atomic.Int64 // writes, each of one frame or more
	SlowConsumers atomic.Int64 // sessions cut off because too much was waiting
	BadFrames     atomic.Int64
	Commands      atomic.Int64
	Delivered     Delays // from when a message was accepted until it was written

	sessions sync.Map // dialect to *atomic.Int64
}

// Sessions returns how many sessions each dialect has now.
func (m *Metrics) Sessions() map[string]int64 {
	now := map[string]int64{}
	m.sessions.Range(func(dialect, n any) bool {
		now[dialect.(string)] = n.(*atomic.Int64).Load()
		return true
	})
	return now
}

func (m *Metrics) count(dialect string, by int64) {
	n, ok := m.sessions.Load(dialect)
	if !ok {
		n, _ = m.sessions.LoadOrStore(dialect, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(by)
}

// DelayBounds are those of Delays.
var DelayBounds = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second,
}

// Delays counts how long things took: how many at most each of DelayBounds, and
// behind them the others. The zero value is ready.
type Delays struct {
	counts [14]atomic.Int64
	sum    atomic.Int64 // microseconds
}

func (d *Delays) observe(took time.Duration) {
	took = max(0, took) // another node's clock may be ahead
	i, _ := slices.BinarySearch(DelayBounds, took)
	d.counts[i].Add(1)
	d.sum.Add(took.Microseconds())
}

// Counts returns how many there were of each, and what they took together.
func (d *Delays) Counts() (counts []int64, sum time.Duration) {
	counts = make([]int64, len(d.counts))
	for i := range d.counts {
		counts[i] = d.counts[i].Load()
	}
	return counts, time.Duration(d.sum.Load()) * time.Microsecond
}
