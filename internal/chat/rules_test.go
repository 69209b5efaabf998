package chat_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/ratelimit"
)

func TestMessageInput(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	c := w.group(ann)
	long := strings.Repeat("ä", 10_000)
	for name, q := range map[string]struct {
		send  chat.SendMessage
		field string // "" is accepted
		want  string
	}{
		"plain":              {chat.SendMessage{Content: "hi"}, "", "hi"},
		"trimmed":            {chat.SendMessage{Content: " \n hi \t"}, "", "hi"},
		"NFC":                {chat.SendMessage{Content: "e\u0301"}, "", "é"},
		"line ends":          {chat.SendMessage{Content: "a\r\nb"}, "", "a\nb"},
		"control characters": {chat.SendMessage{Content: "a\x00b\x1bc\u0085d"}, "", "abcd"},
		"bidi stays":         {chat.SendMessage{Content: "a\u202eb"}, "", "a\u202eb"},
		"the longest":        {chat.SendMessage{Content: long}, "", long},
		"one too long":       {chat.SendMessage{Content: long + "x"}, "content", ""},
		"empty":              {chat.SendMessage{}, "content", ""},
		"blank":              {chat.SendMessage{Content: " \n "}, "content", ""},
		"invisible":          {chat.SendMessage{Content: "\u200b\u200d\ufeff"}, "content", ""},
		"broken UTF-8":       {chat.SendMessage{Content: "a\xffb"}, "content", ""},
		"system":             {chat.SendMessage{Content: "x", Type: chat.TypeSystem}, "messageType", ""},
		"call":               {chat.SendMessage{Content: "x", Type: chat.TypeCall}, "messageType", ""},
		"unknown type":       {chat.SendMessage{Content: "x", Type: "POEM"}, "messageType", ""},
		"long tempId":        {chat.SendMessage{Content: "x", TempID: strings.Repeat("t", 65)}, "tempId", ""},
		"NUL in tempId":      {chat.SendMessage{Content: "x", TempID: "a\x00"}, "tempId", ""},
		"metadata list":      {chat.SendMessage{Content: "x", Metadata: json.RawMessage(`[1]`)}, "metadata", ""},
		"metadata too deep":  {chat.SendMessage{Content: "x", Metadata: nested(6)}, "metadata", ""},
		"metadata deep":      {chat.SendMessage{Content: "x", Metadata: nested(5)}, "", "x"},
		"metadata too large": {chat.SendMessage{Content: "x", Metadata: json.RawMessage(`{"a":"` + strings.Repeat("x", 9_000) + `"}`)}, "metadata", ""},
		"huge number":        {chat.SendMessage{Content: "x", Metadata: json.RawMessage(`{"a":[1e400]}`)}, "metadata", ""},
		"NUL in metadata":    {chat.SendMessage{Content: "x", Metadata: json.RawMessage(`{"a":"\u0000"}`)}, "metadata", ""},
		"metadata null":      {chat.SendMessage{Content: "x", Metadata: json.RawMessage(`null`)}, "", "x"},
		"half a surrogate":   {chat.SendMessage{Content: "x", Metadata: json.RawMessage(`{"a":"\ud800","a":1}`)}, "", "x"},
		"foreign parent":     {chat.SendMessage{Content: "x", ParentID: 999}, "parentMessageId", ""},
		"attachment":         {chat.SendMessage{Content: "x", AttachmentIDs: []chat.FileID{7}}, "attachmentIds", ""},
		"both contents":      {chat.SendMessage{Content: "x", Encrypted: "y"}, "content", ""},
		"encrypted":          {chat.SendMessage{Encrypted: "y"}, "", ""},
		"encrypted too long": {chat.SendMessage{Encrypted: strings.Repeat("y", 64<<10+1)}, "encryptedContent", ""},
	} {
		t.Run(name, func(t *testing.T) {
			q.send.ConversationID = c
			sent, err := w.SendMessage(t.Context(), ann, q.send)
			if q.field != "" {
				if e := chat.Explain(err); err == nil || e.Code != chat.ValidationFailed || e.Field != q.field {
					t.Fatalf("err = %v, want validation_failed of %s", err, q.field)
				}
				return
			}
			if err != nil || sent.Content != q.want {
				t.Fatalf("stored %q, %v; want %q", sent.Content, err, q.want)
			}
		})
	}
}

