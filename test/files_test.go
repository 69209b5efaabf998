package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/client"
	"parley/internal/app"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// What was uploaded comes back byte for byte, with the headers of the contract.
func TestFileComesBackAsItWas(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	text := []byte("What Ann wrote down.\n")
	a := upload(t, s, ann, fileNamed("Größe 1.txt", text))
	if a.FileName != "Größe 1.txt" || a.FileSize != int64(len(text)) || a.MimeType != "text/plain" || a.URL != fmt.Sprint("/api/chat/attachments/", a.ID) || a.ThumbnailURL != "" {
		t.Errorf("the attachment is %+v", a)
	}
	res, got := get(t, s, ann, "GET", a.URL)
	if res.StatusCode != http.StatusOK || !bytes.Equal(got, text) {
		t.Errorf("%d %q", res.StatusCode, got)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
		"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", "Content-Length": strconv.Itoa(len(text)),
		"Content-Disposition": "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%201.txt",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	tag := res.Header.Get("ETag")
	if head, b := get(t, s, ann, "HEAD", a.URL); head.StatusCode != http.StatusOK || len(b) != 0 || head.ContentLength != int64(len(text)) || head.Header.Get("ETag") != tag {
		t.Errorf("HEAD: %d, %d bytes, %v", head.StatusCode, len(b), head.Header)
	}
	if part, b := get(t, s, ann, "GET", a.URL, "Range", "bytes=5-7"); part.StatusCode != http.StatusPartialContent || string(b) != "Ann" || part.Header.Get("Content-Range") != fmt.Sprintf("bytes 5-7/%d", len(text)) {
		t.Errorf("Range: %d %q %v", part.StatusCode, b, part.Header)
	}
	if same, b := get(t, s, ann, "GET", a.URL, "If-None-Match", tag); same.StatusCode != http.StatusNotModified || len(b) != 0 {
		t.Errorf("If-None-Match: %d %q", same.StatusCode, b)
	}
	if stranger, _ := get(t, s, s.Person("Eve"), "GET", a.URL, "If-None-Match", tag); stranger.StatusCode != http.StatusNotFound {
		t.Errorf("the ETag gave a stranger %d", stranger.StatusCode)
	}
	reads(t, s, nil, a.URL, 401)
}

// Images are shown where they are, and have smaller forms.
func TestImageHasSmallerForms(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	a := upload(t, s, ann, fileNamed("a.png", asPNG(t, photo(2000, 1000))))
	if a.Width != 2000 || a.Height != 1000 || a.MimeType != "image/png" || a.ThumbnailURL != a.URL+"?variant=320" {
		t.Errorf("the image is %+v", a)
	}
	tags := map[string]bool{}
	for _, form := range []struct {
		path   string
		w, h   int
		format string
	}{{a.URL, 2000, 1000, "png"}, {a.URL + "?variant=1280", 1280, 640, "jpeg"}, {a.ThumbnailURL, 320, 160, "jpeg"}} {
		res, b := get(t, s, ann, "GET", form.path)
		img, format, err := image.Decode(bytes.NewReader(b))
		if err != nil || format != form.format {
			t.Fatalf("%s is a %q, %v", form.path, format, err)
		}
		if img.Bounds().Dx() != form.w || img.Bounds().Dy() != form.h {
			t.Errorf("%s is %v", form.path, img.Bounds())
		}
		if d := res.Header.Get("Content-Disposition"); d != "inline; filename=a.png" {
			t.Errorf("%s is %q", form.path, d)
		}
		tags[res.Header.Get("ETag")] = true
	}
	if len(tags) != 3 {
		t.Errorf("three forms have the tags %v", tags)
	}
	reads(t, s, ann, a.URL+"?variant=7", 400)
}

// A message may be nothing but files; all who are there read them, and only they.
func TestWhoMayReadAFile(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, cat, eve := s.Person("Ann"), s.Person("Bob"), s.Person("Cat"), s.Person("Eve")
	group := groupOf(t, s, ann, bob, cat)
	heard := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, heard)
	a := upload(t, s, ann, fileNamed("a.png", asPNG(t, photo(20, 10))))
	reads(t, s, ann, a.URL, 200)
	for _, p := range []*parleytest.Person{bob, eve} {
		reads(t, s, p, a.URL, 404) // not used yet
	}
	m := attach(t, s, ann, group, a.ID)
	if m.Type != client.Image || m.Content != "" || len(m.Attachments) != 1 || m.Attachments[0] != a {
		t.Errorf("the message is %+v", m)
	}
	told, is := nextEvent(t, heard, client.MessageCreated).Payload.(*client.Message)
	for is && told.ID != m.ID {
		told, is = nextEvent(t, heard, client.MessageCreated).Payload.(*client.Message)
	}
	if !is || len(told.Attachments) != 1 || told.Attachments[0] != a || told.Type != client.Image {
		t.Errorf("Bob is told %+v", told)
	}
	reads(t, s, bob, a.URL, 200)
	reads(t, s, eve, a.URL, 403)
	if err := s.Chat.RemoveParticipant(t.Context(), ann.Actor, group, cat.ID); err != nil {
		t.Fatal(err)
	}
	reads(t, s, cat, a.URL, 403)

	other := groupOf(t, s, bob, eve)
	if _, err := clientFor(t, s, bob).ForwardMessage(t.Context(), m.ID, int64(other)); err != nil {
		t.Fatal(err)
	}
	reads(t, s, eve, a.URL, 200)
	if _, err := s.Chat.Leave(t.Context(), bob.Actor, group, chat.Departure{}); err != nil {
		t.Fatal(err)
	}
	reads(t, s, bob, a.URL, 200) // by the forward
	if _, err := s.Chat.Leave(t.Context(), eve.Actor, other, chat.Departure{}); err != nil {
		t.Fatal(err)
	}
	reads(t, s, eve, a.URL, 403)
}

