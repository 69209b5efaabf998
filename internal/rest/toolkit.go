package rest

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/files"
	"parley/internal/rest/binding"
	"parley/internal/toolkit"
)

// toolkitRoutes are the plain REST of contracts/socketio.md: bodies without an
// envelope, errors {"error":"…"}. They are not in the OpenAPI document, which
// describes the envelope's interface.
func (a *API) toolkitRoutes() []operation {
	return []operation{
		plain(a, "POST /upload", a.toolkitUpload),
		plain(a, "GET /files/{id}", a.toolkitFile),
		plain(a, "GET /conversations/{id}/search", a.toolkitSearchIn),
		plain(a, "GET /search", a.toolkitSearch),
	}
}

// isToolkit reports whether a path is one of the toolkit's, which has all that
// the API serves outside of its own.
func isToolkit(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "upload", "files", "conversations", "search":
		return true
	}
	return false
}

// plain makes an operation of the toolkit.
func plain[In, Out any](a *API, pattern string, h func(*call, In) (Out, error)) operation {
	plan := binding.For(reflect.TypeFor[In]())
	return operation{pattern: pattern, serve: func(w http.ResponseWriter, r *http.Request, x *exchange) error {
		c, err := a.admit(w, r, x, signedIn)
		if err != nil {
			return err
		}
		c.Toolkit = true
		var in In
		if err := plan.Fill(w, r, &in); err != nil {
			return err
		}
		out, err := h(c, in)
		if err != nil {
			return err
		}
		writePlain(w, http.StatusOK, out)
		return nil
	}}
}

func writePlain(w http.ResponseWriter, status int, body any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		panic(err) // a type of ours that cannot be written: a bug
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(b.Bytes())
}

// plainError is how the toolkit tells of an error.
type plainError struct {
	Error string    `json:"error"`
	Code  chat.Code `json:"code"`
}

// plainTexts are what the toolkit calls some errors.
var plainTexts = map[chat.Code]string{
	chat.NotParticipant: "User not authorized",
	chat.RateLimited:    "Rate limit exceeded. Please slow down.",
}

func explainPlainly(e *chat.Error, text string) plainError {
	if t, ok := plainTexts[e.Code]; ok {
		text = t
	}
	return plainError{text, e.Code}
}

type uploaded struct {
	URL  string `json:"url"`
	Name string `json:"file_name"`
	Size int64  `json:"file_size"`
	Type string `json:"file_type"`
	ID   string `json:"id"`
}

func (a *API) toolkitUpload(c *call, _ noIn) (uploaded, error) {
	kind, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return uploaded{}, errNoFile()
	}
	f, err := a.takeUpload(c, 0)
	if e := chat.Explain(err); err != nil && e.Field == "file" && e.Message == fileMissing {
		return uploaded{}, errNoFile()
	}
	if err != nil {
		return uploaded{}, err
	}
	return uploaded{a.signed(c, f), f.Name, f.Size, f.Type, toolkit.ID(f.ID)}, nil
}

func errNoFile() error { return chat.Invalid("file", "No file provided") }

func (a *API) signed(c *call, f *chat.File) string {
	return a.options.Files.SignedURL(f, c.ID, time.Now().Add(files.SignedFor))
}

type toolkitFileIn struct {
	ID string `path:"id"`
}

type signedFile struct {
	URL string `json:"url"`
}

func (a *API) toolkitFile(c *call, in toolkitFileIn) (signedFile, error) {
	id, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil {
		return signedFile{}, errNoSuchFile()
	}
	f, err := a.chat.File(c, c.Actor, chat.FileID(id))
	if chat.Has(err, chat.NotFound) || chat.Has(err, chat.NotParticipant) || chat.Has(err, chat.Forbidden) {
		return signedFile{}, errNoSuchFile()
	}
	if err != nil {
		return signedFile{}, err
	}
	return signedFile{a.signed(c, f)}, nil
}

func errNoSuchFile() error { return chat.Errorf(chat.NotFound, "File not found") }

const (
	maxToolkitLimit  = 100
	maxToolkitOffset = 1000
)

type toolkitSearchInIn struct {
	ID     chat.ConversationID `path:"id"`
	Query  string              `query:"q"`
	Limit  int                 `query:"limit" default:"20" minimum:"1" maximum:"100"`
	Offset int                 `query:"offset" minimum:"0" maximum:"1000"`
}

func (a *API) toolkitSearchIn(c *call, in toolkitSearchInIn) ([]toolkit.Message, error) {
	return a.searchPlainly(c, chat.Search{Query: in.Query, ConversationID: in.ID}, in.Limit, in.Offset)
}

type toolkitSearchAllIn struct {
	Query  string `query:"q"`
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	UserID string `query:"user_id"`
}

func (a *API) toolkitSearch(c *call, in toolkitSearchAllIn) ([]toolkit.Message, error) {
	if in.UserID != "" && in.UserID != a.toolkitMapper(c).User(c.ID) && in.UserID != toolkit.ID(c.ID) {
		return nil, chat.Errorf(chat.Forbidden, "User not authorized")
	}
	return a.searchPlainly(c, chat.Search{Query: in.Query}, in.Limit, 0)
}

// searchPlainly finds limit messages after the first offset ones.
func (a *API) searchPlainly(c *call, q chat.Search, limit, offset int) ([]toolkit.Message, error) {
	if q.Query == "" {
		return nil, chat.Invalid("q", "q is missing")
	}
	if limit > maxToolkitLimit || offset > maxToolkitOffset {
		return nil, chat.Invalid("limit", "limit must be at most %d, offset at most %d", maxToolkitLimit, maxToolkitOffset)
	}
	if err := a.spendSearch(c); err != nil {
		return nil, err
	}
	var found []chat.Message
	for more := true; more && len(found) < offset+limit; {
		q.Limit = min(chat.MaxSearchPage, offset+limit-len(found))
		p, err := a.chat.SearchMessages(c, c.Actor, q)
		if err != nil {
			return nil, err
		}
		found = append(found, p.Messages...)
		if q.Before = p.Before; q.Before == 0 && len(p.Messages) > 0 {
			q.Before = p.Messages[len(p.Messages)-1].ID
		}
		more = p.HasMore
	}
	return a.toolkitMapper(c).Messages(found[min(offset, len(found)):]), nil
}

// toolkitMapper makes the toolkit's objects for the reader of an answer.
func (a *API) toolkitMapper(c *call) toolkit.Mapper {
	return toolkit.Mapper{Mode: c.mode, Shown: a.options.Shown}
}
