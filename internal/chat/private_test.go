package chat_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// What one keeps for oneself is told on one's own stream and nowhere else; a pin
// is told to all.
func TestWhatIsPrivateStaysOnOnesOwnStream(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	m := w.say(bob, c, "hello")
	w.say(bob, c, "again")
	shared, own, others := w.types(c.Stream()), w.types(ann.ID.Stream()), w.types(bob.ID.Stream())
	ctx := t.Context()

	_, err := w.SaveDraft(ctx, ann, c, "so far", 0)
	w.must(err)
	_, err = w.SaveDraft(ctx, ann, c, " so far ", 0) // the same
	w.must(err)
	level := chat.NotifyMentions
	_, err = w.UpdateOwnSettings(ctx, ann, c, chat.OwnSettings{Level: &level})
	w.must(err)
	_, err = w.SetBookmark(ctx, ann, m.ID, true)
	w.must(err)
	_, err = w.SetBookmark(ctx, ann, m.ID, true)
	w.must(err)
	_, err = w.SetBookmark(ctx, ann, m.ID, false)
	w.must(err)
	_, err = w.MarkRead(ctx, ann, c, 0)
	w.must(err)
	shared = shared[:len(shared)-1] + " read.marked]" // of the real reading
	_, err = w.MarkUnread(ctx, ann, c, m.ID)
	w.must(err)
	_, err = w.MarkRead(ctx, ann, c, 0) // nothing new to the others
	w.must(err)
	want := own[:len(own)-1] + " conversation.settings conversation.settings bookmark.added bookmark.removed read.moved read.moved read.moved]"
	if got := w.types(ann.ID.Stream()); got != want {
		t.Errorf("own stream\n%s, want\n%s", got, want)
	}
	if got := w.types(c.Stream()); got != shared {
		t.Errorf("the conversation's stream\n%s, want\n%s", got, shared)
	}
	if got := w.types(bob.ID.Stream()); got != others {
		t.Errorf("the other's stream\n%s, want\n%s", got, others)
	}
	_, err = w.PinMessage(ctx, ann, m.ID, true)
	w.must(err)
	_, err = w.PinMessage(ctx, bob, m.ID, true)
	w.must(err)
	if got, want := w.types(c.Stream()), shared[:len(shared)-1]+" message.updated message.created]"; got != want {
		t.Errorf("pinning\n%s, want\n%s", got, want)
	}
}

// A replay says of these events what stands now.
func TestReplayOfWhatIsPrivate(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	m := w.say(bob, c, "hello")
	_, err := w.SaveDraft(t.Context(), ann, c, "first", 0)
	w.must(err)
	_, err = w.SaveDraft(t.Context(), ann, c, "then", m.ID)
	w.must(err)
	_, err = w.SetBookmark(t.Context(), ann, m.ID, true)
	w.must(err)
	_, err = w.MarkRead(t.Context(), ann, c, 0)
	w.must(err)
	_, err = w.MarkUnread(t.Context(), ann, c, m.ID)
	w.must(err)
	events, err := w.Replay(t.Context(), ann, ann.ID.Stream(), 0, 100)
	w.must(err)
	drafts, moved := 0, chat.MessageID(-1)
	for _, e := range events {
		switch p := e.Payload.(type) {
		case *chat.Participant:
			drafts++
			if p.Draft == nil || p.Draft.Content != "then" || p.Draft.ParentID != m.ID {
				t.Errorf("draft %+v", p.Draft)
			}
		case *chat.BookmarkChange:
			if p.MessageID != m.ID || p.ConversationID != c || p.At.IsZero() {
				t.Errorf("bookmark %+v", p)
			}
		case *chat.ReadMark:
			moved = p.MessageID
		}
	}
	if drafts != 2 || moved == -1 || moved >= m.ID {
		t.Errorf("%d drafts, moved to %d", drafts, moved)
	}
}

