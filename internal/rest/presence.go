package rest

import (
	"slices"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// maxPresences bounds a query about several people.
const maxPresences = 200

type listPresenceIn struct {
	_     struct{} `doc:"Only of people who share a conversation with the caller, unless the server shows everybody to everybody."`
	Limit int      `query:"limit" default:"200" minimum:"1" maximum:"1000" doc:"How many to return at most."`
}

func (a *API) listPresence(c *call, in listPresenceIn) (answer[[]chatapi.Presence], error) {
	visible, err := a.chat.PresenceVisible(c, c.Actor, a.options.Presence.Online())
	if err != nil {
		return no[[]chatapi.Presence](err)
	}
	slices.Sort(visible)
	hasMore := len(visible) > in.Limit
	list := a.options.Presence.Of(visible[:min(len(visible), in.Limit)])
	return answer[[]chatapi.Presence]{data: a.mapper(c).PresenceList(list), page: limitPage{in.Limit, hasMore}}, nil
}

type presenceIn struct {
	_      struct{} `doc:"Who may not see it is told OFFLINE, as if the other were never there."`
	UserID userRef  `path:"userId" doc:"An id, or ext: and an application's own id."`
}

func (a *API) getPresence(c *call, in presenceIn) (answer[chatapi.Presence], error) {
	id, err := a.userID(c, in.UserID)
	if err != nil {
		return no[chatapi.Presence](err)
	}
	list, err := a.presencesOf(c, []chat.UserID{id})
	if err != nil {
		return no[chatapi.Presence](err)
	}
	return ok(a.mapper(c).Presence(list[0]))
}

type queryPresenceIn struct {
	_       struct{}      `doc:"In the order of the request. Who may not be seen is shown as OFFLINE. The body may also be a bare list of ids."`
	UserIDs []chat.UserID `json:"userIds" bare:"true" maxItems:"200" example:"[2,3]" doc:"Whom to ask about."`
}

func (a *API) queryPresence(c *call, in queryPresenceIn) (answer[[]chatapi.Presence], error) {
	if len(in.UserIDs) > maxPresences {
		return no[[]chatapi.Presence](chat.Invalid("userIds", "At most %d users can be asked about at once", maxPresences))
	}
	list, err := a.presencesOf(c, in.UserIDs)
	if err != nil {
		return no[[]chatapi.Presence](err)
	}
	return ok(a.mapper(c).PresenceList(list))
}

// presencesOf returns the presence of users, in order, as the caller may see it.
func (a *API) presencesOf(c *call, users []chat.UserID) ([]chat.Presence, error) {
	visible, err := a.chat.PresenceVisible(c, c.Actor, users)
	if err != nil {
		return nil, err
	}
	records, err := a.chat.UsersByID(c, visible)
	if err != nil {
		return nil, err
	}
	list := a.options.Presence.Of(users)
	for i, u := range users {
		if !slices.Contains(visible, u) {
			list[i] = hiddenPresence(u)
			continue
		}
		known := slices.IndexFunc(records, func(r chat.User) bool { return r.ID == u })
		switch {
		case known < 0:
		case records[known].Settings.HideLastSeen:
			list[i].LastSeenAt = time.Time{}
		case list[i].LastSeenAt.IsZero():
			list[i].LastSeenAt = records[known].LastSeenAt
		}
	}
	return list, nil
}

type setPresenceIn struct {
	_             struct{}   `doc:"ONLINE means automatic again; OFFLINE means to appear offline. AWAY and DND survive reconnects until they are changed. Line and emoji go by themselves at clearAt; a new one without clearAt stays until it is changed. The answer is how others see the caller while he is connected."`
	Status        string     `query:"status" json:"status" required:"true" enum:"ONLINE,AWAY,DND,OFFLINE" doc:"In the query or in the body."`
	StatusMessage *string    `query:"statusMessage" json:"statusMessage" null:"zero" maxLength:"100" example:"In a meeting" doc:"A line for others to see; null clears it, absent leaves it."`
	Emoji         *string    `json:"emoji" null:"zero" example:"📅" doc:"An emoji beside the line; null clears it, absent leaves it."`
	ClearAt       *time.Time `json:"clearAt" null:"zero" doc:"When line and emoji go by themselves, within a year; null is never."`
}

func (a *API) setPresence(c *call, in setPresenceIn) (answer[chatapi.Presence], error) {
	choice := chat.PresenceChoice(in.Status)
	if in.Status == string(chat.Online) {
		choice = chat.PresenceAutomatic
	}
	u, err := a.chat.SetStatus(c, c.Actor, chat.SetStatus{Choice: &choice, Message: in.StatusMessage, Emoji: in.Emoji, ClearAt: in.ClearAt})
	if err != nil {
		return no[chatapi.Presence](err)
	}
	shown := a.options.Presence.Of([]chat.UserID{c.ID})[0]
	shown.Status, shown.StatusMessage, shown.Emoji, shown.ClearAt = chat.PresenceStatus(in.Status), u.StatusMessage, u.StatusEmoji, u.StatusClearAt
	if shown.LastSeenAt.IsZero() && !u.Settings.HideLastSeen {
		shown.LastSeenAt = u.LastSeenAt
	}
	return ok(a.mapper(c).Presence(shown))
}
