package chat

import (
	"context"
	"slices"
	"time"
)

// invitable returns the users who can be put into a conversation: they exist and
// are active; between none of them and the actor is a block.
func invitable(ctx context.Context, tx Tx, a Actor, field string, ids []UserID) (users []User, blocked []UserID, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	ids = slices.DeleteFunc(ids, func(u UserID) bool { return u == a.ID })
	found, err := tx.Users(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	if blocked, err = tx.BlockedEither(ctx, a.ID, ids); err != nil {
		return nil, nil, err
	}
	var unknown []UserID
	for _, id := range ids {
		i := slices.IndexFunc(found, func(u User) bool { return u.ID == id && u.Active() })
		switch {
		case i < 0:
			unknown = append(unknown, id)
		case !slices.Contains(blocked, id):
			users = append(users, found[i])
		}
	}
	if len(unknown) > 0 {
		return nil, nil, Invalid(field, "Unknown users: %v", unknown)
	}
	return users, blocked, nil
}

// seatFounder makes the creator of a new conversation its owner.
func (s *Service) seatFounder(ctx context.Context, tx Tx, c *Conversation, a Actor) error {
	u, err := tx.User(ctx, a.ID)
	if err != nil {
		return err
	}
	if u == nil {
		return errUserNotFound()
	}
	p := &Participant{ConversationID: c.ID, UserID: u.ID, Name: u.Name(), Username: u.Username, AvatarURL: u.AvatarURL, Role: Owner, JoinedAt: c.CreatedAt}
	if err := s.seatOne(ctx, tx, c, a.ID, p, ReasonAdded); err != nil {
		return err
	}
	return s.tellJoined(ctx, tx, c, a.ID, c.CreatedAt)
}

// seatAll adds users as members and tells everybody, then each of them.
func (s *Service) seatAll(ctx context.Context, tx Tx, c *Conversation, by UserID, users []User, reason string) error {
	now := s.clock()
	cut, cutRev, read := int64(0), int64(0), ReadPosition{Seq: c.LastSeq, Count: c.LastCount, MessageID: c.LastMessageID, At: now, Announced: c.LastSeq}
	if c.HistoryForNew == HistoryJoin {
		cut, cutRev = c.LastSeq, c.LastRev
	}
	if len(users) > 0 && (c.LastSeq > 1 || reason == ReasonJoined) { // the first message says whom its owner took along
		if err := s.sayAdded(ctx, tx, c, by, users, now, reason); err != nil {
			return err
		}
	}
	for _, u := range users {
		p := &Participant{
			ConversationID: c.ID, UserID: u.ID, Name: u.Name(), Username: u.Username, AvatarURL: u.AvatarURL,
			Role: RoleMember, JoinedAt: now, JoinedSeq: c.LastSeq, Read: read, Delivered: read.Seq, HiddenBefore: cut, HiddenRev: cutRev,
		}
		if err := s.seatOne(ctx, tx, c, by, p, reason); err != nil {
			return err
		}
	}
	for _, u := range users {
		if err := s.tellJoined(ctx, tx, c, u.ID, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sayAdded(ctx context.Context, tx Tx, c *Conversation, by UserID, users []User, at time.Time, reason string) error {
	if reason == ReasonJoined {
		return say(ctx, tx, c, by, at, "joined", systemNote{Kind: "joined", UserIDs: []UserID{by}})
	}
	note, names := systemNote{Kind: "added"}, ""
	for i, u := range users {
		note.UserIDs = append(note.UserIDs, u.ID)
		switch {
		case i >= 10:
			continue
		case i > 0:
			names += ", "
		}
		names += u.Name()
	}
	if len(users) > 10 {
		names += " and others"
	}
	return say(ctx, tx, c, by, at, "added "+names, note)
}

func (s *Service) seatOne(ctx context.Context, tx Tx, c *Conversation, by UserID, p *Participant, reason string) error {
	p.JoinedRev = c.LastRev + 1
	if err := tx.InsertParticipant(ctx, p); err != nil {
		return err
	}
	c.ParticipantCount++
	return emit(ctx, tx, c, ParticipantAdded, by, p.JoinedAt, &ParticipantChange{Participant: *p, By: by, Reason: reason})
}

// AddParticipants adds people to a group or channel and returns all who are in
// it. Who is in already is ignored; who is blocked is skipped and returned.
func (s *Service) AddParticipants(ctx context.Context, a Actor, id ConversationID, ids []UserID) (all []Participant, skipped []UserID, err error) {
	if len(ids) == 0 || len(ids) > MaxInvited {
		return nil, nil, Invalid("userIds", "Name 1 to %d users", MaxInvited)
	}
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := st.mayInvite(); err != nil {
			return err
		}
		in, err := tx.ParticipantsAmong(ctx, id, ids)
		if err != nil {
			return err
		}
		absent := slices.DeleteFunc(slices.Clone(ids), func(u UserID) bool {
			return slices.ContainsFunc(in, func(p Participant) bool { return p.UserID == u })
		})
		users, blocked, err := invitable(ctx, tx, a, "userIds", absent)
		if err != nil {
			return err
		}
		skipped = blocked
		return s.seatAll(ctx, tx, st.Conversation, a.ID, users, ReasonAdded)
	})
	if err != nil {
		return nil, nil, err
	}
	all, err = s.Participants(ctx, a, id, 0, MaxParticipants)
	return all, skipped, err
}

// Join puts the actor into a public channel.
func (s *Service) Join(ctx context.Context, a Actor, id ConversationID) (*ConversationView, error) {
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.Conversation(ctx, id)
		if err != nil {
			return err
		}
		if c == nil || c.Kind == Room {
			return errConversationNotFound()
		}
		p, err := tx.Participant(ctx, id, a.ID)
		if err != nil || p != nil {
			return err
		}
		if c.Kind != Channel || c.Visibility != VisibilityPublic {
			return errNotParticipant()
		}
		u, err := accessUser(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		// A line tells of it.
		if err := spend(s.limits.send(a), a.ID, 1); err != nil {
			return err
		}
		return s.seatAll(ctx, tx, c, a.ID, []User{*u}, ReasonJoined)
	})
	if err != nil {
		return nil, err
	}
	return s.Conversation(ctx, a, id)
}

// Participants returns at most limit participants by user id, after the given one.
func (s *Service) Participants(ctx context.Context, a Actor, id ConversationID, after UserID, limit int) ([]Participant, error) {
	if after < 0 {
		return nil, Invalid("after", "after must be a positive number")
	}
	if limit < 1 || limit > MaxParticipants {
		return nil, Invalid("limit", "limit must be between 1 and %d", MaxParticipants)
	}
	var list []Participant
	err := s.store.Read(ctx, func(r Reader) error {
		if _, err := accessConversation(ctx, r, a, id); err != nil {
			return err
		}
		var err error
		if list, err = r.Participants(ctx, id, after, limit); err != nil {
			return err
		}
		return hidePresences(ctx, r, a.ID, list)
	})
	return list, err
}

// RemoveParticipant takes somebody else out of a group or channel.
func (s *Service) RemoveParticipant(ctx context.Context, a Actor, id ConversationID, target UserID) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if st.Kind == Direct {
			return st.mayRemove(st.me)
		}
		p, err := tx.Participant(ctx, id, target)
		if err != nil {
			return err
		}
		if p == nil {
			if st.me.Role == RoleMember {
				return errRoleRequired("remove members")
			}
			return Errorf(NotFound, "This user is not a participant")
		}
		if err := st.mayRemove(p); err != nil {
			return err
		}
		return s.unseat(ctx, tx, st.Conversation, p, a.ID, ReasonRemoved)
	})
}

