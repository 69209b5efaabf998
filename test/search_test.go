package test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// findable returns when a search finds what it should, and fails if that takes
// longer than the contract allows.
func findable(t *testing.T, c *client.Client, s client.Search, want ...int64) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Second)
	for {
		ids := search(t, c, s)
		if slices.Equal(ids, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v: found %v after 2 s, want %v", s, ids, want)
		}
	}
}

func search(t *testing.T, c *client.Client, s client.Search) []int64 {
	t.Helper()
	found, _, err := c.Search(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	ids := []int64{}
	for _, m := range found {
		ids = append(ids, m.ID)
	}
	return ids
}

// talk is a group of people with what they need to say something.
type talk struct {
	*parleytest.Server
	t     *testing.T
	group chat.ConversationID
	ann   *parleytest.Person
	bob   *parleytest.Person
	cleo  *parleytest.Person // not in the group
}

func newTalk(t *testing.T) *talk {
	t.Helper()
	s := parleytest.New(t)
	w := &talk{Server: s, t: t, ann: s.Person("ann"), bob: s.Person("bob"), cleo: s.Person("cleo")}
	v, _, err := s.Chat.CreateConversation(t.Context(), w.ann.Actor, chat.NewConversation{Name: "talk", ParticipantIDs: []chat.UserID{w.bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	w.group = v.ID
	return w
}

func (w *talk) say(p *parleytest.Person, content string) int64 {
	w.t.Helper()
	sent, err := w.Chat.SendMessage(w.t.Context(), p.Actor, chat.SendMessage{ConversationID: w.group, Content: content})
	if err != nil {
		w.t.Fatal(err)
	}
	return int64(sent.ID)
}

func TestSearchFindsEveryScript(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	c := clientFor(t, w.Server, w.bob)
	said := map[string]int64{}
	for _, content := range []string{
		"我家在上海东边。", "東京へ行く", "한국어 공부", "Café au lait", "die STRASSE", "مُحَمَّد هنا", "שָׁלוֹם", "the family 👨‍👩‍👧 came", "I ❤️ Go", "room 404",
	} {
		said[content] = w.say(w.ann, content)
	}
	for query, content := range map[string]string{
		"上海": "我家在上海东边。", "海": "我家在上海东边。", "京": "東京へ行く", "국어": "한국어 공부", "cafe": "Café au lait", "lait CAFÉ": "Café au lait",
		"straße": "die STRASSE", "محمد": "مُحَمَّد هنا", "שלום": "שָׁלוֹם", "👨‍👩‍👧": "the family 👨‍👩‍👧 came", "❤": "I ❤️ Go", "40": "room 404", "r": "room 404",
	} {
		findable(t, c, client.Search{Query: query}, said[content])
		findable(t, c, client.Search{Query: query, ConversationID: int64(w.group)}, said[content])
	}
	for _, nothing := range []string{"海上", "?!…", "*", "%", "_", "created", "ooom", "NEAR(room 404)", `"room`, "room*", "-room", "tokens:room", "room OR cafe"} {
		want := 0
		switch nothing {
		case `"room`, "room*", "-room":
			want = 1 // punctuation is nothing
		}
		if ids := search(t, c, client.Search{Query: nothing}); len(ids) != want {
			t.Errorf("%q found %v", nothing, ids)
		}
	}
}

func TestSearchFollowsEditsAndDeletions(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	c := clientFor(t, w.Server, w.bob)
	id := w.say(w.ann, "meet at the harbour")
	findable(t, c, client.Search{Query: "harb"}, id)
	edited := "meet at the station"
	if _, err := w.Chat.EditMessage(t.Context(), w.ann.Actor, chat.EditMessage{MessageID: chat.MessageID(id), Content: edited}); err != nil {
		t.Fatal(err)
	}
	if ids := search(t, c, client.Search{Query: "harbour"}); len(ids) != 0 {
		t.Errorf("the old text is found: %v", ids)
	}
	findable(t, c, client.Search{Query: "station"}, id)
	if _, err := w.Chat.DeleteMessage(t.Context(), w.ann.Actor, chat.MessageID(id)); err != nil {
		t.Fatal(err)
	}
	if ids := search(t, c, client.Search{Query: "station"}); len(ids) != 0 {
		t.Errorf("a deleted message is found: %v", ids)
	}
}

// Nobody finds what he may not read: not who was never there, not who has left,
// and who joined later nothing from before where the group wants it so.
func TestSearchFindsOnlyWhatMayBeRead(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	ctx := t.Context()
	secret := w.say(w.ann, "the secret word")
	ann, cleo := clientFor(t, w.Server, w.ann), clientFor(t, w.Server, w.cleo)
	findable(t, ann, client.Search{Query: "secret"}, secret)
	if ids := search(t, cleo, client.Search{Query: "secret"}); len(ids) != 0 {
		t.Errorf("a stranger found %v", ids)
	}
	join := "join"
	if _, err := w.Chat.UpdateConversation(ctx, w.ann.Actor, w.group, chat.ConversationPatch{Settings: chat.SettingsPatch{HistoryForNew: &join}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Chat.AddParticipants(ctx, w.ann.Actor, w.group, []chat.UserID{w.cleo.ID}); err != nil {
		t.Fatal(err)
	}
	later := w.say(w.ann, "another secret")
	findable(t, cleo, client.Search{Query: "secret"}, later)
	findable(t, ann, client.Search{Query: "secret"}, later, secret)
	if err := w.Chat.RemoveParticipant(ctx, w.ann.Actor, w.group, w.cleo.ID); err != nil {
		t.Fatal(err)
	}
	if ids := search(t, cleo, client.Search{Query: "secret"}); len(ids) != 0 {
		t.Errorf("who was removed found %v", ids)
	}
	var refused *client.Error
	if _, _, err := cleo.Search(ctx, client.Search{Query: "secret", ConversationID: int64(w.group)}); !asError(err, &refused) || refused.Status != 403 {
		t.Errorf("in the conversation: %v", err)
	}
}

func asError(err error, to **client.Error) bool {
	e, ok := err.(*client.Error) //nolint:errorlint // the client returns it as it is
	*to = e
	return ok
}

func TestSearchPagesAndFilters(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	var ids []int64
	for i := range 25 {
		who := w.ann
		if i%5 == 0 {
			who = w.bob
		}
		ids = append(ids, w.say(who, fmt.Sprintf("apples %d", i)))
	}
	c := clientFor(t, w.Server, w.ann)
	slices.Reverse(ids)
	findable(t, c, client.Search{Query: "apples", Limit: 50}, ids...)
	if paged, _ := searchAll(t, c, client.Search{Query: "apples", Limit: 10}); !slices.Equal(paged, ids) {
		t.Errorf("paged %v, want %v", paged, ids)
	}
	if got := search(t, c, client.Search{Query: "apples", SenderID: int64(w.bob.ID), Limit: 50}); len(got) != 5 {
		t.Errorf("of bob's: %v", got)
	}
	if got := search(t, c, client.Search{Query: "apples", Has: "image", Limit: 50}); len(got) != 0 {
		t.Errorf("with images: %v", got)
	}
	if got := search(t, c, client.Search{Query: "apples", From: time.Now().Add(time.Hour)}); len(got) != 0 {
		t.Errorf("from the future: %v", got)
	}
}

// searchAll turns the pages of a search until the last one.
func searchAll(t *testing.T, c *client.Client, s client.Search) (ids []int64, pages int) {
	t.Helper()
	for {
		found, next, err := c.Search(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range found {
			ids = append(ids, m.ID)
		}
		if pages++; next == 0 {
			return ids, pages
		}
		s.Before = next
	}
}

// What the index takes for hits and is none does not hide what comes after it.
func TestSearchGoesOnBehindFalseHits(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	want := w.say(w.ann, "上海京")
	for range 30 {
		w.say(w.ann, "海京 上海") // the same neighbours, in another order
	}
	marker := w.say(w.ann, "海京 上海 marker")
	c := clientFor(t, w.Server, w.ann)
	findable(t, c, client.Search{Query: "marker"}, marker) // all is indexed
	ids, pages := searchAll(t, c, client.Search{Query: "上海京", Limit: 1})
	if !slices.Equal(ids, []int64{want}) || pages < 2 {
		t.Errorf("found %v on %d pages, want %d on some", ids, pages, want)
	}
}

func TestSearchHighlights(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	id := w.say(w.ann, "Un café, 上海!")
	c := clientFor(t, w.Server, w.ann)
	findable(t, c, client.Search{Query: "cafe 上海"}, id)
	found, _, err := c.Search(t.Context(), client.Search{Query: "cafe 上海"})
	if err != nil || len(found) != 1 || fmt.Sprint(found[0].Highlight) != "[{3 7} {9 11}]" {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestSearchRefusesNonsense(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	c := clientFor(t, w.Server, w.ann)
	for name, s := range map[string]client.Search{
		"query": {Query: strings.Repeat("x", 10_000)}, "limit": {Query: "x", Limit: 51}, "has": {Query: "x", Has: "spoon"},
	} {
		var refused *client.Error
		if _, _, err := c.Search(context.Background(), s); !asError(err, &refused) || refused.Status != 400 || refused.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
