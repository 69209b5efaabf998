package rest

import (
	"parley/internal/chat"
	"parley/internal/chatapi"
)

type markReadIn struct {
	_         struct{}            `doc:"A position only moves forward: an id behind it changes nothing and is no error."`
	ID        chat.ConversationID `path:"id" doc:"The conversation."`
	MessageID *chat.MessageID     `json:"lastReadMessageId" example:"44" doc:"Everything up to this message is read; absent means the newest."`
}

func (a *API) markRead(c *call, in markReadIn) (answer[chatapi.ReadState], error) {
	upTo := chat.MessageID(0) // the newest
	if in.MessageID != nil {
		if upTo = *in.MessageID; upTo <= 0 {
			return no[chatapi.ReadState](chat.Invalid("lastReadMessageId", "lastReadMessageId must be a message's id"))
		}
	}
	state, err := a.chat.MarkRead(c, c.Actor, in.ID, upTo)
	if err != nil {
		return no[chatapi.ReadState](err)
	}
	return ok(a.mapper(c).ReadState(state))
}

func (a *API) listReadReceipts(c *call, in messageIn) (answer[[]chatapi.ReadReceipt], error) {
	marks, err := a.chat.ReadReceipts(c, c.Actor, in.ID)
	if err != nil {
		return no[[]chatapi.ReadReceipt](err)
	}
	return ok(a.mapper(c).ReadReceipts(in.ID, marks))
}
