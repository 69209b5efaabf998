package hub

import (
	"context"

	"parley/internal/chat"
)

// Sink takes what a Follower is given. Except for Written, its methods are
// called with locks of the hub held: they must not block and must not call the
// hub. Calls for one stream never overlap; calls for different streams may.
type Sink interface {
	// Event gives each event of each stream once, in the order of the stream. It
	// returns false when so much is waiting that a replay should pause.
	Event(Given) (room bool)
	// Gap says that the follower has to reload the stream, whose events go on
	// after head.
	Gap(st chat.StreamID, head int64) (room bool)
	// Left says that a stream which the follower wants to resume is not his.
	Left(st chat.StreamID)
	Signal(*Announcement)
	// Revoked says that a session of the follower's user is over, or all of them
	// if it is 0.
	Revoked(chat.SessionID)

	// Written returns when all that was given has been written, or with an error
	// when it never will be. It paces replays, and is called without locks.
	Written(ctx context.Context) error
}

// Delivery is an event on its way to many. Memo is for the sinks: something that
// they compute once and share. The stream's lock guards it.
type Delivery struct {
	*chat.Event
	Memo any

	turn turn
}

// Given is a Delivery as one follower gets it.
type Given struct {
	*Delivery
	// Hidden means that the message which the event is about lies before the
	// follower's cut: the event counts, its content is not his.
	Hidden bool
	// Head, of conversation.joined, is the rev after which the conversation's
	// events follow.
	Head int64
	// Settled is a position up to which the follower was given everything; 0
	// while he is catching up.
	Settled chat.Position
}

// Announcement is a signal on its way to many, with a Memo like a Delivery's.
type Announcement struct {
	chat.Signal
	Memo any
}

// turn is what an event changes about who follows what.
type turn uint8

const (
	noTurn turn = iota
	joined
	left
	removed
	deleted
)

func newDelivery(e *chat.Event) *Delivery {
	d := &Delivery{Event: e}
	switch e.Type {
	case chat.ConversationJoined:
		d.turn = joined
	case chat.ConversationLeft:
		d.turn = left
	case chat.ParticipantRemoved:
		d.turn = removed
	case chat.ConversationDeleted:
		d.turn = deleted
	}
	return d
}
