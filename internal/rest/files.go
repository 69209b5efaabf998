package rest

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/files"
	"parley/internal/rest/binding"
	"parley/internal/sanitize"
)

// Files is what the API needs to take files in and give them out.
type Files interface {
	Take(ctx context.Context, a chat.Actor, u files.Upload) (*chat.File, error)
	Open(ctx context.Context, f *chat.File, variant int) (*files.Opened, error)
	Note(a chat.Access)
	SignedURL(f *chat.File, u chat.UserID, expires time.Time) string
	Signed(key string, q url.Values, now time.Time) (chat.Actor, error)
}

type downloadIn struct {
	_       struct{}    `doc:"The bytes, with Range and ETag. Who takes part in a conversation in which the file is attached may read it, at the time of asking; with u, exp and sig of a signed address no other credentials are needed. Each access is logged."`
	ID      chat.FileID `path:"id" doc:"The attachment."`
	Variant string      `query:"variant" enum:"320,1280" doc:"A smaller form of an image: the longer side has at most so many pixels. What is small anyway stands for it."`
}

func (a *API) downloadFile(c *call, in downloadIn) (*chat.File, string, error) {
	f, err := a.chat.File(c, c.Actor, in.ID)
	return f, in.Variant, err
}

type keyedIn struct {
	_       struct{} `doc:"The address that signing gives: it names the file, the user and when it ends. He has to be allowed to read the file at the time of asking."`
	Key     string   `path:"key" doc:"The file's key."`
	Variant string   `query:"variant" enum:"320,1280" doc:"A smaller form of an image."`
}

func (a *API) downloadSigned(c *call, in keyedIn) (*chat.File, string, error) {
	f, err := a.chat.FileByKey(c, c.Actor, in.Key)
	return f, in.Variant, err
}

// given makes an operation that answers with a file.
func given[In any](a *API, pattern, id, summary string, admit func(http.ResponseWriter, *http.Request, *exchange) (*call, error), h func(*call, In) (*chat.File, string, error), codes ...chat.Code) operation {
	plan := binding.For(reflect.TypeFor[In]())
	return operation{
		pattern: pattern, id: id, summary: summary, codes: codes, in: reflect.TypeFor[In](), out: reflect.TypeFor[noIn](), bytes: true,
		serve: func(w http.ResponseWriter, r *http.Request, x *exchange) error {
			c, err := admit(w, r, x)
			if err != nil {
				return err
			}
			var in In
			if err := plan.Fill(w, r, &in); err != nil {
				return err
			}
			f, variant, err := h(c, in)
			if err != nil {
				return err
			}
			return a.give(c, f, variant)
		},
	}
}

// admitReader admits by credentials, or by the signature in the address.
func (a *API) admitReader(w http.ResponseWriter, r *http.Request, x *exchange) (*call, error) {
	if !r.URL.Query().Has("sig") {
		return a.admit(w, r, x, signedIn)
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, chat.Errorf(chat.NotFound, "Attachment not found")
	}
	key, err := a.chat.KeyOf(r.Context(), chat.FileID(id))
	if err != nil && !chat.Has(err, chat.NotFound) {
		return nil, err
	}
	return a.admitSigned(w, r, x, key)
}

func (a *API) admitKey(w http.ResponseWriter, r *http.Request, x *exchange) (*call, error) {
	return a.admitSigned(w, r, x, r.PathValue("key"))
}

func (a *API) admitSigned(w http.ResponseWriter, r *http.Request, x *exchange, key string) (*call, error) {
	actor, err := a.options.Files.Signed(key, r.URL.Query(), time.Now())
	if err != nil {
		return nil, err
	}
	u, err := a.chat.User(r.Context(), actor, actor.ID)
	if err != nil && !chat.Has(err, chat.NotFound) {
		return nil, err
	}
	if u == nil || !u.Active() {
		return nil, files.ErrNotSigned()
	}
	x.user = actor.ID
	c := &call{Context: r.Context(), Actor: actor, w: w, request: r, exchange: x, mode: sanitize.Safe}
	return c, a.spendRequest(c)
}

// give writes a file as contracts/core.md says: nothing in it may act.
func (a *API) give(c *call, f *chat.File, variant string) error {
	size, _ := strconv.Atoi(variant) // "" is 0: the whole
	o, err := a.options.Files.Open(c, f, size)
	if err != nil {
		return err
	}
	defer o.Close()
	if c.Room == 0 { // of a room nothing stays
		a.options.Files.Note(chat.Access{FileID: f.ID, UserID: c.ID, Variant: variant, IPPrefix: c.exchange.clientPrefix().String(), At: time.Now()})
	}
	h := c.w.Header()
	h.Set("Content-Type", o.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if c.Room == 0 {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("ETag", `"`+o.ETag+`"`)
	h.Set("Content-Disposition", disposition(o.Inline, o.Name))
	http.ServeContent(patientWriter{c.w, http.NewResponseController(c.w)}, c.request, "", o.At, o)
	return nil
}

// disposition names the file for any browser (RFC 6266).
func disposition(inline bool, name string) string {
	how := "attachment"
	if inline {
		how = "inline"
	}
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w patientWriter) Write(b []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(stalled))
	return w.ResponseWriter.Write(b)
}

type signIn struct {
	_  struct{}    `doc:"An address that is good for an hour without other credentials, for what cannot send them. The caller has to be allowed to read the file also when it is used."`
	ID chat.FileID `path:"id" doc:"The attachment."`
}

type signedAddress struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expiresAt" format:"date-time"`
}

func (a *API) signFile(c *call, in signIn) (answer[signedAddress], error) {
	f, err := a.chat.File(c, c.Actor, in.ID)
	if err != nil {
		return no[signedAddress](err)
	}
	expires := time.Now().Add(files.SignedFor)
	return ok(signedAddress{a.options.Files.SignedURL(f, c.ID, expires), chatapi.Time(expires)})
}

type listFilesIn struct {
	_      struct{}            `doc:"Messages with files, the newest first."`
	ID     chat.ConversationID `path:"id" doc:"The conversation."`
	Before chat.MessageID      `query:"before" doc:"Only messages with a smaller id than this."`
	Limit  int                 `query:"limit" default:"50" minimum:"1" maximum:"100" doc:"How many to return at most."`
	Kind   string              `query:"kind" enum:"image,file,audio,video" doc:"Only messages with such a file."`
}

func (a *API) listFiles(c *call, in listFilesIn) (answer[[]chatapi.MessageView], error) {
	p, err := a.chat.MessagesWithFiles(c, c.Actor, in.ID, chat.FileKind(in.Kind), in.Before, in.Limit)
	if err != nil {
		return no[[]chatapi.MessageView](err)
	}
	page := foundCursor{Limit: in.Limit, HasMore: p.HasMore}
	if n := len(p.Messages); n > 0 {
		page.Before, page.After = &p.Messages[n-1].ID, &p.Messages[0].ID
	}
	return answer[[]chatapi.MessageView]{data: a.messages(c, p.Messages), page: page}, nil
}
