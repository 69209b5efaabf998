package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// Bounds of what may wait for one client (contracts/stream.md).
const (
	maxFrames = 1024
	maxBytes  = 1 << 20
	// Above this share ephemeral frames are dropped and replays pause.
	crowded = 4
	// idleFrames is the room for frames that an idle queue keeps.
	idleFrames = 4
	// maxHeld is for how many users a presence may wait beside the queue.
	maxHeld = 1024
)

const (
	// Up to so many connections being written to, each frame is written at once.
	quiet = 64
	// Beyond it frames gather, the longer the more connections there are.
	gatherEach = 27 * time.Microsecond
	gatherMost = 25 * time.Millisecond
	// farewell is how long a client may take to accept what is left for him.
	farewell = 2 * time.Second
)

var errClosed = errors.New("gateway: session is closed")

// load is how many connections of the node have something to be written.
type load struct{ writing atomic.Int64 }

// window is the time that should lie between two writes to one connection.
func (l *load) window() time.Duration {
	return min(gatherMost, time.Duration(max(0, l.writing.Load()-quiet))*gatherEach)
}

// queue holds the frames for one client. Nobody waits for the client: who puts a
// frame in starts a goroutine that writes until the queue is empty, unless one is
// running; an idle queue has neither goroutine nor buffers.
type queue struct {
	conn     Conn
	protocol Protocol
	load     *load
	metrics  *Metrics

	mu      sync.Mutex
	frames  [][]byte
	spare   [][]byte
	bytes   int    // of frames not written yet
	put     uint64 // frames put in so far
	written uint64 // frames written so far
	running bool
	last    time.Time // of the last write
	oldest  int64     // when the oldest message that waits was accepted, in milliseconds of the epoch; 0: none waits
	held    map[chat.UserID][][]byte
	waiter  waiter
	ended   bool // nothing is put in any more
	finish  func()
	done    sync.WaitGroup
}

// waiter waits until so many frames were written.
type waiter struct {
	until uint64
	woken chan struct{}
}

// say encodes out behind what is waiting and reports whether there is room for
// more. The lock is held.
func (q *queue) say(out Output) (room bool) {
	if q.ended {
		return true
	}
	before := len(q.frames)
	q.frames = q.protocol.Encode(q.frames, out)
	q.took(q.frames[before:])
	return !q.exceeds(crowded)
}

func (q *queue) took(frames [][]byte) {
	for _, f := range frames {
		q.bytes += len(f)
	}
	q.put += uint64(len(frames))
	if !q.running && len(frames) > 0 {
		q.running = true
		q.done.Go(q.flush)
	}
}

// carries notes that a message is among what waits. Of those that are written
// together the one that waited longest counts. The lock is held.
func (q *queue) carries(accepted time.Time) {
	if q.oldest == 0 && len(q.frames) > 0 {
		q.oldest = accepted.UnixMilli()
	}
}

// exceeds reports whether more waits than the given part of the bounds.
func (q *queue) exceeds(part uint64) bool {
	return q.put-q.written > maxFrames/part || uint64(q.bytes) > maxBytes/part
}

// whisper is say for what may be lost: when the queue is crowded it is dropped,
// except that the newest presence of each user is kept for later. The lock is
// held.
func (q *queue) whisper(s *Signal) {
	if q.ended {
		return
	}
	if !q.exceeds(crowded) {
		q.say(s)
		return
	}
	if s.Kind != chat.SignalPresence {
		return
	}
	if q.held == nil {
		q.held = map[chat.UserID][][]byte{}
	}
	if _, waiting := q.held[s.UserID]; waiting || len(q.held) < maxHeld {
		q.held[s.UserID] = q.protocol.Encode(nil, s)
	}
}

// flush writes until nothing is left.
func (q *queue) flush() {
	q.load.writing.Add(1)
	defer q.load.writing.Add(-1)
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.next() {
		q.gather()
		batch, size, accepted := q.frames, q.bytes, q.oldest
		q.frames, q.spare, q.oldest = q.spare[:0], nil, 0
		q.mu.Unlock()
		err := q.conn.Write(batch)
		if accepted != 0 && err == nil {
			q.metrics.Delivered.observe(time.Since(time.UnixMilli(accepted)))
		}
		q.mu.Lock()
		q.wrote(batch, size, err)
	}
	if q.running = false; cap(q.frames) > idleFrames {
		q.frames = nil
	}
	q.spare = nil
	if q.ended && q.finish != nil {
		q.finish()
	}
}

// next reports whether there is something to write.
func (q *queue) next() bool {
	if len(q.frames) == 0 && len(q.held) > 0 {
		for _, frames := range q.held {
			q.frames = append(q.frames, frames...)
		}
		q.held = nil
		q.took(q.frames)
	}
	return len(q.frames) > 0
}

// gather lets frames come together when this client was written to just now and
// the node is busy: a write costs more than ten frames do.
func (q *queue) gather() {
	wait := q.load.window() - time.Since(q.last)
	if wait <= 0 || q.ended {
		return
	}
	q.mu.Unlock()
	time.Sleep(wait)
	q.mu.Lock()
}

func (q *queue) wrote(batch [][]byte, size int, err error) {
	q.last = time.Now()
	q.written += uint64(len(batch))
	q.bytes -= size
	q.metrics.FramesOut.Add(int64(len(batch)))
	q.metrics.Writes.Add(1)
	if clear(batch); cap(batch) <= maxFrames {
		q.spare = batch[:0]
	}
	if err != nil { // the pipe has closed itself, so the reader ends the session
		q.ended = true
		q.drop()
	}
	if w := q.waiter; w.woken != nil && (q.written >= w.until || q.ended) {
		close(w.woken)
		q.waiter = waiter{}
	}
}

// drop forgets what is waiting. The lock is held.
func (q *queue) drop() {
	for _, f := range q.frames {
		q.bytes -= len(f)
	}
	q.put -= uint64(len(q.frames))
	clear(q.frames)
	q.frames, q.held = q.frames[:0], nil
}

// end lets the queue take nothing more. What is waiting is still written, then
// finish is called, with the lock held. The lock is held.
func (q *queue) end(finish func()) {
	q.ended, q.finish = true, finish
	if w := q.waiter; w.woken != nil {
		close(w.woken)
		q.waiter = waiter{}
	}
	if !q.running {
		finish()
	}
}

// wait returns when everything that is waiting now has been written.
func (q *queue) wait(ctx context.Context) error {
	q.mu.Lock()
	if q.ended {
		q.mu.Unlock()
		return errClosed
	}
	if q.written == q.put {
		q.mu.Unlock()
		return nil
	}
	woken := make(chan struct{})
	q.waiter = waiter{q.put, woken}
	q.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-woken:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return errClosed
	}
	return nil
}
