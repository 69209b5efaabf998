package ratelimit

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type clock struct{ time.Time }

func (c *clock) now() time.Time               { return c.Time }
func (c *clock) advance(d time.Duration)      { c.Time = c.Add(d) }
func (c *clock) in(d time.Duration) time.Time { return c.Add(d) }

func newClock() *clock {
	return &clock{time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)}
}

func TestBurstThenSteadyRate(t *testing.T) {
	c := newClock()
	l := NewWithClock[int64](Rate{Limit: 3, Per: time.Minute}, c.now)
	const interval = 20 * time.Second
	steps := []struct {
		name    string
		advance time.Duration
		n       int
		want    Decision
	}{
		{"first", 0, 1, Decision{true, 3, 2, 0, c.in(interval)}},
		{"second", 0, 1, Decision{true, 3, 1, 0, c.in(2 * interval)}},
		{"third", 0, 1, Decision{true, 3, 0, 0, c.in(3 * interval)}},
		{"empty", 0, 1, Decision{false, 3, 0, interval, c.in(3 * interval)}},
		{"still empty", 15 * time.Second, 1, Decision{false, 3, 0, 5 * time.Second, c.in(3 * interval)}},
		{"one came back", 5 * time.Second, 1, Decision{true, 3, 0, 0, c.in(4 * interval)}},
		{"two need longer", 0, 2, Decision{false, 3, 0, 2 * interval, c.in(4 * interval)}},
		{"two came back", 2 * interval, 2, Decision{true, 3, 0, 0, c.in(6 * interval)}},
		{"full again", time.Hour, 3, Decision{true, 3, 0, 0, c.in(3*interval + time.Hour + time.Minute)}},
		{"more than the burst", time.Hour, 4, Decision{false, 3, 3, 0, c.in(2*time.Hour + time.Minute)}},
		{"which took nothing", 0, 3, Decision{true, 3, 0, 0, c.in(2*time.Hour + 2*time.Minute)}},
	}
	for _, step := range steps {
		c.advance(step.advance)
		if diff := cmp.Diff(step.want, l.Allow(7, step.n)); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}
}

func TestBurstOfItsOwn(t *testing.T) {
	c := newClock()
	l := NewWithClock[string](Rate{Limit: 60, Per: time.Minute, Burst: 2}, c.now)
	for i, want := range []bool{true, true, false} {
		if got := l.Allow("k", 1).OK; got != want {
			t.Errorf("call %d: %v", i, got)
		}
	}
	c.advance(time.Second)
	if !l.Allow("k", 1).OK {
		t.Error("no token after a second")
	}
}

func TestKeysAreIndependent(t *testing.T) {
	l := NewWithClock[string](Rate{Limit: 1, Per: time.Minute}, newClock().now)
	if !l.Allow("ann", 1).OK || l.Allow("ann", 1).OK || !l.Allow("bob", 1).OK {
		t.Error("ann and bob share a bucket")
	}
}

func TestNoLimit(t *testing.T) {
	var none *Limiter[string]
	if d := none.Allow("k", 1000); d != (Decision{OK: true}) {
		t.Errorf("nil: %+v", d)
	}
	for _, rate := range []Rate{{}, {Limit: 5}, {Per: time.Second}} {
		if l := New[string](rate); l != nil {
			t.Errorf("New(%+v) limits", rate)
		}
	}
}

func TestForgetsOnlyWhoIsFullAgain(t *testing.T) {
	c := newClock()
	l := NewWithClock[int](Rate{Limit: 10, Per: time.Minute}, c.now)
	for key := range 10_000 {
		l.Allow(key, 10)
	}
	c.advance(time.Minute - time.Nanosecond)
	for key := range 10_000 {
		if l.Allow(key, 10).OK {
			t.Fatalf("%d passes before its bucket is full", key)
		}
	}
	for range 4 {
		c.advance(time.Minute)
		for key := range 1000 {
			l.Allow(-key, 1)
		}
	}
	if n := keys(l); n > 2000 {
		t.Errorf("%d keys are kept, 1,000 are in use", n)
	}
}

func TestNumberOfKeysIsBounded(t *testing.T) {
	l := NewWithClock[int](Rate{Limit: 1, Per: time.Hour}, newClock().now)
	const limit = shardCount * maxKeysPerShard * 2
	for key := range limit * 2 {
		l.Allow(key, 1)
	}
	if n := keys(l); n > limit {
		t.Errorf("%d keys", n)
	}
	if l.Allow(limit*2-1, 1).OK {
		t.Error("the youngest key was forgotten")
	}
}

func keys[K comparable](l *Limiter[K]) (n int) {
	for i := range l.shards {
		n += len(l.shards[i].young) + len(l.shards[i].old)
	}
	return n
}

func TestConcurrentCallsShareTheBurst(t *testing.T) {
	l := NewWithClock[string](Rate{Limit: 100, Per: time.Hour}, newClock().now)
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 50 {
				if l.Allow("shared", 1).OK {
					passed.Add(1)
				}
				l.Allow(strconv.Itoa(i), 1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d of 100 passed", passed.Load())
	}
}

// In any window no more pass than the burst and what came back meanwhile, and
// whoever waits as told passes.
func TestPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{Limit: rapid.IntRange(1, 50).Draw(t, "limit"), Per: time.Duration(rapid.IntRange(1, 3600).Draw(t, "s")) * time.Second}
		rate.Burst = rapid.IntRange(1, 50).Draw(t, "burst")
		c := newClock()
		l := NewWithClock[int](rate, c.now)
		start, passed := c.Time, 0
		for range rapid.IntRange(1, 100).Draw(t, "calls") {
			c.advance(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "ms")) * time.Millisecond)
			n := rapid.IntRange(1, rate.Burst).Draw(t, "n")
			d := l.Allow(1, n)
			if !d.OK {
				c.advance(d.RetryAfter)
				if d = l.Allow(1, n); !d.OK {
					t.Fatalf("refused again after the wait: %+v", d)
				}
			}
			passed += n
			if allowed := rate.Burst + int(c.Sub(start)/l.interval); passed > allowed {
				t.Fatalf("%d passed, %d allowed", passed, allowed)
			}
			if d.Remaining < 0 || d.Remaining > rate.Burst || d.ResetAt.Before(c.Time) {
				t.Fatalf("%+v", d)
			}
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	for _, users := range []int{1, 100_000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			l := New[int64](Rate{Limit: 1000, Per: time.Second})
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for key := int64(0); pb.Next(); key++ {
					l.Allow(key%int64(users), 1)
				}
			})
		})
	}
}
