package chat

import (
	"context"
	"slices"

	"parley/internal/text"
)

// maxDirectoryQuery bounds what conversations are searched for, in code points.
const maxDirectoryQuery = 100

// Channels is the directory: a page of the channels that anybody may find, by
// name, the actor's own among them. Of those he is not in he sees no message and
// no participant.
func (s *Service) Channels(ctx context.Context, a Actor, query string, offset, limit int) (ConversationList, error) {
	if text.Length(query) > maxDirectoryQuery {
		return ConversationList{}, Invalid("query", "query must be at most %d characters", maxDirectoryQuery)
	}
	var list ConversationList
	err := s.store.Read(ctx, func(r Reader) (err error) {
		var page []Conversation
		if page, list.Total, err = r.PublicChannels(ctx, query, offset, limit); err != nil {
			return err
		}
		list.Conversations, err = asSeen(ctx, r, a, page)
		return err
	})
	return list, err
}

// asSeen shows conversations that anybody may find as the actor sees them.
func asSeen(ctx context.Context, r Reader, a Actor, list []Conversation) ([]ConversationView, error) {
	ids := make([]ConversationID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	mine, err := r.Conversations(ctx, a.ID, ConversationFilter{Among: ids, Limit: len(ids)})
	if err != nil {
		return nil, err
	}
	if err := fillList(ctx, r, a, mine); err != nil {
		return nil, err
	}
	views := make([]ConversationView, len(list))
	for i, c := range list {
		views[i] = ConversationView{Conversation: c, Title: c.Name, Picture: c.AvatarURL}
		if at := slices.IndexFunc(mine, func(v ConversationView) bool { return v.ID == c.ID }); at >= 0 {
			views[i] = mine[at]
		}
	}
	return views, nil
}

// SearchGroups returns groups and channels that the actor is in, and channels
// that anybody may find, whose name or description has all words of the query.
func (s *Service) SearchGroups(ctx context.Context, a Actor, query string, limit int) ([]ConversationView, error) {
	if n := text.Length(query); n < 1 || n > maxDirectoryQuery || text.IsBlank(query) {
		return nil, Invalid("query", "query must have 1 to %d characters", maxDirectoryQuery)
	}
	var found []ConversationView
	err := s.store.Read(ctx, func(r Reader) error {
		mine, err := r.Conversations(ctx, a.ID, ConversationFilter{Query: query, Limit: limit})
		if err != nil {
			return err
		}
		public, _, err := r.PublicChannels(ctx, query, 0, limit)
		if err != nil {
			return err
		}
		found = mine
		for _, c := range public {
			known := slices.ContainsFunc(mine, func(v ConversationView) bool { return v.ID == c.ID })
			if !known && len(found) < limit {
				found = append(found, ConversationView{Conversation: c, Title: c.Name, Picture: c.AvatarURL})
			}
		}
		return fillList(ctx, r, a, found[:len(mine)])
	})
	return found, err
}