func nested(depth int) json.RawMessage {
	return json.RawMessage(strings.Repeat(`{"a":`, depth-1) + `{}` + strings.Repeat(`}`, depth-1))
}

func TestGroupLifeOnTheStreams(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c := w.group(ann, bob)
	first := w.say(bob, c, "hello")
	_, _, err := w.AddParticipants(t.Context(), ann, c, []chat.UserID{cat.ID, bob.ID})
	w.must(err)
	_, err = w.EditMessage(t.Context(), bob, chat.EditMessage{MessageID: first.ID, Content: "hello all"})
	w.must(err)
	_, err = w.React(t.Context(), cat, chat.React{MessageID: first.ID, Emoji: "❤️", Add: true})
	w.must(err)
	_, err = w.React(t.Context(), cat, chat.React{MessageID: first.ID, Emoji: "❤", Add: true}) // the same one
	w.must(err)
	_, err = w.DeleteMessage(t.Context(), bob, first.ID)
	w.must(err)
	w.must(w.RemoveParticipant(t.Context(), ann, c, bob.ID))
	want := "[participant.added message.created participant.added message.created message.created participant.added " +
		"message.updated reaction.added message.deleted message.created participant.removed]"
	if got := w.types(c.Stream()); got != want {
		t.Errorf("conversation's stream\n got %s\nwant %s", got, want)
	}
	if got, want := w.types(bob.ID.Stream()), "[conversation.joined conversation.left]"; got != want {
		t.Errorf("bob's stream %s, want %s", got, want)
	}
	events, err := w.Log(t.Context(), c.Stream(), 0, 100)
	w.must(err)
	for i, e := range events {
		if e.Rev != int64(i+1) {
			t.Fatalf("event %d has rev %d", i, e.Rev)
		}
		if m, ok := e.Payload.(*chat.Message); ok && m.ID == first.ID && (m.Content != "" || !m.Deleted()) {
			t.Errorf("the replay of %s brings back %q", e.Type, m.Content)
		}
		if r, ok := e.Payload.(*chat.ReactionChange); ok && r.Emoji != "" {
			t.Errorf("the replay brings back the reaction %s", r.Emoji)
		}
	}
}

func TestRepeatedSend(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.direct(ann, bob)
	send := func(a chat.Actor, text string) chat.Sent {
		sent, err := w.SendMessage(t.Context(), a, chat.SendMessage{ConversationID: c, Content: text, TempID: "t"})
		w.must(err)
		return sent
	}
	first, again, other := send(ann, "one"), send(ann, "two"), send(bob, "three")
	if !again.Duplicate || again.ID != first.ID || again.Content != "one" {
		t.Errorf("the repeat is %+v", again)
	}
	if other.Duplicate || other.ID == first.ID {
		t.Error("another sender's tempId was taken for the same")
	}
}

func TestDirectHidesAndComesBack(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.direct(ann, bob)
	list := func(a chat.Actor) []chat.ConversationView {
		l, err := w.Conversations(t.Context(), a, chat.ConversationFilter{Limit: 10})
		w.must(err)
		return l.Conversations
	}
	if len(list(ann)) != 1 || len(list(bob)) != 0 {
		t.Fatal("the other side must see a direct conversation only with its first message")
	}
	w.say(ann, c, "one")
	if got := list(bob); len(got) != 1 || got[0].Title != "ann" || got[0].UnreadCount != 1 {
		t.Fatalf("bob's list: %+v", got)
	}
	done, err := w.Leave(t.Context(), bob, c, chat.Departure{})
	w.must(err)
	if done.Result != "HIDDEN" || len(list(bob)) != 0 || len(list(ann)) != 1 {
		t.Fatalf("hiding: %+v", done)
	}
	w.say(ann, c, "two")
	page, err := w.Messages(t.Context(), bob, c, chat.Page{})
	w.must(err)
	if len(page.Messages) != 1 || page.Messages[0].Content != "two" {
		t.Fatalf("bob sees %+v", page.Messages)
	}
	if got := list(bob); len(got) != 1 || got[0].UnreadCount != 1 {
		t.Fatalf("bob's list: %+v", got)
	}
	if got, want := w.types(bob.ID.Stream()), "[conversation.joined conversation.left conversation.joined]"; got != want {
		t.Errorf("bob's stream %s, want %s", got, want)
	}
	_, created, err := w.OpenDirect(t.Context(), bob, ann.ID)
	w.must(err)
	if created {
		t.Error("the conversation exists")
	}
}

