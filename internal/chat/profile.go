package chat

import "context"

// profileChunk bounds the conversations that one commit tells of a changed profile.
const profileChunk = 20

// tellOthers leaves it to a job to tell a user's conversations that his names or
// picture have changed: he may be in thousands.
func tellOthers(ctx context.Context, tx Tx, before, after *User) error {
	if before.Name() == after.Name() && before.Username == after.Username && before.AvatarURL == after.AvatarURL {
		return nil
	}
	// The rev makes it another job than one that is running and has told some already.
	return tx.Enqueue(ctx, TellProfile{int64(after.ID), after.Rev})
}

// TellProfile tells all conversations of a user what he is called and looks like
// now. It may be cut off anywhere; called again it tells some twice.
func (s *Service) TellProfile(ctx context.Context, u UserID) error {
	for after := ConversationID(0); ; {
		var page []ConversationID
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.Participations(ctx, u, after, profileChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
			for _, id := range page {
				if err := s.tellParticipant(ctx, tx, u, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// tellParticipant tells a conversation how one who is in it looks now.
func (s *Service) tellParticipant(ctx context.Context, tx Tx, u UserID, id ConversationID) error {
	st, err := accessConversation(ctx, tx, Actor{ID: u}, id)
	if Has(err, NotFound) || Has(err, NotParticipant) { // since
		return nil
	}
	if err != nil || st.Kind == Direct && st.Other(u) == u {
		return err
	}
	return emit(ctx, tx, st.Conversation, ParticipantUpdated, u, s.clock(), &ParticipantChange{Participant: *st.me, By: u})
}
