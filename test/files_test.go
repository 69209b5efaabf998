package test

import (
	"bytes"
	"context"
	bits "encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// drawer is two people who share files in a group, and one who is not in it.
type drawer struct {
	*parleytest.Server
	t               *testing.T
	ann, bob, stray *parleytest.Person
	group           chat.ConversationID
}

func newDrawer(t *testing.T, options ...parleytest.Option) *drawer {
	t.Helper()
	s := parleytest.New(t, options...)
	d := &drawer{Server: s, t: t, ann: s.Person("ann"), bob: s.Person("bob"), stray: s.Person("stray")}
	v, _, err := s.Chat.CreateConversation(t.Context(), d.ann.Actor, chat.NewConversation{Name: "files", ParticipantIDs: []chat.UserID{d.bob.ID}})
	d.must(err)
	d.group = v.ID
	return d
}

func (d *drawer) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// field is one part of a form: a file if it has a name.
type field struct{ name, file, declared, content string }

// reply is what came back of a request.
type reply struct {
	status int
	header http.Header
	body   []byte
	Code   string `json:"code"`
	Field  string `json:"field"`
	Data   client.Attachment
}

// post sends a form.
func (d *drawer) post(p *parleytest.Person, path string, fields ...field) reply {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		h := map[string][]string{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, f.name)}}
		if f.file != "" {
			h["Content-Disposition"] = []string{fmt.Sprintf(`form-data; name=%q; filename=%q`, f.name, f.file)}
			h["Content-Type"] = []string{f.declared}
		}
		part, err := form.CreatePart(h)
		d.must(err)
		_, err = io.WriteString(part, f.content)
		d.must(err)
	}
	d.must(form.Close())
	return d.do(p, http.MethodPost, path, &body, "Content-Type", form.FormDataContentType())
}

