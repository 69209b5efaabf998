package rest

import (
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

type muteIn struct {
	_     struct{}            `doc:"For the caller alone. A muted conversation sends no notifications and is left out of the unread total; mentions still count."`
	ID    chat.ConversationID `path:"id" doc:"The conversation."`
	Muted *bool               `query:"muted" json:"muted" required:"true" doc:"In the query or in the body."`
	Until *time.Time          `query:"until" json:"until" doc:"When the mute ends by itself; without it, it lasts until changed."`
}

func (a *API) muteConversation(c *call, in muteIn) (answer[chatapi.ConversationView], error) {
	o := chat.OwnSettings{Muted: in.Muted}
	if in.Until != nil {
		o.MutedUntil = *in.Until
	}
	v, err := a.chat.UpdateOwnSettings(c, c.Actor, in.ID, o)
	return a.conversation(c, v, err)
}

type notificationsIn struct {
	_     struct{}            `doc:"For the caller alone. NOTHING is the same as muted; MENTIONS tells only of messages that mention the caller, or everybody. With until, what was before comes back by itself."`
	ID    chat.ConversationID `path:"id" doc:"The conversation."`
	Level string              `json:"level" required:"true" enum:"ALL,MENTIONS,NOTHING" doc:"What to tell of."`
	Until *time.Time          `json:"until" doc:"When the level ends; without it, it lasts until changed."`
}

func (a *API) setNotifications(c *call, in notificationsIn) (answer[chatapi.ConversationView], error) {
	level := chat.Level(in.Level)
	o := chat.OwnSettings{Level: &level, LevelUntil: timeOf(in.Until)}
	v, err := a.chat.UpdateOwnSettings(c, c.Actor, in.ID, o)
	return a.conversation(c, v, err)
}

type draftIn struct {
	_        struct{}            `doc:"What the caller has begun to write, for all his devices; the others do not see it. Without a text there is no draft any more: say so when it was sent. Save it after a pause, not with each key."`
	ID       chat.ConversationID `path:"id" doc:"The conversation."`
	Content  string              `json:"content" maxLength:"10000" example:"Dear all," doc:"The text so far; empty removes the draft."`
	ParentID chat.MessageID      `json:"parentMessageId" doc:"The message that it answers."`
}

// savedDraft is a conversation with its draft.
type savedDraft struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	Draft          *chatapi.Draft      `json:"draft"`
}

func (a *API) saveDraft(c *call, in draftIn) (answer[savedDraft], error) {
	d, err := a.chat.SaveDraft(c, c.Actor, in.ID, in.Content, in.ParentID)
	if err != nil {
		return no[savedDraft](err)
	}
	return ok(savedDraft{in.ID, a.mapper(c).Draft(d)})
}

func (a *API) deleteDraft(c *call, in conversationIn) (answer[savedDraft], error) {
	return a.saveDraft(c, draftIn{ID: in.ID})
}

type pinIn struct {
	_      struct{}            `doc:"For the caller alone, at most 20."`
	ID     chat.ConversationID `path:"id" doc:"The conversation."`
	Pinned *bool               `query:"pinned" json:"pinned" required:"true" doc:"In the query or in the body."`
}

func (a *API) pinConversation(c *call, in pinIn) (answer[chatapi.ConversationView], error) {
	v, err := a.chat.UpdateOwnSettings(c, c.Actor, in.ID, chat.OwnSettings{Pinned: in.Pinned})
	return a.conversation(c, v, err)
}

type archiveIn struct {
	_        struct{}            `doc:"For the caller alone. A new message brings the conversation back unless it is muted."`
	ID       chat.ConversationID `path:"id" doc:"The conversation."`
	Archived *bool               `query:"archived" json:"archived" required:"true" doc:"In the query or in the body."`
}

func (a *API) archiveConversation(c *call, in archiveIn) (answer[chatapi.ConversationView], error) {
	v, err := a.chat.UpdateOwnSettings(c, c.Actor, in.ID, chat.OwnSettings{Archived: in.Archived})
	return a.conversation(c, v, err)
}
