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
