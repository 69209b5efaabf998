// Package ratelimit decides how often somebody may do something, on this node,
// in memory.
package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Rate lets Limit calls pass in every Per, and Burst of them at once. Without
// a Burst it is Limit. The zero Rate is no limit.
type Rate struct {
	Limit int
	Per   time.Duration
	Burst int
}

// Limiter keeps a token bucket per key, stored as one instant: the time at
// which the bucket will be full again (GCRA). It is safe for concurrent use.
// A nil Limiter allows everything.
type Limiter[K comparable] struct {
	rate     Rate
	interval time.Duration // in which one token comes back
	refill   time.Duration // in which an empty bucket becomes full
	now      func() time.Time
	start    time.Time
	seed     maphash.Seed
	shards   [shardCount]shard[K]
}

// Decision answers one call. Its numbers are those that rate limit headers
// show; all are zero when there is no limit.
type Decision struct {
	OK         bool
	Limit      int
	Remaining  int           // calls that would pass right now
	RetryAfter time.Duration // until the same call passes if it ever does; zero when OK
	ResetAt    time.Time     // when the bucket is full again
}

const (
	shardCount = 32
	// maxKeysPerShard, in each of two generations, bounds a limiter to half a
	// million keys.
	maxKeysPerShard = 1 << 13
)

// shard holds its keys in two generations. A key that nobody used for a whole
// refill is full, which is what an unknown key is; so the older generation is
// dropped as a whole when the younger one has become that old.
type shard[K comparable] struct {
	mu             sync.Mutex
	young, old     map[K]time.Duration // full at, since the limiter's start
	nextGeneration time.Duration
}

// New returns a Limiter for rate, nil if that is no limit.
func New[K comparable](rate Rate) *Limiter[K] {
	return NewWithClock[K](rate, time.Now)
}

// NewWithClock is New with a clock other than time.Now. Steps of the wall clock
// do not matter as long as now returns monotonic readings.
func NewWithClock[K comparable](rate Rate, now func() time.Time) *Limiter[K] {
	if rate.Limit <= 0 || rate.Per <= 0 {
		return nil
	}
	if rate.Burst <= 0 {
		rate.Burst = rate.Limit
	}
	interval := max(rate.Per/time.Duration(rate.Limit), 1)
	return &Limiter[K]{
		rate:     rate,
		interval: interval,
		refill:   interval * time.Duration(rate.Burst),
		now:      now,
		start:    now(),
		seed:     maphash.MakeSeed(),
	}
}

// Allow takes n tokens from the bucket of key, or none if there are not that
// many. More than the burst never pass. When half a million keys are in use at
// once, those unused for longest are forgotten and start full again.
func (l *Limiter[K]) Allow(key K, n int) Decision {
	if l == nil {
		return Decision{OK: true}
	}
	wallNow := l.now()
	now := wallNow.Sub(l.start)
	s := &l.shards[maphash.Comparable(l.seed, key)%shardCount]

	s.mu.Lock()
	defer s.mu.Unlock()
	fullAt := max(s.fullAt(key), now)
	after := fullAt + l.interval*time.Duration(min(n, l.rate.Burst))
	d := Decision{OK: after <= now+l.refill && n <= l.rate.Burst, Limit: l.rate.Limit}
	if d.OK {
		fullAt = after
		s.set(key, fullAt, now, l.refill)
	} else {
		d.RetryAfter = after - l.refill - now
	}
	d.Remaining = int((now + l.refill - fullAt) / l.interval)
	d.ResetAt = wallNow.Add(fullAt - now)
	return d
}

func (s *shard[K]) fullAt(key K) time.Duration {
	if t, ok := s.young[key]; ok {
		return t
	}
	return s.old[key]
}

func (s *shard[K]) set(key K, fullAt, now, refill time.Duration) {
	if now >= s.nextGeneration || len(s.young) >= maxKeysPerShard {
		s.old, s.young = s.young, make(map[K]time.Duration)
		s.nextGeneration = now + refill
	}
	s.young[key] = fullAt
}
