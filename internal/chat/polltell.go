package chat

import (
	"context"
	"time"
)

const (
	// tellVotesEvery is how often all hear of a poll's votes. Each time costs an event
	// and a whole message for every participant, so that a thousand who vote at once
	// would otherwise be sent a million.
	tellVotesEvery = time.Second
	tellVotesChunk = 100
	// tellVotesLook is when a node looks by itself, for what one that was lost left.
	tellVotesLook = 30 * time.Second
)

// UntoldVotes is a poll with votes that not all heard of.
type UntoldVotes struct {
	MessageID MessageID
	Told      time.Time // when they heard of the ones before
}

func mayTell(told, now time.Time) bool {
	gap := now.Sub(told)
	return gap >= tellVotesEvery || gap < 0 // or a clock was set back
}

func (p *Poll) mayTell(now time.Time) bool { return mayTell(p.Told, now) }

// tellVotes makes the poll as it is known to all.
func tellVotes(ctx context.Context, tx Tx, c *Conversation, m *Message, who UserID, now time.Time) error {
	m.Poll.Told, m.Poll.Untold = now, false
	if err := tx.TellVotes(ctx, m.ID, now, false); err != nil {
		return err
	}
	e := &Event{Stream: c.ID.Stream(), Type: MessageUpdated, Actor: who, At: now, Ref: int64(m.ID), Seq: m.Seq, Detail: votesTold, Payload: m}
	if err := tx.Emit(ctx, e); err != nil {
		return err
	}
	c.LastRev = e.Rev
	return nil
}

// votesTold is what an event keeps that tells of votes: its actor has not changed the
// message.
const votesTold = "votes"

// TellsVotes reports whether the event tells of votes in a poll, each of which its voter
// hears of as PollVoted.
func (e *Event) TellsVotes() bool { return e.Type == MessageUpdated && e.Detail == votesTold }

// voteTeller tells all of votes that were held back because there had been others
// less than a second before.
type voteTeller struct {
	s    *Service
	loop *loop
}

func newVoteTeller(s *Service) *voteTeller {
	t := &voteTeller{s: s}
	t.loop = newLoop(50*time.Millisecond, t.tell)
	return t
}

func (t *voteTeller) tell(ctx context.Context) time.Duration {
	var found []UntoldVotes
	err := t.s.store.Read(ctx, func(r Reader) (err error) {
		found, err = r.UntoldVotes(ctx, tellVotesChunk)
		return err
	})
	pause := tellVotesLook
	for _, v := range found {
		now := t.s.clock()
		if !mayTell(v.Told, now) {
			pause = v.Told.Add(tellVotesEvery).Sub(now) // those after it were told later
			break
		}
		pause = time.Millisecond // there may be more
		if err == nil {
			err = t.s.commit(ctx, func(ctx context.Context, tx Tx) error { return t.tellOne(ctx, tx, v.MessageID) })
		}
	}
	if err != nil {
		if ctx.Err() == nil {
			t.s.log.Error("telling of votes", "error", err)
		}
		return time.Second
	}
	return pause
}

// tellOne tells of the poll, unless another node did. What several have chosen is
// told as its author's, as that of an anonymous poll.
func (t *voteTeller) tellOne(ctx context.Context, tx Tx, id MessageID) error {
	now := t.s.clock()
	m, err := tx.Message(ctx, id)
	if err != nil {
		return err
	}
	if m == nil || m.Poll == nil { // deleted meanwhile
		return tx.TellVotes(ctx, id, now, false)
	}
	if !m.Poll.Untold || !m.Poll.mayTell(now) {
		return nil
	}
	c, err := tx.Conversation(ctx, m.ConversationID)
	if err != nil {
		return err
	}
	if c == nil {
		return tx.TellVotes(ctx, id, now, false)
	}
	return tellVotes(ctx, tx, c, m, m.SenderID, now)
}
