package chat

import (
	"context"
	"slices"
	"strings"
	"time"
)

// RoomRules are the operator's choices about rooms.
type RoomRules struct {
	On           bool
	MembersOnly  bool // only who is signed in may make one
	PassRequired bool
	DefaultTTL   time.Duration
	MaxTTL       time.Duration
	MaxLife      time.Duration // whatever is said in it
	MaxOpen      int           // rooms at once
	// OwnNames is the key of a server that forgets its rooms when it stops, by which
	// it knows their names again; nil: rooms are kept.
	OwnNames []byte
}

// withDefaults is for tests and tools that say nothing of rooms.
func (r RoomRules) withDefaults() RoomRules {
	if r.MaxOpen == 0 {
		r = RoomRules{On: true, DefaultTTL: 10 * time.Minute, MaxTTL: MaxRoomTTL, MaxLife: MaxRoomTTL, MaxOpen: 10_000}
	}
	return r
}

// RoomRules returns what the operator has chosen.
func (s *Service) RoomRules() RoomRules { return s.roomRules }

// NewRoom is the request to make a room.
type NewRoom struct {
	Creator  RoomHolder
	Owner    UserID        // who is signed in; 0: nobody
	TTL      time.Duration // 0: the default
	Mode     RoomMode      // "": RoomIdle
	PassHash string
	KCV      string
	NoFiles  bool // it takes none
}

// maxKCV is how long a check value may be: 8 bytes are what pages make.
const maxKCV = 64

// CheckRoom says what is wrong with a request to make a room.
func (s *Service) CheckRoom(n NewRoom, withPass bool) error {
	rules := s.roomRules
	switch {
	case !rules.On:
		return errRoomsOff()
	case rules.MembersOnly && n.Owner == 0:
		return Errorf(Forbidden, "Only who is signed in may make a room on this server")
	case n.TTL != 0 && (n.TTL < MinRoomTTL || n.TTL > rules.MaxTTL):
		return Invalid("ttl", "ttl must be between %d and %d seconds", MinRoomTTL/time.Second, rules.MaxTTL/time.Second)
	case n.Mode != "" && n.Mode != RoomIdle && n.Mode != RoomFixed:
		return Invalid("mode", "mode must be idle or fixed")
	case rules.PassRequired && !withPass:
		return Invalid("pass", "pass is required on this server")
	}
	return checkKCV(n.KCV)
}

func checkKCV(v string) error {
	if len(v) > maxKCV || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Invalid("kcv", "kcv must be at most %d printable ASCII characters", maxKCV)
	}
	return nil
}

// CreateRoom makes a room in which nobody sits yet.
func (s *Service) CreateRoom(ctx context.Context, n NewRoom) (*DisposableRoom, error) {
	if err := s.CheckRoom(n, n.PassHash != ""); err != nil {
		return nil, err
	}
	now := s.clock()
	room := &DisposableRoom{
		ID: NewRoomID(), CreatedAt: now, LastSaidAt: now, TTL: n.TTL, Mode: n.Mode, LastUntil: now.Add(s.roomRules.MaxLife),
		Owner: n.Owner, PassHash: n.PassHash, KCV: n.KCV, Files: !n.NoFiles,
	}
	if room.TTL == 0 {
		room.TTL = s.roomRules.DefaultTTL
	}
	if room.Mode == "" {
		room.Mode = RoomIdle
	}
	if key := s.roomRules.OwnNames; key != nil {
		room.ID = ownRoomID(key)
	}
	room.Creator = n.Creator(room.ID)
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		open, err := tx.CountRooms(ctx)
		if err != nil {
			return err
		}
		if open >= int64(s.roomRules.MaxOpen) {
			e := Errorf(Overloaded, "There are as many rooms as this server takes at the moment")
			e.RetryAfter = time.Minute
			return e
		}
		c := &Conversation{
			Kind: Room, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, Metadata: EmptyObject,
			Settings: Settings{
				AllowFileUploads: !n.NoFiles, MaxFileSizeMb: MaxRoomFile >> 20, HistoryForNew: HistoryAll,
				WhoMayPost: ByAll, WhoMayReact: ByAdmins, WhoMayReply: ByAdmins, WhoMayUpload: ByAll,
			},
		}
		if err := tx.InsertConversation(ctx, c); err != nil {
			return err
		}
		room.Conversation = c.ID
		return tx.InsertRoom(ctx, room)
	})
	if err != nil {
		return nil, err
	}
	s.RoomCounts.Created.Add(1)
	return room, nil
}

// JoinRoom gives the holder a seat, or finds the one that he has. opens checks a
// pass phrase against its hash; it is asked only if the room wants one and the
// holder has no seat.
func (s *Service) JoinRoom(ctx context.Context, h RoomHolder, id RoomID, opens func(hash string) error) (*RoomView, error) {
	v, err := s.LookAtRoom(ctx, h, id)
	switch {
	case err != nil:
		return nil, err
	case v.Me == "":
		return nil, errNoSeat()
	case v.Seat != 0 && !v.Seats[v.Seat-1].Left:
		return v, nil
	case v.Seat == 0 && (v.Taken() == RoomSeats || slices.Contains(v.Kicked, v.Me)):
		s.knock(v)
		return nil, errRoomFull()
	case v.Seat == 0 && v.PassHash != "" && !v.Creator:
		if err := opens(v.PassHash); err != nil {
			return nil, err
		}
	}
	if v, err := s.takeSeat(ctx, h, id); !Has(err, Conflict) {
		return v, err
	}
	s.knock(v)
	return nil, errRoomFull()
}

