package rest

import (
	"parley/internal/chat"
	"parley/internal/chatapi"
)

type reactionIn struct {
	_     struct{}       `doc:"An emoji, or a :custom_name:. At most 20 different ones per message and 10 per user."`
	ID    chat.MessageID `path:"id" doc:"The message."`
	Emoji string         `json:"emoji" required:"true" example:"👍" doc:"The reaction."`
}

func (a *API) addReaction(c *call, in reactionIn) (answer[chatapi.ReactionSummary], error) {
	return a.react(c, chat.React{MessageID: in.ID, Emoji: in.Emoji, Add: true})
}

type ownReactionIn struct {
	_     struct{}       `doc:"One's own. What is not there changes nothing."`
	ID    chat.MessageID `path:"id" doc:"The message."`
	Emoji string         `path:"emoji" example:"👍" doc:"The reaction, percent-encoded once."`
}

func (a *API) removeReaction(c *call, in ownReactionIn) (answer[chatapi.ReactionSummary], error) {
	return a.react(c, chat.React{MessageID: in.ID, Emoji: in.Emoji})
}

func (a *API) react(c *call, r chat.React) (answer[chatapi.ReactionSummary], error) {
	done, err := a.chat.React(c, c.Actor, r)
	if err != nil {
		return no[chatapi.ReactionSummary](err)
	}
	return ok(chatapi.ReactionSummary(done.Summary))
}

func (a *API) toggleReaction(c *call, in reactionIn) (answer[chatapi.Toggled], error) {
	done, err := a.chat.ToggleReaction(c, c.Actor, in.ID, in.Emoji)
	if err != nil {
		return no[chatapi.Toggled](err)
	}
	return ok(a.mapper(c).Toggled(done))
}

func (a *API) listReactions(c *call, in messageIn) (answer[[]chatapi.Reaction], error) {
	list, err := a.chat.Reactions(c, c.Actor, in.ID)
	if err != nil {
		return no[[]chatapi.Reaction](err)
	}
	return ok(a.mapper(c).Reactions(list))
}

func (a *API) getReactionSummary(c *call, in messageIn) (answer[chatapi.ReactionSummary], error) {
	counts, err := a.chat.ReactionSummary(c, c.Actor, in.ID)
	if err != nil {
		return no[chatapi.ReactionSummary](err)
	}
	return ok(chatapi.ReactionSummary(counts))
}
