package rest

import (
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/text"
)

// foundMessage is a message with what a search found in it.
type foundMessage struct {
	chatapi.MessageView
	Highlight [][2]int `json:"highlight"`
}

// maxHighlights is how many stretches of one message are marked.
const maxHighlights = 50

type searchMessagesIn struct {
	_             struct{}            `doc:"Newest first. Each word must match the beginning of a word, without case and accents; Chinese, Japanese and Korean text matches anywhere, an emoji itself. highlight lists the stretches of content that match, from and up to a number of Unicode code points. The smallest id is the next before."`
	ID            chat.ConversationID `path:"id" doc:"The conversation."`
	Query         string              `query:"query" required:"true" maxLength:"200" example:"hello" doc:"The words to look for."`
	Before        chat.MessageID      `query:"before" doc:"Only messages with a smaller id than this."`
	Limit         int                 `query:"limit" default:"20" minimum:"1" maximum:"50" doc:"How many to return at most."`
	SenderID      chat.UserID         `query:"senderId" doc:"Only messages of this person."`
	From          *time.Time          `query:"from" doc:"Only messages from this time on."`
	To            *time.Time          `query:"to" doc:"Only messages before this time."`
	HasAttachment *bool               `query:"hasAttachment" doc:"Only messages with an attachment, or only those without one."`
}

func (a *API) searchMessages(c *call, in searchMessagesIn) (answer[[]foundMessage], error) {
	return a.search(c, chat.MessageSearch{
		Query: in.Query, In: in.ID, SenderID: in.SenderID, HasAttachment: in.HasAttachment,
		From: timeOr(in.From), To: timeOr(in.To), Before: in.Before, Limit: in.Limit,
	})
}

type searchAllIn struct {
	_        struct{}            `doc:"Searches the messages of all one's conversations; otherwise like the search of one."`
	Query    string              `query:"query" required:"true" maxLength:"200" example:"hello" doc:"The words to look for."`
	In       chat.ConversationID `query:"in" doc:"Only this conversation."`
	SenderID chat.UserID         `query:"senderId" doc:"Only messages of this person."`
	Has      string              `query:"has" enum:"image,file,audio,video" doc:"Only messages with such an attachment."`
	From     *time.Time          `query:"from" doc:"Only messages from this time on."`
	To       *time.Time          `query:"to" doc:"Only messages before this time."`
	Before   chat.MessageID      `query:"before" doc:"Only messages with a smaller id than this."`
	Limit    int                 `query:"limit" default:"20" minimum:"1" maximum:"50" doc:"How many to return at most."`
}

func (a *API) searchAll(c *call, in searchAllIn) (answer[[]foundMessage], error) {
	return a.search(c, chat.MessageSearch{
		Query: in.Query, In: in.In, SenderID: in.SenderID, Has: chat.MessageType(strings.ToUpper(in.Has)),
		From: timeOr(in.From), To: timeOr(in.To), Before: in.Before, Limit: in.Limit,
	})
}

func (a *API) search(c *call, q chat.MessageSearch) (answer[[]foundMessage], error) {
	if err := a.spendSearch(c); err != nil {
		return no[[]foundMessage](err)
	}
	p, err := a.chat.SearchMessages(c, c.Actor, q)
	if err != nil {
		return no[[]foundMessage](err)
	}
	found := make([]foundMessage, len(p.Messages))
	for i, m := range a.messages(c, p.Messages) {
		found[i] = foundMessage{m, [][2]int{}}
		for _, s := range text.Highlights(m.Content, q.Query, maxHighlights) {
			found[i].Highlight = append(found[i].Highlight, [2]int{s.Start, s.End})
		}
	}
	page := messageCursor{Limit: q.Limit, HasMore: p.HasMore}
	if n := len(p.Messages); n > 0 { // newest first
		page.Before, page.After = &p.Messages[n-1].ID, &p.Messages[0].ID
	}
	return answer[[]foundMessage]{data: found, page: page}, nil
}

func timeOr(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
