package test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// part is one part of a form: a file if it has a name of one.
type part struct {
	field, file, declared string
	content               []byte
}

func fileNamed(name string, content []byte) part {
	return part{field: "file", file: name, declared: "application/octet-stream", content: content}
}

func to(c chat.ConversationID) part {
	return part{field: "conversationId", content: fmt.Append(nil, int64(c))}
}

func form(t testing.TB, parts ...part) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		how := fmt.Sprintf(`form-data; name="%s"`, p.field)
		if p.file != "" {
			if strings.HasPrefix(p.file, "utf-8''") {
				how += "; filename*=" + p.file
			} else {
				how += fmt.Sprintf(`; filename="%s"`, p.file)
			}
			h.Set("Content-Type", p.declared)
		}
		h.Set("Content-Disposition", how)
		out, err := w.CreatePart(h)
		if err == nil {
			_, err = out.Write(p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// answered is what the server says of an upload.
type answered struct {
	client.Attachment
	status int
	code   string
	header http.Header
}

func post(t testing.TB, s *parleytest.Server, p *parleytest.Person, method, path string, parts ...part) answered {
	t.Helper()
	body, typ := form(t, parts...)
	return sendBody(t, s, p, method, path, typ, body)
}

func sendBody(t testing.TB, s *parleytest.Server, p *parleytest.Person, method, path, typ string, body io.Reader) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.Token)
	r.Header.Set("Content-Type", typ)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var envelope struct {
		Success bool
		Code    string
		Data    client.Attachment
	}
	if err := json.NewDecoder(res.Body).Decode(&envelope); err != nil {
		t.Fatalf("%d: %v", res.StatusCode, err)
	}
	return answered{envelope.Data, res.StatusCode, envelope.Code, res.Header}
}

// upload uploads a file that is taken.
func upload(t testing.TB, s *parleytest.Server, p *parleytest.Person, parts ...part) client.Attachment {
	t.Helper()
	a := post(t, s, p, http.MethodPost, "/api/chat/attachments", parts...)
	if a.status != http.StatusCreated || a.ID == 0 {
		t.Fatalf("the upload was answered with %d %q", a.status, a.code)
	}
	return a.Attachment
}

// get reads an address; header is pairs.
func get(t testing.TB, s *parleytest.Server, p *parleytest.Person, method, path string, header ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p != nil {
		r.Header.Set("Authorization", "Bearer "+p.Token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, b
}

// reads fails unless the address is answered with the status.
func reads(t testing.TB, s *parleytest.Server, p *parleytest.Person, path string, status int) {
	t.Helper()
	if res, b := get(t, s, p, http.MethodGet, path); res.StatusCode != status {
		t.Errorf("GET %s answered %d, want %d: %.200s", path, res.StatusCode, status, b)
	}
}

// blobs counts what stands in the folder for files, half-written ones included.
func blobs(t testing.TB, s *parleytest.Server) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.Data, "blobs"), func(_ string, e fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
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

// leaves waits until so many blobs are left.
func leaves(t testing.TB, s *parleytest.Server, want int) {
	t.Helper()
	begun := time.Now()
	for n := blobs(t, s); n != want; n = blobs(t, s) {
		if time.Since(begun) > within {
			t.Fatalf("%d blobs are left, want %d", n, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// forgets waits until no file is known: a row goes after its bytes, so that bytes are
// never left behind that nothing tells of.
func forgets(t *testing.T, s *parleytest.Server) {
	t.Helper()
	eventually(t, tables(t, s), `SELECT CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END FROM files`)
}

// tables opens the server's database, whichever it is.
func tables(t testing.TB, s *parleytest.Server) *sql.DB {
	t.Helper()
	driver, place := "sqlite", "file:"+filepath.Join(s.Data, "parley.db")+"?_pragma=busy_timeout(5000)"
	if url := string(s.Config().Database); url != "" {
		driver, place = "pgx", url
	}
	db, err := sql.Open(driver, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func rows(t testing.TB, s *parleytest.Server) (n int) {
	t.Helper()
	if err := tables(t, s).QueryRowContext(t.Context(), `SELECT COUNT(*) FROM files`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func groupOf(t testing.TB, s *parleytest.Server, owner *parleytest.Person, members ...*parleytest.Person) chat.ConversationID {
	t.Helper()
	n := chat.NewConversation{Name: "files"}
	for _, m := range members {
		n.ParticipantIDs = append(n.ParticipantIDs, m.ID)
	}
	v, _, err := s.Chat.CreateConversation(t.Context(), owner.Actor, n)
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// attach sends a message that is nothing but files.
func attach(t testing.TB, s *parleytest.Server, p *parleytest.Person, c chat.ConversationID, files ...int64) client.Message {
	t.Helper()
	m, err := clientFor(t, s, p).SendMessage(t.Context(), client.Draft{ConversationID: int64(c), AttachmentIDs: files})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// photo is red on its left half and blue on its right.
func photo(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decodeJPEG(t testing.TB, b []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("not a JPEG: %v", err)
	}
	return img
}