func TestLeavingAGroup(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	t.Run("the longest-serving admin succeeds", func(t *testing.T) {
		c := w.group(ann, bob, cat)
		_, err := w.SetRole(t.Context(), ann, c, cat.ID, chat.Admin)
		w.must(err)
		done, err := w.Leave(t.Context(), ann, c, chat.Departure{})
		w.must(err)
		if done.Result != "LEFT" || done.NewOwner != cat.ID {
			t.Errorf("%+v", done)
		}
		if _, err = w.Leave(t.Context(), ann, c, chat.Departure{}); w.code(err) != chat.NotParticipant {
			t.Errorf("leaving twice: %v", err)
		}
	})
	t.Run("a named successor", func(t *testing.T) {
		c := w.group(ann, bob, cat)
		if _, err := w.Leave(t.Context(), ann, c, chat.Departure{TransferTo: 999}); w.code(err) != chat.ValidationFailed {
			t.Errorf("a stranger as successor: %v", err)
		}
		done, err := w.Leave(t.Context(), ann, c, chat.Departure{TransferTo: cat.ID})
		w.must(err)
		if done.NewOwner != cat.ID {
			t.Errorf("%+v", done)
		}
	})
	t.Run("the last one deletes", func(t *testing.T) {
		c := w.group(ann)
		done, err := w.Leave(t.Context(), ann, c, chat.Departure{})
		w.must(err)
		if done.Result != "DELETED" {
			t.Errorf("%+v", done)
		}
		if _, err := w.Conversation(t.Context(), ann, c); w.code(err) != chat.NotFound {
			t.Errorf("it is still there: %v", err)
		}
	})
	t.Run("the owner cannot just step down", func(t *testing.T) {
		c := w.group(ann, bob)
		if _, err := w.SetRole(t.Context(), ann, c, ann.ID, chat.RoleMember); w.code(err) != chat.LastOwner {
			t.Errorf("%v", err)
		}
	})
}

func TestHistoryForNew(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c := w.group(ann)
	old := w.say(ann, c, "before")
	_, _, err := w.AddParticipants(t.Context(), ann, c, []chat.UserID{bob.ID})
	w.must(err)
	join := chat.HistoryJoin
	_, err = w.UpdateConversation(t.Context(), ann, c, chat.ConversationPatch{Settings: chat.SettingsPatch{HistoryForNew: &join}})
	w.must(err)
	_, _, err = w.AddParticipants(t.Context(), ann, c, []chat.UserID{cat.ID})
	w.must(err)
	if _, err := w.Message(t.Context(), bob, old.ID); err != nil {
		t.Errorf("bob joined with all history: %v", err)
	}
	for name, err := range map[string]error{
		"message":  drop(w.Message(t.Context(), cat, old.ID)),
		"thread":   drop(w.Thread(t.Context(), cat, old.ID, chat.Page{})),
		"react":    drop(w.React(t.Context(), cat, chat.React{MessageID: old.ID, Emoji: "👍", Add: true})),
		"receipts": drop(w.ReadReceipts(t.Context(), cat, old.ID)),
	} {
		if w.code(err) != chat.NotFound {
			t.Errorf("%s of a message from before: %v", name, err)
		}
	}
	if _, err := w.SendMessage(t.Context(), cat, chat.SendMessage{ConversationID: c, Content: "re", ParentID: old.ID}); w.code(err) != chat.ValidationFailed {
		t.Errorf("a reply to a message from before: %v", err)
	}
	page, err := w.Messages(t.Context(), cat, c, chat.Page{})
	w.must(err)
	for _, m := range page.Messages {
		if m.ID <= old.ID {
			t.Errorf("cat sees message %d", m.ID)
		}
	}
}

