package chat

import (
	"context"
	"slices"
	"time"

	"parley/internal/text"
)

// Bounds of a search.
const (
	MaxSearchQuery = 200 // code points
	MaxSearchPage  = 50
	defaultSearch  = 20
)

// Search asks for messages. A zero field does not narrow it; one without a query
// has to be narrowed by something else.
type Search struct {
	Query          string
	ConversationID ConversationID // 0: all of the actor's
	SenderID       UserID
	From, To       time.Time // sent at or after From, before To
	// Has names kinds of files; a message with any of them is wanted.
	Has    []FileKind
	Before MessageID
	Limit  int
}

// AnyFile are all kinds of files.
var AnyFile = []FileKind{ImageFile, AudioFile, VideoFile, OtherFile}

// Candidates is what Reader.SearchMessages looks for: rows of the index, newest
// first, that the reader may see.
type Candidates struct {
	Reader UserID
	Wanted text.Wanted
	Search
}

func (q *Search) check() error {
	if q.Limit == 0 {
		q.Limit = defaultSearch
	}
	n := text.Length(q.Query)
	switch {
	case n == 0 && !q.narrowed():
		return Invalid("query", "query is missing")
	case n > MaxSearchQuery:
		return Invalid("query", "query is longer than %d characters", MaxSearchQuery)
	case q.Limit < 1 || q.Limit > MaxSearchPage:
		return Invalid("limit", "limit must be between 1 and %d", MaxSearchPage)
	case q.Before < 0:
		return Invalid("before", "before must be a positive number")
	}
	return nil
}

// narrowed reports whether something else than words says what is wanted.
func (q *Search) narrowed() bool {
	return q.ConversationID != 0 || q.SenderID != 0 || len(q.Has) > 0 || !q.From.IsZero() || !q.To.IsZero()
}

// SearchMessages finds messages in one conversation or in all that the actor
// takes part in, newest first. Every word of the query must begin a word of the
// message; Chinese, Japanese and Korean text matches anywhere. What the actor may
// not see now is not found.
func (s *Service) SearchMessages(ctx context.Context, a Actor, q Search) (page MessagePage, err error) {
	if err := q.check(); err != nil {
		return MessagePage{}, err
	}
	c := Candidates{Reader: a.ID, Wanted: text.WantedTokens(q.Query), Search: q}
	err = s.store.Read(ctx, func(r Reader) error {
		page = MessagePage{}
		if q.ConversationID != 0 {
			if _, err := accessConversation(ctx, r, a, q.ConversationID); err != nil {
				return err
			}
		}
		switch {
		case q.Query == "":
			page, err = filterMessages(ctx, r, c)
		case c.Wanted.Empty():
			return nil
		default:
			page, err = findMessages(ctx, r, c)
		}
		if err != nil {
			return err
		}
		return personalise(ctx, r, a, refs(page.Messages))
	})
	return page, err
}

// searchRounds bounds how often candidates that turned out not to match are
// replaced by others.
const searchRounds = 5

// findMessages compares candidates with the query: the index may have an older
// text of an edited message, and neighbours say nothing of their order.
func findMessages(ctx context.Context, r Reader, c Candidates) (page MessagePage, err error) {
	for range searchRounds {
		ids, err := r.SearchMessages(ctx, c)
		if err != nil {
			return page, err
		}
		found, err := r.MessagesByID(ctx, ids)
		if err != nil {
			return page, err
		}
		for _, m := range slices.Backward(found) { // newest first
			if m.Deleted() || !text.MatchesAllWords(m.Content, c.Query) {
				continue
			}
			if len(page.Messages) == c.Limit {
				page.HasMore = true
				return page, nil
			}
			page.Messages = append(page.Messages, m)
		}
		if len(ids) <= c.Limit {
			return page, nil
		}
		c.Before = ids[len(ids)-1]
	}
	page.HasMore, page.Before = true, c.Before
	return page, nil
}

// filterMessages finds messages without words: it goes back through what there
// is, a bounded stretch at a time. What a page leaves off, the next one finds.
func filterMessages(ctx context.Context, r Reader, c Candidates) (page MessagePage, err error) {
	for range searchRounds {
		ids, next, err := r.FilterMessages(ctx, c)
		if err != nil {
			return page, err
		}
		found, err := r.MessagesByID(ctx, ids)
		if err != nil {
			return page, err
		}
		for _, m := range slices.Backward(found) {
			if len(page.Messages) == c.Limit {
				page.HasMore = true
				return page, nil
			}
			page.Messages = append(page.Messages, m)
		}
		if next == 0 {
			return page, nil
		}
		c.Before = next
	}
	page.HasMore, page.Before = true, c.Before
	return page, nil
}
