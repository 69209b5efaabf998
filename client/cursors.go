package client

import "maps"

// cursors are where a client is in the streams that it follows: the last rev of
// each. They say at once if a rev is left out or repeated.
type cursors struct {
	revs map[string]int64
	// assumed are streams that ready named and cursors did not. While one's own
	// stream is behind, what it has yet to tell may be how they were joined, and
	// from which rev on they count.
	assumed map[string]int64
	settled int64 // the head of one's own stream, as ready named it
}

func newCursors(revs map[string]int64) cursors {
	c := cursors{revs: map[string]int64{}, assumed: map[string]int64{}}
	maps.Copy(c.revs, revs)
	return c
}

// take moves the cursors on by an update. A *DisorderError leaves them as they
// were.
func (c *cursors) take(u Update) error {
	switch u := u.(type) {
	case *Ready:
		c.ready(u)
	case *Gap:
		c.jump(streamOf(u.ConversationID), u.Head)
	case *Event:
		return c.event(u)
	}
	return nil
}

func (c *cursors) ready(r *Ready) {
	clear(c.assumed)
	for stream, head := range r.Heads {
		if _, known := c.revs[stream]; !known {
			c.assumed[stream] = head
		}
	}
	c.settled = r.Heads[ownStream]
	if head, fresh := c.assumed[ownStream]; fresh {
		c.jump(ownStream, head)
	}
	c.settle()
}

// settle believes what was assumed, once one's own stream has told everything
// that had happened before ready.
func (c *cursors) settle() {
	if c.revs[ownStream] >= c.settled {
		maps.Copy(c.revs, c.assumed)
		clear(c.assumed)
	}
}

// jump goes to a rev wherever the stream is.
func (c *cursors) jump(stream string, rev int64) {
	c.revs[stream] = rev
	delete(c.assumed, stream)
	if stream == ownStream {
		c.settle()
	}
}

func (c *cursors) forget(stream string) {
	delete(c.revs, stream)
	delete(c.assumed, stream)
}

func (c *cursors) event(e *Event) error {
	if left, ok := e.Payload.(*Left); ok && e.Rev == 0 {
		c.forget(streamOf(left.ConversationID))
		return nil
	}
	if err := c.check(e.Stream(), e.Type, e.Rev); err != nil {
		return err
	}
	if joined, ok := e.Payload.(*Joined); ok {
		if err := c.join(e, joined); err != nil {
			return err
		}
	}
	c.jump(e.Stream(), e.Rev)
	if left, ok := e.Payload.(*Left); ok && e.Type == ConversationLeft {
		c.forget(streamOf(left.ConversationID))
	}
	return nil
}

func (c *cursors) check(stream string, event EventType, rev int64) error {
	had, known := c.revs[stream]
	if !known {
		had, known = c.assumed[stream]
	}
	switch {
	case !known:
		return &DisorderError{Stream: stream, Event: event, Had: -1, Got: rev}
	case rev != had+1:
		return &DisorderError{Stream: stream, Event: event, Had: had, Got: rev}
	}
	return nil
}

// join begins to follow a conversation at its head. One that is followed already
// must be exactly there, or something was passed over.
func (c *cursors) join(e *Event, j *Joined) error {
	stream := streamOf(j.Conversation.ID)
	if had, follows := c.revs[stream]; follows && had != j.Head {
		return &DisorderError{Stream: stream, Event: e.Type, Had: had, Got: j.Head}
	}
	c.jump(stream, j.Head)
	return nil
}
