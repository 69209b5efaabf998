package chat

import "context"

// seat is a conversation together with the actor's part in it. Holding one is
// the proof that the actor may be here.
type seat struct {
	*Conversation
	me *Participant
}

// accessConversation is the only way from an id to a conversation: it loads and
// authorises at once. An unknown id is not_found, a known one in which the actor
// takes no part not_participant (contracts/chat-api.md).
func accessConversation(ctx context.Context, r Reader, a Actor, id ConversationID) (seat, error) {
	c, err := r.Conversation(ctx, id)
	if err != nil {
		return seat{}, err
	}
	if c == nil || !a.reaches(c) {
		return seat{}, errConversationNotFound()
	}
	p, err := r.Participant(ctx, id, a.ID)
	if err != nil {
		return seat{}, err
	}
	if p == nil {
		return seat{}, errNotParticipant()
	}
	return seat{c, p}, nil
}

// reaches keeps rooms to their guests, and guests to their room.
func (a Actor) reaches(c *Conversation) bool {
	if c.Kind == Room {
		return a.Room == c.ID
	}
	return a.Room == 0
}

// accessMessage is the only way from an id to a message. What is before the
// participant's cut does not exist for him.
func accessMessage(ctx context.Context, r Reader, a Actor, id MessageID) (seat, *Message, error) {
	m, err := r.Message(ctx, id)
	if err != nil {
		return seat{}, nil, err
	}
	if m == nil {
		return seat{}, nil, errMessageNotFound()
	}
	st, err := accessConversation(ctx, r, a, m.ConversationID)
	if Has(err, NotFound) {
		return seat{}, nil, errMessageNotFound()
	}
	if err != nil {
		return seat{}, nil, err
	}
	if !st.me.Sees(m.Seq) {
		return seat{}, nil, errMessageNotFound()
	}
	return st, m, nil
}

// accessUser finds somebody who may be seen: any account that was not erased. The
// guests of rooms have none.
func accessUser(ctx context.Context, r Reader, id UserID) (*User, error) {
	u, err := r.User(ctx, id)
	if err != nil {
		return nil, err
	}
	if u == nil || !u.DeletedAt.IsZero() || u.Kind == Guest {
		return nil, errUserNotFound()
	}
	return u, nil
}

// mayPost is the permission matrix for new messages.
func (st seat) mayPost() error { return st.reserved(st.WhoMayPost, "post here") }

// reserved refuses what only the owner and admins may do.
func (st seat) reserved(who, what string) error {
	if who == ByAdmins && !st.me.IsAdmin() {
		return errRoleRequired(what)
	}
	return nil
}

// maySpeak says whether the participant may say something here now, by whatever
// means: he may post, and in a DIRECT neither side has blocked the other.
func maySpeak(ctx context.Context, r Reader, st seat) error {
	if err := st.mayPost(); err != nil {
		return err
	}
	return notBlocked(ctx, r, st)
}

func notBlocked(ctx context.Context, r Reader, st seat) error {
	other := st.Other(st.me.UserID)
	if st.Kind != Direct || other == st.me.UserID {
		return nil
	}
	blocked, err := r.BlockedEither(ctx, st.me.UserID, []UserID{other})
	if err != nil {
		return err
	}
	if len(blocked) > 0 {
		return errBlocked()
	}
	return nil
}

// mayChange is the permission matrix for settings, name and avatar.
func (st seat) mayChange() error {
	if st.Kind == Direct {
		return Errorf(Forbidden, "A direct conversation has no settings to change")
	}
	if !st.me.IsAdmin() {
		return errRoleRequired("change this conversation")
	}
	return nil
}

// mayInvite is the permission matrix for adding members.
func (st seat) mayInvite() error {
	if st.Kind == Direct {
		return Errorf(Forbidden, "Nobody can be added to a direct conversation")
	}
	if !st.me.IsAdmin() && !st.MembersCanInvite {
		return errRoleRequired("add members")
	}
	return nil
}

// mayRemove is the permission matrix for removing somebody else.
func (st seat) mayRemove(target *Participant) error {
	switch {
	case st.Kind == Direct:
		return Errorf(Forbidden, "Nobody can be removed from a direct conversation")
	case target.Role == Owner:
		return Errorf(Forbidden, "The owner cannot be removed")
	case st.me.Role == Owner:
		return nil
	case st.me.Role == Admin && target.Role == RoleMember:
		return nil
	}
	return errRoleRequired("remove this member")
}

// mayRule is the permission matrix for roles, transfer and deletion.
func (st seat) mayRule(what string) error {
	if st.Kind == Direct {
		return Errorf(Forbidden, "A direct conversation has no owner")
	}
	if st.me.Role != Owner {
		return errRoleRequired(what)
	}
	return nil
}

// mayDelete is the permission matrix for deleting a message. sender is nil when
// the author has left: then he counts as a member.
func (st seat) mayDelete(m *Message, sender *Participant) error {
	switch {
	case m.Type == TypeSystem:
		return Errorf(Forbidden, "System messages cannot be deleted")
	case m.SenderID == st.me.UserID:
		return nil
	case st.Kind == Direct:
		return Errorf(Forbidden, "You can only delete your own messages")
	case st.me.Role == Owner:
		return nil
	case st.me.Role == Admin && (sender == nil || sender.Role == RoleMember):
		return nil
	}
	return errRoleRequired("delete this message")
}
