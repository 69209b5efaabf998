package rest

import (
	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/chatapi"
)

// adminGroup is a group or channel as administrators see it: never what is said in it.
type adminGroup struct {
	ID               chat.ConversationID `json:"id"`
	Type             chat.Kind           `json:"type"`
	Visibility       *string             `json:"visibility" enum:"PUBLIC,PRIVATE" doc:"Of channels."`
	Name             string              `json:"name"`
	AvatarURL        *string             `json:"avatarUrl"`
	OwnerID          *chat.UserID        `json:"ownerId"`
	OwnerName        *string             `json:"ownerName"`
	CreatedBy        chat.UserID         `json:"createdBy"`
	CreatedAt        string              `json:"createdAt" format:"date-time"`
	LastMessageAt    string              `json:"lastMessageAt" format:"date-time"`
	ParticipantCount int                 `json:"participantCount"`
	MessageCount     int64               `json:"messageCount" doc:"That people have sent, deleted ones too."`
	Files            int64               `json:"files"`
	FileBytes        int64               `json:"fileBytes"`
}

func adminGroupOf(c *call, g *admin.Group) adminGroup {
	shown := adminGroup{
		ID: g.ID, Type: g.Kind, Visibility: filled(g.Visibility), Name: c.text(g.Name), AvatarURL: filled(g.AvatarURL),
		CreatedBy: g.CreatedBy, CreatedAt: chatapi.Time(g.CreatedAt), LastMessageAt: chatapi.Time(g.LastMessageAt),
		ParticipantCount: g.ParticipantCount, MessageCount: g.LastCount, Files: g.Files, FileBytes: g.FileBytes,
	}
	if g.Owner != 0 {
		shown.OwnerID, shown.OwnerName = &g.Owner, new(c.text(g.OwnerName))
	}
	return shown
}

type adminGroupsIn struct {
	_     struct{} `doc:"Groups and channels, without anything that is said in them. Direct conversations are not shown to anybody else."`
	Query string   `query:"query" maxLength:"100" example:"project" doc:"Words that stand in the name."`
	Type  string   `query:"type" enum:"GROUP,CHANNEL" doc:"Only conversations of this type."`
	Order string   `query:"order" default:"activity" enum:"activity,name,created,participants,messages" doc:"By the newest message, by name, the newest first, or the largest first."`
	After string   `query:"after" maxLength:"1000" doc:"The next of an earlier page, of the same order."`
	Limit int      `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many to return at most."`
}

func (a *API) listAdminGroups(c *call, in adminGroupsIn) (answer[[]adminGroup], error) {
	after, err := admin.ParsePlace(in.After)
	if err != nil {
		return no[[]adminGroup](err)
	}
	list, more, err := a.options.Admin.Groups(c, admin.GroupFilter{
		Query: in.Query, Kind: chat.Kind(in.Type), Order: in.Order, After: after, Limit: in.Limit,
	})
	if err != nil {
		return no[[]adminGroup](err)
	}
	shown := make([]adminGroup, len(list))
	for i := range list {
		shown[i] = adminGroupOf(c, &list[i])
	}
	page := pageAfter(list, more, in.Limit, func(g *admin.Group) admin.Place { return g.At })
	return answer[[]adminGroup]{data: shown, page: page}, nil
}

func (a *API) getAdminGroup(c *call, in conversationIn) (answer[adminGroup], error) {
	return a.adminGroup(c, in.ID, nil)
}

// adminGroup answers with a group after something was done to it.
func (a *API) adminGroup(c *call, id chat.ConversationID, err error) (answer[adminGroup], error) {
	if err != nil {
		return no[adminGroup](err)
	}
	g, err := a.options.Admin.Group(c, id)
	if err != nil {
		return no[adminGroup](err)
	}
	return ok(adminGroupOf(c, g))
}

// groupMember is somebody in a group, as administrators see him.
type groupMember struct {
	UserID   chat.UserID `json:"userId"`
	Name     string      `json:"name"`
	Username string      `json:"username"`
	Role     chat.Role   `json:"role"`
	JoinedAt string      `json:"joinedAt" format:"date-time"`
}

type groupMembersIn struct {
	ID    chat.ConversationID `path:"id" doc:"The conversation."`
	After chat.UserID         `query:"after" doc:"Only those with a larger id than this."`
	Limit int                 `query:"limit" default:"200" minimum:"1" maximum:"1000" doc:"How many to return at most."`
}

func (a *API) listGroupMembers(c *call, in groupMembersIn) (answer[[]groupMember], error) {
	list, err := a.chat.AdministeredParticipants(c, in.ID, in.After, in.Limit+1)
	if err != nil {
		return no[[]groupMember](err)
	}
	page := cursorPage[chat.UserID]{Limit: in.Limit, HasMore: len(list) > in.Limit}
	list = list[:min(len(list), in.Limit)]
	shown := make([]groupMember, len(list))
	for i := range list {
		p := &list[i]
		shown[i] = groupMember{p.UserID, c.text(p.Name), c.text(p.Username), p.Role, chatapi.Time(p.JoinedAt)}
	}
	if n := len(list); n > 0 {
		page.Before, page.After = &list[0].UserID, &list[n-1].UserID
	}
	return answer[[]groupMember]{data: shown, page: page}, nil
}

type handOverIn struct {
	_      struct{}            `doc:"Makes a participant the owner; who owned it becomes an admin of it."`
	ID     chat.ConversationID `path:"id" doc:"The conversation."`
	UserID chat.UserID         `json:"userId" required:"true" doc:"Who owns it from now on."`
}

func (a *API) handOver(c *call, in handOverIn) (answer[adminGroup], error) {
	return a.adminGroup(c, in.ID, a.chat.HandOver(c, c.Actor, in.ID, in.UserID))
}

type deleteGroupIn struct {
	_  struct{}            `doc:"It is gone for everybody at once; what was in it is erased in the background. There is no way back."`
	ID chat.ConversationID `path:"id" doc:"The conversation."`
}

func (a *API) deleteGroup(c *call, in deleteGroupIn) (answer[departure], error) {
	if err := a.chat.DeleteConversation(c, c.Actor, in.ID); err != nil {
		return no[departure](err)
	}
	return ok(departure{ConversationID: in.ID, Result: "DELETED"})
}
