package admin

import (
	"context"

	"parley/internal/chat"
)

// Orders of groups and channels, beside ByName and ByCreation.
const (
	ByActivity     = "activity"
	ByParticipants = "participants"
	ByMessages     = "messages"
)

// GroupFilter says which groups and channels are wanted.
type GroupFilter struct {
	Query string    // words that stand in the name
	Kind  chat.Kind // "": both
	Order string    // By…
	After *Place
	Limit int
}

// Group is a group or channel without what is said in it.
type Group struct {
	chat.Conversation
	Owner     chat.UserID // 0: nobody
	OwnerName string
	Files     int64
	FileBytes int64
	At        Place // in the list
}

// Groups returns a page of groups and channels.
func (s *Service) Groups(ctx context.Context, f GroupFilter) (page []Group, more bool, err error) {
	err = s.read(ctx, func(r Reader) error {
		page, more, err = r.Groups(ctx, f)
		return err
	})
	return page, more, err
}

// Group returns one.
func (s *Service) Group(ctx context.Context, id chat.ConversationID) (*Group, error) {
	var found []Group
	err := s.read(ctx, func(r Reader) (err error) {
		found, err = r.GroupsByID(ctx, []chat.ConversationID{id})
		return err
	})
	if err == nil && len(found) == 0 {
		err = chat.Errorf(chat.NotFound, "Conversation not found")
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}