// Of what one has left, or what is gone, an event tells nothing; but what it says has the form
// that clients know.
func TestReplayOfConversationsThatWereLeft(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	left, deleted := w.group(bob, ann), w.group(bob, ann)
	_, err := w.Leave(t.Context(), ann, left, chat.Departure{})
	w.must(err)
	_, err = w.Leave(t.Context(), bob, deleted, chat.Departure{Delete: true})
	w.must(err)
	events, err := w.Replay(t.Context(), ann, ann.ID.Stream(), 0, 100)
	w.must(err)
	seen := map[chat.ConversationID]bool{}
	for _, e := range events {
		j, ok := e.Payload.(*chat.Joined)
		if !ok {
			continue
		}
		seen[j.View.ID] = true
		if j.View.Name != "" || j.View.ParticipantCount != 0 {
			t.Errorf("told of %+v", j.View)
		}
		shown, err := json.Marshal(chatapi.Mapper{}.ConversationView(&j.View))
		w.must(err)
		for _, odd := range []string{`"type":""`, `"0001-`, `"whoMayPost":""`, `"historyForNew":""`} {
			if strings.Contains(string(shown), odd) {
				t.Errorf("%s in %s", odd, shown)
			}
		}
	}
	if !seen[left] || !seen[deleted] {
		t.Errorf("joined in %v", seen)
	}
}

func TestLevelsEndByThemselves(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	c := w.group(ann)
	set := func(level chat.Level, until time.Time) {
		t.Helper()
		_, err := w.UpdateOwnSettings(t.Context(), ann, c, chat.OwnSettings{Level: &level, LevelUntil: until})
		w.must(err)
	}
	is := func(want chat.Level) {
		t.Helper()
		v, err := w.Conversation(t.Context(), ann, c)
		w.must(err)
		if got, _ := v.Me.Level(w.clock.Now()); got != want {
			t.Errorf("level %s, want %s", got, want)
		}
	}
	set(chat.NotifyMentions, time.Time{})
	set(chat.NotifyNothing, w.clock.Now().Add(time.Hour))
	is(chat.NotifyNothing)
	w.clock.Advance(2 * time.Hour)
	is(chat.NotifyMentions)
	set(chat.NotifyMentions, w.clock.Now().Add(time.Hour))
	w.clock.Advance(2 * time.Hour)
	is(chat.NotifyAll)
}

// What was private is gone with the account, and with the conversation.
func TestPrivateThingsGoWithTheirOwner(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c, d := w.group(ann, bob), w.group(ann, bob)
	m := w.say(bob, c, "hello")
	for _, a := range []chat.Actor{ann, bob} {
		for _, in := range []chat.ConversationID{c, d} {
			_, err := w.SaveDraft(t.Context(), a, in, "so far", 0)
			w.must(err)
		}
		_, err := w.SetBookmark(t.Context(), a, m.ID, true)
		w.must(err)
	}
	left := func(u chat.Actor) (drafts int, bookmarks int64) {
		t.Helper()
		w.must(w.store.Read(t.Context(), func(r chat.Reader) error {
			found, err := r.Drafts(t.Context(), u.ID, []chat.ConversationID{c, d})
			w.must(err)
			drafts = len(found)
			bookmarks, err = r.CountBookmarks(t.Context(), u.ID)
			return err
		}))
		return drafts, bookmarks
	}
	w.must(w.DeleteAccount(t.Context(), bob))
	if drafts, bookmarks := left(bob); drafts != 0 || bookmarks != 0 {
		t.Errorf("of the deleted account: %d drafts, %d bookmarks", drafts, bookmarks)
	}
	_, err := w.Leave(t.Context(), ann, c, chat.Departure{Delete: true})
	w.must(err)
	w.must(w.EraseConversation(t.Context(), c))
	if drafts, bookmarks := left(ann); drafts != 1 || bookmarks != 0 {
		t.Errorf("after deleting the conversation: %d drafts, %d bookmarks", drafts, bookmarks)
	}
}

// Others hear of a new name or picture where they see it.
func TestOthersHearOfANewName(t *testing.T) {
	w := newWorld(t, chat.Options{})
	w.runJobs()
	ann, bob := w.user("ann"), w.user("bob")
	group, direct, self := w.group(ann, bob), w.direct(ann, bob), w.direct(ann, ann)
	w.say(bob, direct, "hello")
	name := "Annabel"
	for range 2 { // the second time is no news
		_, err := w.UpdateProfile(t.Context(), ann, chat.ProfilePatch{DisplayName: &name})
		w.must(err)
	}
	w.hears(group.Stream(), chat.ParticipantUpdated)
	w.hears(direct.Stream(), chat.ParticipantUpdated)
	if strings.Contains(w.types(self.Stream()), "participant") {
		t.Error("said to nobody but herself")
	}
	events, err := w.Replay(t.Context(), bob, direct.Stream(), 0, 100)
	w.must(err)
	if p, ok := events[len(events)-1].Payload.(*chat.ParticipantChange); !ok || p.UserID != ann.ID || p.Name != name || p.Reason != "" {
		t.Errorf("replayed %+v", events[len(events)-1].Payload)
	}
}

