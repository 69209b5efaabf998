package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Search says which messages are looked for. Each word of Query must match the
// beginning of a word; the other fields narrow the search unless they are zero.
type Search struct {
	Query         string // 1 to 200 characters
	In            int64  // a conversation; 0: all of one's own
	SenderID      int64
	Has           string // image, file, audio or video; not together with HasAttachment
	HasAttachment *bool  // only with In
	From, To      time.Time
	Before        int64 // only messages with a smaller id
	Limit         int   // 1 to 50; 0: 20
}

// Found is a message with the stretches of its content that match: from and up
// to a number of Unicode code points each.
type Found struct {
	Message
	Highlight [][2]int `json:"highlight"`
}

// FoundPage is a page of what was found, the newest first.
type FoundPage struct {
	Messages []Found
	HasMore  bool
}

// SearchMessages searches one's conversations, or one of them.
func (c *Client) SearchMessages(ctx context.Context, s Search) (FoundPage, error) {
	r := request{method: http.MethodGet, path: "/api/chat/search", query: s.query()}
	switch {
	case s.In != 0 && s.Has == "":
		r.path = conversationPath(s.In, "/messages/search")
		if s.HasAttachment != nil {
			r.query.Set("hasAttachment", strconv.FormatBool(*s.HasAttachment))
		}
	default:
		if s.In != 0 {
			r.query.Set("in", number(s.In))
		}
		if s.Has != "" {
			r.query.Set("has", strings.ToLower(s.Has))
		}
	}
	list, e, err := fetchPage[[]Found](ctx, c, r)
	if err != nil {
		return FoundPage{}, err
	}
	return FoundPage{list, e.Page.HasMore}, nil
}

func (s Search) query() url.Values {
	q := queryOf("before", number(s.Before), "limit", number(s.Limit), "senderId", number(s.SenderID))
	q.Set("query", s.Query)
	for name, t := range map[string]time.Time{"from": s.From, "to": s.To} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
		}
	}
	return q
}
