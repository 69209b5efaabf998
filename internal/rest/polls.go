package rest

import (
	"parley/internal/chat"
	"parley/internal/chatapi"
)

type voteIn struct {
	_       struct{}       `doc:"The caller's choice, in place of the one before; an empty list takes it back. Whoever sees the poll may vote until it ends. All hear of the message with its new counts as message.updated, of an anonymous poll without who it was; the caller's own devices hear poll.voted. A repeat changes nothing."`
	ID      chat.MessageID `path:"id" doc:"The message with the poll."`
	Options []int          `json:"options" bare:"true" maxItems:"12" example:"[0,2]" doc:"The ids of the options; one, unless the poll takes several."`
}

func (a *API) vote(c *call, in voteIn) (answer[chatapi.MessageView], error) {
	m, err := a.chat.Vote(c, c.Actor, in.ID, in.Options)
	return a.changed(c, m, err)
}

func (a *API) takeVoteBack(c *call, in messageIn) (answer[chatapi.MessageView], error) {
	m, err := a.chat.Vote(c, c.Actor, in.ID, nil)
	return a.changed(c, m, err)
}

type closePollIn struct {
	_  struct{}       `doc:"Ends voting for good: for who asked, and for the owner and admins of the conversation. All hear of it as message.updated. A repeat changes nothing."`
	ID chat.MessageID `path:"id" doc:"The message with the poll."`
}

func (a *API) closePoll(c *call, in closePollIn) (answer[chatapi.MessageView], error) {
	m, err := a.chat.ClosePoll(c, c.Actor, in.ID)
	return a.changed(c, m, err)
}

func (a *API) changed(c *call, m *chat.Message, err error) (answer[chatapi.MessageView], error) {
	if err != nil {
		return no[chatapi.MessageView](err)
	}
	return ok(a.messages(c, []chat.Message{*m})[0])
}

type listVotersIn struct {
	_     struct{}       `doc:"Who has chosen what, in the order of their ids. Of an anonymous poll nobody is told."`
	ID    chat.MessageID `path:"id" doc:"The message with the poll."`
	After chat.UserID    `query:"after" doc:"Only users with a larger id than this."`
	Limit int            `query:"limit" default:"100" minimum:"1" maximum:"100" doc:"How many to return at most."`
}

func (a *API) listVoters(c *call, in listVotersIn) (answer[[]chatapi.PollVoter], error) {
	list, err := a.chat.PollVoters(c, c.Actor, in.ID, in.After, in.Limit+1)
	if err != nil {
		return no[[]chatapi.PollVoter](err)
	}
	page := cursorPage[chat.UserID]{Limit: in.Limit, HasMore: len(list) > in.Limit}
	list = list[:min(len(list), in.Limit)]
	if len(list) > 0 {
		page.Before, page.After = &list[0].UserID, &list[len(list)-1].UserID
	}
	return answer[[]chatapi.PollVoter]{data: a.mapper(c).PollVoters(list), page: page}, nil
}