func TestStreamSendsFiles(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("Ann"), s.Person("Bob")
	group := groupOf(t, s, ann, bob)
	st := stream(t, clientFor(t, s, ann), client.StreamOptions{})
	a := upload(t, s, ann, to(group), fileNamed("notes.txt", []byte("some notes")))
	b := upload(t, s, ann, to(group), fileNamed("a.png", asPNG(t, photo(8, 8))))
	m, err := st.Send(t.Context(), client.Draft{ConversationID: int64(group), AttachmentIDs: []int64{b.ID, a.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Type != client.File || len(m.Attachments) != 2 || m.Attachments[0] != b || m.Attachments[1] != a {
		t.Errorf("the message is %+v", m)
	}
	for kind, want := range map[string]int{"": 1, "?kind=image": 1, "?kind=file": 1, "?kind=video": 0} {
		_, body := get(t, s, bob, "GET", fmt.Sprintf("/api/chat/conversations/%d/attachments%s", group, kind))
		var list struct{ Data []client.Message }
		if err := json.Unmarshal(body, &list); err != nil || len(list.Data) != want {
			t.Errorf("%s: %d messages with files, want %d: %v", kind, len(list.Data), want, err)
		}
	}
}

// Bytes go soon after the last message that carries them, or its conversation.
func TestDeletedFilesLeaveTheDisk(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("Ann"), s.Person("Bob")
	group, other := groupOf(t, s, ann, bob), groupOf(t, s, ann, bob)
	a := upload(t, s, ann, fileNamed("a.png", asPNG(t, photo(400, 10))))
	m := attach(t, s, ann, group, a.ID)
	forwards, err := clientFor(t, s, ann).ForwardMessage(t.Context(), m.ID, int64(other))
	if err != nil {
		t.Fatal(err)
	}
	if err := clientFor(t, s, ann).DeleteMessage(t.Context(), m.ID); err != nil {
		t.Fatal(err)
	}
	reads(t, s, bob, a.URL, 200)
	if err := clientFor(t, s, ann).DeleteMessage(t.Context(), forwards[0].ID); err != nil {
		t.Fatal(err)
	}
	reads(t, s, bob, a.URL, 404)
	leaves(t, s, 0)

	b := upload(t, s, ann, fileNamed("b.txt", []byte("in a conversation")))
	attach(t, s, ann, group, b.ID)
	if code, status := call(t, s.URL, ann.Token, "DELETE", fmt.Sprintf("/api/chat/conversations/%d?delete=true", group), ""); status != 200 {
		t.Fatal(status, code)
	}
	if res, _ := get(t, s, bob, "GET", b.URL); res.StatusCode/100 != 4 {
		t.Errorf("a file of a deleted conversation is answered with %d", res.StatusCode)
	}
	leaves(t, s, 0)
	forgets(t, s)
}

// What nobody has used within a day goes.
func TestUnusedFilesGo(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	a := upload(t, s, ann, fileNamed("old.txt", []byte("old")))
	b := upload(t, s, ann, fileNamed("new.txt", []byte("new")))
	day := (chat.UnusedFor + time.Minute).Milliseconds()
	if _, err := tables(t, s).ExecContext(t.Context(), `UPDATE files SET created_at = created_at - $1 WHERE id = $2`, day, a.ID); err != nil {
		t.Fatal(err)
	}
	leaves(t, s, 1)
	reads(t, s, ann, a.URL, 404)
	reads(t, s, ann, b.URL, 200)
}

func TestAvatars(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, eve := s.Person("Ann"), s.Person("Bob"), s.Person("Eve")
	for range 2 { // the second replaces the first
		if a := post(t, s, ann, "PUT", "/api/users/me/avatar", fileNamed("me.png", asPNG(t, photo(400, 400)))); a.status != 200 {
			t.Fatal(a.status, a.code)
		}
	}
	leaves(t, s, 2) // the picture and a smaller form
	u, err := clientFor(t, s, eve).User(t.Context(), int64(ann.ID))
	if err != nil {
		t.Fatal(err)
	}
	reads(t, s, eve, u.AvatarURL, 200)
	if code, status := call(t, s.URL, ann.Token, "DELETE", "/api/users/me/avatar", ""); status != 200 {
		t.Fatal(status, code)
	}
	leaves(t, s, 0)
	if a := post(t, s, ann, "PUT", "/api/users/me/avatar", fileNamed("me.txt", []byte("not a picture"))); a.status != 415 {
		t.Errorf("a text as a picture: %d %s", a.status, a.code)
	}
	leaves(t, s, 0)

	group := groupOf(t, s, ann, bob)
	picture := upload(t, s, ann, fileNamed("group.png", asPNG(t, photo(8, 8))))
	path := fmt.Sprintf("/api/chat/conversations/%d", group)
	if code, status := call(t, s.URL, ann.Token, "PUT", path, fmt.Sprintf(`{"avatarAttachmentId":%d}`, picture.ID)); status != 200 {
		t.Fatal(status, code)
	}
	reads(t, s, bob, picture.URL, 200)
	reads(t, s, eve, picture.URL, 403)
	second := upload(t, s, ann, fileNamed("group.png", asPNG(t, photo(8, 8))))
	if code, status := call(t, s.URL, bob.Token, "POST", path+"/messages", fmt.Sprintf(`{"attachmentIds":[%d]}`, picture.ID)); status != 400 {
		t.Errorf("a picture is attached: %d %s", status, code)
	}
	if code, status := call(t, s.URL, ann.Token, "PUT", path, fmt.Sprintf(`{"avatarAttachmentId":%d}`, second.ID)); status != 200 {
		t.Fatal(status, code)
	}
	leaves(t, s, 1)
	reads(t, s, bob, picture.URL, 404)
	reads(t, s, bob, second.URL, 200)
}

// Who joins later, where history is from joining on, does not read older files.
func TestFilesBeforeJoiningAreCut(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("Ann"), s.Person("Bob")
	group := groupOf(t, s, ann)
	if code, status := call(t, s.URL, ann.Token, "PUT", fmt.Sprint("/api/chat/conversations/", group), `{"historyForNew":"join"}`); status != 200 {
		t.Fatal(status, code)
	}
	before := upload(t, s, ann, fileNamed("a.txt", []byte("before")))
	attach(t, s, ann, group, before.ID)
	if _, _, err := s.Chat.AddParticipants(t.Context(), ann.Actor, group, []chat.UserID{bob.ID}); err != nil {
		t.Fatal(err)
	}
	after := upload(t, s, ann, fileNamed("b.txt", []byte("after")))
	attach(t, s, ann, group, after.ID)
	reads(t, s, bob, before.URL, 403)
	reads(t, s, bob, after.URL, 200)
	reads(t, s, ann, before.URL, 200)

	// What he does not see he cannot make his by sending it himself.
	send := func(id int64) string {
		code, _ := call(t, s.URL, bob.Token, "POST", fmt.Sprintf("/api/chat/conversations/%d/messages", group), fmt.Sprintf(`{"attachmentIds":[%d]}`, id))
		return code
	}
	if code := send(before.ID); code != "validation_failed" {
		t.Errorf("sending a file from before joining: %q", code)
	}
	reads(t, s, bob, before.URL, 403)
	if code := send(after.ID); code != "" {
		t.Errorf("sending a file that he sees: %q", code)
	}
	attach(t, s, ann, group, before.ID)
	if code := send(before.ID); code != "" {
		t.Errorf("sending a file that was shown again: %q", code)
	}
}

// Each look at a file is written down; an account takes its unused files with it.
func TestLooksAreWrittenDown(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	a := upload(t, s, ann, fileNamed("a.txt", []byte("mine")))
	reads(t, s, ann, a.URL, 200)
	eventually(t, tables(t, s), `SELECT COUNT(*) FROM file_accesses WHERE file_id = $1 AND user_id = $2 AND ip_prefix LIKE '127.0.0.%' AND at > 0`, a.ID, int64(ann.ID))
	if err := clientFor(t, s, ann).DeleteMe(t.Context()); err != nil {
		t.Fatal(err)
	}
	leaves(t, s, 0)
}

// A signed address is good for one user, for an hour, while he may read the file.
func TestSignedAddresses(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, eve := s.Person("Ann"), s.Person("Bob"), s.Person("Eve")
	group := groupOf(t, s, ann, bob)
	a := upload(t, s, ann, fileNamed("a.txt", []byte("for both")))
	attach(t, s, ann, group, a.ID)
	if _, status := call(t, s.URL, eve.Token, "POST", a.URL+"/url", ""); status != 403 {
		t.Errorf("a stranger signs: %d", status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+a.URL+"/url", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bob.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var signed struct{ Data struct{ URL string } }
	if err := json.NewDecoder(res.Body).Decode(&signed); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(signed.Data.URL)
	if err != nil {
		t.Fatal(err)
	}
	reads(t, s, nil, signed.Data.URL, 200)
	reads(t, s, nil, a.URL+"?"+address.RawQuery, 200)
	for name, change := range map[string][2]string{
		"another signature": {"sig", strings.Repeat("A", 43)}, "none": {"sig", ""}, "another user": {"u", fmt.Sprint(int64(ann.ID))},
		"a later end": {"exp", fmt.Sprint(time.Now().Add(48 * time.Hour).Unix())}, "an end in the past": {"exp", fmt.Sprint(time.Now().Unix() - 1)},
		"no number": {"u", "x"},
	} {
		q := address.Query()
		q.Set(change[0], change[1])
		if res, _ := get(t, s, nil, "GET", address.Path+"?"+q.Encode()); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	beside, err := app.OpenAccounts(t.Context(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	for disabled, status := range map[bool]int{true: 403, false: 200} {
		if err := beside.Auth.SetDisabled(t.Context(), chat.Operator, bob.ID, disabled); err != nil {
			t.Fatal(err)
		}
		reads(t, s, nil, signed.Data.URL, status)
		reads(t, s, nil, a.URL+"?"+address.RawQuery, status)
	}
	if err := beside.Auth.SetDisabled(t.Context(), chat.Operator, bob.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Chat.Leave(t.Context(), bob.Actor, group, chat.Departure{}); err != nil {
		t.Fatal(err)
	}
	reads(t, s, nil, signed.Data.URL, 403)
}

// A conversation says what may be uploaded to it, before the file and after it.
func TestConversationLimitsFiles(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("Ann"), s.Person("Bob")
	none, small, images := groupOf(t, s, ann, bob), groupOf(t, s, ann, bob), groupOf(t, s, ann, bob)
	for c, body := range map[chat.ConversationID]string{
		none: `{"allowFileUploads":false}`, small: `{"maxFileSizeMb":1}`, images: `{"allowedFileTypes":["image/*"]}`,
	} {
		if code, status := call(t, s.URL, ann.Token, "PUT", fmt.Sprint("/api/chat/conversations/", c), body); status != 200 {
			t.Fatal(status, code)
		}
	}
	for _, tc := range []struct {
		name    string
		c       chat.ConversationID
		content []byte
		status  int
		code    string
	}{
		{"switched off", none, []byte("x"), 403, "feature_disabled"}, {"too large", small, make([]byte, 1<<20+1), 413, "payload_too_large"},
		{"as large as may be", small, make([]byte, 1<<20), 201, ""}, {"another type", images, []byte("text"), 415, "unsupported_type"},
		{"the right type", images, asPNG(t, photo(8, 8)), 201, ""},
	} {
		f := fileNamed("f", tc.content)
		for order, parts := range map[string][]part{"before": {to(tc.c), f}, "after": {f, to(tc.c)}} {
			if a := post(t, s, bob, "POST", "/api/chat/attachments", parts...); a.status != tc.status || a.code != tc.code {
				t.Errorf("%s, said %s: %d %q", tc.name, order, a.status, a.code)
			}
		}
		if a := post(t, s, bob, "POST", fmt.Sprintf("/api/chat/conversations/%d/attachments", tc.c), f); a.status != tc.status || a.code != tc.code {
			t.Errorf("%s, in the path: %d %q", tc.name, a.status, a.code)
		}
	}
	leaves(t, s, 6)
	a := upload(t, s, bob, fileNamed("f.txt", []byte("for no conversation yet")))
	for _, tc := range []struct {
		c    chat.ConversationID
		code string
	}{{none, "feature_disabled"}, {images, "unsupported_type"}, {small, ""}, {none, "feature_disabled"}} {
		code, _ := call(t, s.URL, bob.Token, "POST", fmt.Sprintf("/api/chat/conversations/%d/messages", tc.c), fmt.Sprintf(`{"attachmentIds":[%d]}`, a.ID))
		if code != tc.code {
			t.Errorf("attaching: %q, want %q", code, tc.code)
		}
	}
	// Nor can it be forwarded to where it could not be sent.
	from := attach(t, s, ann, groupOf(t, s, ann), upload(t, s, ann, fileNamed("f.txt", make([]byte, 1<<20+1))).ID)
	for c, want := range map[chat.ConversationID]string{none: "feature_disabled", images: "unsupported_type", small: "payload_too_large"} {
		if code, _ := call(t, s.URL, ann.Token, "POST", fmt.Sprintf("/api/chat/messages/%d/forward", from.ID), fmt.Sprintf(`{"conversationIds":[%d]}`, c)); code != want {
			t.Errorf("forwarding: %q, want %q", code, want)
		}
	}
}

// One file cannot be made a part of two conversations by sending twice at once.
func TestTwoSendsRaceForOneFile(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	first, second := groupOf(t, s, ann), groupOf(t, s, ann)
	for range 10 {
		a := upload(t, s, ann, fileNamed("a.txt", []byte("only once")))
		var sent atomic.Int32
		var busy sync.WaitGroup
		for _, c := range []chat.ConversationID{first, second, first, second} {
			busy.Go(func() {
				_, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: c, AttachmentIDs: []chat.FileID{chat.FileID(a.ID)}})
				if err == nil {
					sent.Add(1)
				} else if !chat.Has(err, chat.ValidationFailed) {
					t.Error(err)
				}
			})
		}
		busy.Wait()
		var conversations int
		err := tables(t, s).QueryRowContext(t.Context(), `
			SELECT COUNT(DISTINCT m.conversation_id) FROM attachments t JOIN messages m ON m.id = t.message_id WHERE t.file_id = $1`, a.ID).Scan(&conversations)
		if err != nil || conversations != 1 || sent.Load() != 2 {
			t.Errorf("the file is in %d conversations, %d were sent: %v", conversations, sent.Load(), err)
		}
	}
}
