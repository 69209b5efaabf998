package chat

import "context"

// OwnMessages returns what the actor wrote and nobody deleted, by id, also in
// conversations that he has left.
func (s *Service) OwnMessages(ctx context.Context, a Actor, after MessageID, limit int) (list []Message, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		ids, err := r.MessagesBy(ctx, a.ID, after, limit)
		if err != nil {
			return err
		}
		list, err = r.MessagesByID(ctx, ids)
		return err
	})
	return list, err
}

// OwnFiles returns the files that the actor uploaded, by id.
func (s *Service) OwnFiles(ctx context.Context, a Actor, after FileID, limit int) (list []File, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		list, err = r.FilesOf(ctx, a.ID, after, limit)
		return err
	})
	return list, err
}

// OwnVotes returns what the actor has chosen in polls, by message, also in
// conversations that he has left.
func (s *Service) OwnVotes(ctx context.Context, a Actor, after MessageID, limit int) (list []PollVote, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		list = nil
		ids, err := r.VotedIn(ctx, a.ID, after, limit)
		if err != nil {
			return err
		}
		votes, err := r.OwnVotes(ctx, a.ID, ids)
		if err != nil {
			return err
		}
		polls, err := r.MessagesByID(ctx, ids)
		for i := range polls {
			m := &polls[i]
			list = append(list, PollVote{MessageID: m.ID, ConversationID: m.ConversationID, Choices: votes[m.ID]})
		}
		return err
	})
	return list, err
}
