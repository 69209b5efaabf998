package hub

import "parley/internal/chat"

// give hands an event to the follow's sink, and heeds what it says about who
// follows what. The stream's lock is held.
func (fo *follow) give(d *Delivery) (room bool) {
	f := fo.follower
	fo.rev = d.Rev
	g := Given{Delivery: d, Hidden: d.Seq > 0 && d.Seq <= fo.cut, Settled: f.Settled()}
	if d.turn == noTurn {
		return f.sink.Event(g)
	}
	switch d.turn {
	case joined:
		g.Head = f.headOf(d)
	case left: // it is the last thing heard of the conversation
		f.leave(d)
	}
	room = f.sink.Event(g)
	f.heed(fo, d)
	return room
}

// headOf says where the events of a joined conversation go on for this follower.
func (f *Follower) headOf(d *Delivery) int64 {
	j, ok := d.Payload.(*chat.Joined)
	if !ok {
		return 0
	}
	fo, s := f.following(chat.ConversationID(d.Ref))
	if s == nil {
		return j.Head
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.Rev <= f.known && fo.start != fromRev { // replayed, and before the conversation is
		fo.start, fo.rev = fromRev, j.Head
	}
	return fo.rev
}

func (f *Follower) heed(fo *follow, d *Delivery) {
	switch d.turn {
	case joined:
		if j, ok := d.Payload.(*chat.Joined); ok && d.Rev > f.known && j.View.Me.UserID == f.actor.ID {
			f.join(j)
		}
	case removed:
		if chat.UserID(d.Ref) == f.actor.ID {
			f.removed(fo)
		}
	case deleted:
		f.removed(fo)
	}
}

// removed ends the follow after it was given its own end. A replay may tell of
// an end after which the user came back.
func (f *Follower) removed(fo *follow) {
	if fo.rev > fo.member && f.take(fo) {
		f.endLocked(fo)
	}
}

// join follows a conversation from the head that conversation.joined names.
func (f *Follower) join(j *chat.Joined) {
	st := j.View.ID.Stream()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.follows[st] != nil {
		return
	}
	fo := &follow{id: st, follower: f, rev: j.Head, member: j.Head, cut: j.View.Me.HiddenBefore}
	f.follows[st] = fo
	f.behind.Add(1)
	f.waiting = append([]*follow{fo}, f.waiting...) // before long replays
	f.wake()
}

// leave ends following a conversation.
func (f *Follower) leave(d *Delivery) {
	c := chat.ConversationID(d.Ref)
	if fo, _ := f.following(c); fo != nil && d.Rev > f.known && f.take(fo) {
		f.end(fo)
	}
	f.disown(c)
}

// disown forgets that the follower has yet to be told that a stream is not his.
func (f *Follower) disown(c chat.ConversationID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, st := range f.foreign {
		if st == c.Stream() {
			f.foreign = append(f.foreign[:i], f.foreign[i+1:]...)
			return
		}
	}
}
