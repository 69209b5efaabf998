package chat

import (
	"context"
	"slices"
	"strings"
	"time"
)

// MaxPreviews is how many links of a message are shown with what stands behind them.
const MaxPreviews = 3

// PreviewID names a preview.
type PreviewID int64

// Preview is what a page said of itself when it was asked. One preview serves all
// messages that name the page while it is fresh; it goes with the last of them.
type Preview struct {
	ID          PreviewID // 0: not stored yet
	URL         string
	Title       string // "": there is nothing to show
	Description string
	SiteName    string
	Image       *File // nil: none; made anew, small, and nobody's
	FetchedAt   time.Time
	FreshUntil  time.Time
}

// PreviewRequest is a message whose links wait to be looked up.
type PreviewRequest struct {
	MessageID MessageID
	TakenAt   time.Time
}

// AskedFor is what has been looked up for a message, whatever came of it.
type AskedFor map[MessageID][]string

// ShowPreviews puts previews onto a message, in place of those it had, unless it
// says something else by now than what they were made of. All hear of the message
// if they see a difference.
func (s *Service) ShowPreviews(ctx context.Context, id MessageID, content string, list []*Preview) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		m, err := tx.Message(ctx, id)
		if err != nil {
			return err
		}
		if m == nil || m.Deleted() || m.Content != content {
			return nil
		}
		c, err := tx.Conversation(ctx, m.ConversationID)
		if err != nil || c == nil {
			return err
		}
		if err := s.storePreviews(ctx, tx, id, list); err != nil {
			return err
		}
		after, err := tx.Message(ctx, id)
		if err != nil || slices.EqualFunc(m.Previews, after.Previews, func(a, b Preview) bool { return a.ID == b.ID }) {
			return err
		}
		return emit(ctx, tx, c, MessageUpdated, m.SenderID, s.clock(), after)
	})
}

// keepPreviews takes from a message what it does not name any more, at once: others
// come by the log, if they come.
func (s *Service) keepPreviews(ctx context.Context, tx Tx, m *Message) error {
	var kept []Preview
	var ids []PreviewID
	for _, p := range m.Previews {
		if strings.Contains(m.Content, p.URL) {
			kept, ids = append(kept, p), append(ids, p.ID)
		}
	}
	if len(kept) == len(m.Previews) {
		return nil
	}
	m.Previews = kept
	return tx.SetPreviews(ctx, m.ID, ids, s.clock())
}

func (s *Service) storePreviews(ctx context.Context, tx Tx, id MessageID, list []*Preview) error {
	ids := make([]PreviewID, len(list))
	for i, p := range list {
		// What was found may have gone meanwhile, with the last message that showed it.
		if known, err := tx.PreviewExists(ctx, p.ID); err != nil {
			return err
		} else if !known {
			stored := *p // this may run twice
			if stored.ID != 0 {
				stored.Image = nil // its bytes went along
			}
			if err := tx.InsertPreview(ctx, &stored); err != nil {
				return err
			}
			ids[i] = stored.ID
			continue
		}
		ids[i] = p.ID
	}
	return tx.SetPreviews(ctx, id, ids, s.clock())
}
