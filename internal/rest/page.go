package rest

import (
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// listPage says where in a numbered list an answer is.
type listPage struct {
	Page    int   `json:"page"`
	Size    int   `json:"size"`
	Total   int64 `json:"total"`
	HasMore bool  `json:"hasMore"`
}

// cursorPage says how to go on from an answer: its smallest id is the next
// before, its largest the next after.
type cursorPage[ID any] struct {
	Limit   int  `json:"limit"`
	HasMore bool `json:"hasMore"`
	Before  *ID  `json:"before"`
	After   *ID  `json:"after"`
	// HasNewer is there where an answer goes on in both directions; HasMore is then
	// about what is older.
	HasNewer *bool `json:"hasNewer,omitempty"`
}

// limitPage says whether an answer is all there is.
type limitPage struct {
	Limit   int  `json:"limit"`
	HasMore bool `json:"hasMore"`
}

type messageCursor = cursorPage[chat.MessageID]

func pageOf(p chat.MessagePage, limit int) messageCursor {
	page := messageCursor{Limit: limit, HasMore: p.HasMore}
	if n := len(p.Messages); n > 0 {
		page.Before, page.After = &p.Messages[0].ID, &p.Messages[n-1].ID
	}
	return page
}

// orNull is nil for the zero time.
func orNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(chatapi.Time(t))
}

// filled is nil for "".
func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
