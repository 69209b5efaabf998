package rest

import (
	"slices"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// foundCursor is the page of a search, whose order is newest first: before is
// where to go on.
type foundCursor = cursorPage[chat.MessageID]

type searchMessagesIn struct {
	_             struct{}            `doc:"Newest first. Each word must match the beginning of a word, without case and accents; Chinese, Japanese and Korean text matches anywhere, emoji as themselves; nothing in the query is an operator. highlight holds what matched in content, in Unicode code points. A new message is found within 2 s."`
	ID            chat.ConversationID `path:"id" doc:"The conversation."`
	Query         string              `query:"query" required:"true" maxLength:"200" example:"project plan" doc:"The words to look for."`
	Before        chat.MessageID      `query:"before" doc:"Only messages with a smaller id than this."`
	Limit         int                 `query:"limit" default:"20" minimum:"1" maximum:"50" doc:"How many to return at most."`
	SenderID      chat.UserID         `query:"senderId" doc:"Only messages of this user."`
	From          *time.Time          `query:"from" doc:"Only messages sent at this time or later."`
	To            *time.Time          `query:"to" doc:"Only messages sent before this time."`
	HasAttachment *bool               `query:"hasAttachment" doc:"true finds only messages with a file."`
}

func (a *API) searchMessages(c *call, in searchMessagesIn) (answer[[]chatapi.Found], error) {
	q := chat.Search{
		Query: in.Query, ConversationID: in.ID, SenderID: in.SenderID, From: timeOf(in.From), To: timeOf(in.To), Before: in.Before, Limit: in.Limit,
	}
	if in.HasAttachment != nil && *in.HasAttachment {
		q.Has = chat.AnyFile
	}
	return a.search(c, q)
}

type searchEverywhereIn struct {
	_        struct{}            `doc:"Finds messages in all conversations that the caller takes part in, by the rules of the search in one. Without words, something else has to narrow it."`
	Query    string              `query:"query" maxLength:"200" example:"project plan" doc:"The words to look for."`
	In       chat.ConversationID `query:"in" doc:"Only messages of this conversation."`
	SenderID chat.UserID         `query:"senderId" doc:"Only messages of this user."`
	Has      string              `query:"has" example:"image" doc:"Only messages with such a file: image, file, audio, video, or attachment for any; several with commas."`
	From     *time.Time          `query:"from" doc:"Only messages sent at this time or later."`
	To       *time.Time          `query:"to" doc:"Only messages sent before this time."`
	Before   chat.MessageID      `query:"before" doc:"Only messages with a smaller id than this."`
	Limit    int                 `query:"limit" default:"20" minimum:"1" maximum:"50" doc:"How many to return at most."`
}

func (a *API) searchEverywhere(c *call, in searchEverywhereIn) (answer[[]chatapi.Found], error) {
	kinds, err := kindsOf(in.Has)
	if err != nil {
		return no[[]chatapi.Found](err)
	}
	return a.search(c, chat.Search{
		Query: in.Query, ConversationID: in.In, SenderID: in.SenderID, From: timeOf(in.From), To: timeOf(in.To), Has: kinds, Before: in.Before, Limit: in.Limit,
	})
}

// kindsOf reads which files a message must have.
func kindsOf(has string) (kinds []chat.FileKind, err error) {
	if has == "" {
		return nil, nil
	}
	for kind := range strings.SplitSeq(has, ",") {
		switch {
		case slices.Contains(chat.AnyFile, chat.FileKind(kind)):
			kinds = append(kinds, chat.FileKind(kind))
		case kind == "attachment":
			kinds = append(kinds, chat.AnyFile...)
		default:
			return nil, chat.Invalid("has", "has must be image, file, audio, video or attachment")
		}
	}
	return kinds, nil
}

func (a *API) search(c *call, q chat.Search) (answer[[]chatapi.Found], error) {
	if err := a.spendSearch(c); err != nil {
		return no[[]chatapi.Found](err)
	}
	p, err := a.chat.SearchMessages(c, c.Actor, q)
	if err != nil {
		return no[[]chatapi.Found](err)
	}
	found := make([]chatapi.Found, len(p.Messages))
	for i, v := range a.messages(c, p.Messages) {
		if err := c.Err(); err != nil {
			return no[[]chatapi.Found](err)
		}
		found[i] = a.mapper(c).Found(v, q.Query)
	}
	page := foundCursor{Limit: q.Limit, HasMore: p.HasMore}
	if n := len(p.Messages); n > 0 {
		page.Before, page.After = &p.Messages[n-1].ID, &p.Messages[0].ID
	}
	if p.Before != 0 {
		page.Before = &p.Before
	}
	return answer[[]chatapi.Found]{data: found, page: page}, nil
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
