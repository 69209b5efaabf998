package rest

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
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

const (
	// formOverhead is what a multipart form may have beside the file.
	formOverhead = 64 << 10
	maxField     = 1 << 10
	maxParts     = 16
	// A transfer that stands still for stalled is broken off; transferWithin bounds
	// the whole.
	stalled        = 30 * time.Second
	transferWithin = time.Hour
)

// uploadForm is the multipart form of an upload.
type uploadForm struct {
	File           []byte              `json:"file" doc:"The file."`
	ConversationID chat.ConversationID `json:"conversationId" doc:"For which conversation it is; before or after the file."`
	DurationMs     int64               `json:"durationMs" doc:"How long sound or film is, in milliseconds."`
}

type uploadIn struct {
	_ struct{} `doc:"The type is read off the bytes; what the sender says of it does not count. Images are made anew: turned upright, without EXIF, with thumbnails of at most 320 and 1280 pixels. A file that no message, profile or conversation uses within a day is removed."`
}

type uploadToIn struct {
	_  struct{}            `doc:"As POST /api/chat/attachments, for this conversation."`
	ID chat.ConversationID `path:"id" doc:"The conversation."`
}

func (a *API) uploadFile(c *call, _ uploadIn) (answer[chatapi.Attachment], error) {
	return a.upload(c, 0)
}

func (a *API) uploadFileTo(c *call, in uploadToIn) (answer[chatapi.Attachment], error) {
	return a.upload(c, in.ID)
}

func (a *API) upload(c *call, to chat.ConversationID) (answer[chatapi.Attachment], error) {
	f, err := a.takeUpload(c, to)
	if err != nil {
		return no[chatapi.Attachment](err)
	}
	return created(a.mapper(c).Attachment(f))
}

// takeUpload reads the form part by part: nothing of it is ever whole in memory.
// With types, which is for what belongs to no conversation, only those are taken.
func (a *API) takeUpload(c *call, to chat.ConversationID, types ...string) (*chat.File, error) {
	limits, err := a.chat.MayUpload(c, c.Actor, to)
	if err != nil {
		return nil, err
	}
	if types != nil {
		limits.AllowedTypes = types
	}
	if c.request.ContentLength > limits.Bytes+formOverhead {
		return nil, chat.Errorf(chat.PayloadTooLarge, "The file is larger than %d MB", limits.Bytes>>20)
	}
	ctx, cancel := context.WithTimeout(c, transferWithin)
	defer cancel()
	form := &uploadReader{api: a, call: c, to: to, limits: limits, named: to != 0 || types != nil}
	if form.parts, err = a.multipart(c, limits.Bytes+formOverhead); err != nil {
		return nil, err
	}
	for {
		part, err := form.next()
		if errors.Is(err, io.EOF) {
			return nil, chat.Invalid("file", "file is missing")
		}
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" {
			f, err := a.options.Files.Take(ctx, c.Actor, files.Upload{
				ConversationID: form.to, Name: part.FileName(), Declared: part.Header.Get("Content-Type"), Duration: form.duration,
				Bytes: part, Limits: form.limits, Rest: form.rest,
			})
			return f, brokenOff(err)
		}
		if err := form.field(part); err != nil {
			return nil, err
		}
	}
}

func (a *API) multipart(c *call, limit int64) (*multipart.Reader, error) {
	c.request.Body = http.MaxBytesReader(c.w, patientBody{c.request.Body, http.NewResponseController(c.w)}, limit)
	r, err := c.request.MultipartReader()
	if err != nil {
		return nil, chat.Errorf(chat.UnsupportedType, "An upload is multipart/form-data")
	}
	return r, nil
}

// brokenOff tells trouble of the sender's from the server's.
func brokenOff(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return chat.Errorf(chat.PayloadTooLarge, "The upload is too large")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return chat.Invalid("file", "The upload is broken off")
	}
	return err
}

