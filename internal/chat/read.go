package chat

import (
	"context"
	"time"
)

// SmallConversation is up to how many participants hear of each other's
// deliveries.
const SmallConversation = 100

// ReadState is a read position as its owner sees it.
type ReadState struct {
	ConversationID ConversationID
	MessageID      MessageID
	Unread         int64
	At             time.Time
}

// MarkRead says that the actor has read everything up to the message, or up to
// the newest if the id is 0. A position only moves forward; an id behind it
// changes nothing and is no error.
func (s *Service) MarkRead(ctx context.Context, a Actor, c ConversationID, id MessageID) (ReadState, error) {
	mv := &Move{ConversationID: c, UserID: a.ID, MessageID: id, At: s.clock(), Admit: admitMove("lastReadMessageId", id)}
	if err := s.store.Move(ctx, mv); err != nil {
		return ReadState{}, err
	}
	if mv.Held {
		s.reads.loop.poke()
	}
	at := mv.Participant.Read.At
	return ReadState{c, mv.Participant.ReadUpTo(), mv.Unread, at}, nil
}

// MarkDelivered says that the actor's devices have everything up to the message.
func (s *Service) MarkDelivered(ctx context.Context, a Actor, c ConversationID, id MessageID) error {
	mv := &Move{ConversationID: c, UserID: a.ID, MessageID: id, Delivered: true, At: s.clock(), Admit: admitMove("messageId", id)}
	if err := s.store.Move(ctx, mv); err != nil {
		return err
	}
	if mv.Moved && mv.Conversation.ParticipantCount <= SmallConversation {
		s.bus.Signal(Signal{Kind: SignalDelivered, ConversationID: c, UserID: a.ID, UserName: mv.Participant.Name, MessageID: id})
	}
	return nil
}

func admitMove(field string, id MessageID) func(*Conversation, *Participant, *Message) error {
	return func(c *Conversation, p *Participant, target *Message) error {
		switch {
		case c == nil || c.Kind == Room:
			return errConversationNotFound()
		case p == nil:
			return errNotParticipant()
		case id != 0 && target == nil:
			return Invalid(field, "The message is not in this conversation")
		}
		return nil
	}
}

// Typing tells the others in a conversation that the actor is typing, or has
// stopped. It is announced, never stored.
func (s *Service) Typing(ctx context.Context, a Actor, c ConversationID, typing bool) error {
	if typing {
		if err := spend(s.limits.Typing, a.ID, 1); err != nil {
			return err
		}
	}
	var name string
	err := s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, c)
		if err != nil {
			return err
		}
		name = st.me.Name
		return maySpeak(ctx, r, st)
	})
	if err != nil {
		return err
	}
	s.bus.Signal(Signal{Kind: SignalTyping, ConversationID: c, UserID: a.ID, UserName: name, Typing: typing})
	return nil
}

// ReadReceipts returns who has read a message and when, its author excluded.
func (s *Service) ReadReceipts(ctx context.Context, a Actor, id MessageID) ([]ReadMark, error) {
	var marks []ReadMark
	err := s.store.Read(ctx, func(r Reader) error {
		_, m, err := accessMessage(ctx, r, a, id)
		if err != nil {
			return err
		}
		marks, err = r.ReadMarks(ctx, m)
		return err
	})
	return marks, err
}

// readAnnouncer emits the read marks that were held back because their user had
// made one less than a second before.
type readAnnouncer struct {
	s    *Service
	loop *loop
}

func newReadAnnouncer(s *Service) *readAnnouncer {
	r := &readAnnouncer{s: s}
	r.loop = newLoop(100*time.Millisecond, r.announce)
	return r
}

func (r *readAnnouncer) noticeSend(a *Append) {
	if a.ReadHeld {
		r.loop.poke()
	}
}

func (r *readAnnouncer) announce(ctx context.Context) time.Duration {
	waiting, err := r.s.store.AnnounceReads(ctx, r.s.clock())
	switch {
	case err != nil && ctx.Err() == nil:
		r.s.log.Error("announcing read marks", "error", err)
		return time.Second
	case waiting > 0:
		return 250 * time.Millisecond
	}
	return 0
}