func (d *drawer) do(p *parleytest.Person, method, path string, body io.Reader, headers ...string) (out reply) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.URL+path, body)
	d.must(err)
	if p != nil {
		r.Header.Set("Authorization", "Bearer "+p.Token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	d.must(err)
	defer res.Body.Close()
	out.status, out.header = res.StatusCode, res.Header
	out.body, err = io.ReadAll(res.Body)
	d.must(err)
	_ = json.Unmarshal(out.body, &out) // files are no JSON
	return out
}

func (d *drawer) get(p *parleytest.Person, id int64, headers ...string) reply {
	d.t.Helper()
	return d.do(p, http.MethodGet, fmt.Sprintf("/api/chat/attachments/%d", id), nil, headers...)
}

// attach uploads a file and sends it to the group.
func (d *drawer) attach(name, content string) (file int64, message chat.MessageID) {
	d.t.Helper()
	up := d.post(d.ann, "/api/chat/attachments", field{"file", name, "application/octet-stream", content})
	if up.status != http.StatusCreated {
		d.t.Fatalf("upload: %d %s", up.status, up.body)
	}
	sent, err := d.Chat.SendMessage(d.t.Context(), d.ann.Actor, chat.SendMessage{ConversationID: d.group, AttachmentIDs: []chat.FileID{chat.FileID(up.Data.ID)}})
	d.must(err)
	return up.Data.ID, sent.ID
}

func TestAFileMakesItsWay(t *testing.T) {
	d := newDrawer(t)
	hears := stream(t, clientFor(t, d.Server, d.bob), client.StreamOptions{})
	next[*client.Ready](t, hears)
	up := d.post(d.ann, "/api/chat/attachments", field{"file", "grüße.png", "image/png", string(picture(t))})
	a := up.Data
	if up.status != 201 || a.FileName != "grüße.png" || a.MimeType != "image/png" || a.Width != 640 || a.Height != 400 || a.ThumbnailURL == "" {
		t.Fatalf("%d %s", up.status, up.body)
	}
	sent, err := clientFor(t, d.Server, d.ann).SendMessage(t.Context(), client.Draft{ConversationID: int64(d.group), AttachmentIDs: []int64{a.ID}})
	if err != nil || sent.Type != "IMAGE" || len(sent.Attachments) != 1 {
		t.Fatalf("%+v, %v", sent, err)
	}
	for {
		if m := nextEvent(t, hears, client.MessageCreated).Payload.(*client.Message); m.ID == sent.ID {
			if len(m.Attachments) != 1 || m.Attachments[0].ID != a.ID {
				t.Errorf("the other one hears of %+v", m.Attachments)
			}
			break
		}
	}
	whole := d.get(d.bob, a.ID)
	for name, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
		"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", "Content-Disposition": "inline; filename*=utf-8''gr%C3%BC%C3%9Fe.png",
	} {
		if got := whole.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if int64(len(whole.body)) != a.FileSize {
		t.Errorf("%d bytes, %d were promised", len(whole.body), a.FileSize)
	}
	part := d.get(d.bob, a.ID, "Range", "bytes=10-19")
	if part.status != 206 || !bytes.Equal(part.body, whole.body[10:20]) {
		t.Errorf("a range: %d, %d bytes", part.status, len(part.body))
	}
	if same := d.get(d.bob, a.ID, "If-None-Match", whole.header.Get("ETag")); same.status != 304 {
		t.Errorf("the same again: %d", same.status)
	}
	small := d.do(d.bob, http.MethodGet, fmt.Sprintf("/api/chat/attachments/%d?variant=320", a.ID), nil)
	if c, _, err := image.DecodeConfig(bytes.NewReader(small.body)); err != nil || c.Width != 320 || c.Height != 200 {
		t.Errorf("the thumbnail is %+v, %v", c, err)
	}
	list, _, err := image.Decode(bytes.NewReader(whole.body))
	if err != nil || list.Bounds().Dx() != 640 {
		t.Errorf("the image: %v", err)
	}
	if found := d.do(d.bob, http.MethodGet, fmt.Sprintf("/api/chat/conversations/%d/attachments?kind=image", d.group), nil); !bytes.Contains(found.body, []byte("gr\u00fc\u00dfe.png")) {
		t.Errorf("messages with files: %s", found.body)
	}
}

// Who may read a file is asked at each reading.
func TestWhoMayReadAFile(t *testing.T) {
	d := newDrawer(t)
	ctx := t.Context()
	status := func(p *parleytest.Person, id int64, want int) {
		t.Helper()
		if got := d.get(p, id); got.status != want {
			t.Errorf("%s reads %d: %d, want %d", p.Name, id, got.status, want)
		}
	}
	unused := d.post(d.ann, "/api/chat/attachments", field{"file", "draft.txt", "text/plain", "not yet"}).Data.ID
	status(d.ann, unused, 200)
	status(d.bob, unused, 404)

	file, message := d.attach("plan.txt", "the plan")
	status(d.bob, file, 200)
	status(d.stray, file, 403)
	tag := d.get(d.bob, file).header.Get("ETag")

	// A forward lets others read it, also when the original is gone.
	v, _, err := d.Chat.CreateConversation(ctx, d.ann.Actor, chat.NewConversation{Name: "others", ParticipantIDs: []chat.UserID{d.stray.ID}})
	d.must(err)
	copies, err := d.Chat.Forward(ctx, d.ann.Actor, message, []chat.ConversationID{v.ID})
	d.must(err)
	status(d.stray, file, 200)
	_, err = d.Chat.DeleteMessage(ctx, d.ann.Actor, message)
	d.must(err)
	status(d.bob, file, 403)
	if got := d.get(d.bob, file, "If-None-Match", tag); got.status != 403 {
		t.Errorf("what is cached is not asked for: %d", got.status)
	}
	status(d.stray, file, 200)
	d.must(d.Chat.RemoveParticipant(ctx, d.ann.Actor, v.ID, d.stray.ID))
	status(d.stray, file, 403)
	_, err = d.Chat.DeleteMessage(ctx, d.ann.Actor, copies[0].ID)
	d.must(err)
	status(d.ann, file, 404)
}

func TestSignedAddresses(t *testing.T) {
	d := newDrawer(t)
	file, _ := d.attach("plan.txt", "the plan")
	var signed struct {
		Data struct{ URL string }
	}
	d.must(json.Unmarshal(d.do(d.bob, http.MethodPost, fmt.Sprintf("/api/chat/attachments/%d/url", file), nil).body, &signed))
	url := signed.Data.URL
	if got := d.do(nil, http.MethodGet, url, nil); got.status != 200 || string(got.body) != "the plan" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	_, query, _ := strings.Cut(url, "?")
	if got := d.do(nil, http.MethodGet, fmt.Sprintf("/api/chat/attachments/%d?%s", file, query), nil); got.status != 200 {
		t.Errorf("signed parameters on the plain address: %d", got.status)
	}
	for name, wrong := range map[string]string{
		"another user":   strings.Replace(url, fmt.Sprintf("u=%d", d.bob.ID), fmt.Sprintf("u=%d", d.ann.ID), 1),
		"a longer time":  strings.Replace(url, "exp=", "exp=9", 1),
		"over":           "/f/x?u=1&exp=1&sig=x",
		"no signature":   strings.Split(url, "?")[0],
		"half signature": url[:len(url)-4],
	} {
		if got := d.do(nil, http.MethodGet, wrong, nil); got.status != 403 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	d.must(d.Chat.RemoveParticipant(t.Context(), d.ann.Actor, d.group, d.bob.ID))
	if got := d.do(nil, http.MethodGet, url, nil); got.status != 403 {
		t.Errorf("after leaving the conversation: %d", got.status)
	}
}

func TestPicturesOfPeopleAndGroups(t *testing.T) {
	d := newDrawer(t)
	var me struct {
		Data struct{ AvatarURL string }
	}
	put := func() {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "me.png")
		d.must(err)
		_, err = part.Write(picture(t))
		d.must(err)
		d.must(form.Close())
		got := d.do(d.ann, http.MethodPut, "/api/users/me/avatar", &body, "Content-Type", form.FormDataContentType())
		if got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		d.must(json.Unmarshal(got.body, &me))
	}
	put()
	first := me.Data.AvatarURL
	if got := d.do(d.stray, http.MethodGet, first, nil); got.status != 200 || got.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("somebody's picture: %d %s", got.status, got.header.Get("Content-Type"))
	}
	put()
	if got := d.do(d.stray, http.MethodGet, first, nil); got.status != 404 {
		t.Errorf("the picture before: %d", got.status)
	}
	file := d.post(d.ann, "/api/chat/attachments", field{"file", "group.png", "image/png", string(picture(t))}).Data.ID
	changed := d.do(d.ann, http.MethodPut, fmt.Sprintf("/api/chat/conversations/%d", d.group), strings.NewReader(fmt.Sprintf(`{"avatarAttachmentId":%d}`, file)), "Content-Type", "application/json")
	if changed.status != 200 || !bytes.Contains(changed.body, fmt.Appendf(nil, `"avatarUrl":"/api/chat/attachments/%d?variant=320"`, file)) {
		t.Errorf("%d %s", changed.status, changed.body)
	}
	if got := d.get(d.bob, file); got.status != 200 {
		t.Errorf("a member looks at the group's picture: %d", got.status)
	}
	if got := d.get(d.stray, file); got.status != 403 {
		t.Errorf("a stranger looks at the group's picture: %d", got.status)
	}
}

