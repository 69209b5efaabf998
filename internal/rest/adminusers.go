package rest

import (
	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/chatapi"
)

// nextPage says whether a list goes on, and from where.
type nextPage struct {
	Limit   int     `json:"limit"`
	HasMore bool    `json:"hasMore"`
	Next    *string `json:"next" doc:"The after of the next page; null: there is none."`
}

func pageAfter[T any](list []T, more bool, limit int, at func(*T) admin.Place) nextPage {
	page := nextPage{Limit: limit, HasMore: more}
	if more && len(list) > 0 {
		page.Next = new(at(&list[len(list)-1]).String())
	}
	return page
}

// adminUser is an account as administrators see it.
type adminUser struct {
	chatapi.User
	ExternalID    *string  `json:"externalId" doc:"By which an application knows the user."`
	Email         *string  `json:"email"`
	EmailVerified bool     `json:"emailVerified"`
	Roles         []string `json:"roles"`
	State         string   `json:"state" enum:"active,disabled,deleted"`
	DisabledAt    *string  `json:"disabledAt" format:"date-time"`
	DeletedAt     *string  `json:"deletedAt" format:"date-time"`
	Online        bool     `json:"online"`
	LastSeenAt    *string  `json:"lastSeenAt" format:"date-time" doc:"When the last connection ended."`
	Sessions      int64    `json:"sessions" doc:"Devices that are signed in."`
	Messages      int64    `json:"messages" doc:"Sent in the last 30 days."`
	Files         int64    `json:"files"`
	FileBytes     int64    `json:"fileBytes"`
}

