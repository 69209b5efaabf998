package gateway

import (
	"sync"
	"sync/atomic"
)

// Metrics count what the gateway does. The zero value is ready.
type Metrics struct {
	FramesOut     atomic.Int64 // frames written
	Writes        atomic.Int64 // writes, each of one frame or more
	SlowConsumers atomic.Int64 // sessions cut off because too much was waiting
	BadFrames     atomic.Int64
	Commands      atomic.Int64

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
