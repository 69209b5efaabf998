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
