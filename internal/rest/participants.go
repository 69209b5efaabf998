package rest

import (
	"parley/internal/chat"
	"parley/internal/chatapi"
)

type listParticipantsIn struct {
	_     struct{}            `doc:"In the order of their ids."`
	ID    chat.ConversationID `path:"id" doc:"The conversation."`
	After chat.UserID         `query:"after" doc:"Only users with a larger id than this."`
	Limit int                 `query:"limit" default:"100" minimum:"1" maximum:"500" doc:"How many to return at most."`
}

func (a *API) listParticipants(c *call, in listParticipantsIn) (answer[[]chatapi.Participant], error) {
	list, err := a.chat.Participants(c, c.Actor, in.ID, in.After, in.Limit+1)
	if err != nil {
		return no[[]chatapi.Participant](err)
	}
	page := cursorPage[chat.UserID]{Limit: in.Limit, HasMore: len(list) > in.Limit}
	list = list[:min(len(list), in.Limit)]
	if len(list) > 0 {
		page.Before, page.After = &list[0].UserID, &list[len(list)-1].UserID
	}
	m := a.mapper(c)
	return answer[[]chatapi.Participant]{data: m.Participants(list), page: page}, nil
}

type addParticipantsIn struct {
	_              struct{}            `doc:"Who is in already is ignored; people with whom there is a block are left out and listed in skipped. The body may also be a bare list of ids."`
	ID             chat.ConversationID `path:"id" doc:"The conversation."`
	UserIDs        []chat.UserID       `json:"userIds" bare:"true" maxItems:"500" example:"[5,6]" doc:"People to add."`
	ParticipantIDs []chat.UserID       `json:"participantIds" maxItems:"500" doc:"The same under another name."`
}

func (a *API) addParticipants(c *call, in addParticipantsIn) (answer[[]chatapi.Participant], error) {
	all, skipped, err := a.chat.AddParticipants(c, c.Actor, in.ID, append(in.UserIDs, in.ParticipantIDs...))
	if err != nil {
		return no[[]chatapi.Participant](err)
	}
	m := a.mapper(c)
	return answer[[]chatapi.Participant]{data: m.Participants(all), skipped: skipped}, nil
}

type participantIn struct {
	ID     chat.ConversationID `path:"id" doc:"The conversation."`
	UserID userRef             `path:"userId" doc:"The participant: an id, or ext: and an application's own id."`
}

type removal struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	UserID         chat.UserID         `json:"userId"`
	Result         string              `json:"result" enum:"REMOVED,LEFT,DELETED"`
	NewOwnerID     chat.UserID         `json:"newOwnerId,omitempty"`
}

func (a *API) removeParticipant(c *call, in participantIn) (answer[removal], error) {
	target, err := a.userID(c, in.UserID)
	if err != nil {
		return no[removal](err)
	}
	if target == c.ID {
		return a.leaveAsParticipant(c, in.ID)
	}
	if err := a.chat.RemoveParticipant(c, c.Actor, in.ID, target); err != nil {
		return no[removal](err)
	}
	return ok(removal{ConversationID: in.ID, UserID: target, Result: chat.ReasonRemoved})
}

// leaveAsParticipant leaves a group by removing oneself. A direct conversation
// is not left that way, only hidden by its own DELETE.
func (a *API) leaveAsParticipant(c *call, id chat.ConversationID) (answer[removal], error) {
	v, err := a.chat.Conversation(c, c.Actor, id)
	if err != nil {
		return no[removal](err)
	}
	if v.Kind == chat.Direct {
		return no[removal](a.chat.RemoveParticipant(c, c.Actor, id, c.ID))
	}
	done, err := a.chat.Leave(c, c.Actor, id, chat.Departure{})
	if err != nil {
		return no[removal](err)
	}
	return ok(removal{id, c.ID, done.Result, done.NewOwner})
}

type setRoleIn struct {
	_      struct{}            `doc:"Owner only. OWNER hands the conversation over: the caller becomes admin, so there is always exactly one owner."`
	ID     chat.ConversationID `path:"id" doc:"The conversation."`
	UserID userRef             `path:"userId" doc:"The participant: an id, or ext: and an application's own id."`
	Role   string              `json:"role" required:"true" enum:"OWNER,ADMIN,MEMBER" doc:"The new role."`
}

func (a *API) setRole(c *call, in setRoleIn) (answer[chatapi.Participant], error) {
	target, err := a.userID(c, in.UserID)
	if err != nil {
		return no[chatapi.Participant](err)
	}
	p, err := a.chat.SetRole(c, c.Actor, in.ID, target, chat.Role(in.Role))
	if err != nil {
		return no[chatapi.Participant](err)
	}
	return ok(a.mapper(c).Participant(p))
}
