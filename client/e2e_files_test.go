package client_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/parleytest"
)

func (p *person) download(id int64, variant int) string {
	p.t.Helper()
	r, err := p.Download(p.t.Context(), id, variant)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func TestFilesGoUpAndDown(t *testing.T) {
	s := parleytest.New(t)
	ann, bob := newPerson(t, s, "Ann"), newPerson(t, s, "Bob")
	c := ann.direct(bob)
	a := must[client.Attachment](t)(ann.Upload(t.Context(), "notes.txt", strings.NewReader("some notes"), client.UploadOptions{ConversationID: c, Duration: time.Second}))
	if a.FileName != "notes.txt" || a.FileSize != 10 || a.MimeType != "text/plain" || a.DurationMs != 1000 {
		t.Errorf("%+v", a)
	}
	m := must[client.Message](t)(ann.SendMessage(t.Context(), client.Draft{ConversationID: c, AttachmentIDs: []int64{a.ID}}))
	if m.Type != client.File || len(m.Attachments) != 1 || m.Attachments[0] != a {
		t.Errorf("%+v", m)
	}
	if got := bob.download(a.ID, client.Whole); got != "some notes" {
		t.Errorf("Bob reads %q", got)
	}
	_, err := newPerson(t, s, "Eve").Download(t.Context(), a.ID, client.Whole)
	refused(t, err, client.CodeNotParticipant)
	_, err = ann.Upload(t.Context(), "empty", strings.NewReader(""), client.UploadOptions{})
	refused(t, err, client.CodeValidationFailed)
}

func TestPicturesOfOneself(t *testing.T) {
	s := parleytest.New(t)
	ann := newPerson(t, s, "Ann")
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 500, 500))); err != nil {
		t.Fatal(err)
	}
	if u := must[client.User](t)(ann.SetAvatar(t.Context(), "me.png", &out)); !strings.HasPrefix(u.AvatarURL, "/api/chat/attachments/") {
		t.Errorf("%+v", u)
	}
	a := must[client.Attachment](t)(ann.Upload(t.Context(), "a.gif", strings.NewReader("GIF89a"), client.UploadOptions{}))
	if a.MimeType != "application/octet-stream" {
		t.Errorf("half an image is %+v", a)
	}
	if u := must[client.User](t)(ann.DeleteAvatar(t.Context())); u.AvatarURL != "" {
		t.Errorf("%+v", u)
	}
}
