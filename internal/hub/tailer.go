package hub

import (
	"context"
	"math"
	"time"

	"parley/internal/chat"
)

// tailer finds what the bus did not bring: streams whose committed head is ahead
// of what was dispatched. An event in flight is ahead too, so a stream is
// repaired only when it still is at the next look.
type tailer struct {
	position chat.Position
	late     map[chat.StreamID]int64 // by how far each should have come at the last look
	ticks    int
}

func (h *Hub) startTailer(ctx context.Context) error {
	_, newest, err := h.log.HeadsSince(ctx, math.MaxInt64)
	if err != nil {
		return err
	}
	h.tailer = tailer{position: newest, late: map[chat.StreamID]int64{}}
	h.safe.Store(int64(newest))
	return nil
}

func (h *Hub) runTailer() {
	ticker := time.NewTicker(h.tick)
	defer ticker.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
			h.look()
			if h.blind != nil && h.blind() {
				h.repairLate()
			}
		case <-h.lost:
			h.look()
			h.repairLate()
		}
	}
}

// Lost says that the bus may not have brought everything: the log is looked at
// now instead of at the next tick. It never blocks.
func (h *Hub) Lost() {
	select {
	case h.lost <- struct{}{}:
	default:
	}
}

// repairLate brings streams up to what is known of them.
func (h *Hub) repairLate() {
	for st, head := range h.tailer.late {
		if h.reached(st, head) {
			delete(h.tailer.late, st)
			continue
		}
		h.worker(st).put(task{repair: st, head: head})
	}
}

func (h *Hub) look() {
	t := &h.tailer
	h.repairLate()
	h.settle()
	heads, newest, err := h.log.HeadsSince(h.ctx, t.position)
	if err != nil {
		if h.ctx.Err() == nil {
			h.logger.Error("looking for lost announcements", "error", err)
		}
		return
	}
	for st, head := range heads {
		if h.table.announce(st, head) && !h.reached(st, head) {
			t.late[st] = head
		}
	}
	t.position = max(t.position, newest)
	h.settle()
	if t.ticks++; time.Duration(t.ticks)*h.tick >= remembered {
		t.ticks = 0
		h.table.forget()
	}
}

// settle moves the safe position on when nothing before it is missing.
func (h *Hub) settle() {
	if len(h.tailer.late) == 0 {
		h.safe.Store(int64(h.tailer.position))
	}
}

func (h *Hub) reached(st chat.StreamID, head int64) bool {
	s := h.table.find(st)
	return s == nil || s.head() >= head
}
