package rest

import (
	"encoding/json"
	"net/http"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

type listMessagesIn struct {
	_       struct{}            `doc:"Always ascending. Without a cursor the newest; with before the newest below it; with after the oldest above it; with both the oldest between them. A cursor is only a number: a message with this id need not exist. Deleted messages are tombstones."`
	ID      chat.ConversationID `path:"id" doc:"The conversation."`
	Before  chat.MessageID      `query:"before" doc:"Only messages with a smaller id than this."`
	After   chat.MessageID      `query:"after" doc:"Only messages with a larger id than this."`
	Around  chat.MessageID      `query:"around" doc:"The messages around this one, in the place of before and after: half of them older, then it and what is newer. hasMore and hasNewer tell whether there are more on either side."`
	Limit   int                 `query:"limit" default:"50" minimum:"1" maximum:"100" doc:"How many to return at most."`
	Threads *bool               `query:"threads" doc:"false leaves replies in threads out."`
}

func (a *API) listMessages(c *call, in listMessagesIn) (answer[[]chatapi.MessageView], error) {
	page := chat.Page{Before: in.Before, After: in.After, Limit: in.Limit, WithoutReplies: in.Threads != nil && !*in.Threads}
	if in.Around != 0 {
		return a.listAround(c, in.ID, in.Around, page)
	}
	p, err := a.chat.Messages(c, c.Actor, in.ID, page)
	if err != nil {
		return no[[]chatapi.MessageView](err)
	}
	return answer[[]chatapi.MessageView]{data: a.messages(c, p.Messages), page: pageOf(p, in.Limit)}, nil
}

func (a *API) listAround(c *call, id chat.ConversationID, around chat.MessageID, page chat.Page) (answer[[]chatapi.MessageView], error) {
	if page.Before != 0 || page.After != 0 {
		return no[[]chatapi.MessageView](chat.Invalid("around", "around stands alone, without before and after"))
	}
	p, hasNewer, err := a.chat.MessagesAround(c, c.Actor, id, around, page)
	if err != nil {
		return no[[]chatapi.MessageView](err)
	}
	shown := pageOf(p, page.Limit)
	shown.HasNewer = &hasNewer
	return answer[[]chatapi.MessageView]{data: a.messages(c, p.Messages), page: shown}, nil
}

func (a *API) getMessage(c *call, in messageIn) (answer[chatapi.MessageView], error) {
	m, err := a.chat.Message(c, c.Actor, in.ID)
	if err != nil {
		return no[chatapi.MessageView](err)
	}
	return ok(a.messages(c, []chat.Message{*m})[0])
}

// messages maps messages. Who sent one finds his tempId on it, also when he
// reads it back: that is how he knows that it arrived.
func (a *API) messages(c *call, list []chat.Message) []chatapi.MessageView {
	views := a.mapper(c).MessageViews(list)
	for i := range views {
		views[i].EventType = lastEvent(&views[i])
		if list[i].SenderID == c.ID {
			views[i].TempID = list[i].TempID
		}
	}
	return views
}

// lastEvent is what happened to a message last, as clients of the event queue
// read it: the object is the same for both.
func lastEvent(m *chatapi.MessageView) string {
	switch {
	case m.IsDeleted:
		return "MESSAGE_DELETED"
	case m.IsEdited:
		return "MESSAGE_UPDATED"
	}
	return "MESSAGE_SENT"
}

type sendMessageIn struct {
	_              struct{}            `doc:"When it is answered, the message is on disk. A repeat with the same tempId is answered with 200, the first message and duplicate: true."`
	ID             chat.ConversationID `path:"id" doc:"The conversation."`
	ConversationID chat.ConversationID `json:"conversationId" doc:"If it is there, it must be the one in the path."`
	Content        string              `json:"content" maxLength:"10000" example:"Hello!" doc:"The text."`
	Encrypted      string              `json:"encryptedContent" maxLength:"65536" doc:"Stands instead of content: stored and delivered untouched."`
	MessageType    string              `json:"messageType" enum:"TEXT,IMAGE,FILE,AUDIO,VIDEO" doc:"TEXT if absent."`
	Poll           *chat.NewPoll       `json:"poll" doc:"A question to all, in groups and channels; stands instead of content, which then says it in words."`
	ParentID       chat.MessageID      `json:"parentMessageId" doc:"The message to reply to."`
	AttachmentIDs  []chat.FileID       `json:"attachmentIds" maxItems:"10" doc:"Files that were uploaded before."`
	Mentions       []chat.UserID       `json:"mentions" maxItems:"100" doc:"Participants to mention beside those that the text names with @."`
	Metadata       json.RawMessage     `json:"metadata" doc:"An object of the application's own."`
	TempID         string              `json:"tempId" header:"Idempotency-Key" maxLength:"64" example:"temp-123" doc:"The sender's own name for the message: sending it again sends it once."`
}

func (a *API) sendMessage(c *call, in sendMessageIn) (answer[chatapi.Sent], error) {
	if in.ConversationID != 0 && in.ConversationID != in.ID {
		return no[chatapi.Sent](chat.Invalid("conversationId", "conversationId must be the one in the path"))
	}
	sent, err := a.chat.SendMessage(c, c.Actor, chat.SendMessage{
		ConversationID: in.ID, Type: chat.MessageType(in.MessageType), Content: in.Content, Encrypted: in.Encrypted,
		ParentID: in.ParentID, TempID: in.TempID, Metadata: in.Metadata, Mentions: in.Mentions, AttachmentIDs: in.AttachmentIDs, Poll: in.Poll,
	})
	if err != nil {
		return no[chatapi.Sent](err)
	}
	shown := answer[chatapi.Sent]{status: http.StatusCreated, data: a.mapper(c).Sent(sent)}
	shown.data.EventType = lastEvent(&shown.data.MessageView)
	if sent.Duplicate {
		shown.status = http.StatusOK
	}
	return shown, nil
}

type messageIn struct {
	ID chat.MessageID `path:"id" doc:"The message."`
}

type threadIn struct {
	_      struct{}       `doc:"Ascending; the message itself stands in root. The id of a reply means the thread that it is in."`
	ID     chat.MessageID `path:"id" doc:"The message."`
	Before chat.MessageID `query:"before" doc:"Only replies with a smaller id than this."`
	After  chat.MessageID `query:"after" doc:"Only replies with a larger id than this."`
	Limit  int            `query:"limit" default:"50" minimum:"1" maximum:"100" doc:"How many to return at most."`
}

func (a *API) getThread(c *call, in threadIn) (answer[[]chatapi.MessageView], error) {
	p, err := a.chat.Thread(c, c.Actor, in.ID, chat.Page{Before: in.Before, After: in.After, Limit: in.Limit})
	if err != nil {
		return no[[]chatapi.MessageView](err)
	}
	root := a.messages(c, []chat.Message{*p.Root})[0]
	return answer[[]chatapi.MessageView]{data: a.messages(c, p.Messages), page: pageOf(p, in.Limit), root: root}, nil
}

type listThreadsIn struct {
	_      struct{}       `doc:"The threads in which the caller has written, or whose first message is his, in all his conversations: the latest reply first. The page's before goes on."`
	Before chat.MessageID `query:"before" doc:"Only threads whose latest reply has a smaller id than this."`
	Unread bool           `query:"unread" doc:"Only threads with replies that he has not read."`
	Limit  int            `query:"limit" default:"50" minimum:"1" maximum:"100" doc:"How many to return at most."`
}

func (a *API) listThreads(c *call, in listThreadsIn) (answer[[]chatapi.Thread], error) {
	p, err := a.chat.Threads(c, c.Actor, in.Before, in.Unread, in.Limit)
	if err != nil {
		return no[[]chatapi.Thread](err)
	}
	messages := make([]chat.Message, 0, 2*len(p.Threads))
	for i := range p.Threads {
		messages = append(messages, p.Threads[i].Root, p.Threads[i].Last)
	}
	shown, page := make([]chatapi.Thread, len(p.Threads)), messageCursor{Limit: in.Limit, HasMore: p.HasMore}
	for i, views := 0, a.messages(c, messages); i < len(shown); i++ {
		shown[i] = chatapi.Thread{MessageView: views[2*i], LastReply: views[2*i+1], UnreadReplies: p.Threads[i].Unread}
	}
	if n := len(p.Threads); n > 0 {
		page.Before, page.After = &p.Threads[n-1].Last.ID, &p.Threads[0].Last.ID
	}
	return answer[[]chatapi.Thread]{data: shown, page: page}, nil
}

func (a *API) getHistory(c *call, in messageIn) (answer[[]chatapi.Version], error) {
	list, err := a.chat.History(c, c.Actor, in.ID)
	if err != nil {
		return no[[]chatapi.Version](err)
	}
	return ok(a.mapper(c).Versions(list))
}

type editMessageIn struct {
	_         struct{}        `doc:"Its author only. The same text again changes nothing."`
	ID        chat.MessageID  `path:"id" doc:"The message."`
	Content   string          `json:"content" maxLength:"10000" example:"Hello, world!" doc:"The new text."`
	Encrypted string          `json:"encryptedContent" maxLength:"65536" doc:"Stands instead of content."`
	Metadata  json.RawMessage `json:"metadata" doc:"Replaces the metadata; absent leaves them."`
	Mentions  []chat.UserID   `json:"mentions" maxItems:"100" doc:"Participants to mention beside those that the text names with @."`
}

func (a *API) editMessage(c *call, in editMessageIn) (answer[chatapi.MessageView], error) {
	m, err := a.chat.EditMessage(c, c.Actor, chat.EditMessage{
		MessageID: in.ID, Content: in.Content, Encrypted: in.Encrypted, Metadata: in.Metadata, Mentions: in.Mentions,
	})
	if err != nil {
		return no[chatapi.MessageView](err)
	}
	return ok(a.messages(c, []chat.Message{*m})[0])
}

func (a *API) deleteMessage(c *call, in messageIn) (answer[chatapi.Deleted], error) {
	m, err := a.chat.DeleteMessage(c, c.Actor, in.ID)
	if err != nil {
		return no[chatapi.Deleted](err)
	}
	return ok(a.mapper(c).Deleted(m))
}

type forwardIn struct {
	_               struct{}              `doc:"All of the conversations get a copy, or none does."`
	ID              chat.MessageID        `path:"id" doc:"The message."`
	ConversationIDs []chat.ConversationID `json:"conversationIds" bare:"true" maxItems:"20" example:"[4,7]" doc:"Where to."`
}

func (a *API) forwardMessage(c *call, in forwardIn) (answer[[]chatapi.MessageView], error) {
	copies, err := a.chat.Forward(c, c.Actor, in.ID, in.ConversationIDs)
	if err != nil {
		return no[[]chatapi.MessageView](err)
	}
	return created(a.messages(c, copies))
}
