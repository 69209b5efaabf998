package rest

import (
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

type setReminderIn struct {
	_  struct{}       `doc:"For the caller alone, at most 200. Setting it again moves it. When the time has come, his devices hear reminder.due on his own stream, also if they ask later. The reminder then stays in the list until it is removed."`
	ID chat.MessageID `path:"id" doc:"The message."`
	At *time.Time     `json:"at" required:"true" doc:"When; within five years."`
}

func (a *API) setReminder(c *call, in setReminderIn) (answer[chatapi.ReminderEvent], error) {
	r, err := a.chat.SetReminder(c, c.Actor, in.ID, *in.At)
	return a.reminded(c, r, err)
}

func (a *API) removeReminder(c *call, in bookmarkIn) (answer[chatapi.ReminderEvent], error) {
	r, err := a.chat.RemoveReminder(c, c.Actor, in.ID)
	return a.reminded(c, r, err)
}

func (a *API) reminded(c *call, r chat.ReminderChange, err error) (answer[chatapi.ReminderEvent], error) {
	if err != nil {
		return no[chatapi.ReminderEvent](err)
	}
	return ok(a.mapper(c).Reminded(r))
}

type listRemindersIn struct {
	_    struct{} `doc:"The caller's reminders, the earliest first, those that were due among them; those of messages that he may not see any more are left out."`
	Page int      `query:"page" default:"0" minimum:"0" maximum:"1000000" doc:"Number of the page, from 0."`
	Size int      `query:"size" default:"50" minimum:"1" maximum:"100" doc:"Reminders per page."`
}

func (a *API) listReminders(c *call, in listRemindersIn) (answer[[]chatapi.Reminder], error) {
	p, err := a.chat.Reminders(c, c.Actor, in.Page*in.Size, in.Size)
	if err != nil {
		return no[[]chatapi.Reminder](err)
	}
	list := make([]chat.Message, len(p.Reminders))
	for i := range p.Reminders {
		list[i] = p.Reminders[i].Message
	}
	shown := make([]chatapi.Reminder, len(list))
	for i, v := range a.messages(c, list) {
		r := &p.Reminders[i]
		shown[i] = chatapi.Reminder{MessageView: v, RemindAt: chatapi.Time(r.At), IsDue: !r.DueAt.IsZero()}
	}
	return answer[[]chatapi.Reminder]{
		data: shown, page: listPage{in.Page, in.Size, p.Total, int64(in.Page*in.Size+len(shown)) < p.Total},
	}, nil
}