func drop[T any](_ T, err error) error { return err }

func TestThreads(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	c := w.group(ann)
	root := w.say(ann, c, "root")
	var parent = root
	for i := range 3 {
		sent, err := w.SendMessage(t.Context(), ann, chat.SendMessage{ConversationID: c, Content: fmt.Sprint(i), ParentID: parent.ID})
		w.must(err)
		if sent.ParentID != root.ID {
			t.Errorf("a reply hangs on %d, not on the root", sent.ParentID)
		}
		parent = sent.Message
	}
	page, err := w.Thread(t.Context(), ann, parent.ID, chat.Page{}) // a reply's id means its root
	w.must(err)
	if page.Root.ID != root.ID || page.Root.ReplyCount != 3 || len(page.Messages) != 3 {
		t.Errorf("root %d with %d replies, %d listed", page.Root.ID, page.Root.ReplyCount, len(page.Messages))
	}
	_, err = w.DeleteMessage(t.Context(), ann, parent.ID)
	w.must(err)
	m, err := w.Message(t.Context(), ann, root.ID)
	w.must(err)
	if m.ReplyCount != 2 {
		t.Errorf("%d replies after a deletion, want 2", m.ReplyCount)
	}
}

func TestMentions(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c := w.group(ann, bob)
	w.say(ann, c, "@BOB and @cat and @ann, look") // cat is not here, ann is the sender
	sum, err := w.Unread(t.Context(), bob)
	w.must(err)
	if len(sum) != 1 || sum[0].MentionCount != 1 {
		t.Errorf("bob's unread: %+v", sum)
	}
	if sum, _ := w.Unread(t.Context(), cat); len(sum) != 0 {
		t.Errorf("cat's unread: %+v", sum)
	}
}

func TestDeliveryStatus(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c := w.group(ann, bob, cat)
	m := w.say(ann, c, "hi")
	status := func() chat.DeliveryStatus {
		got, err := w.Message(t.Context(), ann, m.ID)
		w.must(err)
		return got.Mine.Status
	}
	steps := []struct {
		do   func() error
		want chat.DeliveryStatus
	}{
		{func() error { return nil }, chat.StatusSent},
		{func() error { return w.MarkDelivered(t.Context(), bob, c, m.ID) }, chat.StatusSent},
		{func() error { return w.MarkDelivered(t.Context(), cat, c, m.ID) }, chat.StatusDelivered},
		{func() error { return drop(w.MarkRead(t.Context(), bob, c, m.ID)) }, chat.StatusDelivered},
		{func() error { return drop(w.MarkRead(t.Context(), cat, c, 0)) }, chat.StatusRead},
	}
	for i, s := range steps {
		w.must(s.do())
		if got := status(); got != s.want {
			t.Errorf("step %d: %s, want %s", i, got, s.want)
		}
	}
}

// A pin writes a line: to those in slow mode it is one of their messages.
func TestSlowModeCountsPins(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	ten := 10
	_, err := w.UpdateConversation(t.Context(), ann, c, chat.ConversationPatch{Settings: chat.SettingsPatch{SlowModeSeconds: &ten}})
	w.must(err)
	m := w.say(ann, c, "hello")
	pin := func(a chat.Actor, on bool) chat.Code {
		_, err := w.PinMessage(t.Context(), a, m.ID, on)
		return w.code(err)
	}
	if code := pin(bob, true); code != "" {
		t.Fatalf("the first pin: %s", code)
	}
	if code := pin(bob, true); code != "" {
		t.Errorf("a repeat, which says nothing: %s", code)
	}
	if code := pin(bob, false); code != "" {
		t.Errorf("taking a pin away says nothing: %s", code)
	}
	if code := pin(bob, true); code != chat.RateLimited {
		t.Errorf("a pin right after another: %q", code)
	}
	if _, err := w.SendMessage(t.Context(), bob, chat.SendMessage{ConversationID: c, Content: "x"}); w.code(err) != chat.RateLimited {
		t.Errorf("a message right after a pin: %v", err)
	}
	for range 2 {
		if code := pin(ann, true); code != "" {
			t.Errorf("the owner's pin: %s", code)
		}
		pin(ann, false)
	}
}

