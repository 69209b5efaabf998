package chat

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/text"
)

// MaxRoomSender is the longest name that a message of a room may be signed with.
const MaxRoomSender = 100 // code points

// RoomMessage is the request to say something in a room.
type RoomMessage struct {
	Sender    string // "": who has encrypted it says so inside
	Text      string
	Encrypted string // stands instead of Text; opaque
	ClientID  string
	Type      MessageType
	Files     []FileID
}

// RoomNote is what a room's message keeps beside its text, as its metadata.
type RoomNote struct {
	Sender string `json:"sender,omitempty"`
	Seat   int    `json:"seat"`
}

// RoomNoteOf reads the note of a message.
func RoomNoteOf(m *Message) (n RoomNote) {
	_ = json.Unmarshal(m.Metadata, &n) // it was written here; of a message that is gone there is none
	return n
}

// SendRoomMessage says something in a room. In a room of mode idle it gives the
// room new time. The first message in clear marks the room, before it is heard.
func (s *Service) SendRoomMessage(ctx context.Context, v *RoomView, r RoomMessage) (Sent, error) {
	m, err := s.draftRoomMessage(v, r)
	if err != nil {
		return Sent{}, err
	}
	if err := spend(s.limits.RoomSend, m.SenderID, 1); err != nil {
		return Sent{}, err
	}
	if r.Encrypted == "" && !v.Plain {
		if err := s.markPlain(ctx, v); err != nil {
			return Sent{}, err
		}
	}
	var used RoomUse
	err = s.store.Read(ctx, func(r Reader) (err error) {
		used, err = r.RoomUse(ctx, v.Conversation)
		return err
	})
	if err != nil {
		return Sent{}, err
	}
	room := v.DisposableRoom
	ap := &Append{Message: m, Files: r.Files, Admit: func(in AppendContext) error { return s.admitToRoom(room, used, in) }}
	if err := s.store.Append(ctx, ap); err != nil {
		return Sent{}, roomError(err)
	}
	s.reads.noticeSend(ap)
	return Sent{ap.Message, ap.Duplicate}, nil
}

func (s *Service) draftRoomMessage(v *RoomView, r RoomMessage) (*Message, error) {
	a := v.Actor()
	if len(r.Encrypted) > MaxEncrypted {
		return nil, Errorf(PayloadTooLarge, "A message may have at most %d KiB", MaxEncrypted>>10)
	}
	sender, err := text.Line(r.Sender)
	switch {
	case err != nil:
		return nil, Invalid("sender", "sender must be valid UTF-8")
	case text.Length(sender) > MaxRoomSender:
		return nil, Invalid("sender", "sender must be at most %d characters", MaxRoomSender)
	case r.Encrypted == "" && text.IsBlank(sender):
		return nil, Invalid("sender", "sender is required")
	}
	m, err := s.draft(a, SendMessage{
		ConversationID: a.Room, Type: r.Type, Content: r.Text, Encrypted: r.Encrypted, TempID: r.ClientID, AttachmentIDs: r.Files,
	})
	if err != nil {
		return nil, inRoomWords(err)
	}
	m.Metadata, err = json.Marshal(RoomNote{Sender: sender, Seat: v.Seat})
	return m, err
}

// inRoomWords names fields as rooms do.
func inRoomWords(err error) error {
	e := *Explain(err)
	names := map[string]string{"content": "text", "encryptedContent": "enc", "tempId": "clientId", "messageType": "type", "attachmentIds": "fileIds"}
	if name, ok := names[e.Field]; ok {
		e.Field = name
	}
	return &e
}

// roomError is what a missing conversation or seat is for a room that was there a
// moment ago.
func roomError(err error) error {
	switch {
	case Has(err, NotFound):
		return errRoomEnded("")
	case Has(err, NotParticipant):
		return errNoSeat()
	}
	return err
}

// admitToRoom decides inside the commit.
func (s *Service) admitToRoom(room DisposableRoom, used RoomUse, in AppendContext) error {
	switch {
	case in.Conversation == nil || in.Conversation.Kind != Room:
		return errRoomEnded("")
	case in.Sender == nil:
		return errNoSeat()
	}
	room.LastSaidAt = in.Conversation.LastMessageAt
	m := in.Message
	switch size := int64(len(m.Content) + len(m.Encrypted)); {
	case !s.clock().Before(room.ExpiresAt()):
		return errRoomEnded("")
	case in.Conversation.LastSeq >= MaxRoomMessages:
		return Errorf(PayloadTooLarge, "A room takes at most %d messages", MaxRoomMessages)
	case used.Bytes+size > MaxRoomBytes:
		return Errorf(PayloadTooLarge, "A room takes at most %d MiB of messages", MaxRoomBytes>>20)
	}
	st := seat{in.Conversation, in.Sender}
	if err := st.admitFiles(in); err != nil {
		return inRoomWords(err)
	}
	if m.Type == "" {
		m.Type = typeFor(m.Attachments)
	}
	return nil
}

// markPlain notes that the room is not encrypted from end to end any more, and
// tells both.
func (s *Service) markPlain(ctx context.Context, v *RoomView) error {
	me := func(RoomID) string { return v.Me }
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		now, err := s.accessRoom(ctx, tx, me, v.ID, s.clock())
		if err != nil {
			return err
		}
		return s.becomePlain(ctx, tx, now)
	})
}

