package storetest

import (
	"fmt"
	"slices"
	"testing"

	"parley/internal/chat"
)

func channelPages(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	var all, even []chat.ConversationID
	for i := range 6 {
		c := chat.Conversation{Kind: chat.Channel, Name: fmt.Sprintf("Channel %d", i), Settings: chat.Settings{Visibility: chat.VisibilityPublic}}
		if i%2 == 0 {
			c.Description = "Even ones"
		}
		id := w.conversation(c, ann)
		all = append(all, id)
		if i%2 == 0 {
			even = append(even, id)
		}
	}
	private := w.conversation(chat.Conversation{Kind: chat.Channel, Name: "Even private", Settings: chat.Settings{Visibility: chat.VisibilityPrivate}}, bob)

	for _, c := range []struct {
		query         string
		offset, limit int
		want          []chat.ConversationID
		total         int64
	}{
		{"", 0, 4, all[:4], 6},
		{"", 4, 4, all[4:], 6},
		{"", 6, 4, nil, 6},
		{"ones even", 0, 2, even[:2], 3},
		{"ones even", 2, 2, even[2:], 3},
		{"ones even", 9, 2, nil, 3},
		{"odd", 0, 2, nil, 0},
	} {
		w.must(w.st.Read(w.ctx, func(r chat.Reader) error {
			page, total, err := r.PublicChannels(w.ctx, c.query, c.offset, c.limit)
			var got []chat.ConversationID
			for _, found := range page {
				got = append(got, found.ID)
			}
			if !slices.Equal(got, c.want) || total != c.total {
				t.Errorf("%q from %d: %v of %d, want %v of %d", c.query, c.offset, got, total, c.want, c.total)
			}
			return err
		}))
	}

	find := func(u chat.UserID, f chat.ConversationFilter) (ids []chat.ConversationID) {
		for _, v := range read(w, func(r chat.Reader) ([]chat.ConversationView, error) { return r.Conversations(w.ctx, u, f) }) {
			ids = append(ids, v.ID)
		}
		return ids
	}
	want := slices.Clone(even) // newest first
	slices.Reverse(want)
	if got := find(ann, chat.ConversationFilter{Query: "even", Limit: 2}); !slices.Equal(got, want[:2]) {
		t.Errorf("found %v, want %v", got, want[:2])
	}
	if got := find(ann, chat.ConversationFilter{Query: "even", Offset: 2, Limit: 2}); !slices.Equal(got, want[2:]) {
		t.Errorf("found %v after two, want %v", got, want[2:])
	}
	if got := find(bob, chat.ConversationFilter{Query: "even", Limit: 9}); !slices.Equal(got, []chat.ConversationID{private}) {
		t.Errorf("the other finds %v, want his %d", got, private)
	}
	if got := find(ann, chat.ConversationFilter{Among: []chat.ConversationID{all[1], private}, Limit: 9}); !slices.Equal(got, all[1:2]) {
		t.Errorf("among two %v, want %v", got, all[1:2])
	}
}
