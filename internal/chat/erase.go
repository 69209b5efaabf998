package chat

import "context"

// DeleteAccount ends an account: nobody can sign in with it or find it from now
// on, its open connections end; its groups are left and its messages emptied in
// the background.
func (s *Service) DeleteAccount(ctx context.Context, a Actor) error {
	return s.deleteAccount(ctx, a, a.ID, func(context.Context, Tx, *User) error { return nil })
}

// EraseUser does that to somebody else's account; the caller has checked that by is
// an administrator.
func (s *Service) EraseUser(ctx context.Context, by Actor, id UserID) error {
	return s.deleteAccount(ctx, by, id, func(ctx context.Context, tx Tx, u *User) error { return MayLoseAdmin(ctx, tx, by, u) })
}

func (s *Service) deleteAccount(ctx context.Context, by Actor, id UserID, may func(context.Context, Tx, *User) error) error {
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		u, err := accessUser(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := may(ctx, tx, u); err != nil {
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
		if err := tx.ForgetCredentials(ctx, u.ID); err != nil {
			return err
		}
		if err := tx.ForgetPrivate(ctx, u.ID); err != nil {
			return err
		}
		if err := Record(ctx, tx, by, now, ActionUserErased, int64(id), nil); err != nil {
			return err
		}
		return tx.Enqueue(ctx, EraseAccount{int64(u.ID)})
	})
	if err != nil {
		return err
	}
	s.bus.Signal(Signal{Kind: SignalRevoked, UserID: id})
	return nil
}

const (
	eraseChunk = 200 // rows of one commit
	sweepChunk = 100 // jobs that one sweep makes of each kind
)

// EraseConversation removes in small commits what a deleted conversation left
// behind. It may be cut off anywhere and goes on when it is called again.
func (s *Service) EraseConversation(ctx context.Context, id ConversationID) error {
	for done := false; !done; {
		err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
			c, err := tx.Conversation(ctx, id)
			if done = c != nil; err != nil || done { // not deleted
				return err
			}
			done, err = tx.EraseConversation(ctx, id, eraseChunk)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// EraseAccount takes a deleted account out of its groups and empties its
// messages, in small commits. It may be cut off anywhere and goes on when it is
// called again.
func (s *Service) EraseAccount(ctx context.Context, id UserID) error {
	var u *User
	err := s.store.Read(ctx, func(r Reader) (err error) {
		u, err = r.User(ctx, id)
		return err
	})
	if err != nil || u == nil || u.DeletedAt.IsZero() || !u.ErasedAt.IsZero() {
		return err
	}
	if err := s.leaveAll(ctx, id); err != nil {
		return err
	}
	if err := s.emptyMessages(ctx, id); err != nil {
		return err
	}
	if err := s.withdrawVotes(ctx, id); err != nil {
		return err
	}
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		now, err := tx.User(ctx, id)
		if err != nil || now == nil {
			return err
		}
		now.ErasedAt = s.clock()
		if err := tx.ForgetPrivate(ctx, id); err != nil { // what was counted in the meantime
			return err
		}
		return tx.UpdateUser(ctx, now)
	})
	if err == nil {
		s.log.Info("account erased", "user", int64(id))
	}
	return err
}

// SweepDeleted makes jobs for what was deleted and still has traces: a net below
// the jobs that the deletions left, for those that were given up.
func (s *Service) SweepDeleted(ctx context.Context) error {
	var conversations []ConversationID
	var users []User
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if conversations, err = r.DoomedConversations(ctx, sweepChunk); err != nil {
			return err
		}
		users, err = r.DoomedUsers(ctx, sweepChunk)
		return err
	})
	if err != nil || len(conversations)+len(users) == 0 {
		return err
	}
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		for _, id := range conversations {
			if err := tx.Enqueue(ctx, EraseConversation{int64(id)}); err != nil {
				return err
			}
		}
		for i := range users {
			if err := tx.Enqueue(ctx, EraseAccount{int64(users[i].ID)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// leaveAll takes a deleted user out of everything but his direct conversations,
// which the other side keeps.
func (s *Service) leaveAll(ctx context.Context, u UserID) error {
	for after := ConversationID(0); ; {
		var page []ConversationID
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.Participations(ctx, u, after, eraseChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, id := range page {
			after = id
			if err := s.leaveDeleted(ctx, u, id); err != nil {
				return err
			}
		}
	}
}

func (s *Service) leaveDeleted(ctx context.Context, u UserID, id ConversationID) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, Actor{ID: u}, id)
		if Has(err, NotFound) || Has(err, NotParticipant) {
			return nil
		}
		switch {
		case err != nil:
			return err
		case st.Kind == Direct && st.Other(u) == u:
			return s.dissolve(ctx, tx, st.Conversation, u)
		case st.Kind == Direct:
			return s.tellParticipant(ctx, tx, u, id)
		}
		_, err = s.depart(ctx, tx, st, 0)
		return err
	})
}

func (s *Service) emptyMessages(ctx context.Context, u UserID) error {
	for after := MessageID(0); ; {
		var page []MessageID
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.MessagesBy(ctx, u, after, eraseChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		err = s.commit(ctx, func(ctx context.Context, tx Tx) error { return s.buryAll(ctx, tx, u, page) })
		if err != nil {
			return err
		}
	}
}

func (s *Service) buryAll(ctx context.Context, tx Tx, u UserID, ids []MessageID) error {
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
		if err := s.bury(ctx, tx, c, m, u); err != nil {
			return err
		}
	}
	return nil
}
