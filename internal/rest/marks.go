package rest

import (
	"parley/internal/chat"
	"parley/internal/chatapi"
)

type pinMessageIn struct {
	_  struct{}       `doc:"For everybody in the conversation; whoever may write there may pin. All hear of it as message.updated, and a line tells who pinned it. A repeat changes nothing."`
	ID chat.MessageID `path:"id" doc:"The message."`
}

func (a *API) pinMessage(c *call, in pinMessageIn) (answer[chatapi.MessageView], error) {
	return a.setPin(c, in.ID, true)
}

func (a *API) unpinMessage(c *call, in messageIn) (answer[chatapi.MessageView], error) {
	return a.setPin(c, in.ID, false)
}

func (a *API) setPin(c *call, id chat.MessageID, pin bool) (answer[chatapi.MessageView], error) {
	m, err := a.chat.PinMessage(c, c.Actor, id, pin)
	if err != nil {
		return no[chatapi.MessageView](err)
	}
	return ok(a.messages(c, []chat.Message{*m})[0])
}

type listPinsIn struct {
	_  struct{}            `doc:"All pinned messages of the conversation, the newest pin first; at most 50."`
	ID chat.ConversationID `path:"id" doc:"The conversation."`
}

func (a *API) listPins(c *call, in listPinsIn) (answer[[]chatapi.MessageView], error) {
	list, err := a.chat.Pins(c, c.Actor, in.ID)
	if err != nil {
		return no[[]chatapi.MessageView](err)
	}
	return ok(a.messages(c, list))
}

type bookmarkIn struct {
	_  struct{}       `doc:"For the caller alone. A repeat changes nothing."`
	ID chat.MessageID `path:"id" doc:"The message."`
}

func (a *API) addBookmark(c *call, in bookmarkIn) (answer[chatapi.BookmarkEvent], error) {
	return a.setBookmark(c, in.ID, true)
}

func (a *API) removeBookmark(c *call, in bookmarkIn) (answer[chatapi.BookmarkEvent], error) {
	return a.setBookmark(c, in.ID, false)
}

func (a *API) setBookmark(c *call, id chat.MessageID, set bool) (answer[chatapi.BookmarkEvent], error) {
	b, err := a.chat.SetBookmark(c, c.Actor, id, set)
	if err != nil {
		return no[chatapi.BookmarkEvent](err)
	}
	return ok(a.mapper(c).Bookmarked(b))
}

type listBookmarksIn struct {
	_    struct{} `doc:"The caller's bookmarks, the newest first; those of messages that he may not see any more are left out."`
	Page int      `query:"page" default:"0" minimum:"0" maximum:"1000000" doc:"Number of the page, from 0."`
	Size int      `query:"size" default:"50" minimum:"1" maximum:"100" doc:"Bookmarks per page."`
}

func (a *API) listBookmarks(c *call, in listBookmarksIn) (answer[[]chatapi.Bookmark], error) {
	p, err := a.chat.Bookmarks(c, c.Actor, in.Page*in.Size, in.Size)
	if err != nil {
		return no[[]chatapi.Bookmark](err)
	}
	list := make([]chat.Message, len(p.Bookmarks))
	for i := range p.Bookmarks {
		list[i] = p.Bookmarks[i].Message
	}
	shown := make([]chatapi.Bookmark, len(list))
	for i, v := range a.messages(c, list) {
		shown[i] = chatapi.Bookmark{MessageView: v, BookmarkedAt: chatapi.Time(p.Bookmarks[i].At)}
	}
	return answer[[]chatapi.Bookmark]{
		data: shown, page: listPage{in.Page, in.Size, p.Total, int64(in.Page*in.Size+len(shown)) < p.Total},
	}, nil
}
