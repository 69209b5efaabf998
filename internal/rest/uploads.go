package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/files"
)

const (
	// formOverhead is what a multipart form may have beside the file.
	formOverhead = 64 << 10
	maxField     = 1 << 10
	maxParts     = 16
	// A transfer that stands still for stalled is broken off; transferWithin bounds
	// the whole.
	stalled        = 30 * time.Second
	transferWithin = time.Hour
	// uploadsAtOnce is how many uploads of one user may be under way.
	uploadsAtOnce = 4

	fileMissing = "file is missing"
)

// uploads counts what is coming in, by user.
type uploads struct {
	mu   sync.Mutex
	open map[chat.UserID]int
}

func (l *uploads) begin(u chat.UserID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[u] >= uploadsAtOnce {
		return false
	}
	if l.open == nil {
		l.open = map[chat.UserID]int{}
	}
	l.open[u]++
	return true
}

func (l *uploads) end(u chat.UserID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[u]--; l.open[u] == 0 {
		delete(l.open, u)
	}
}

// uploadForm is the multipart form of an upload.
type uploadForm struct {
	File           []byte              `json:"file" doc:"The file."`
	ConversationID chat.ConversationID `json:"conversationId" doc:"For which conversation it is; before or after the file."`
	DurationMs     int64               `json:"durationMs" doc:"How long sound or film is, in milliseconds; before or after the file."`
	Peaks          string              `json:"peaks" example:"[0,12,80,…]" doc:"How loud a voice message is: a JSON array of 48 numbers from 0 to 100; before or after the file. Of what is not sound it is not kept."`
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
	if !a.uploading.begin(c.ID) {
		return nil, chat.Errorf(chat.RateLimited, "At most %d uploads at once", uploadsAtOnce)
	}
	defer a.uploading.end(c.ID)
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
	form := &uploadReader{api: a, call: c, named: to != 0 || types != nil}
	form.said.ConversationID, form.said.Limits = to, limits
	if form.parts, err = a.multipart(c, limits.Bytes+formOverhead); err != nil {
		return nil, err
	}
	for {
		part, err := form.next()
		if errors.Is(err, io.EOF) {
			return nil, chat.Invalid("file", fileMissing)
		}
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" {
			f, err := a.options.Files.Take(ctx, c.Actor, files.Upload{
				Said: form.said, Name: part.FileName(), Declared: part.Header.Get("Content-Type"), Bytes: part, Rest: form.rest,
			})
			return f, brokenOff(err)
		}
		if err := form.field(part); err != nil {
			return nil, err
		}
	}
}

func (a *API) multipart(c *call, limit int64) (*multipart.Reader, error) {
	body := patientBody{c.request.Body, http.NewResponseController(c.w), time.Now().Add(transferWithin)}
	// The listener's own deadline began with the request.
	_ = body.control.SetWriteDeadline(body.end.Add(stalled))
	c.request.Body = http.MaxBytesReader(c.w, body, limit)
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
	api   *API
	call  *call
	parts *multipart.Reader
	count int
	named bool // the path or a field has said for which conversation
	said  files.Said
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
	case "conversationId", "conversation_id": // as the toolkit calls it
		return u.forConversation(value)
	case "durationMs":
		ms, err := strconv.ParseInt(value, 10, 64)
		if err != nil || ms < 0 || ms > 7*24*3_600_000 {
			return chat.Invalid("durationMs", "durationMs must be a number of milliseconds")
		}
		u.said.Duration = time.Duration(ms) * time.Millisecond
	case "peaks":
		return u.setPeaks(content)
	}
	return nil
}

func (u *uploadReader) setPeaks(content []byte) error {
	var peaks []int
	if err := json.Unmarshal(content, &peaks); err != nil || len(peaks) != chat.FilePeaks || slices.Min(peaks) < 0 || slices.Max(peaks) > chat.MaxPeak {
		return chat.Invalid("peaks", "peaks must be a JSON array of %d numbers from 0 to %d", chat.FilePeaks, chat.MaxPeak)
	}
	u.said.Peaks = peaks
	return nil
}

func (u *uploadReader) forConversation(value string) error {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id <= 0 || id > chat.MaxID {
		return chat.Invalid("conversationId", "conversationId must be a positive number")
	}
	if u.named && u.said.ConversationID != chat.ConversationID(id) {
		return chat.Invalid("conversationId", "conversationId must be the one in the path")
	}
	if u.named {
		return nil
	}
	u.said.ConversationID, u.named = chat.ConversationID(id), true
	u.said.Limits, err = u.api.chat.UploadTo(u.call, u.call.Actor, u.said.ConversationID, u.said.Limits)
	return err
}

// rest reads what comes after the file.
func (u *uploadReader) rest() (files.Said, error) {
	for {
		part, err := u.next()
		if errors.Is(err, io.EOF) {
			return u.said, nil
		}
		if err == nil && part.FormName() == "file" {
			err = chat.Invalid("file", "One file at a time")
		}
		if err == nil {
			err = u.field(part)
		}
		if err != nil {
			return files.Said{}, err
		}
	}
}

// patientBody lets a body take its time as long as it comes, until its end.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	end     time.Time
}

func (b patientBody) Read(p []byte) (int, error) {
	until := time.Now().Add(stalled)
	if until.After(b.end) {
		until = b.end
	}
	// Without deadlines (in tests of handlers) the listener's own hold.
	_ = b.control.SetReadDeadline(until)
	return b.ReadCloser.Read(p)
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