// uploadReader is a form on its way in.
type uploadReader struct {
	api    *API
	call   *call
	parts  *multipart.Reader
	count  int
	to     chat.ConversationID
	named  bool // the path or a field has said for which conversation
	limits chat.UploadLimits

	duration time.Duration
}

func (u *uploadReader) next() (*multipart.Part, error) {
	if u.count++; u.count > maxParts {
		return nil, chat.Invalid("file", "The form has too many parts")
	}
	part, err := u.parts.NextPart()
	if err != nil && !errors.Is(err, io.EOF) {
		if brokenOff(err) == err { //nolint:errorlint // unchanged
			err = chat.Invalid("file", "The form cannot be read")
		} else {
			err = brokenOff(err)
		}
	}
	return part, err
}

// field reads what stands beside the file. Unknown fields are passed over.
func (u *uploadReader) field(part *multipart.Part) error {
	content, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil || len(content) > maxField {
		return chat.Invalid(part.FormName(), "%s cannot be read", part.FormName())
	}
	value := strings.TrimSpace(string(content))
	switch part.FormName() {
	case "conversationId":
		return u.forConversation(value)
	case "durationMs":
		ms, err := strconv.ParseInt(value, 10, 64)
		if err != nil || ms < 0 || ms > 7*24*3_600_000 {
			return chat.Invalid("durationMs", "durationMs must be a number of milliseconds")
		}
		u.duration = time.Duration(ms) * time.Millisecond
	}
	return nil
}

func (u *uploadReader) forConversation(value string) error {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id <= 0 || id > chat.MaxID {
		return chat.Invalid("conversationId", "conversationId must be a positive number")
	}
	if u.named && u.to != chat.ConversationID(id) {
		return chat.Invalid("conversationId", "conversationId must be the one in the path")
	}
	if u.named {
		return nil
	}
	u.to, u.named = chat.ConversationID(id), true
	u.limits, err = u.api.chat.UploadTo(u.call, u.call.Actor, u.to, u.limits)
	return err
}

// rest reads what comes after the file.
func (u *uploadReader) rest() (chat.ConversationID, chat.UploadLimits, error) {
	for {
		part, err := u.next()
		if errors.Is(err, io.EOF) {
			return u.to, u.limits, nil
		}
		if err == nil && part.FormName() == "file" {
			err = chat.Invalid("file", "One file at a time")
		}
		if err == nil {
			err = u.field(part)
		}
		if err != nil {
			return 0, u.limits, err
		}
	}
}

// patientBody lets a body take its time as long as it comes.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b patientBody) Read(p []byte) (int, error) {
	// Without deadlines (in tests of handlers) the listener's own hold.
	_ = b.control.SetReadDeadline(time.Now().Add(stalled))
	return b.ReadCloser.Read(p)
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
	a.options.Files.Note(chat.Access{FileID: f.ID, UserID: c.ID, Variant: variant, IPPrefix: c.exchange.clientPrefix().String(), At: time.Now()})
	h := c.w.Header()
	h.Set("Content-Type", o.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-cache")
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

// avatarForm is the multipart form of a profile picture.
type avatarForm struct {
	File []byte `json:"file" doc:"An image."`
}

type avatarIn struct {
	_ struct{} `doc:"An image as multipart/form-data, in place of the picture before."`
}

func (a *API) setAvatar(c *call, _ avatarIn) (answer[chatapi.OwnUser], error) {
	f, err := a.takeUpload(c, 0, string(chat.ImageFile)) // else it would be stored before it is refused
	if err != nil {
		return no[chatapi.OwnUser](err)
	}
	u, err := a.chat.SetAvatar(c, c.Actor, f.ID)
	return a.ownUser(c, u, err)
}

func (a *API) deleteAvatar(c *call, _ noIn) (answer[chatapi.OwnUser], error) {
	u, err := a.chat.SetAvatar(c, c.Actor, 0)
	return a.ownUser(c, u, err)
}