// What a conversation allows holds wherever the form says for which one it is.
func TestConversationsLimitFiles(t *testing.T) {
	d := newDrawer(t)
	settle := func(p chat.SettingsPatch) {
		t.Helper()
		_, err := d.Chat.UpdateConversation(t.Context(), d.ann.Actor, d.group, chat.ConversationPatch{Settings: p})
		d.must(err)
	}
	to := field{name: "conversationId", content: fmt.Sprint(d.group)}
	text := field{"file", "a.txt", "text/plain", "hello"}
	refused := func(want int, code string) {
		t.Helper()
		before := blobsOf(t, d.Server)
		for _, form := range [][]field{{to, text}, {text, to}} {
			if got := d.post(d.ann, "/api/chat/attachments", form...); got.status != want || got.Code != code {
				t.Errorf("%d %s, want %d %s", got.status, got.body, want, code)
			}
		}
		if after := blobsOf(t, d.Server); after != before {
			t.Errorf("%d files were left behind", after-before)
		}
	}
	only := []string{"image/*"}
	settle(chat.SettingsPatch{AllowedFileTypes: &only})
	refused(415, "unsupported_type")
	none := []string{}
	settle(chat.SettingsPatch{AllowedFileTypes: &none, MaxFileSizeMb: new(1)})
	text.content = strings.Repeat("x", 1<<20+1)
	refused(413, "payload_too_large")
	text.content = "hello"
	settle(chat.SettingsPatch{AllowFileUploads: new(false)})
	refused(403, "feature_disabled")
	if got := d.post(d.stray, "/api/chat/attachments", to, text); got.status != 403 || got.Code != "not_participant" {
		t.Errorf("a stranger: %d %s", got.status, got.body)
	}
}

// Of two who send the same file at once, into two conversations, one is right.
func TestOneFileIsAttachedInOnePlace(t *testing.T) {
	d := newDrawer(t)
	other, _, err := d.Chat.CreateConversation(t.Context(), d.ann.Actor, chat.NewConversation{Name: "other"})
	d.must(err)
	for range 10 {
		file := chat.FileID(d.post(d.ann, "/api/chat/attachments", field{"file", "a.txt", "text/plain", "x"}).Data.ID)
		results := make(chan error, 2)
		for _, to := range []chat.ConversationID{d.group, other.ID} {
			go func() {
				_, err := d.Chat.SendMessage(context.Background(), d.ann.Actor, chat.SendMessage{ConversationID: to, AttachmentIDs: []chat.FileID{file}})
				results <- err
			}()
		}
		first, second := <-results, <-results
		if (first == nil) == (second == nil) {
			t.Fatalf("%v, %v", first, second)
		}
	}
}

func chunk(typ string, data []byte) []byte {
	b := bits.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, typ...), data...)
	return bits.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// hugePNG claims to be 10,000 pixels wide and high.
func hugePNG() string {
	header := bits.BigEndian.AppendUint32(bits.BigEndian.AppendUint32(nil, 10_000), 10_000)
	return "\x89PNG\r\n\x1a\n" + string(chunk("IHDR", append(header, 8, 2, 0, 0, 0))) + string(chunk("IDAT", []byte("x"))) + string(chunk("IEND", nil))
}

