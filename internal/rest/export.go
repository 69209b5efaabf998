package rest

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// exportIn documents the export of one's own data.
type exportIn struct {
	_ struct{} `doc:"A ZIP with what the server keeps of the caller: profile with settings, sessions, blocks, conversations with his part in them and his drafts, bookmarks, every message that he wrote and nobody deleted, and the files that he uploaded. What others wrote is theirs. It is made while it is sent; one at a time."`
}

const exportPage = 200

// exportMe sends one's own data.
func (a *API) exportMe() operation {
	o := personal(a, "GET /api/users/me/export", "exportMe", "Download one's data", func(*call, exportIn) (answer[noIn], error) { return ok(noIn{}) }, chat.Conflict)
	o.bytes = true
	o.serve = func(w http.ResponseWriter, r *http.Request, x *exchange) error {
		c, err := a.admit(w, r, x, inPerson)
		if err != nil {
			return err
		}
		if _, busy := a.exporting.LoadOrStore(c.ID, true); busy {
			return chat.Errorf(chat.Conflict, "Your data is being sent already")
		}
		defer a.exporting.Delete(c.ID)
		e := &export{api: a, call: c}
		if err := e.gather(); err != nil { // before the first byte: it can still be an answer
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "application/zip")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Disposition", disposition(false, fmt.Sprintf("parley-%s-%s.zip", e.user.Username, time.Now().UTC().Format("2006-01-02"))))
		e.zip = zip.NewWriter(patientWriter{w, http.NewResponseController(w)})
		if err := e.write(); err != nil {
			if !isGone(r, err) {
				a.log.ErrorContext(c, "sending somebody his data", "requestId", x.id, "error", err)
			}
			panic(http.ErrAbortHandler) // what was sent must not look whole
		}
		return nil
	}
	return o
}

// export is somebody's data on its way to him.
type export struct {
	api  *API
	call *call
	zip  *zip.Writer

	user     *chat.User
	sessions []session
	blocks   []chat.User
}

func (e *export) gather() (err error) {
	if e.user, err = e.api.chat.Me(e.call, e.call.Actor); err != nil {
		return err
	}
	if e.sessions, err = e.api.sessionsOf(e.call); err != nil {
		return err
	}
	e.blocks, err = e.api.chat.Blocked(e.call, e.call.Actor)
	return err
}

func (e *export) write() error {
	m := e.api.mapper(e.call)
	for _, part := range []struct {
		name string
		data any
	}{
		{"profile.json", m.OwnUser(e.user)}, {"sessions.json", e.sessions}, {"blocks.json", mapped(e.blocks, m.User)},
	} {
		if err := e.json(part.name, part.data); err != nil {
			return err
		}
	}
	for _, part := range []func() error{e.conversations, e.bookmarks, e.reminders, e.votes, e.messages, e.files} {
		if err := part(); err != nil {
			return err
		}
	}
	return e.zip.Close()
}

func mapped[In, Out any](list []In, to func(*In) Out) []Out {
	out := make([]Out, len(list))
	for i := range list {
		out[i] = to(&list[i])
	}
	return out
}

func (e *export) entry(name string) (io.Writer, error) {
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now()})
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", name, err)
	}
	return w, nil
}

func (e *export) json(name string, v any) error {
	w, err := e.entry(name)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (e *export) conversations() error {
	var all []chatapi.ConversationView
	for offset := 0; ; offset += exportPage {
		list, err := e.api.chat.Conversations(e.call, e.call.Actor, chat.ConversationFilter{Offset: offset, Limit: exportPage})
		if err != nil {
			return err
		}
		views, err := e.api.conversations(e.call, list.Conversations, nil)
		if err != nil {
			return err
		}
		for _, v := range views.data {
			v.LastMessage = nil // somebody else's, perhaps
			all = append(all, v)
		}
		if len(list.Conversations) < exportPage {
			return e.json("conversations.json", all)
		}
	}
}

// bookmarks names messages, without what others wrote in them.
func (e *export) bookmarks() error {
	all := []chatapi.BookmarkEvent{}
	for offset := 0; ; offset += chat.MaxBookmarkPage {
		page, err := e.api.chat.Bookmarks(e.call, e.call.Actor, offset, chat.MaxBookmarkPage)
		if err != nil {
			return err
		}
		for i := range page.Bookmarks {
			b := &page.Bookmarks[i]
			all = append(all, e.api.mapper(e.call).Bookmarked(chat.BookmarkChange{MessageID: b.ID, ConversationID: b.ConversationID, At: b.At}))
		}
		if len(page.Bookmarks) < chat.MaxBookmarkPage {
			return e.json("bookmarks.json", all)
		}
	}
}

// reminders names messages, without what others wrote in them.
func (e *export) reminders() error {
	all := []chatapi.ReminderEvent{}
	for offset := 0; ; offset += chat.MaxReminderPage {
		page, err := e.api.chat.Reminders(e.call, e.call.Actor, offset, chat.MaxReminderPage)
		if err != nil {
			return err
		}
		for i := range page.Reminders {
			r := &page.Reminders[i]
			all = append(all, e.api.mapper(e.call).Reminded(chat.ReminderChange{
				MessageID: r.ID, ConversationID: r.ConversationID, At: r.At, Due: !r.DueAt.IsZero(),
			}))
		}
		if len(page.Reminders) < chat.MaxReminderPage {
			return e.json("reminders.json", all)
		}
	}
}

// votes say what was chosen, without what others asked.
func (e *export) votes() error {
	all := []chatapi.VoteEvent{}
	for after := chat.MessageID(0); ; {
		page, err := e.api.chat.OwnVotes(e.call, e.call.Actor, after, exportPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return e.json("votes.json", all)
		}
		for i := range page {
			after = page[i].MessageID
			all = append(all, e.api.mapper(e.call).Voted(&page[i]))
		}
	}
}

// messages writes a message a line.
func (e *export) messages() error {
	w, err := e.entry("messages.ndjson")
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for after := chat.MessageID(0); ; {
		page, err := e.api.chat.OwnMessages(e.call, e.call.Actor, after, exportPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			after = page[i].ID
			if err := enc.Encode(e.api.mapper(e.call).Message(&page[i])); err != nil {
				return err
			}
		}
	}
}

func (e *export) files() error {
	for after := chat.FileID(0); ; {
		page, err := e.api.chat.OwnFiles(e.call, e.call.Actor, after, exportPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			after = page[i].ID
			if err := e.file(&page[i]); err != nil {
				return err
			}
		}
	}
}

func (e *export) file(f *chat.File) error {
	o, err := e.api.options.Files.Open(e.call, f, 0)
	if chat.Has(err, chat.NotFound) { // deleted since
		return nil
	}
	if err != nil {
		return err
	}
	w, err := e.entry(fmt.Sprintf("files/%d-%s", f.ID, f.Name))
	if err == nil {
		_, err = io.Copy(w, o)
	}
	return errors.Join(err, o.Close())
}
