package chat

import (
	"context"
	"strconv"
	"time"
)

// Bounds of bookmarks.
const (
	MaxBookmarks    = 1_000 // of one user
	MaxBookmarkPage = 100
)

// Bookmark is a message that somebody wants to find again.
type Bookmark struct {
	Message
	At time.Time // when it was made
}

// BookmarkChange is the payload of BookmarkAdded and BookmarkRemoved.
type BookmarkChange struct {
	MessageID      MessageID
	ConversationID ConversationID
	At             time.Time // zero: removed
}

// BookmarkPage is a page of bookmarks, the newest first.
type BookmarkPage struct {
	Bookmarks []Bookmark
	Total     int64
}

// SetBookmark makes or removes the actor's bookmark of a message. Nobody else sees
// it; what is that way already changes nothing. One may remove a bookmark of what
// one may not see any more.
func (s *Service) SetBookmark(ctx context.Context, a Actor, id MessageID, set bool) (BookmarkChange, error) {
	var done BookmarkChange
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		if !set {
			done = BookmarkChange{MessageID: id}
			return s.removeBookmark(ctx, tx, a, &done)
		}
		_, m, err := accessMessage(ctx, tx, a, id)
		if err != nil {
			return err
		}
		done = BookmarkChange{MessageID: m.ID, ConversationID: m.ConversationID, At: s.clock()}
		if m.Deleted() {
			return Errorf(Conflict, "Message was deleted")
		}
		if at, err := tx.BookmarkedAt(ctx, a.ID, id); err != nil || !at.IsZero() {
			done.At = at
			return err
		}
		if err := roomForBookmark(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := tx.InsertBookmark(ctx, a.ID, id, done.At); err != nil {
			return err
		}
		return s.tellBookmark(ctx, tx, a, BookmarkAdded, done)
	})
	return done, err
}

// roomForBookmark refuses one too many. Those of what the user may not see any more
// are not listed, so he could not make room himself: they give way first.
func roomForBookmark(ctx context.Context, tx Tx, u UserID) error {
	n, err := tx.CountBookmarks(ctx, u)
	if err != nil || n < MaxBookmarks {
		return err
	}
	if n, err = tx.ForgetUnseenBookmarks(ctx, u); err != nil || n > 0 {
		return err
	}
	return Errorf(Conflict, "At most %d messages can be bookmarked", MaxBookmarks)
}

func (s *Service) removeBookmark(ctx context.Context, tx Tx, a Actor, done *BookmarkChange) error {
	c, removed, err := tx.DeleteBookmark(ctx, a.ID, done.MessageID)
	if err != nil || !removed {
		return err
	}
	done.ConversationID = c
	return s.tellBookmark(ctx, tx, a, BookmarkRemoved, *done)
}

func (s *Service) tellBookmark(ctx context.Context, tx Tx, a Actor, typ EventType, done BookmarkChange) error {
	at := done.At
	if at.IsZero() {
		at = s.clock()
	}
	return emitOwn(ctx, tx, a.ID, typ, int64(done.MessageID), strconv.FormatInt(int64(done.ConversationID), 10), at, &done)
}

// bookmarkChange is the payload of an event of a bookmark: all of it is in the log.
func bookmarkChange(e *Event) *BookmarkChange {
	c, _ := strconv.ParseInt(e.Detail, 10, 64)
	done := &BookmarkChange{MessageID: MessageID(e.Ref), ConversationID: ConversationID(c)}
	if e.Type == BookmarkAdded {
		done.At = e.At
	}
	return done
}

// Bookmarks returns a page of the actor's bookmarks, the newest first: of messages
// that he may see now.
func (s *Service) Bookmarks(ctx context.Context, a Actor, offset, limit int) (BookmarkPage, error) {
	var page BookmarkPage
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if page.Bookmarks, page.Total, err = r.Bookmarks(ctx, a.ID, offset, limit); err != nil {
			return err
		}
		list := make([]*Message, len(page.Bookmarks))
		for i := range page.Bookmarks {
			list[i] = &page.Bookmarks[i].Message
		}
		return personalise(ctx, r, a, list)
	})
	return page, err
}
