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

type markUnreadIn struct {
	_         struct{}            `doc:"For the caller alone, on all his devices: a receipt that others have seen stays. What is unread already changes nothing; marking as read, or writing, ends it."`
	ID        chat.ConversationID `path:"id" doc:"The conversation."`
	MessageID *chat.MessageID     `json:"fromMessageId" example:"44" doc:"The first message to be unread; absent means the newest of somebody else."`
}

func (a *API) markUnread(c *call, in markUnreadIn) (answer[chatapi.ReadState], error) {
	from := chat.MessageID(0)
	if in.MessageID != nil {
		if from = *in.MessageID; from <= 0 {
			return no[chatapi.ReadState](chat.Invalid("fromMessageId", "fromMessageId must be a message's id"))
		}
	}
	state, err := a.chat.MarkUnread(c, c.Actor, in.ID, from)
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
