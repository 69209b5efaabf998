package chat

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// RoomCounts count rooms on this node since it started.
type RoomCounts struct{ Created, Destroyed, Expired, ByOperator, ByRestart atomic.Int64 }

func (c *RoomCounts) ended(why RoomEnd) {
	switch why {
	case RoomDestroyed:
		c.Destroyed.Add(1)
	case RoomExpired:
		c.Expired.Add(1)
	case RoomByOperator:
		c.ByOperator.Add(1)
	case RoomByRestart:
		c.ByRestart.Add(1)
	}
}

// DestroyRoom ends a room at once. When it returns nothing of the room can be read
// any more by anybody, and all that the database had of it is erased; the bytes of
// its files are doomed.
func (s *Service) DestroyRoom(ctx context.Context, h RoomHolder, id RoomID) error {
	return s.endRoom(ctx, RoomDestroyed, func(ctx context.Context, tx Tx) (*DisposableRoom, UserID, error) {
		v, err := s.accessRoom(ctx, tx, h, id, s.clock())
		if err != nil {
			return nil, 0, err
		}
		return &v.DisposableRoom, v.Actor().ID, nil
	})
}

// DestroyOwnRoom is DestroyRoom by who was signed in when he made the room, from
// wherever he is signed in now. To others who have no seat it is what they cannot do.
func (s *Service) DestroyOwnRoom(ctx context.Context, owner UserID, id RoomID) error {
	return s.endRoom(ctx, RoomDestroyed, func(ctx context.Context, tx Tx) (*DisposableRoom, UserID, error) {
		room, err := s.findRoom(ctx, tx, id, s.clock())
		if err != nil {
			return nil, 0, err
		}
		if !room.MadeBy(owner) {
			return nil, 0, errNoSeat()
		}
		return room, room.makersGuest(), nil
	})
}

// makersGuest is the guest in the seat of the browser that made the room; 0: it has
// none.
func (r *DisposableRoom) makersGuest() UserID {
	for _, s := range r.Seats {
		if s.Holder != "" && s.Holder == r.Creator {
			return s.Guest
		}
	}
	return 0
}

// EndRoom is DestroyRoom by the operator; the caller has checked that by is one.
func (s *Service) EndRoom(ctx context.Context, by Actor, id RoomID) error {
	return s.endRoom(ctx, RoomByOperator, func(ctx context.Context, tx Tx) (*DisposableRoom, UserID, error) {
		room, err := s.findRoom(ctx, tx, id, s.clock())
		if Has(err, Gone) {
			err = errRoomNotFound()
		}
		if err != nil {
			return nil, 0, err
		}
		return room, 0, Record(ctx, tx, by, s.clock(), ActionRoomEnded, 0, nil)
	})
}

// NoteRoomEnd writes into the audit log that the operator has ended a room which another
// service has.
func (s *Service) NoteRoomEnd(ctx context.Context, by Actor) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		return Record(ctx, tx, by, s.clock(), ActionRoomEnded, 0, nil)
	})
}

// EndRooms ends all rooms that there are, before a server stops that does not keep
// them.
func (s *Service) EndRooms(ctx context.Context) error {
	for {
		var open []DisposableRoom
		err := s.store.Read(ctx, func(r Reader) (err error) {
			open, err = r.OpenRooms(ctx, "", sweepPage)
			return err
		})
		if err != nil || len(open) == 0 {
			return err
		}
		var failed error
		for i := range open {
			failed = errors.Join(failed, s.endRoom(ctx, RoomByRestart, func(ctx context.Context, tx Tx) (*DisposableRoom, UserID, error) {
				room, err := tx.Room(ctx, open[i].ID)
				if room != nil && !room.EndedAt.IsZero() {
					room = nil
				}
				return room, 0, err
			}))
		}
		if failed != nil {
			return failed
		}
	}
}

