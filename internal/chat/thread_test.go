package chat_test

import (
	"fmt"
	"testing"

	"parley/internal/chat"
)

func (w *world) answer(a chat.Actor, root *chat.Message, content string) *chat.Message {
	w.Helper()
	sent, err := w.SendMessage(w.Context(), a, chat.SendMessage{ConversationID: root.ConversationID, ParentID: root.ID, Content: content})
	w.must(err)
	return sent.Message
}

// threads are somebody's threads in words: what they begin with, how they end, what is
// unread.
func (w *world) threads(a chat.Actor, unread bool) string {
	w.Helper()
	page, err := w.Threads(w.Context(), a, 0, unread, 10)
	w.must(err)
	var out []string
	for _, t := range page.Threads {
		out = append(out, fmt.Sprintf("%s-%s %d", t.Root.Content, t.Last.Content, t.Unread))
	}
	return fmt.Sprint(out)
}

func TestThreadsOfOneself(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cid := w.user("ann"), w.user("bob"), w.user("cid")
	c, other := w.group(ann, bob, cid), w.group(bob, ann)
	is := func(a chat.Actor, unread bool, want string) {
		t.Helper()
		if got := w.threads(a, unread); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	first, second := w.say(ann, c, "first"), w.say(cid, c, "second")
	w.say(bob, other, "nobody answers")
	is(ann, false, "[]")
	w.answer(bob, first, "1")
	w.answer(bob, second, "2")
	last := w.answer(bob, first, "3")
	is(ann, false, "[first-3 2]")
	is(bob, false, "[first-3 0 second-2 0]") // his own are read
	is(cid, true, "[second-2 1]")
	_, err := w.MarkRead(t.Context(), ann, c, 0)
	w.must(err)
	is(ann, false, "[first-3 0]")
	is(ann, true, "[]")
	_, err = w.MarkUnread(t.Context(), ann, c, last.ID)
	w.must(err)
	is(ann, true, "[first-3 1]")

	page, err := w.Threads(t.Context(), bob, 0, false, 1)
	w.must(err)
	if len(page.Threads) != 1 || !page.HasMore || page.Threads[0].Last.Mine == nil || page.Threads[0].Root.ReplyCount != 2 {
		t.Errorf("%+v", page)
	}
	page, err = w.Threads(t.Context(), bob, last.ID, false, 1)
	w.must(err)
	if len(page.Threads) != 1 || page.HasMore || page.Threads[0].Root.ID != second.ID {
		t.Errorf("%+v", page)
	}
	_, err = w.DeleteMessage(t.Context(), bob, last.ID)
	w.must(err)
	is(ann, false, "[first-1 0]") // how it ends now

	// What one has left, one does not see.
	_, err = w.Leave(t.Context(), bob, c, chat.Departure{})
	w.must(err)
	is(bob, false, "[]")
	w.must(w.DeleteAccount(t.Context(), cid))
	w.must(w.store.Read(t.Context(), func(r chat.Reader) error {
		list, err := r.Threads(t.Context(), cid.ID, 0, false, 10)
		if len(list) != 0 {
			t.Errorf("of an account that is gone: %v", list)
		}
		return err
	}))
	_, err = w.Leave(t.Context(), ann, c, chat.Departure{Delete: true})
	w.must(err)
	is(ann, false, "[]")
	w.must(w.EraseConversation(t.Context(), c))
}
