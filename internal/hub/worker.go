package hub

import "parley/internal/chat"

const (
	queued = 1024 // tasks that may wait for a worker
	page   = 200  // events read from the log at once
)

// worker dispatches the events of its streams, one after the other.
type worker struct {
	hub *Hub
	in  chan task
}

// task is one of: an event, a signal, or a stream to bring up to a head.
type task struct {
	event  *chat.Event
	signal *Announcement
	repair chat.StreamID
	head   int64
}

func newWorker(h *Hub) *worker { return &worker{hub: h, in: make(chan task, queued)} }

// put waits until there is room.
func (w *worker) put(t task) {
	select {
	case w.in <- t:
	case <-w.hub.ctx.Done():
	}
}

// offer drops the task if there is no room.
func (w *worker) offer(t task) {
	select {
	case w.in <- t:
	default:
	}
}

func (w *worker) run() {
	for {
		select {
		case <-w.hub.ctx.Done():
			return
		case t := <-w.in:
			w.do(t)
		}
	}
}

func (w *worker) do(t task) {
	switch {
	case t.event != nil:
		w.dispatch(t.event)
	case t.signal != nil:
		if s := w.hub.table.find(t.signal.ConversationID.Stream()); s != nil {
			s.signal(t.signal, t.signal.UserID)
		}
	default:
		if s := w.hub.table.find(t.repair); s != nil {
			w.repair(s, t.head)
		}
	}
}

// dispatch gives an event to the stream's followers after those before it. What
// cannot be read now stays with the tailer.
func (w *worker) dispatch(e *chat.Event) {
	s := w.hub.table.find(e.Stream)
	if s == nil {
		return
	}
	if head := s.head(); e.Rev > head+1 && !w.repair(s, e.Rev-1) {
		return
	}
	if e.Rev != s.head()+1 {
		return
	}
	if e.Payload == nil {
		whole := *e // events are shared
		if err := w.hub.log.Hydrate(w.hub.ctx, []*chat.Event{&whole}); err != nil {
			w.failed("hydrating an event", s.id, err)
			return
		}
		e = &whole
	}
	s.dispatch(e)
	w.hub.Metrics.Dispatched.Add(1)
}

// repair dispatches from the log up to a head, and reports whether it got there.
func (w *worker) repair(s *stream, head int64) bool {
	for at := s.head(); at < head; at = s.head() {
		events, err := w.hub.log.Log(w.hub.ctx, s.id, at, page)
		if err != nil {
			w.failed("reading the log", s.id, err)
			return false
		}
		if len(events) == 0 {
			return false
		}
		if first := events[0].Rev; first > at+1 {
			w.hub.Metrics.Gaps.Add(int64(s.skip(first - 1)))
		}
		for _, e := range events {
			s.dispatch(e)
		}
		w.hub.Metrics.Dispatched.Add(int64(len(events)))
		w.hub.Metrics.Repaired.Add(int64(len(events)))
	}
	return true
}

func (w *worker) failed(doing string, st chat.StreamID, err error) {
	if w.hub.ctx.Err() == nil {
		w.hub.logger.Error(doing, "stream", st, "error", err)
	}
}