// unseat ends somebody's participation: the others see it, then he does.
func (s *Service) unseat(ctx context.Context, tx Tx, c *Conversation, p *Participant, by UserID, reason string) error {
	now := s.clock()
	kind, said := "left", "left"
	if reason == ReasonRemoved {
		kind, said = "removed", "removed "+p.Name
	}
	if err := say(ctx, tx, c, by, now, said, systemNote{Kind: kind, UserIDs: []UserID{p.UserID}}); err != nil {
		return err
	}
	if err := tx.DeleteParticipant(ctx, c.ID, p.UserID); err != nil {
		return err
	}
	c.ParticipantCount--
	if err := emit(ctx, tx, c, ParticipantRemoved, by, now, &ParticipantChange{Participant: *p, By: by, Reason: reason}); err != nil {
		return err
	}
	return s.tellLeft(ctx, tx, c.ID, p.UserID, now, reason)
}

func (s *Service) tellLeft(ctx context.Context, tx Tx, c ConversationID, u UserID, at time.Time, reason string) error {
	return emitOwn(ctx, tx, u, ConversationLeft, int64(c), reason, at, &Left{c, reason})
}

// SetRole changes somebody's role. OWNER hands the conversation over: the actor
// becomes admin, so there is always exactly one owner.
func (s *Service) SetRole(ctx context.Context, a Actor, id ConversationID, target UserID, role Role) (*Participant, error) {
	if role != Owner && role != Admin && role != RoleMember {
		return nil, Invalid("role", "role must be OWNER, ADMIN or MEMBER")
	}
	var changed *Participant
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := st.mayRule("change roles"); err != nil {
			return err
		}
		changed, err = tx.Participant(ctx, id, target)
		switch {
		case err != nil:
			return err
		case changed == nil:
			return Errorf(NotFound, "This user is not a participant")
		case changed.Role == role:
			return nil
		case target == a.ID:
			return Errorf(LastOwner, "Hand the conversation over before giving up its ownership")
		}
		if role == Owner {
			if err := s.assignRole(ctx, tx, st.Conversation, st.me, Admin, a.ID); err != nil {
				return err
			}
		}
		return s.assignRole(ctx, tx, st.Conversation, changed, role, a.ID)
	})
	return changed, err
}

func (s *Service) assignRole(ctx context.Context, tx Tx, c *Conversation, p *Participant, role Role, by UserID) error {
	p.Role = role
	if err := tx.UpdateParticipant(ctx, p); err != nil {
		return err
	}
	return emit(ctx, tx, c, ParticipantUpdated, by, s.clock(), &ParticipantChange{Participant: *p, By: by})
}
