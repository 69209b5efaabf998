package gateway

import (
	"errors"
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