func TestSlowMode(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	ten := 10
	_, err := w.UpdateConversation(t.Context(), ann, c, chat.ConversationPatch{Settings: chat.SettingsPatch{SlowModeSeconds: &ten}})
	w.must(err)
	w.say(bob, c, "one")
	w.say(ann, c, "the owner may")
	w.say(ann, c, "at once")
	_, err = w.SendMessage(t.Context(), bob, chat.SendMessage{ConversationID: c, Content: "two"})
	if e := chat.Explain(err); e.Code != chat.RateLimited || e.RetryAfter != 10*time.Second {
		t.Errorf("at once: %v after %v", err, e.RetryAfter)
	}
	w.clock.Advance(10 * time.Second)
	w.say(bob, c, "two")
	w.clock.Advance(-time.Hour) // a clock that jumps back locks nobody out
	w.say(bob, c, "three")
}

func TestSendLimit(t *testing.T) {
	limit := ratelimit.New[chat.UserID](ratelimit.Rate{Limit: 2, Per: time.Minute, Burst: 2})
	w := newWorld(t, chat.Options{Limits: chat.Limits{Send: limit}})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	w.say(ann, c, "1")
	w.say(ann, c, "2")
	_, err := w.SendMessage(t.Context(), ann, chat.SendMessage{ConversationID: c, Content: "3"})
	e := chat.Explain(err)
	if e.Code != chat.RateLimited || e.Limit == nil || !strings.HasPrefix(e.Message, "Rate limit exceeded. Try again in ") {
		t.Errorf("the third: %v", err)
	}
	w.say(bob, c, "bob has his own")
}

// Coming writes a line: who goes and comes again says as much as who writes.
func TestSendLimitCountsJoining(t *testing.T) {
	limit := ratelimit.New[chat.UserID](ratelimit.Rate{Limit: 2, Per: time.Minute, Burst: 2})
	w := newWorld(t, chat.Options{Limits: chat.Limits{Send: limit}})
	ann, bob := w.user("ann"), w.user("bob")
	v, _, err := w.CreateConversation(t.Context(), ann, chat.NewConversation{Kind: chat.Channel, Name: "news", Visibility: chat.VisibilityPublic})
	w.must(err)
	join := func() chat.Code {
		_, err := w.Join(t.Context(), bob, v.ID)
		return w.code(err)
	}
	for range 2 {
		for range 3 { // a repeat says nothing
			if code := join(); code != "" {
				t.Fatal(code)
			}
		}
		page, err := w.Messages(t.Context(), ann, v.ID, chat.Page{})
		w.must(err)
		if last := page.Messages[len(page.Messages)-1]; last.Content != "joined" || last.SenderID != bob.ID {
			t.Errorf("the last line is %q of %d", last.Content, last.SenderID)
		}
		_, err = w.Leave(t.Context(), bob, v.ID, chat.Departure{})
		w.must(err)
	}
	if code := join(); code != chat.RateLimited {
		t.Errorf("for the third time: %q", code)
	}
}

