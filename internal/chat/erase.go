package chat

import (
	"context"
	"time"
)

// DeleteAccount ends an account: nobody can sign in with it or find it from now
// on, its open connections end; its groups are left and its messages emptied in
// the background.
func (s *Service) DeleteAccount(ctx context.Context, a Actor) error {
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		u, err := accessUser(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		now := s.clock()
		*u = User{
			ID: u.ID, Kind: u.Kind, CreatedAt: u.CreatedAt, Rev: u.Rev, DeletedAt: now, DisabledAt: now,
			DisplayName: "Deleted user",
		}
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		return tx.ForgetCredentials(ctx, u.ID)
	})
	if err != nil {
		return err
	}
	s.bus.Signal(Signal{Kind: SignalRevoked, UserID: a.ID})
	s.erase.loop.poke()
	return nil
}

// eraser removes in small commits what deleted conversations and accounts left
// behind, so that nobody waits for it. It goes on after a restart.
type eraser struct {
	s    *Service
	loop *loop
}

const eraseChunk = 200

func newEraser(s *Service) *eraser {
	e := &eraser{s: s}
	e.loop = newLoop(0, e.run)
	return e
}

func (e *eraser) run(ctx context.Context) time.Duration {
	for _, work := range []func(context.Context) error{e.conversations, e.users} {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			e.s.log.Error("erasing", "error", err)
			return time.Minute
		}
	}
	return 0
}

func (e *eraser) conversations(ctx context.Context) error {
	for {
		var doomed []ConversationID
		err := e.s.store.Read(ctx, func(r Reader) (err error) {
			doomed, err = r.DoomedConversations(ctx, 10)
			return err
		})
		if err != nil || len(doomed) == 0 {
			return err
		}
		for _, id := range doomed {
			if err := e.eraseConversation(ctx, id); err != nil {
				return err
			}
		}
	}
}

func (e *eraser) eraseConversation(ctx context.Context, id ConversationID) error {
	for done := false; !done; {
		err := e.s.commit(ctx, func(ctx context.Context, tx Tx) (err error) {
			done, err = tx.EraseConversation(ctx, id, eraseChunk)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) users(ctx context.Context) error {
	for {
		var doomed []User
		err := e.s.store.Read(ctx, func(r Reader) (err error) {
			doomed, err = r.DoomedUsers(ctx, 10)
			return err
		})
		if err != nil || len(doomed) == 0 {
			return err
		}
		for i := range doomed {
			if err := e.eraseUser(ctx, &doomed[i]); err != nil {
				return err
			}
		}
	}
}

func (e *eraser) eraseUser(ctx context.Context, u *User) error {
	if err := e.leaveAll(ctx, u.ID); err != nil {
		return err
	}
	if err := e.emptyMessages(ctx, u.ID); err != nil {
		return err
	}
	err := e.s.commit(ctx, func(ctx context.Context, tx Tx) error {
		now, err := tx.User(ctx, u.ID)
		if err != nil || now == nil {
			return err
		}
		now.ErasedAt = e.s.clock()
		return tx.UpdateUser(ctx, now)
	})
	if err == nil {
		e.s.log.Info("account erased", "user", int64(u.ID))
	}
	return err
}

// leaveAll takes a deleted user out of everything but his direct conversations,
// which the other side keeps.
func (e *eraser) leaveAll(ctx context.Context, u UserID) error {
	for after := ConversationID(0); ; {
		var page []ConversationID
		err := e.s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.Participations(ctx, u, after, eraseChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, id := range page {
			after = id
			if err := e.leave(ctx, u, id); err != nil {
				return err
			}
		}
	}
}

func (e *eraser) leave(ctx context.Context, u UserID, id ConversationID) error {
	return e.s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, Actor{ID: u}, id)
		if Has(err, NotFound) || Has(err, NotParticipant) {
			return nil
		}
		switch {
		case err != nil:
			return err
		case st.Kind == Direct && st.Other(u) == u:
			return e.s.dissolve(ctx, tx, st.Conversation, u)
		case st.Kind == Direct:
			return nil
		}
		_, err = e.s.depart(ctx, tx, st, 0)
		return err
	})
}

func (e *eraser) emptyMessages(ctx context.Context, u UserID) error {
	for after := MessageID(0); ; {
		var page []MessageID
		err := e.s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.MessagesBy(ctx, u, after, eraseChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		err = e.s.commit(ctx, func(ctx context.Context, tx Tx) error { return e.buryAll(ctx, tx, u, page) })
		if err != nil {
			return err
		}
	}
}

func (e *eraser) buryAll(ctx context.Context, tx Tx, u UserID, ids []MessageID) error {
	for _, id := range ids {
		m, err := tx.Message(ctx, id)
		if err != nil {
			return err
		}
		if m == nil || m.Deleted() {
			continue
		}
		c, err := tx.Conversation(ctx, m.ConversationID)
		if err != nil {
			return err
		}
		if c == nil { // its rows are being erased with it
			continue
		}
		if err := e.s.bury(ctx, tx, c, m, u); err != nil {
			return err
		}
	}
	return nil
}