func TestOthersHearOfADeletedAccount(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	direct := w.direct(ann, bob)
	w.say(bob, direct, "hello")
	before := w.types(direct.Stream())
	w.must(w.DeleteAccount(t.Context(), ann))
	w.must(w.EraseAccount(t.Context(), ann.ID))
	if got := w.types(direct.Stream()); got != before[:len(before)-1]+" participant.updated]" {
		t.Errorf("of the deleted account: %s", got)
	}
}

// Bookmarks of what one cannot see are not listed, so one cannot remove them either:
// they give way.
func TestBookmarksOutOfSightGiveWay(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	left, stays := w.group(bob, ann), w.group(bob, ann)
	seen, unseen := w.say(bob, stays, "hello"), w.say(bob, left, "hello")
	mark := func(m *chat.Message) chat.Code {
		_, err := w.SetBookmark(t.Context(), ann, m.ID, true)
		return w.code(err)
	}
	if code := mark(seen); code != "" {
		t.Fatal(code)
	}
	if code := mark(unseen); code != "" {
		t.Fatal(code)
	}
	fill := func(m *chat.Message, n int) {
		w.must(w.store.Write(t.Context(), func(tx chat.Tx) error {
			c, err := tx.Conversation(t.Context(), m.ConversationID)
			for range n {
				more := &chat.Message{ConversationID: c.ID, Type: chat.TypeText, SenderID: bob.ID, Content: "x", Metadata: chat.EmptyObject, CreatedAt: w.clock.Now()}
				if err == nil {
					err = tx.AppendMessage(t.Context(), c, more)
				}
				if err == nil {
					err = tx.InsertBookmark(t.Context(), ann.ID, more.ID, more.CreatedAt)
				}
			}
			return err
		}))
	}
	fill(unseen, chat.MaxBookmarks-2)
	next := w.say(bob, stays, "one more")
	if code := mark(next); code != chat.Conflict {
		t.Fatalf("beyond the bound: %q", code)
	}
	_, err := w.Leave(t.Context(), ann, left, chat.Departure{})
	w.must(err)
	if code := mark(next); code != "" {
		t.Errorf("after leaving: %q", code)
	}
	page, err := w.Bookmarks(t.Context(), ann, 0, 10)
	w.must(err)
	if page.Total != 2 || page.Bookmarks[0].ID != next.ID || page.Bookmarks[1].ID != seen.ID {
		t.Errorf("kept %+v", page)
	}
}

// What is unread by hand counts as if the messages were counted one by one.
func TestUnreadByHandCountsEachMessage(t *testing.T) {
	for seed := range uint64(6) {
		dice := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, chat.Options{})
		ann, bob := w.user("ann"), w.user("bob")
		c := w.group(ann, bob)
		var said []*chat.Message
		deleted := map[chat.MessageID]bool{}
		read := -1 // Bob's position in said
		for step := range 60 {
			switch at := dice.IntN(max(1, len(said))); dice.IntN(8) {
			case 0, 1, 2:
				said = append(said, w.say(ann, c, "hello"))
			case 3:
				said = append(said, w.say(bob, c, "hello"))
				read = len(said) - 1
			case 4:
				if len(said) > 0 && !deleted[said[at].ID] {
					by := map[chat.UserID]chat.Actor{ann.ID: ann, bob.ID: bob}[said[at].SenderID]
					_, err := w.DeleteMessage(t.Context(), by, said[at].ID)
					w.must(err)
					deleted[said[at].ID] = true
				}
			case 5, 6:
				if len(said) > 0 {
					_, err := w.MarkUnread(t.Context(), bob, c, said[at].ID)
					w.must(err)
					read = min(read, at-1)
				}
			case 7:
				if len(said) > 0 {
					_, err := w.MarkRead(t.Context(), bob, c, said[at].ID)
					w.must(err)
					read = max(read, at)
				}
			}
			want := int64(0)
			for _, m := range said[read+1:] {
				if m.SenderID != bob.ID && !deleted[m.ID] {
					want++
				}
			}
			v, err := w.Conversation(t.Context(), bob, c)
			w.must(err)
			if v.UnreadCount != want {
				t.Fatalf("seed %d, step %d: %d unread, want %d", seed, step, v.UnreadCount, want)
			}
		}
	}
}
