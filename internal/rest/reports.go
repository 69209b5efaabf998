package rest

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/text"
)

// Bounds of a report.
const (
	maxReportNote  = 2000 // characters
	maxExcerpts    = 20
	maxExcerptText = 10_000 // characters
)

type reportRoomIn struct {
	RoomID   string          `query:"roomId"`
	Note     string          `json:"note"`
	Messages json.RawMessage `json:"messages"`
}

type reportedRoom struct {
	Reported bool `json:"reported"`
}

// reportRoom tells the operator what the visitor wants to tell him, and nothing else.
func (a *API) reportRoom(v *visitor, in reportRoomIn) (reportedRoom, error) {
	r, err := a.enter(v, roomIn{in.RoomID})
	if err != nil {
		return reportedRoom{}, err
	}
	report := &admin.Report{Room: r.ID, Seat: r.Seat}
	if report.Note, err = text.Normalize(in.Note); err != nil || text.Length(report.Note) > maxReportNote {
		return reportedRoom{}, chat.Invalid("note", "note must be at most %d characters", maxReportNote)
	}
	if report.Excerpts, err = readExcerpts(in.Messages); err != nil {
		return reportedRoom{}, err
	}
	blank := func(e admin.Excerpt) bool { return text.IsBlank(e.Text) }
	report.Excerpts = slices.DeleteFunc(report.Excerpts, blank)
	if text.IsBlank(report.Note) && len(report.Excerpts) == 0 {
		return reportedRoom{}, chat.Invalid("note", "note or messages must say something")
	}
	if err := v.allowFrom(a.options.Rooms.Reports); err != nil {
		return reportedRoom{}, err
	}
	err = a.options.Rooms.Report(v, report)
	return reportedRoom{err == nil}, err
}

// readExcerpts reads what was picked: [{"seat":1,"name":"…","text":"…","timestamp":1}].
func readExcerpts(raw json.RawMessage) ([]admin.Excerpt, error) {
	picked := []struct {
		Seat      int    `json:"seat"`
		Name      string `json:"name"`
		Text      string `json:"text"`
		Timestamp int64  `json:"timestamp"`
	}{}
	d := json.NewDecoder(bytes.NewReader(raw))
	if len(raw) > 0 {
		if err := d.Decode(&picked); err != nil {
			return nil, chat.Invalid("messages", "messages must be a list of seat, name, text and timestamp")
		}
	}
	if len(picked) > maxExcerpts {
		return nil, chat.Invalid("messages", "messages must be at most %d", maxExcerpts)
	}
	list := make([]admin.Excerpt, len(picked))
	for i, p := range picked {
		name, badName := text.Line(p.Name)
		said, badText := text.Normalize(p.Text)
		switch {
		case p.Seat < 1 || p.Seat > chat.RoomSeats:
			return nil, chat.Invalid("messages", "messages[%d].seat must be 1 or %d", i, chat.RoomSeats)
		case badName != nil || text.Length(name) > chat.MaxRoomSender:
			return nil, chat.Invalid("messages", "messages[%d].name must be at most %d characters", i, chat.MaxRoomSender)
		case badText != nil || text.Length(said) > maxExcerptText:
			return nil, chat.Invalid("messages", "messages[%d].text must be at most %d characters", i, maxExcerptText)
		case p.Timestamp < 0 || p.Timestamp > maxTimestamp:
			return nil, chat.Invalid("messages", "messages[%d].timestamp must be in milliseconds", i)
		}
		list[i] = admin.Excerpt{Seat: p.Seat, Name: name, Text: said, At: time.UnixMilli(p.Timestamp).UTC()}
	}
	return list, nil
}

const maxTimestamp = 1 << 45 // in the year 3084

type reportsIn struct {
	_      struct{} `doc:"What guests of disposable rooms have told the operator, the newest first. They pick it themselves; nothing proves that it was said. A report is kept until it is closed, 90 days at most."`
	Before *int64   `query:"before" minimum:"1" doc:"Only reports with a smaller id than this."`
	Limit  int      `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many to return at most."`
}

type report struct {
	ID       int64       `json:"id"`
	At       string      `json:"at" format:"date-time"`
	RoomID   chat.RoomID `json:"roomId" doc:"By which the room can be ended, while it is there."`
	Seat     int         `json:"seat" doc:"Of who reports."`
	Note     string      `json:"note"`
	Messages []reported  `json:"messages" doc:"What was picked."`
}

type reported struct {
	Seat int    `json:"seat"`
	Name string `json:"name"`
	Text string `json:"text"`
	At   string `json:"at" format:"date-time"`
}

func (a *API) listReports(c *call, in reportsIn) (answer[[]report], error) {
	before := int64(0)
	if in.Before != nil {
		before = *in.Before
	}
	list, more, err := a.options.Admin.Reports(c, before, in.Limit)
	if err != nil {
		return no[[]report](err)
	}
	shown := make([]report, len(list))
	for i, r := range list {
		shown[i] = report{r.ID, chatapi.Time(r.At), r.Room, r.Seat, r.Note, make([]reported, len(r.Excerpts))}
		for j, e := range r.Excerpts {
			shown[i].Messages[j] = reported{e.Seat, e.Name, e.Text, chatapi.Time(e.At)}
		}
	}
	page := cursorPage[int64]{Limit: in.Limit, HasMore: more}
	if n := len(list); n > 0 {
		page.Before, page.After = &list[n-1].ID, &list[0].ID
	}
	return answer[[]report]{data: shown, page: page}, nil
}

type closeReportIn struct {
	_  struct{} `doc:"Erases it. That it was closed stands in the audit log, without what was in it."`
	ID string   `path:"id" doc:"The report."`
}

func (a *API) closeReport(c *call, in closeReportIn) (answer[nothing], error) {
	id, ok := chat.ParseID(in.ID)
	if !ok {
		return no[nothing](chat.Errorf(chat.NotFound, "Report not found"))
	}
	return answer[nothing]{}, a.options.Admin.CloseReport(c, c.Actor, id)
}
