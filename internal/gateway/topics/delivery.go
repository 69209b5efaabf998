package topics

import (
	"context"
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/topics"
)

// afterError is how long a subscription waits after an error of the database.
const afterError = time.Second

// delivery is one subscription on its way to a consumer.
type delivery struct {
	socket   *socket
	id       string
	consumer topics.Consumer
	grouped  bool
	ctx      context.Context
	stop     context.CancelFunc

	mu      sync.Mutex
	waiting map[chat.Position]bool // of a group: sent, and not acknowledged
	done    []chat.Position        // acknowledged, and not written down
	roomier chan struct{}          // something was acknowledged: there may be room
	written chan struct{}          // and it is to be written down
}

func newDelivery(s *socket, id string, c topics.Consumer, grouped bool) *delivery {
	d := &delivery{socket: s, id: id, consumer: c, grouped: grouped, waiting: map[chat.Position]bool{}, roomier: make(chan struct{}, 1), written: make(chan struct{}, 1)}
	d.ctx, d.stop = context.WithCancel(s.ctx)
	return d
}

// run sends what there is until the subscription or the connection ends.
func (d *delivery) run() {
	defer d.end()
	var acks sync.WaitGroup
	if d.grouped {
		acks.Go(d.writeDown)
	}
	for d.ctx.Err() == nil {
		if err := d.step(); err != nil && !isEnd(err) {
			d.socket.refuse(d.id, err)
			if !d.pause() || chat.Has(err, chat.NotFound) {
				break
			}
		}
	}
	d.stop()
	acks.Wait()
}

func (d *delivery) pause() bool {
	select {
	case <-d.ctx.Done():
		return false
	case <-time.After(afterError):
		return true
	}
}

func (d *delivery) step() error {
	n, err := d.room()
	if err != nil {
		return err
	}
	list, err := d.consumer.Next(d.ctx, n)
	if err != nil {
		return err
	}
	if d.grouped {
		d.mu.Lock()
		for _, m := range list {
			d.waiting[m.Offset] = true
		}
		d.mu.Unlock()
	}
	out, err := frames(d.id, list)
	if err != nil {
		return err
	}
	if err := d.socket.send(out); err != nil {
		d.stop() // the reader sees the same
	}
	return nil
}

// room waits until the consumer has acknowledged enough to get more. What it keeps
// for too long is another one's by then, and does not count any more.
func (d *delivery) room() (int, error) {
	for {
		d.mu.Lock()
		n := inFlight - len(d.waiting)
		d.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		timer := time.NewTimer(topics.Redeliver)
		select {
		case <-d.ctx.Done():
			timer.Stop()
			return 0, d.ctx.Err()
		case <-d.roomier:
			timer.Stop()
		case <-timer.C:
			d.mu.Lock()
			clear(d.waiting)
			d.mu.Unlock()
		}
	}
}

// acknowledged notes what the consumer has done.
func (d *delivery) acknowledged(at chat.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.waiting[at] {
		return
	}
	delete(d.waiting, at)
	d.done = append(d.done, at)
	for _, news := range []chan struct{}{d.roomier, d.written} {
		select {
		case news <- struct{}{}:
		default:
		}
	}
}

// writeDown writes down what was acknowledged, many at once.
func (d *delivery) writeDown() {
	for {
		select {
		case <-d.ctx.Done():
			return
		case <-d.written:
		}
		for !d.flush(d.ctx) && d.pause() {
		}
	}
}

// flush reports whether what was acknowledged is written down.
func (d *delivery) flush(ctx context.Context) bool {
	d.mu.Lock()
	list := d.done
	d.done = nil
	d.mu.Unlock()
	if len(list) == 0 {
		return true
	}
	err := d.consumer.Acknowledge(ctx, list)
	if err == nil {
		return true
	}
	d.mu.Lock()
	d.done = append(d.done, list...)
	d.mu.Unlock()
	if !isEnd(err) {
		d.socket.handler.Log.Warn("writing down what a consumer has done", "error", err)
	}
	return false
}

// end hands back what was not done.
func (d *delivery) end() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), closeWithin)
	defer cancel()
	d.flush(ctx)
	if err := d.consumer.Close(ctx); err != nil {
		d.socket.handler.Log.Warn("handing back what a consumer has not done", "error", err)
	}
}
