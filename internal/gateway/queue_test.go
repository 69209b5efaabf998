package gateway

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sheet is a Conn that keeps what is written, write by write.
type sheet struct {
	Conn
	mu     sync.Mutex
	writes [][]string
	err    error
}

func (s *sheet) Write(frames [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var w []string
	for _, f := range frames {
		w = append(w, string(f))
	}
	s.writes = append(s.writes, w)
	return s.err
}

// echo encodes a Problem as its text.
type echo struct{ Protocol }

func (echo) Encode(frames [][]byte, out Output) [][]byte {
	return append(frames, []byte(out.(*Problem).Err.Error()))
}

func newQueue(writing int64) (*queue, *sheet) {
	s := &sheet{}
	q := &queue{conn: s, protocol: echo{}, load: &load{}, metrics: &Metrics{}}
	q.load.writing.Store(writing)
	return q, s
}

func (q *queue) tell(text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.say(&Problem{Err: errors.New(text)})
}

func TestWhenQuietEachFrameIsWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newQueue(0)
		began := time.Now()
		for range 3 {
			q.tell("x")
			synctest.Wait()
		}
		if len(s.writes) != 3 || time.Since(began) != 0 {
			t.Errorf("%v after %v", s.writes, time.Since(began))
		}
	})
}

func TestWhenBusyFramesGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newQueue(1000)
		for range 50 {
			q.tell("x")
			time.Sleep(time.Millisecond)
		}
		q.done.Wait()
		if len(s.writes[0]) != 1 {
			t.Error("the first frame had to wait")
		}
		if n := len(s.writes); n != 3 {
			t.Errorf("50 frames in 50 ms were written with %d writes, want 3", n)
		}
	})
}

func TestAfterAnIdleTimeNothingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newQueue(1000)
		q.tell("x")
		time.Sleep(gatherMost)
		q.tell("y")
		synctest.Wait()
		if len(s.writes) != 2 {
			t.Errorf("wrote %v", s.writes)
		}
	})
}

func TestAnIdleQueueHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(0)
		for range 100 {
			q.tell("x")
		}
		q.done.Wait()
		if q.bytes != 0 || q.written != q.put || q.frames != nil || q.spare != nil || q.load.writing.Load() != 0 {
			t.Errorf("%d bytes, %d of %d written, %d frames", q.bytes, q.written, q.put, cap(q.frames))
		}
	})
}

func TestWrittenWaitsForWhatWasThereNotForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(1000)
		q.tell("first")
		synctest.Wait()
		q.tell("second") // gathers for a while
		waited := make(chan time.Duration)
		began := time.Now()
		go func() {
			if err := q.wait(t.Context()); err != nil {
				t.Error(err)
			}
			waited <- time.Since(began)
		}()
		synctest.Wait()
		go func() {
			for range 10 {
				time.Sleep(10 * time.Millisecond)
				q.tell("more")
			}
		}()
		if d := <-waited; d > gatherMost {
			t.Errorf("waited %v", d)
		}
		time.Sleep(time.Second)
	})
}

func TestAFailedWriteEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newQueue(1000)
		q.tell("first")
		synctest.Wait()
		s.err = errors.New("broken")
		q.tell("second")
		if err := q.wait(t.Context()); !errors.Is(err, errClosed) {
			t.Errorf("waited with %v", err)
		}
		q.tell("third")
		q.done.Wait()
		if len(s.writes) != 2 {
			t.Errorf("wrote %v after the pipe broke", s.writes)
		}
	})
}

// How long a message took counts once for each write, from the one that waited
// longest, and not when nothing was written.
func TestDeliveryIsTimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newQueue(0)
		put := func(age time.Duration, text string) {
			q.say(&Problem{Err: errors.New(text)})
			if age > 0 {
				q.carries(time.Now().Add(-age))
			}
		}
		q.mu.Lock()
		put(30*time.Millisecond, "old")
		put(3*time.Millisecond, "new")
		q.mu.Unlock()
		synctest.Wait()
		q.mu.Lock()
		put(0, "no message")
		q.mu.Unlock()
		synctest.Wait()
		s.err = errors.New("gone")
		q.mu.Lock()
		put(time.Hour, "never")
		q.mu.Unlock()
		synctest.Wait()
		counts, sum := q.metrics.Delivered.Counts()
		want := make([]int64, len(DelayBounds)+1)
		want[slices.Index(DelayBounds, 50*time.Millisecond)] = 1
		if !slices.Equal(counts, want) {
			t.Errorf("%v, want %v", counts, want)
		}
		if sum != 30*time.Millisecond {
			t.Errorf("%v together", sum)
		}
	})
}

func TestDelays(t *testing.T) {
	var d Delays
	for _, took := range []time.Duration{-time.Second, time.Millisecond, 1500 * time.Microsecond, time.Minute} {
		d.observe(took)
	}
	counts, _ := d.Counts()
	if len(counts) != len(DelayBounds)+1 || counts[0] != 2 || counts[1] != 1 || counts[len(DelayBounds)] != 1 {
		t.Errorf("%v", counts)
	}
}