// endRoom ends the room that find finds, in one transaction: from its commit on no
// read returns anything, and both sides hear of it.
func (s *Service) endRoom(ctx context.Context, why RoomEnd, find func(context.Context, Tx) (*DisposableRoom, UserID, error)) error {
	ended := false
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		ended = false
		room, by, err := find(ctx, tx)
		if err != nil || room == nil {
			return err
		}
		ended = true
		return s.buryRoom(ctx, tx, room, by, why)
	})
	if err == nil && ended {
		s.RoomCounts.ended(why)
	}
	return err
}

func (s *Service) buryRoom(ctx context.Context, tx Tx, room *DisposableRoom, by UserID, why RoomEnd) error {
	if err := tx.UseReserve(ctx); err != nil {
		return err
	}
	c, err := tx.Conversation(ctx, room.Conversation)
	if err != nil {
		return err
	}
	now := s.clock()
	// What is left says that the room was here and has ended.
	if err := tx.UpdateRoom(ctx, &DisposableRoom{ID: room.ID, EndedAt: now, Reason: why}); err != nil || c == nil {
		return err
	}
	err = tx.Emit(ctx, &Event{
		Stream: c.ID.Stream(), Type: ConversationDeleted, Actor: by, At: now, Ref: int64(c.ID), Detail: string(why),
		Payload: &Conversation{ID: c.ID, Kind: Room, Metadata: EmptyObject},
	})
	if err != nil {
		return err
	}
	var guests []UserID
	for _, seat := range room.Seats {
		if seat.Guest != 0 {
			guests = append(guests, seat.Guest)
		}
	}
	if err := tx.EraseRoom(ctx, c.ID, now); err != nil {
		return err
	}
	if err := tx.EraseGuests(ctx, guests); err != nil {
		return err
	}
	// The event goes later, so that a node which the bus did not reach finds it.
	return tx.EnqueueAt(ctx, EraseConversation{int64(c.ID)}, now.Add(RoomGrave))
}

// IsRoomEnd reports whether the event is the end of a room, of which nobody hears
// who was not in it. Other conversations do not say why they end.
func (e *Event) IsRoomEnd() bool { return e.Type == ConversationDeleted && e.Detail != "" }

// EndDueRooms ends the rooms whose time has come and forgets those that ended a
// while ago. It returns how long nothing more will be due of what is there now.
func (s *Service) EndDueRooms(ctx context.Context) (time.Duration, error) {
	for {
		now := s.clock()
		var due []RoomID
		var next time.Time
		err := s.store.Read(ctx, func(r Reader) (err error) {
			due, next, err = r.DueRooms(ctx, now, now.Add(-RoomGrave), sweepChunk)
			return err
		})
		switch {
		case err != nil:
			return 0, err
		case len(due) == 0 && next.IsZero():
			return roomsEvery, nil
		case len(due) == 0:
			return next.Sub(now), nil
		}
		var failed error // for one room's sake no other lives longer
		for _, id := range due {
			failed = errors.Join(failed, s.endDueRoom(ctx, id))
		}
		if failed != nil {
			return 0, failed
		}
	}
}

func (s *Service) endDueRoom(ctx context.Context, id RoomID) error {
	return s.endRoom(ctx, RoomExpired, func(ctx context.Context, tx Tx) (*DisposableRoom, UserID, error) {
		room, err := tx.Room(ctx, id)
		switch now := s.clock(); {
		case err != nil || room == nil:
			return nil, 0, err
		case !room.EndedAt.IsZero():
			return nil, 0, tx.ForgetRooms(ctx, now.Add(-RoomGrave))
		case now.Before(room.ExpiresAt()): // something was said since
			return nil, 0, tx.UpdateRoom(ctx, room)
		}
		return room, 0, nil
	})
}

// roomsEvery is how often rooms are looked for that other nodes have made.
const roomsEvery = 500 * time.Millisecond

// watchRooms is the job of the loop that ends rooms.
func (s *Service) watchRooms(ctx context.Context) time.Duration {
	next, err := s.EndDueRooms(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("ending rooms whose time has come", "error", err)
		}
		return roomsEvery
	}
	return min(max(next, time.Millisecond), roomsEvery)
}