func (a *API) adminUsers(c *call, list []admin.Person) []adminUser {
	ids := make([]chat.UserID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	presences, shown := a.options.Presence.Of(ids), make([]adminUser, len(list))
	for i := range list {
		p := &list[i]
		shown[i] = adminUser{
			User: a.mapper(c).User(&p.User), ExternalID: filled(p.ExternalID), Email: filled(p.Email), EmailVerified: p.EmailVerified,
			Roles: append([]string{}, p.Roles...), State: admin.StateOf(&p.User), DisabledAt: orNull(p.DisabledAt), DeletedAt: orNull(p.DeletedAt),
			Online: presences[i].Status != chat.Offline, LastSeenAt: orNull(p.LastSeenAt),
			Sessions: p.Sessions, Messages: p.Messages, Files: p.Files, FileBytes: p.FileBytes,
		}
	}
	return shown
}

type adminUsersIn struct {
	_     struct{} `doc:"Accounts, without anything that they wrote. Erased ones only where they are asked for."`
	Query string   `query:"query" maxLength:"100" example:"ann" doc:"Words that stand in the name or the e-mail address."`
	Role  string   `query:"role" enum:"admin,supervisor,agent,member" doc:"Only those with the server role; member: with none."`
	State string   `query:"state" enum:"active,disabled,deleted" doc:"Only accounts in this state."`
	Kind  string   `query:"kind" enum:"MEMBER,VISITOR,GUEST,BOT,SYSTEM" doc:"Only users of this kind."`
	Order string   `query:"order" default:"name" enum:"name,created,seen" doc:"By name, the newest first, or the last seen first."`
	After string   `query:"after" maxLength:"1000" doc:"The next of an earlier page, of the same order."`
	Limit int      `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many to return at most."`
}

func (a *API) listAdminUsers(c *call, in adminUsersIn) (answer[[]adminUser], error) {
	after, err := admin.ParsePlace(in.After)
	if err != nil {
		return no[[]adminUser](err)
	}
	list, more, err := a.options.Admin.People(c, admin.PeopleFilter{
		Query: in.Query, Role: in.Role, State: in.State, Kind: chat.UserKind(in.Kind), Order: in.Order, After: after, Limit: in.Limit,
	})
	if err != nil {
		return no[[]adminUser](err)
	}
	page := pageAfter(list, more, in.Limit, func(p *admin.Person) admin.Place { return p.At })
	return answer[[]adminUser]{data: a.adminUsers(c, list), page: page}, nil
}

func (a *API) getAdminUser(c *call, in userIn) (answer[adminUser], error) {
	id, err := a.userID(c, in.ID)
	return a.adminUser(c, id, err)
}

// adminUser answers with an account after something was done to it.
func (a *API) adminUser(c *call, id chat.UserID, err error) (answer[adminUser], error) {
	if err != nil {
		return no[adminUser](err)
	}
	p, err := a.options.Admin.Person(c, id)
	if err != nil {
		return no[adminUser](err)
	}
	return ok(a.adminUsers(c, []admin.Person{*p})[0])
}

type roleOfUserIn struct {
	_    struct{} `doc:"Open connections and access tokens carry the roles: they end, and clients come back with new ones. The server keeps at least one administrator."`
	ID   userRef  `path:"id" doc:"An id, or ext: and an application's own id."`
	Role string   `path:"role" enum:"admin,supervisor,agent" doc:"A server role."`
}

func (a *API) giveRole(c *call, in roleOfUserIn) (answer[adminUser], error) {
	return a.setServerRole(c, in, true)
}

func (a *API) takeRole(c *call, in roleOfUserIn) (answer[adminUser], error) {
	return a.setServerRole(c, in, false)
}

func (a *API) setServerRole(c *call, in roleOfUserIn, has bool) (answer[adminUser], error) {
	id, err := a.userID(c, in.ID)
	if err == nil {
		err = a.options.Auth.SetRole(c, c.Actor, id, in.Role, has)
	}
	return a.adminUser(c, id, err)
}

type disableUserIn struct {
	_  struct{} `doc:"Nobody can sign in with the account, all its sessions and open connections end at once. What it wrote stays. The server keeps at least one administrator."`
	ID userRef  `path:"id" doc:"An id, or ext: and an application's own id."`
}

func (a *API) disableUser(c *call, in disableUserIn) (answer[adminUser], error) {
	return a.setDisabled(c, in.ID, true)
}

func (a *API) enableUser(c *call, in userIn) (answer[adminUser], error) {
	return a.setDisabled(c, in.ID, false)
}

func (a *API) setDisabled(c *call, u userRef, disabled bool) (answer[adminUser], error) {
	id, err := a.userID(c, u)
	if err == nil {
		err = a.options.Auth.SetDisabled(c, c.Actor, id, disabled)
	}
	return a.adminUser(c, id, err)
}

type resetPasswordIn struct {
	_  struct{} `doc:"Gives the account a password that nobody has chosen, shown only in this answer, and ends all its sessions."`
	ID userRef  `path:"id" doc:"An id, or ext: and an application's own id."`
}

type givenPassword struct {
	UserID   chat.UserID `json:"userId"`
	Password string      `json:"password" doc:"Shown only now."`
}

func (a *API) resetPassword(c *call, in resetPasswordIn) (answer[givenPassword], error) {
	id, err := a.userID(c, in.ID)
	if err != nil {
		return no[givenPassword](err)
	}
	password, err := a.options.Auth.ResetPassword(c, c.Actor, id)
	if err != nil {
		return no[givenPassword](err)
	}
	return ok(givenPassword{id, password})
}

func (a *API) listUserSessions(c *call, in userIn) (answer[[]session], error) {
	id, err := a.userID(c, in.ID)
	if err != nil {
		return no[[]session](err)
	}
	list, err := a.options.Auth.SessionsOf(c, id)
	if err != nil {
		return no[[]session](err)
	}
	shown := shownSessions(list)
	for i := range shown {
		shown[i].Current = id == c.ID && shown[i].ID == c.Session
	}
	return ok(shown)
}

type sessionOfUserIn struct {
	_       struct{}       `doc:"Its open connections end at once."`
	ID      userRef        `path:"id" doc:"An id, or ext: and an application's own id."`
	Session chat.SessionID `path:"session" doc:"The session."`
}

func (a *API) endUserSession(c *call, in sessionOfUserIn) (answer[endedSession], error) {
	id, err := a.userID(c, in.ID)
	if err == nil {
		err = a.options.Auth.EndSession(c, c.Actor, id, in.Session)
	}
	if err != nil {
		return no[endedSession](err)
	}
	return ok(endedSession{in.Session, true})
}

type endedSessions struct {
	UserID chat.UserID `json:"userId"`
	Ended  bool        `json:"ended"`
}

func (a *API) endUserSessions(c *call, in userIn) (answer[endedSessions], error) {
	id, err := a.userID(c, in.ID)
	if err == nil {
		err = a.options.Auth.EndSession(c, c.Actor, id, 0)
	}
	if err != nil {
		return no[endedSessions](err)
	}
	return ok(endedSessions{id, true})
}

type eraseUserIn struct {
	_  struct{} `doc:"At once nobody can sign in with the account or find it; its groups are left and its messages emptied in the background. There is no way back. The server keeps at least one administrator."`
	ID userRef  `path:"id" doc:"An id, or ext: and an application's own id."`
}

func (a *API) eraseUser(c *call, in eraseUserIn) (answer[deletedUser], error) {
	id, err := a.userID(c, in.ID)
	if err == nil {
		err = a.chat.EraseUser(c, c.Actor, id)
	}
	if err != nil {
		return no[deletedUser](err)
	}
	return ok(deletedUser{id, true})
}
