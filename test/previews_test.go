package test

import (
	bigendian "encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// site is a web site on this machine that pages are looked up on.
type site struct {
	*httptest.Server
	asked atomic.Int64
	image func() []byte
}

func newSite(t *testing.T) *site {
	s := &site{}
	png := holidayPicture(t)
	s.image = func() []byte { return png }
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/a.png":
			_, _ = w.Write(s.image())
		case strings.HasPrefix(r.URL.Path, "/page"):
			s.asked.Add(1)
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(w, `<title>Title of %s</title><meta name=description content="About it"><meta property=og:image content="/a.png">`, r.URL.Path)
		default:
			s.asked.Add(1)
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) only(to netip.AddrPort) error {
	if to.String() != s.Listener.Addr().String() {
		return errors.New("refused by the test")
	}
	return nil
}

// updated is the next state of a message that others hear of.
func updated(t *testing.T, st *client.Stream, id int64) *client.Message {
	t.Helper()
	for {
		if m := nextEvent(t, st, client.MessageUpdated).Payload.(*client.Message); m.ID == id {
			return m
		}
	}
}

func TestLinksAreLookedUp(t *testing.T) {
	t.Parallel()
	web := newSite(t)
	s := parleytest.New(t, parleytest.With("--chat.link-previews", "on"), parleytest.AllowLinks(web.only))
	ann, bob, eve := s.Person("ann"), s.Person("bob"), s.Person("eve")
	group := groupOf(t, s, ann, bob)
	anns := clientFor(t, s, ann)
	heard := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, heard)
	settle(t, s, bob, heard)
	say := func(c *client.Client, in chat.ConversationID, content string) client.Message {
		t.Helper()
		m, err := c.SendMessage(t.Context(), client.Draft{ConversationID: int64(in), Content: content})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := say(anns, group, "see "+web.URL+"/page1, and "+web.URL+"/missing")
	if len(m.LinkPreviews) != 0 {
		t.Error("sending waited for the page")
	}
	u := updated(t, heard, m.ID)
	if len(u.LinkPreviews) != 1 || u.IsEdited {
		t.Fatalf("%+v", u)
	}
	p := u.LinkPreviews[0]
	if p.URL != web.URL+"/page1" || p.Title != "Title of /page1" || p.Description != "About it" || p.SiteName != "127.0.0.1" || p.ImageWidth != 320 || p.ImageHeight != 200 {
		t.Errorf("%+v", p)
	}
	res, b := get(t, s, bob, "GET", p.ImageURL)
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "image/") || len(b) == 0 {
		t.Errorf("the image: %s", res.Status)
	}
	reads(t, s, eve, p.ImageURL, 403)
	reads(t, s, nil, p.ImageURL, 401)

	// The same page is not asked again while it is fresh; elsewhere its image is seen
	// by those who are there.
	asked := web.asked.Load()
	other := groupOf(t, s, eve, bob)
	if u := updated(t, heard, say(clientFor(t, s, eve), other, web.URL+"/page1").ID); u.LinkPreviews[0].ImageURL != p.ImageURL {
		t.Errorf("%+v", u.LinkPreviews)
	}
	if got := web.asked.Load(); got != asked {
		t.Errorf("asked %d times more", got-asked)
	}
	reads(t, s, eve, p.ImageURL, 200)

	// An edit brings other links, or none; what a message does not show any more it
	// does not show.
	if _, err := anns.EditMessage(t.Context(), m.ID, client.Edit{Content: web.URL + "/page2"}); err != nil {
		t.Fatal(err)
	}
	for u = updated(t, heard, m.ID); len(u.LinkPreviews) == 0 || u.LinkPreviews[0].Title != "Title of /page2"; {
		u = updated(t, heard, m.ID)
	}
	reads(t, s, ann, p.ImageURL, 403)
	if _, err := anns.EditMessage(t.Context(), m.ID, client.Edit{Content: "no link"}); err != nil {
		t.Fatal(err)
	}
	for u = updated(t, heard, m.ID); len(u.LinkPreviews) != 0; {
		u = updated(t, heard, m.ID)
	}

	// Who does not want it any more keeps what there is until he says something else.
	last := say(anns, group, web.URL+"/page3")
	updated(t, heard, last.ID)
	if _, err := s.Chat.UpdateSettings(t.Context(), ann.Actor, chat.UserSettingsPatch{LinkPreviews: new(bool)}); err != nil {
		t.Fatal(err)
	}
	asked = web.asked.Load()
	if _, err := anns.EditMessage(t.Context(), last.ID, client.Edit{Content: web.URL + "/page4"}); err != nil {
		t.Fatal(err)
	}
	for u = updated(t, heard, last.ID); len(u.LinkPreviews) != 0; {
		u = updated(t, heard, last.ID)
	}
	if got := web.asked.Load(); got != asked {
		t.Errorf("asked %d times more", got-asked)
	}
}

