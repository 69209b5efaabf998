package chat

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"
)

// RoomID is the public name of a disposable room: 128 random bits, made here and
// nowhere else, so that nobody can choose or guess one.
type RoomID string

// NewRoomID returns the name of a room to be made.
func NewRoomID() RoomID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return RoomID(base64.RawURLEncoding.EncodeToString(b[:]))
}

// ownRoomID is NewRoomID for a server that forgets its rooms when it stops: half of
// the name is worked out from the other half, with a key that it does not forget. So it
// knows its own names again. Without the key they are as hard to guess as others.
func ownRoomID(key []byte) RoomID {
	var b [16]byte
	_, _ = rand.Read(b[:8]) // never fails
	copy(b[8:], signName(key, b[:8]))
	return RoomID(base64.RawURLEncoding.EncodeToString(b[:]))
}

// isOwn reports whether a name was made by ownRoomID with the key.
func (id RoomID) isOwn(key []byte) bool {
	b, err := base64.RawURLEncoding.DecodeString(string(id))
	return err == nil && len(b) == 16 && hmac.Equal(b[8:], signName(key, b[:8])[:8])
}

func signName(key, half []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(half)
	return h.Sum(nil)
}

// ParseRoomID says whether a text can be the name of a room.
func ParseRoomID(s string) (RoomID, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return RoomID(s), err == nil && len(b) == 16 && !strings.ContainsAny(s, "\r\n")
}

// RoomHolder is who stands before a room, as that room knows him: an HMAC of the
// room and his browser's token, so that what is stored of two rooms cannot be put
// together. "" is somebody without a token.
type RoomHolder func(RoomID) string

// RoomMode says what a room's time to live counts from.
type RoomMode string

const (
	RoomIdle  RoomMode = "idle"  // the last message
	RoomFixed RoomMode = "fixed" // its making
)

// RoomEnd says why a room ended.
type RoomEnd string

const (
	RoomDestroyed  RoomEnd = "destroyed" // by one of the two
	RoomExpired    RoomEnd = "expired"
	RoomByOperator RoomEnd = "operator"
	RoomByRestart  RoomEnd = "restart" // of a server that keeps rooms only in memory
)

// Bounds of rooms.
const (
	RoomSeats       = 2
	MinRoomTTL      = time.Minute
	MaxRoomTTL      = 24 * time.Hour
	MaxRoomMessages = 500
	MaxRoomBytes    = 5 << 20  // of messages
	MaxRoomFile     = 10 << 20 // bytes
	MaxRoomFiles    = 20 << 20 // bytes in one room
	// RoomGrave is how long it is known of a room that it has ended.
	RoomGrave = time.Minute
)

// DisposableRoom is a place for two that leaves nothing behind: a conversation of
// kind ROOM, and what is beside it.
type DisposableRoom struct {
	ID           RoomID
	Conversation ConversationID // 0: it has ended
	CreatedAt    time.Time
	TTL          time.Duration
	Mode         RoomMode
	LastUntil    time.Time // it ends then at the latest
	LastSaidAt   time.Time // when the newest message was sent, or the room made
	Owner        UserID    // who was signed in when he made it; 0: nobody
	Creator      string    // a RoomHolder's name here
	Seats        [RoomSeats]RoomSeat
	Kicked       []string // names of holders who may not come back
	PassHash     string   // "": it takes no pass phrase
	Files        bool     // it takes files
	KCV          string   // by which a page sees whether it has the key; opaque
	Plain        bool     // something was said that the server can read
	EndedAt      time.Time
	Reason       RoomEnd
}

// RoomSeat is one of the two places.
type RoomSeat struct {
	Holder string // "": it is free
	Guest  UserID // who sits there, for the conversation
	Left   bool   // he said that he has gone
}

// ExpiresAt is when the room ends if nothing more is said in it.
func (r *DisposableRoom) ExpiresAt() time.Time {
	from := r.CreatedAt
	if r.Mode == RoomIdle {
		from = r.LastSaidAt
	}
	if at := from.Add(r.TTL); at.Before(r.LastUntil) {
		return at
	}
	return r.LastUntil
}

// Taken is how many seats are.
func (r *DisposableRoom) Taken() (n int) {
	for _, s := range r.Seats {
		if s.Holder != "" {
			n++
		}
	}
	return n
}

// SeatOf is the number of a guest's seat; 0: he has none.
func (r *DisposableRoom) SeatOf(guest UserID) int {
	return 1 + slices.IndexFunc(r.Seats[:], func(s RoomSeat) bool { return s.Guest == guest && guest != 0 })
}

// RoomView is a room as somebody before it sees it, or in it.
type RoomView struct {
	DisposableRoom
	Me      string // the holder's name here
	Seat    int    // his; 0: none
	Creator bool   // he made the room
}

// Actor is who the holder of the seat is in the room's conversation.
func (v *RoomView) Actor() Actor {
	return Actor{ID: v.Seats[v.Seat-1].Guest, Room: v.Conversation}
}

// Peer is the other seat.
func (v *RoomView) Peer() RoomSeat { return v.Seats[RoomSeats-v.Seat] }

// Peers is how many others are seated.
func (v *RoomView) Peers() int {
	if v.Seat == 0 {
		return v.Taken()
	}
	return v.Taken() - 1
}

// Sits says whether the holder is in the room: a seat that he has left waits for him.
func (v *RoomView) Sits() bool { return v.Seat != 0 && !v.Seats[v.Seat-1].Left }

// Sitting is how many others are in the room and have not left.
func (v *RoomView) Sitting() (n int) {
	for i, s := range v.Seats {
		if s.Holder != "" && !s.Left && i != v.Seat-1 {
			n++
		}
	}
	return n
}

