package test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
)

// uploadFile sends a file and returns its id.
func uploadFile(t *testing.T, base, token, name string, content []byte) chat.FileID {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/chat/attachments", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Data struct {
			ID chat.FileID `json:"id"`
		} `json:"data"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("upload: %s, %v", res.Status, err)
	}
	return answer.Data.ID
}

func holidayPicture(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 400))
	for x := range 640 {
		for y := range 400 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// kept returns where a secret still stands: in which files of the data folder, or
// in a dump of the PostgreSQL database.
func kept(t *testing.T, s *parleytest.Server, secret string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(s.Data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if bytes.Contains(content, []byte(secret)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if enginetest.Wanted(t) == enginetest.SQLite {
		return found
	}
	dump, err := exec.CommandContext(t.Context(), "pg_dump", string(s.Config().Database)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(dump, []byte(secret)) {
		found = append(found, "the dump")
	}
	return found
}

// gone waits until nothing of the marks and no file is left, and fails with what is there
// after a time. Meanwhile is done between two looks.
func gone(t *testing.T, s *parleytest.Server, within time.Duration, marks []string, meanwhile func()) {
	t.Helper()
	for deadline := time.Now().Add(within); ; meanwhile() {
		var left []string
		for _, mark := range marks {
			if found := kept(t, s, mark); len(found) > 0 {
				left = append(left, fmt.Sprint(mark, " in ", found))
			}
		}
		files := blobsOf(t, s)
		if len(left) == 0 && files == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v still there: %s, %d files", within, left, files)
		}
	}
}

func blobsOf(t *testing.T, s *parleytest.Server) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.Data, "blobs"), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// secret is one word of one text, as the index holds it too.
const secret = "zanzibarquux"

// Promise P7: what was erased is nowhere any more after 60 s: no row, no byte in
// any file of SQLite, nothing in a dump of PostgreSQL, no token of the search index,
// no earlier version, no file, no thumbnail, no job. While it goes, life goes on.
func TestErasedIsErased(t *testing.T) {
	t.Parallel()
	enginetest.Long(t)
	if enginetest.Wanted(t) != enginetest.SQLite {
		needsTools(t, "pg_dump")
	}
	for name, erase := range map[string]func(*erasing){
		"a message":      func(e *erasing) { e.message(e.said); e.message(e.asked) },
		"a conversation": func(e *erasing) { e.conversation() },
		"an account":     func(e *erasing) { e.account() },
	} {
		t.Run(name, func(t *testing.T) {
			s := parleytest.New(t)
			e := &erasing{Server: s, t: t, ann: s.Person("ann"), bob: s.Person("bob")}
			e.prepare()
			if len(kept(t, s, secret)) == 0 || blobsOf(t, s) == 0 {
				t.Fatal("the secret was never kept: the test looks in the wrong place")
			}
			erase(e)
			// The messages of an account are emptied in the background.
			if ids := search(t, e.bobs, client.Search{Query: secret}); len(ids) != 0 && name != "an account" {
				t.Errorf("found at once after erasing: %v", ids)
			}
			gone(t, s, 60*time.Second, []string{secret}, func() {
				_, err := s.Chat.SendMessage(t.Context(), e.bob.Actor, chat.SendMessage{ConversationID: e.elsewhere, Content: "life goes on"})
				e.must(err)
			})
			if ids := search(t, e.bobs, client.Search{Query: secret}); len(ids) != 0 {
				t.Errorf("found: %v", ids)
			}
		})
	}
}

// erasing is what there is to erase: a message with a file, an earlier version, a
// thread, a poll, in a group of two.
type erasing struct {
	*parleytest.Server
	t         *testing.T
	ann, bob  *parleytest.Person
	bobs      *client.Client
	group     chat.ConversationID
	elsewhere chat.ConversationID // where bob talks to himself
	said      chat.MessageID
	asked     chat.MessageID // a poll
}

func (e *erasing) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *erasing) prepare() {
	ctx := e.t.Context()
	v, _, err := e.Chat.CreateConversation(ctx, e.ann.Actor, chat.NewConversation{Name: "group", ParticipantIDs: []chat.UserID{e.bob.ID}})
	e.must(err)
	e.group = v.ID
	self, _, err := e.Chat.OpenDirect(ctx, e.bob.Actor, e.bob.ID)
	e.must(err)
	e.elsewhere = self.ID
	file := uploadFile(e.t, e.URL, e.ann.Token, "holiday.png", holidayPicture(e.t))
	sent, err := e.Chat.SendMessage(ctx, e.ann.Actor, chat.SendMessage{
		ConversationID: e.group, Content: "first " + secret, AttachmentIDs: []chat.FileID{file}, Metadata: json.RawMessage(`{"note":"` + secret + `"}`),
	})
	e.must(err)
	e.said = sent.ID
	_, err = e.Chat.SaveDraft(ctx, e.ann.Actor, e.group, "draft "+secret, 0)
	e.must(err)
	_, err = e.Chat.SaveDraft(ctx, e.ann.Actor, e.group, "", 0) // as a client does when it has sent it
	e.must(err)
	_, err = e.Chat.EditMessage(ctx, e.ann.Actor, chat.EditMessage{MessageID: e.said, Content: "then " + secret})
	e.must(err)
	_, err = e.Chat.SetBookmark(ctx, e.bob.Actor, e.said, true)
	e.must(err)
	_, err = e.Chat.PinMessage(ctx, e.bob.Actor, e.said, true)
	e.must(err)
	_, err = e.Chat.SetReminder(ctx, e.bob.Actor, e.said, time.Now().Add(time.Hour))
	e.must(err)
	poll, err := e.Chat.SendMessage(ctx, e.ann.Actor, chat.SendMessage{
		ConversationID: e.group, Poll: &chat.NewPoll{Question: secret + "?", Options: []string{"yes " + secret, "no"}},
	})
	e.must(err)
	e.asked = poll.ID
	_, err = e.Chat.Vote(ctx, e.bob.Actor, e.asked, []int{0})
	e.must(err)
	e.bobs = clientFor(e.t, e.Server, e.bob)
	findable(e.t, e.bobs, client.Search{Query: secret}, int64(e.asked), int64(e.said))
}

func (e *erasing) message(id chat.MessageID) {
	_, err := e.Chat.DeleteMessage(e.t.Context(), e.ann.Actor, id)
	e.must(err)
}

func (e *erasing) conversation() {
	_, err := e.Chat.SaveDraft(e.t.Context(), e.bob.Actor, e.group, "in reply to "+secret, 0)
	e.must(err)
	_, err = e.Chat.Leave(e.t.Context(), e.ann.Actor, e.group, chat.Departure{Delete: true})
	e.must(err)
}

func (e *erasing) account() {
	_, err := e.Chat.SaveDraft(e.t.Context(), e.ann.Actor, e.group, "one more "+secret, 0)
	e.must(err)
	soon := time.Now().Add(time.Minute)
	_, err = e.Chat.SetStatus(e.t.Context(), e.ann.Actor, chat.SetStatus{Message: new("at " + secret), ClearAt: &soon})
	e.must(err)
	_, err = e.Chat.UpdateSettings(e.t.Context(), e.ann.Actor, chat.UserSettingsPatch{OwnTheme: &chat.OwnTheme{Name: secret, Base: "dark"}})
	e.must(err)
	e.must(e.Chat.DeleteAccount(e.t.Context(), e.ann.Actor))
}

// One's data comes as a ZIP: what one wrote, what one uploaded, nothing of others.
func TestExportOfOnesData(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	e := &erasing{Server: s, t: t, ann: s.Person("ann"), bob: s.Person("bob")}
	e.prepare()
	sent, err := s.Chat.SendMessage(t.Context(), e.bob.Actor, chat.SendMessage{ConversationID: e.group, Content: "bob's own words"})
	e.must(err)
	_, err = s.Chat.SetBookmark(t.Context(), e.ann.Actor, sent.ID, true)
	e.must(err)
	_, err = s.Chat.SetReminder(t.Context(), e.ann.Actor, sent.ID, time.Now().Add(time.Hour))
	e.must(err)
	poll, err := s.Chat.SendMessage(t.Context(), e.bob.Actor, chat.SendMessage{
		ConversationID: e.group, Poll: &chat.NewPoll{Question: "bob's own words", Options: []string{"a", "b"}},
	})
	e.must(err)
	_, err = s.Chat.Vote(t.Context(), e.ann.Actor, poll.ID, []int{1})
	e.must(err)
	_, err = s.Chat.SaveDraft(t.Context(), e.ann.Actor, e.group, "not sent yet", 0)
	e.must(err)
	_, err = s.Chat.UpdateSettings(t.Context(), e.ann.Actor, chat.UserSettingsPatch{Theme: new("dark")})
	e.must(err)
	archive := download(t, s.URL+"/api/users/me/export", e.ann.Token)
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	e.must(err)
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		e.must(err)
		content, err := io.ReadAll(r)
		e.must(err)
		parts[f.Name] = string(content)
	}
	for name, want := range map[string]string{
		"profile.json": e.ann.Name, "sessions.json": `"kind"`, "conversations.json": `"group"`, "messages.ndjson": "then " + secret,
		"bookmarks.json": fmt.Sprintf(`"messageId": %d`, sent.ID), "reminders.json": fmt.Sprintf(`"messageId": %d`, sent.ID),
		"votes.json": fmt.Sprintf(`"messageId": %d`, poll.ID),
	} {
		if !strings.Contains(parts[name], want) {
			t.Errorf("%s holds no %q: %.200s", name, want, parts[name])
		}
	}
	if !strings.Contains(parts["profile.json"], `"theme": "dark"`) || !strings.Contains(parts["conversations.json"], "not sent yet") {
		t.Errorf("settings or the draft are missing: %s %s", parts["profile.json"], parts["conversations.json"])
	}
	if len(parts["files/1-holiday.png"]) == 0 {
		t.Errorf("the file is missing: %v", fmt.Sprint(len(parts), " parts"))
	}
	for name, content := range parts {
		if strings.Contains(content, "bob's own words") {
			t.Errorf("%s holds what somebody else wrote", name)
		}
	}
}

func download(t *testing.T, url, token string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, res.Status, err)
	}
	return content
}
