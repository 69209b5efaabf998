package chat

import (
	"context"
	"time"

	"parley/internal/text"
)

// Bounds of a search.
const (
	MaxQuery  = 200 // code points
	MaxSearch = 50  // hits of a page
)

// Searchable is what may be searched of a message.
type Searchable struct {
	ID             MessageID
	ConversationID ConversationID
	Content        string
}

// MessageSearch says which messages are looked for. A message must have all words
// of the query; the other fields narrow the search unless they are zero.
type MessageSearch struct {
	Query         string
	In            ConversationID // 0: all conversations of the user
	SenderID      UserID
	Has           MessageType // IMAGE, FILE, AUDIO or VIDEO
	HasAttachment *bool
	From, To      time.Time // sent at From or later, before To
	Before        MessageID
	Limit         int
}

// SearchMessages returns messages of the actor's conversations, or of one of them,
// the newest first. What he may not see now, he does not find.
func (s *Service) SearchMessages(ctx context.Context, a Actor, q MessageSearch) (MessagePage, error) {
	if err := q.check(); err != nil {
		return MessagePage{}, err
	}
	var page MessagePage
	err := s.store.Read(ctx, func(r Reader) error {
		if q.In != 0 {
			if _, err := accessConversation(ctx, r, a, q.In); err != nil {
				return err
			}
		}
		var err error
		if page.Messages, page.HasMore, err = r.SearchMessages(ctx, a.ID, q); err != nil {
			return err
		}
		return personalise(ctx, r, a, refs(page.Messages))
	})
	return page, err
}

func (q *MessageSearch) check() error {
	if n := text.Length(q.Query); n < 1 || n > MaxQuery {
		return Invalid("query", "query must have 1 to %d characters", MaxQuery)
	}
	if q.Limit == 0 {
		q.Limit = 20
	}
	switch {
	case q.Limit < 1 || q.Limit > MaxSearch:
		return Invalid("limit", "limit must be between 1 and %d", MaxSearch)
	case q.Before < 0:
		return Invalid("before", "before must be a positive number")
	case !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From):
		return Invalid("to", "to must not be before from")
	}
	switch q.Has {
	case "", TypeImage, TypeFile, TypeAudio, TypeVideo:
		return nil
	}
	return Invalid("has", "has must be image, file, audio or video")
}