// becomePlain is markPlain within a transaction.
func (s *Service) becomePlain(ctx context.Context, tx Tx, v *RoomView) error {
	if v.Plain {
		return nil
	}
	v.Plain = true
	if err := tx.UpdateRoom(ctx, &v.DisposableRoom); err != nil {
		return err
	}
	a := v.Actor()
	st, err := accessConversation(ctx, tx, a, a.Room)
	if err != nil {
		return err
	}
	changed := *st.Conversation
	return emit(ctx, tx, st.Conversation, ConversationUpdated, a.ID, s.clock(), &changed)
}

// RoomMessages returns what was said in a room after a seq, the oldest first. What
// was read just before the room ended is not shown after it.
func (s *Service) RoomMessages(ctx context.Context, v *RoomView, after int64) (list []Message, err error) {
	a, me := v.Actor(), func(RoomID) string { return v.Me }
	err = s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, a.Room)
		if err != nil {
			return roomError(err)
		}
		list, _, err = r.Messages(ctx, a.Room, st.me.HiddenRev, Page{Limit: MaxRoomMessages})
		if err != nil {
			return err
		}
		_, err = s.accessRoom(ctx, r, me, v.ID, s.clock())
		return err
	})
	if err != nil {
		return nil, err
	}
	for len(list) > 0 && list[0].Seq <= after {
		list = list[1:]
	}
	return list, nil
}

// TypeInRoom tells the other that the holder is typing, or has stopped.
func (s *Service) TypeInRoom(_ context.Context, v *RoomView, typing bool) error {
	a := v.Actor()
	if typing {
		if err := spend(s.limits.Typing, a.ID, 1); err != nil {
			return err
		}
	}
	s.bus.Signal(Signal{Kind: SignalTyping.InRooms(), ConversationID: a.Room, UserID: a.ID, Typing: typing})
	return nil
}

// ReadInRoom says that the holder has read everything.
func (s *Service) ReadInRoom(ctx context.Context, v *RoomView) error {
	a := v.Actor()
	mv := &Move{ConversationID: a.Room, UserID: a.ID, At: s.clock(), Admit: func(c *Conversation, p *Participant, _ *Message) error {
		switch {
		case c == nil || c.Kind != Room:
			return errRoomEnded("")
		case p == nil:
			return errNoSeat()
		}
		return nil
	}}
	if err := s.store.Move(ctx, mv); err != nil {
		return err
	}
	if mv.Held {
		s.reads.loop.poke()
	}
	return nil
}

// RoomStart is what a stream of a room begins with: all that happens after Rev is
// still to come.
type RoomStart struct {
	Rev  int64     // of the room's newest event
	Seen MessageID // up to which the other side has read; 0: nothing
}

// StartInRoom returns where a stream begins that starts now.
func (s *Service) StartInRoom(ctx context.Context, v *RoomView) (at RoomStart, err error) {
	me := func(RoomID) string { return v.Me }
	err = s.store.Read(ctx, func(r Reader) error {
		now, err := s.accessRoom(ctx, r, me, v.ID, s.clock())
		if err != nil {
			return err
		}
		st, err := accessConversation(ctx, r, now.Actor(), now.Conversation)
		if err != nil {
			return roomError(err)
		}
		at.Rev = st.LastRev
		if now.Peer().Guest == 0 {
			return nil
		}
		peer, err := r.Participant(ctx, now.Conversation, now.Peer().Guest)
		if peer != nil {
			at.Seen = peer.Read.MessageID
		}
		return err
	})
	return at, err
}

// RoomUse is how much a room has taken of what it may.
type RoomUse struct {
	Bytes, FileBytes int64
	Reactions        int64 // how often they have changed
}

// admitRoomFile decides, in the transaction that makes a file known, whether its
// room still takes it.
func admitRoomFile(ctx context.Context, tx Tx, a Actor, f *File) error {
	if _, err := accessConversation(ctx, tx, a, f.ConversationID); err != nil {
		return roomError(err)
	}
	used, err := tx.RoomUse(ctx, f.ConversationID)
	if err != nil {
		return err
	}
	if used.FileBytes+f.Size > MaxRoomFiles {
		return Errorf(PayloadTooLarge, "A room takes at most %d MiB of files", MaxRoomFiles>>20)
	}
	return nil
}

// RoomFile returns a file of the room that the holder sits in.
func (s *Service) RoomFile(ctx context.Context, v *RoomView, id FileID) (f *File, err error) {
	a := v.Actor()
	err = s.store.Read(ctx, func(r Reader) error {
		if f, err = r.File(ctx, id); err != nil {
			return err
		}
		if f == nil || !f.DoomedAt.IsZero() || f.ConversationID != a.Room {
			return &Error{Code: NotFound, Field: "id", Message: "There is no such file"}
		}
		_, err = accessConversation(ctx, r, a, a.Room)
		return roomError(err)
	})
	return f, err
}

// RoomExpiry is when a room ends in which a message was sent at a time.
func (r *DisposableRoom) RoomExpiry(said time.Time) time.Time {
	after := *r
	after.LastSaidAt = said
	return after.ExpiresAt()
}