// MadeBy says whether somebody was signed in as owner when he made the room.
func (r *DisposableRoom) MadeBy(owner UserID) bool { return owner != 0 && r.Owner == owner }

// MayDestroy says whether the room ends if its holder, signed in as owner (0: nobody),
// wants that: from a seat, or one that he can still take, or because he made it.
func (v *RoomView) MayDestroy(owner UserID) bool {
	return v.Seat != 0 || v.Creator && v.Taken() < RoomSeats || v.MadeBy(owner)
}

func errRoomNotFound() error { return Errorf(NotFound, "There is no such room") }
func errRoomFull() error     { return Errorf(Conflict, "Both seats are taken") }
func errNoSeat() error       { return Errorf(Unauthenticated, "You have no seat in this room") }
func errRoomsOff() error     { return Errorf(FeatureDisabled, "Rooms are switched off on this server") }

// errRoomEnded says that a room has ended, and why if that is known.
func errRoomEnded(why RoomEnd) error {
	return &Error{Code: Gone, Message: "The room has ended", Err: endedRoom{why}}
}

// endedRoom is why a room has ended.
type endedRoom struct{ why RoomEnd }

func (e endedRoom) Error() string { return "ended: " + string(e.why) }

// WhyRoomEnded is why a room has ended of which err says that; "" if that is not known.
func WhyRoomEnded(err error) RoomEnd {
	var e endedRoom
	_ = errors.As(err, &e)
	return e.why
}

// findRoom returns a room that goes on, whatever a timer that is late thinks of it.
func (s *Service) findRoom(ctx context.Context, r Reader, id RoomID, now time.Time) (*DisposableRoom, error) {
	room, err := r.Room(ctx, id)
	if err != nil {
		return nil, err
	}
	if room == nil {
		if key := s.roomRules.OwnNames; key != nil && id.isOwn(key) && now.Before(s.begun.Add(RoomGrave)) {
			return nil, errRoomEnded(RoomByRestart)
		}
		return nil, errRoomNotFound()
	}
	ended, why := room.EndedAt, room.Reason
	if ended.IsZero() {
		if ended, why = room.ExpiresAt(), RoomExpired; now.Before(ended) {
			return room, nil
		}
	}
	if now.Before(ended.Add(RoomGrave)) {
		return nil, errRoomEnded(why)
	}
	return nil, errRoomNotFound()
}

// viewRoom is findRoom for somebody.
func (s *Service) viewRoom(ctx context.Context, r Reader, h RoomHolder, id RoomID, now time.Time) (*RoomView, error) {
	room, err := s.findRoom(ctx, r, id, now)
	if err != nil {
		return nil, err
	}
	return room.seenBy(h), nil
}

// seenBy is the room as the holder sees it.
func (r *DisposableRoom) seenBy(h RoomHolder) *RoomView {
	v := &RoomView{DisposableRoom: *r, Me: h(r.ID)}
	if v.Me != "" {
		v.Creator = v.Me == r.Creator
		v.Seat = 1 + slices.IndexFunc(r.Seats[:], func(s RoomSeat) bool { return s.Holder == v.Me })
	}
	return v
}

// accessRoom is the only way from the name of a room to its conversation: it loads
// the room and proves the holder's seat.
func (s *Service) accessRoom(ctx context.Context, r Reader, h RoomHolder, id RoomID, now time.Time) (*RoomView, error) {
	v, err := s.viewRoom(ctx, r, h, id, now)
	if err == nil && v.Seat == 0 {
		return nil, errNoSeat()
	}
	return v, err
}

// LookAtRoom shows a room from outside. It changes nothing.
func (s *Service) LookAtRoom(ctx context.Context, h RoomHolder, id RoomID) (v *RoomView, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		v, err = s.viewRoom(ctx, r, h, id, s.clock())
		return err
	})
	return v, err
}

// EnterRoom is for whoever has a seat, and for who made the room: he takes his when
// he first needs it.
func (s *Service) EnterRoom(ctx context.Context, h RoomHolder, id RoomID) (*RoomView, error) {
	v, err := s.LookAtRoom(ctx, h, id)
	switch {
	case err != nil:
		return nil, err
	case v.Seat != 0:
		return v, nil
	case !v.Creator:
		return nil, errNoSeat()
	}
	if v, err = s.takeSeat(ctx, h, id); Has(err, Conflict) {
		return nil, errNoSeat()
	}
	return v, err
}

// StillSeated says whether the holder of a seat still has it.
func (s *Service) StillSeated(ctx context.Context, v *RoomView) error {
	return s.store.Read(ctx, func(r Reader) error {
		_, err := s.accessRoom(ctx, r, func(RoomID) string { return v.Me }, v.ID, s.clock())
		return err
	})
}

// RoomsOf returns the rooms that go on of somebody who is signed in, or of whose
// browser this is: those he made or sits in.
func (s *Service) RoomsOf(ctx context.Context, owner UserID, h RoomHolder) (mine []RoomView, err error) {
	now := s.clock()
	for after := RoomID(""); ; {
		var page []DisposableRoom
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.OpenRooms(ctx, after, sweepPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return mine, err
		}
		for i := range page {
			v := page[i].seenBy(h)
			after = v.ID
			if (v.Creator || v.Seat != 0 || v.MadeBy(owner)) && now.Before(v.ExpiresAt()) {
				mine = append(mine, *v)
			}
		}
	}
}

// sweepPage is how many rooms are looked at together.
const sweepPage = 500

// CountRooms is how many rooms go on.
func (s *Service) CountRooms(ctx context.Context) (n int64, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		n, err = r.CountRooms(ctx)
		return err
	})
	return n, err
}