// KnockIfFull is for who stood before a room without asking for a seat: it tells who
// made the room, if there was none. It changes nothing.
func (s *Service) KnockIfFull(v *RoomView) {
	if v.Seat == 0 && v.Taken() == RoomSeats {
		s.knock(v)
	}
}

// knock tells who made the room that somebody stood before it in vain.
func (s *Service) knock(v *RoomView) {
	s.bus.Signal(Signal{Kind: SignalKnock.InRooms(), ConversationID: v.Conversation})
}

// takeSeat is the one place where a seat is given away, in one transaction: of all
// that try at once as many succeed as there are seats.
func (s *Service) takeSeat(ctx context.Context, h RoomHolder, id RoomID) (v *RoomView, err error) {
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		if v, err = s.viewRoom(ctx, tx, h, id, s.clock()); err != nil {
			return err
		}
		if v.Seat != 0 {
			return s.comeBack(ctx, tx, v)
		}
		free := slices.IndexFunc(v.Seats[:], func(s RoomSeat) bool { return s.Holder == "" })
		if free < 0 || slices.Contains(v.Kicked, v.Me) {
			return errRoomFull()
		}
		return s.sit(ctx, tx, v, free)
	})
	return v, err
}

func (s *Service) sit(ctx context.Context, tx Tx, v *RoomView, free int) error {
	c, err := tx.Conversation(ctx, v.Conversation)
	if err != nil {
		return err
	}
	if c == nil {
		return errRoomEnded("")
	}
	now := s.clock()
	guest := &User{Kind: Guest, CreatedAt: now}
	if err := tx.InsertUser(ctx, guest); err != nil {
		return err
	}
	v.Seat, v.Seats[free] = free+1, RoomSeat{Holder: v.Me, Guest: guest.ID}
	if err := tx.UpdateRoom(ctx, &v.DisposableRoom); err != nil {
		return err
	}
	p := &Participant{ConversationID: c.ID, UserID: guest.ID, Role: RoleMember, JoinedAt: now, JoinedSeq: c.LastSeq}
	return s.seatOne(ctx, tx, c, guest.ID, p, ReasonJoined)
}

// comeBack ends having left.
func (s *Service) comeBack(ctx context.Context, tx Tx, v *RoomView) error {
	if !v.Seats[v.Seat-1].Left {
		return nil
	}
	v.Seats[v.Seat-1].Left = false
	return s.tellOfSeat(ctx, tx, v, ReasonJoined)
}

// tellOfSeat stores the room and tells both what the holder of a seat does.
func (s *Service) tellOfSeat(ctx context.Context, tx Tx, v *RoomView, reason string) error {
	if err := tx.UpdateRoom(ctx, &v.DisposableRoom); err != nil {
		return err
	}
	a := v.Actor()
	st, err := accessConversation(ctx, tx, a, a.Room)
	if err != nil {
		return err
	}
	return emit(ctx, tx, st.Conversation, ParticipantUpdated, a.ID, s.clock(), &ParticipantChange{Participant: *st.me, By: a.ID, Reason: reason})
}

// LeaveRoom gives the seat back while the holder is alone. Beside another it only
// tells that he has gone: seats are not traded.
func (s *Service) LeaveRoom(ctx context.Context, h RoomHolder, id RoomID) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		v, err := s.accessRoom(ctx, tx, h, id, s.clock())
		switch {
		case err != nil:
			return err
		case v.Peers() == 0:
			return s.vacate(ctx, tx, v, v.Seat, ReasonLeft)
		case v.Seats[v.Seat-1].Left:
			return nil
		}
		v.Seats[v.Seat-1].Left = true
		return s.tellOfSeat(ctx, tx, v, ReasonLeft)
	})
}

// maxKicked is how many may be shown out of one room.
const maxKicked = 100

// FreeSeat lets who made the room show the other out, whose token never opens it
// again. kcv is the check value of the new key, if the page made one.
func (s *Service) FreeSeat(ctx context.Context, h RoomHolder, id RoomID, kcv string) error {
	if err := checkKCV(kcv); err != nil {
		return err
	}
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		v, err := s.accessRoom(ctx, tx, h, id, s.clock())
		if err != nil {
			return err
		}
		if !v.Creator {
			return Errorf(Forbidden, "Only who made the room may free a seat")
		}
		if kcv != "" {
			v.KCV = kcv
		}
		other := RoomSeats + 1 - v.Seat
		if v.Seats[other-1].Holder == "" {
			return tx.UpdateRoom(ctx, &v.DisposableRoom)
		}
		if len(v.Kicked) >= maxKicked {
			return Errorf(Forbidden, "Too many have been shown out of this room")
		}
		v.Kicked = append(v.Kicked, v.Seats[other-1].Holder)
		return s.vacate(ctx, tx, v, other, ReasonRemoved)
	})
}

// vacate makes a seat free and forgets who sat there.
func (s *Service) vacate(ctx context.Context, tx Tx, v *RoomView, seat int, reason string) error {
	by, guest := v.Actor().ID, v.Seats[seat-1].Guest
	v.Seats[seat-1] = RoomSeat{}
	if err := tx.UpdateRoom(ctx, &v.DisposableRoom); err != nil {
		return err
	}
	c, err := tx.Conversation(ctx, v.Conversation)
	if err != nil || c == nil {
		return err
	}
	p, err := tx.Participant(ctx, c.ID, guest)
	if err != nil || p == nil {
		return err
	}
	if err := tx.DeleteParticipant(ctx, c.ID, guest); err != nil {
		return err
	}
	c.ParticipantCount--
	if err := emit(ctx, tx, c, ParticipantRemoved, by, s.clock(), &ParticipantChange{Participant: *p, By: by, Reason: reason}); err != nil {
		return err
	}
	return tx.EraseGuests(ctx, []UserID{guest})
}