// hugeGIF has many frames of full size in few bytes.
func hugeGIF() string {
	var b strings.Builder
	b.WriteString("GIF89a\xff\x0f\xff\x0f\x80\x00\x00\x00\x00\x00\xff\xff\xff")
	for range 2_000 {
		b.WriteString("\x2c\x00\x00\x00\x00\xff\x0f\xff\x0f\x00\x02\x02\x44\x01\x00")
	}
	return b.String() + "\x3b"
}

// turned is a JPEG whose camera was held on its side, and knew where it was.
func turned(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 60, 40)), nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00GPS 52.5200 13.4050"
	segment := append([]byte{0xFF, 0xE1}, bits.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return string(b.Bytes()[:2]) + string(segment) + exif + string(b.Bytes()[2:])
}

func TestFilesThatLie(t *testing.T) {
	d := newDrawer(t)
	for name, tc := range map[string]struct {
		f           field
		status      int
		code        string
		typ, stored string
	}{
		"a page that says it is an image": {field{"file", "a.png", "image/png", "<html><script>alert(1)</script>"}, 201, "", "application/octet-stream", "a.png"},
		"a drawing with a script":         {field{"file", "a.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`}, 201, "", "application/octet-stream", "a.svg"},
		"a path":                          {field{"file", `../../etc/pass"wd`, "text/plain", "hello"}, 201, "", "text/plain", `pass"wd`},
		"a path of another system":        {field{"file", `C:\temp\x.txt`, "text/plain", "hello"}, 201, "", "text/plain", "x.txt"},
		"an image of 100 megapixels":      {field{"file", "a.png", "image/png", hugePNG()}, 413, "payload_too_large", "", ""},
		"an animation that unfolds":       {field{"file", "a.gif", "image/gif", hugeGIF()}, 413, "payload_too_large", "", ""},
		"half an image":                   {field{"file", "a.png", "image/png", string(picture(t))[:500]}, 201, "", "application/octet-stream", "a.png"},
		"nothing":                         {field{"file", "a.txt", "text/plain", ""}, 400, "validation_failed", "", ""},
		"too much":                        {field{"file", "a.txt", "text/plain", strings.Repeat("x", 25<<20+1)}, 413, "payload_too_large", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := blobsOf(t, d.Server)
			got := d.post(d.ann, "/api/chat/attachments", tc.f)
			if got.status != tc.status || got.Code != tc.code || got.Data.MimeType != tc.typ || got.Data.FileName != tc.stored {
				t.Fatalf("%d %.300s", got.status, got.body)
			}
			if tc.status != 201 {
				if after := blobsOf(t, d.Server); after != before {
					t.Errorf("%d files were left behind", after-before)
				}
				return
			}
			served := d.get(d.ann, got.Data.ID)
			if how := served.header.Get("Content-Disposition"); served.header.Get("Content-Type") != tc.typ || !strings.HasPrefix(how, "attachment") {
				t.Errorf("served as %s, %s", served.header.Get("Content-Type"), how)
			}
		})
	}
}

// An image is made anew: what was hidden behind or beside its pixels is gone.
func TestImagesAreMadeAnew(t *testing.T) {
	d := newDrawer(t)
	polyglot := string(turned(t)) + "<html><script>alert(1)</script></html>"
	up := d.post(d.ann, "/api/chat/attachments", field{"file", "a.jpg", "image/jpeg", polyglot})
	if up.status != 201 || up.Data.Width != 40 || up.Data.Height != 60 {
		t.Fatalf("%d %s: it should stand upright", up.status, up.body)
	}
	served := d.get(d.ann, up.Data.ID)
	for _, hidden := range []string{"<script>", "GPS", "Exif"} {
		if bytes.Contains(served.body, []byte(hidden)) {
			t.Errorf("%q is still in it", hidden)
		}
	}
	if found := kept(t, d.Server, "GPS 52.5200"); len(found) > 0 {
		t.Errorf("the place stands in %v", found)
	}
}

// An upload that is broken off leaves nothing.
func TestABrokenOffUploadLeavesNothing(t *testing.T) {
	d := newDrawer(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(d.Node.URL(), "http://"))
	d.must(err)
	_, err = fmt.Fprintf(c, "POST /api/chat/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"+
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n%s", d.ann.Token, strings.Repeat("x", 300_000))
	d.must(err)
	for deadline := time.Now().Add(within); blobsOf(t, d.Server) == 0; { // it has begun to come in
		if time.Now().After(deadline) {
			t.Fatal("the upload never began")
		}
	}
	d.must(c.Close())
	for deadline := time.Now().Add(within); blobsOf(t, d.Server) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d files are left", blobsOf(t, d.Server))
		}
	}
}