// An image that cannot be shown costs a page its image, no more.
func TestHostileImages(t *testing.T) {
	t.Parallel()
	var content atomic.Pointer[[]byte]
	web := newSite(t)
	web.image = func() []byte { return *content.Load() }
	s := parleytest.New(t, parleytest.With("--chat.link-previews", "on"), parleytest.AllowLinks(web.only))
	ann := s.Person("ann")
	group := groupOf(t, s, ann)
	heard := stream(t, clientFor(t, s, ann), client.StreamOptions{})
	next[*client.Ready](t, heard)
	settle(t, s, ann, heard)
	small := asPNG(t, photo(40, 20))
	for i, image := range [][]byte{
		nil, []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), []byte("<html>"), small[:len(small)/2], claiming(small, 5_000, 5_000), make([]byte, 3<<20), small,
	} {
		content.Store(&image)
		m, err := clientFor(t, s, ann).SendMessage(t.Context(), client.Draft{ConversationID: int64(group), Content: fmt.Sprintf("%s/page%d", web.URL, i)})
		if err != nil {
			t.Fatal(err)
		}
		u := updated(t, heard, m.ID)
		if len(u.LinkPreviews) != 1 || u.LinkPreviews[0].Title == "" || (u.LinkPreviews[0].ImageURL != "") != (i == 6) {
			t.Errorf("image %d: %+v", i, u.LinkPreviews)
		}
	}
}

// claiming is a PNG that says it is larger than it is.
func claiming(png []byte, width, height uint32) []byte {
	out := slices.Clone(png)
	head := out[12:29] // the type of the first chunk, and what it says
	bigendian.BigEndian.PutUint32(head[4:], width)
	bigendian.BigEndian.PutUint32(head[8:], height)
	bigendian.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(head))
	return out
}

// Nothing is asked for who does not want it, or of what is not for the server to
// read; nor of code.
func TestWhatIsNotLookedUp(t *testing.T) {
	t.Parallel()
	web := newSite(t)
	s := parleytest.New(t, parleytest.With("--chat.link-previews", "on"), parleytest.AllowLinks(web.only))
	ann, bob := s.Person("ann"), s.Person("bob")
	group := groupOf(t, s, ann, bob)
	if _, err := s.Chat.UpdateSettings(t.Context(), bob.Actor, chat.UserSettingsPatch{LinkPreviews: new(bool)}); err != nil {
		t.Fatal(err)
	}
	heard := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, heard)
	settle(t, s, bob, heard)
	for _, m := range []chat.SendMessage{
		{Encrypted: web.URL + "/page-encrypted"}, {Content: "`" + web.URL + "/page-code`"},
		{Poll: &chat.NewPoll{Question: web.URL + "/page-poll", Options: []string{"a", "b"}}},
	} {
		m.ConversationID = group
		if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Chat.SendMessage(t.Context(), bob.Actor, chat.SendMessage{ConversationID: group, Content: web.URL + "/page-unwanted"}); err != nil {
		t.Fatal(err)
	}
	last, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: group, Content: web.URL + "/page-wanted"})
	if err != nil {
		t.Fatal(err)
	}
	updated(t, heard, int64(last.ID)) // it is the last in the log
	if n := web.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// Nothing leaves the server unless its operator has said so.
func TestNothingIsLookedUpByDefault(t *testing.T) {
	t.Parallel()
	web := newSite(t)
	s := parleytest.New(t, parleytest.AllowLinks(web.only))
	ann := s.Person("ann")
	group := groupOf(t, s, ann)
	m, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: group, Content: web.URL + "/page findable"})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { // another follower has come past it
		found, _, err := clientFor(t, s, ann).Search(t.Context(), client.Search{Query: "findable"})
		return err == nil && len(found) == 1
	})
	if seen, err := s.Chat.Message(t.Context(), ann.Actor, m.ID); err != nil || len(seen.Previews) != 0 || web.asked.Load() != 0 {
		t.Errorf("asked %d times, %+v %v", web.asked.Load(), seen, err)
	}
}

// What is on this machine or in its network is not asked, whoever names it.
func TestInternalLinksAreNotAsked(t *testing.T) {
	t.Parallel()
	web := newSite(t)
	s := parleytest.New(t, parleytest.With("--chat.link-previews", "on"))
	ann := s.Person("ann")
	m, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: groupOf(t, s, ann), Content: web.URL + "/page"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, database(t, s.Data, string(s.Config().Database)), fmt.Sprintf(`SELECT COUNT(*) FROM message_previews WHERE message_id = %d`, m.ID))
	if seen, err := s.Chat.Message(t.Context(), ann.Actor, m.ID); err != nil || len(seen.Previews) != 0 || web.asked.Load() != 0 {
		t.Errorf("asked %d times, %+v %v", web.asked.Load(), seen, err)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for begun := time.Now(); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > within {
			t.Fatal("it did not come about")
		}
	}
}

// What a page said goes with the last message that names it.
func TestPreviewsAreErased(t *testing.T) {
	t.Parallel()
	const secret = "page-that-nobody-else-names"
	web := newSite(t)
	s := parleytest.New(t, parleytest.With("--chat.link-previews", "on"), parleytest.AllowLinks(web.only))
	ann := s.Person("ann")
	group := groupOf(t, s, ann)
	c := clientFor(t, s, ann)
	heard := stream(t, c, client.StreamOptions{})
	next[*client.Ready](t, heard)
	settle(t, s, ann, heard)
	var messages []client.Message
	for range 2 {
		m, err := c.SendMessage(t.Context(), client.Draft{ConversationID: int64(group), Content: web.URL + "/" + secret})
		if err != nil {
			t.Fatal(err)
		}
		updated(t, heard, m.ID)
		messages = append(messages, m)
	}
	if n := blobsOf(t, s); n != 1 {
		t.Errorf("%d blobs of one image", n)
	}
	if err := c.DeleteMessage(t.Context(), messages[0].ID); err != nil {
		t.Fatal(err)
	}
	if len(kept(t, s, secret)) == 0 {
		t.Error("the other message has lost its link")
	}
	if err := c.DeleteMessage(t.Context(), messages[1].ID); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return len(kept(t, s, secret)) == 0 && blobsOf(t, s) == 0 })
}