func TestBlocking(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.direct(ann, bob)
	old := w.say(ann, c, "before")
	w.must(w.SetBlocked(t.Context(), bob, ann.ID, true))
	for name, err := range map[string]error{
		"send":  drop(w.SendMessage(t.Context(), ann, chat.SendMessage{ConversationID: c, Content: "hi"})),
		"back":  drop(w.SendMessage(t.Context(), bob, chat.SendMessage{ConversationID: c, Content: "hi"})),
		"edit":  drop(w.EditMessage(t.Context(), ann, chat.EditMessage{MessageID: old.ID, Content: "changed"})),
		"react": drop(w.React(t.Context(), ann, chat.React{MessageID: old.ID, Emoji: "👎", Add: true})),
		"type":  w.Typing(t.Context(), ann, c, true),
	} {
		if w.code(err) != chat.Blocked {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := w.OpenDirect(t.Context(), ann, bob.ID); w.code(err) != chat.Blocked {
		t.Errorf("open: %v", err)
	}
	_, skipped, err := w.CreateConversation(t.Context(), ann, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil || len(skipped) != 1 || skipped[0] != bob.ID {
		t.Errorf("skipped %v, %v", skipped, err)
	}
	w.must(w.SetBlocked(t.Context(), bob, ann.ID, false))
	w.say(ann, c, "friends again")
}

func TestReactionBounds(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	c := w.group(ann)
	m := w.say(ann, c, "x")
	react := func(e string) error {
		return drop(w.React(t.Context(), ann, chat.React{MessageID: m.ID, Emoji: e, Add: true}))
	}
	for i := range 10 {
		w.must(react(fmt.Sprintf(":e%d:", i)))
	}
	if err := react(":e10:"); w.code(err) != chat.Conflict {
		t.Errorf("an eleventh emoji: %v", err)
	}
	for _, bad := range []string{"", "a", "1", "<b>", strings.Repeat("👍", 20), ":bad name:"} {
		if err := react(bad); w.code(err) != chat.ValidationFailed {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestEditing(t *testing.T) {
	w := newWorld(t, chat.Options{Rules: chat.Rules{EditWindow: time.Hour}})
	ann := w.user("ann")
	c := w.group(ann)
	m := w.say(ann, c, "one")
	edit := func(text string) (*chat.Message, error) {
		return w.EditMessage(t.Context(), ann, chat.EditMessage{MessageID: m.ID, Content: text})
	}
	same, err := edit(" one ")
	w.must(err)
	if same.Edited() {
		t.Error("the same text is no edit")
	}
	w.must(drop(edit("two")))
	w.must(drop(edit("three")))
	versions, err := w.History(t.Context(), ann, m.ID)
	w.must(err)
	if len(versions) != 2 || versions[0].Content != "one" || versions[1].Content != "two" {
		t.Errorf("versions %+v", versions)
	}
	w.clock.Advance(2 * time.Hour)
	if _, err := edit("late"); w.code(err) != chat.Forbidden {
		t.Errorf("after the window: %v", err)
	}
	w.must(drop(w.DeleteMessage(t.Context(), ann, m.ID)))
	w.must(drop(w.DeleteMessage(t.Context(), ann, m.ID))) // a repeat changes nothing
	w.clock.Advance(-2 * time.Hour)
	if _, err := edit("dead"); w.code(err) != chat.Conflict {
		t.Errorf("a deleted message: %v", err)
	}
	if versions, _ := w.History(t.Context(), ann, m.ID); len(versions) != 0 {
		t.Error("deleting leaves versions behind")
	}
}

func TestDeletedAccount(t *testing.T) {
	erased := make(said, 1)
	w := newWorld(t, chat.Options{Log: slog.New(slog.NewTextHandler(erased, nil))})
	ann, bob := w.user("ann"), w.user("bob")
	c, d := w.group(ann, bob), w.direct(ann, bob)
	mine, theirs := w.say(ann, c, "secret one"), w.say(bob, c, "bob's")
	w.say(ann, d, "secret two")
	w.must(w.DeleteAccount(t.Context(), ann))
	w.runJobs()
	select {
	case line := <-erased:
		if !strings.Contains(line, "account erased") {
			t.Fatal(line)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it was not erased within 10 s")
	}
	m, err := w.Message(t.Context(), bob, mine.ID)
	w.must(err)
	if !m.Deleted() || m.Content != "" || m.SenderName != "Deleted user" {
		t.Errorf("ann's message is %+v", m)
	}
	if m, err := w.Message(t.Context(), bob, theirs.ID); err != nil || m.Deleted() {
		t.Errorf("bob's message is gone: %v", err)
	}
	v, err := w.Conversation(t.Context(), bob, c)
	w.must(err)
	if v.Me.Role != chat.Owner || v.ParticipantCount != 1 {
		t.Errorf("bob is %s of %d", v.Me.Role, v.ParticipantCount)
	}
	if _, err := w.User(t.Context(), bob, ann.ID); w.code(err) != chat.NotFound {
		t.Errorf("ann can be found: %v", err)
	}
}

// said is a log whose lines a test waits for.
type said chan string

func (s said) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}
