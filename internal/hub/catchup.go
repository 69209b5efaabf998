package hub

import (
	"context"
	"time"

	"parley/internal/chat"
)

// pause is how long a catch-up waits after the log could not be read.
const pause = 500 * time.Millisecond

// pump catches a follower up, one stream after the other. Its goroutine runs
// only while something is waiting.
type pump struct {
	*Follower
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
}

// wake starts a pump if there is something to do. The follower's lock is held.
func (f *Follower) wake() {
	if f.closed || f.pump != nil || len(f.waiting) == 0 && len(f.foreign) == 0 {
		return
	}
	p := &pump{Follower: f, done: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(f.hub.ctx)
	f.pump = p
	go p.run()
}

func (p *pump) run() {
	defer close(p.done)
	defer p.cancel()
	for p.ctx.Err() == nil {
		fo, foreign := p.next()
		switch {
		case fo != nil && fo.reached != nil:
			fo.reached()
		case fo != nil:
			p.catchUp(fo)
		case foreign != 0:
			p.sink.Left(foreign)
			p.pace()
		default:
			return
		}
	}
}

// next returns what to do next: the own stream, then a stream to say of that it
// is not his, then the conversations. When there is nothing the pump is over.
func (p *pump) next() (fo *follow, foreign chat.StreamID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.foreign) > 0 && (len(p.waiting) == 0 || p.waiting[0].id > 0):
		foreign = p.foreign[0]
		p.foreign = p.foreign[1:]
	case len(p.waiting) > 0:
		fo = p.waiting[0]
		p.waiting = p.waiting[1:]
	default:
		p.pump = nil
	}
	return fo, foreign
}

// catchUp brings a follow to where it is live or over, however often the log
// cannot be read.
func (p *pump) catchUp(fo *follow) {
	for {
		err := p.advance(fo)
		switch {
		case err == nil || p.ctx.Err() != nil:
			return
		case chat.Has(err, chat.NotParticipant) || chat.Has(err, chat.NotFound):
			if p.take(fo) { // the own stream tells why
				p.end(fo)
			}
			return
		}
		p.hub.logger.Error("catching up", "stream", fo.id, "error", err)
		select {
		case <-p.ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (p *pump) advance(fo *follow) error {
	if err := p.bind(fo); err != nil {
		return err
	}
	if fo.stream == nil {
		return nil // left again
	}
	for p.ctx.Err() == nil && !p.arrive(fo) {
		if err := p.replay(fo); err != nil {
			return err
		}
	}
	return nil
}

// bind finds the stream of a conversation that was just joined, and the first
// rev of a stream that is resumed by position.
func (p *pump) bind(fo *follow) error {
	ctx, cancel := context.WithTimeout(p.ctx, joinWithin)
	defer cancel()
	if fo.stream == nil {
		head, err := p.hub.log.Head(ctx, fo.id)
		if err != nil {
			return err
		}
		p.attach(fo, head)
	}
	if fo.start != fromPosition {
		return nil
	}
	rev, ok, err := p.hub.log.ResumePoint(ctx, p.actor, fo.id, p.since)
	if err != nil {
		return err
	}
	fo.stream.mu.Lock()
	defer fo.stream.mu.Unlock()
	if fo.start, fo.rev = fromRev, rev; !ok {
		fo.start = fromNowhere
	}
	return nil
}

// attach lists the follow of a joined conversation, unless that was left again.
func (p *pump) attach(fo *follow, head int64) {
	s, _ := p.hub.table.retain(fo.id, head)
	p.mu.Lock()
	wanted := p.follows[fo.id] == fo
	if wanted {
		fo.stream = s
	}
	p.mu.Unlock()
	if !wanted {
		p.hub.table.release(s)
		return
	}
	s.add(fo)
}

// replay gives the next page of the log.
func (p *pump) replay(fo *follow) error {
	s := fo.stream
	s.mu.Lock()
	rev, head, lost := fo.rev, max(fo.member, s.dispatched), fo.start == fromNowhere
	s.mu.Unlock()
	if lost || p.tooFar(fo, rev, head) {
		p.gap(fo)
		return nil
	}
	events, err := p.hub.log.Replay(p.ctx, p.actor, fo.id, rev, page)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].Rev != rev+1 { // pruned
		p.gap(fo)
		return nil
	}
	for _, e := range events {
		if !p.giveOne(fo, e) {
			p.pace()
		}
	}
	p.pace()
	return nil
}

// tooFar says that the follower has to reload instead of being told everything.
// His own stream says what he follows, so from what Join knew on it is read
// however long it has become.
func (p *pump) tooFar(fo *follow, rev, head int64) bool {
	if fo.id == p.actor.ID.Stream() {
		head = p.known
	}
	return head-rev > chat.MaxReplay
}

// giveOne gives a replayed event and reports whether there is room for more.
func (p *pump) giveOne(fo *follow, e *chat.Event) (room bool) {
	fo.stream.mu.Lock()
	defer fo.stream.mu.Unlock()
	if fo.over || e.Rev != fo.rev+1 {
		return true
	}
	p.hub.Metrics.Replayed.Add(1)
	return fo.give(newDelivery(e))
}

// pace waits until everything given was written. When it never will be, the pump
// is over.
func (p *pump) pace() {
	if p.sink.Written(p.ctx) != nil {
		p.cancel()
	}
}

// gap tells the follower to reload and goes on after that.
func (p *pump) gap(fo *follow) {
	if room, told := p.tellGap(fo); told {
		p.hub.Metrics.Gaps.Add(1)
		if !room {
			p.pace()
		}
	}
}

func (p *pump) tellGap(fo *follow) (room, told bool) {
	s := fo.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if fo.over {
		return true, false
	}
	to := max(fo.member, s.dispatched)
	if fo.id == p.actor.ID.Stream() && (fo.rev < p.known || fo.start == fromNowhere) {
		to = p.known
	}
	fo.start, fo.rev = fromRev, to
	return p.sink.Gap(fo.id, to), true
}
