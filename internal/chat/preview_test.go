package chat_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

func (w *world) page(url, title string) *chat.Preview {
	now := w.clock.Now()
	p := &chat.Preview{URL: url, Title: title, SiteName: "site", FetchedAt: now, FreshUntil: now.Add(time.Hour)}
	if title != "" {
		p.Image = &chat.File{Key: rand.Text(), Name: "preview", Type: "image/jpeg", Kind: chat.ImageFile, Size: 1, CreatedAt: now}
	}
	return p
}

func (w *world) fresh(url string) *chat.Preview {
	w.Helper()
	var p *chat.Preview
	w.must(w.store.Read(w.Context(), func(r chat.Reader) (err error) {
		p, err = r.FreshPreview(w.Context(), url, w.clock.Now())
		return err
	}))
	return p
}

func TestPreviewsComeToWhatIsStillSaid(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, eve := w.user("ann"), w.user("bob"), w.user("eve")
	c := w.group(ann, bob)
	m := w.say(ann, c, "one")
	updates := func() int { return strings.Count(w.types(c.Stream()), "message.updated") }
	show := func(content string, list ...*chat.Preview) {
		t.Helper()
		w.must(w.ShowPreviews(t.Context(), m.ID, content, list))
	}
	show("something else", w.page("https://a.example/", "A"))
	show("one", w.page("https://none.example/", ""))
	if updates() != 0 {
		t.Error("told of nothing to show")
	}
	if p := w.fresh("https://none.example/"); p == nil || p.Title != "" {
		t.Errorf("that there is nothing is not known: %+v", p)
	}
	if w.fresh("https://a.example/") != nil {
		t.Error("kept what no message shows")
	}
	show("one", w.page("https://a.example/", "A"), w.page("https://b.example/", "B"))
	seen, err := w.Message(t.Context(), bob, m.ID)
	w.must(err)
	if updates() != 1 || len(seen.Previews) != 2 || seen.Previews[0].Title != "A" || seen.Previews[1].Image == nil || seen.Edited() {
		t.Fatalf("%d updates, %+v", updates(), seen)
	}
	if w.fresh("https://none.example/") != nil {
		t.Error("kept what no message names any more")
	}
	image := seen.Previews[0].Image.ID
	reads := func(a chat.Actor) chat.Code {
		_, err := w.File(t.Context(), a, image)
		return w.code(err)
	}
	if reads(bob) != "" || reads(eve) != chat.NotParticipant {
		t.Errorf("the image: %q, %q", reads(bob), reads(eve))
	}
	if _, err := w.SendMessage(t.Context(), bob, chat.SendMessage{ConversationID: c, AttachmentIDs: []chat.FileID{image}}); w.code(err) != chat.ValidationFailed {
		t.Errorf("attached: %v", err)
	}
	if _, err := w.SetAvatar(t.Context(), bob, image); w.code(err) != chat.ValidationFailed {
		t.Errorf("as a picture: %v", err)
	}

	// What is edited away is gone at once.
	if _, err := w.EditMessage(t.Context(), ann, chat.EditMessage{MessageID: m.ID, Content: "only https://a.example/"}); err != nil {
		t.Fatal(err)
	}
	if seen, err = w.Message(t.Context(), bob, m.ID); err != nil || len(seen.Previews) != 1 || seen.Previews[0].Title != "A" || w.fresh("https://b.example/") != nil {
		t.Errorf("%+v %v", seen.Previews, err)
	}

	// The same preview serves another message, and outlives the first.
	other := w.say(bob, c, "two")
	w.must(w.ShowPreviews(t.Context(), other.ID, "two", []*chat.Preview{w.fresh("https://a.example/")}))
	_, err = w.DeleteMessage(t.Context(), ann, m.ID)
	w.must(err)
	if reads(bob) != "" || w.fresh("https://b.example/") != nil {
		t.Error("went with the wrong message")
	}
	w.must(w.ShowPreviews(t.Context(), m.ID, "", []*chat.Preview{w.page("https://c.example/", "C")}))
	if w.fresh("https://c.example/") != nil {
		t.Error("a deleted message got a preview")
	}
	w.clock.Advance(2 * time.Hour)
	if w.fresh("https://a.example/") != nil {
		t.Error("it stays fresh")
	}
	w.clock.Advance(-2 * time.Hour)
	cached := w.fresh("https://a.example/")
	_, err = w.DeleteMessage(t.Context(), bob, other.ID)
	w.must(err)
	if reads(bob) != chat.NotFound || w.fresh("https://a.example/") != nil {
		t.Errorf("the last message is gone, the image says %q", reads(bob))
	}
	// What was found just before it went is stored again, without the image that went.
	third := w.say(ann, c, "three")
	w.must(w.ShowPreviews(t.Context(), third.ID, "three", []*chat.Preview{cached}))
	if p := w.fresh("https://a.example/"); p == nil || p.Title != "A" || p.Image != nil {
		t.Errorf("%+v", p)
	}
}

// Of several nodes one takes a request, and one that was lost lets others try, but not
// for ever.
func TestPreviewRequests(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	m := w.say(ann, w.group(ann), "one")
	take := func() (taken []chat.PreviewRequest) {
		t.Helper()
		w.must(w.store.Write(t.Context(), func(tx chat.Tx) (err error) {
			taken, err = tx.TakePreviewRequests(t.Context(), w.clock.Now(), time.Minute, 2, 10)
			return err
		}))
		return taken
	}
	ask := func() {
		w.must(w.store.Write(t.Context(), func(tx chat.Tx) error { return tx.RequestPreviews(t.Context(), []chat.MessageID{m.ID}) }))
	}
	finish := func(r chat.PreviewRequest) {
		w.must(w.store.Write(t.Context(), func(tx chat.Tx) error { return tx.FinishPreviewRequest(t.Context(), r) }))
	}
	waits := func() (waits bool) {
		w.must(w.store.Read(t.Context(), func(r chat.Reader) (err error) {
			waits, err = r.HasPreviewRequests(t.Context(), w.clock.Now(), time.Minute)
			return err
		}))
		return waits
	}
	ask()
	first := take()
	if len(first) != 1 || first[0].MessageID != m.ID || len(take()) != 0 || waits() {
		t.Fatalf("%+v", first)
	}
	w.clock.Advance(2 * time.Minute)
	if !waits() || len(take()) != 1 {
		t.Error("what was lost is not tried again")
	}
	ask() // the message says something else now
	w.clock.Advance(time.Second)
	if again := take(); len(again) != 1 {
		t.Error("what was asked anew waits")
	} else {
		finish(first[0]) // too late
		w.clock.Advance(2 * time.Minute)
		if !waits() {
			t.Error("an old answer ended a new request")
		}
	}
	take()
	w.clock.Advance(2 * time.Minute)
	if len(take()) != 0 {
		t.Error("tried for ever")
	}
	ask()
	again := take()
	finish(again[0])
	w.clock.Advance(2 * time.Minute)
	if waits() {
		t.Error("what is done waits")
	}
}
