package rest

import (
	"strings"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// userRef is how a path names a user: his id, or "ext:" and the id that an
// application gave him.
type userRef struct {
	id       chat.UserID
	external string
}

const externalPrefix = "ext:"

// UnmarshalText reads the name; what cannot be one is a user who is not there.
func (u *userRef) UnmarshalText(text []byte) error {
	if external, ok := strings.CutPrefix(string(text), externalPrefix); ok && external != "" {
		u.external = external
		return nil
	}
	id, ok := chat.ParseID(string(text))
	if !ok {
		return chat.Errorf(chat.NotFound, "User not found")
	}
	u.id = chat.UserID(id)
	return nil
}

func (a *API) userID(c *call, u userRef) (chat.UserID, error) {
	if u.external == "" {
		return u.id, nil
	}
	found, err := a.chat.UserByExternalID(c, u.external)
	if err != nil {
		return 0, err
	}
	return found.ID, nil
}

type searchUsersIn struct {
	_     struct{} `doc:"Finds people by name. Each word must match the beginning of a word, without case and accents."`
	Query string   `query:"query" maxLength:"100" example:"ann" doc:"The words to look for; without any, everybody is found."`
	Limit int      `query:"limit" default:"20" minimum:"1" maximum:"50" doc:"How many to return at most."`
}

func (a *API) searchUsers(c *call, in searchUsersIn) (answer[[]chatapi.User], error) {
	if err := a.spendSearch(c); err != nil {
		return no[[]chatapi.User](err)
	}
	found, err := a.chat.SearchPeople(c, c.Actor, in.Query, in.Limit)
	if err != nil {
		return no[[]chatapi.User](err)
	}
	return ok(a.mapper(c).Users(found))
}

func (a *API) getMe(c *call, _ noIn) (answer[chatapi.OwnUser], error) {
	u, err := a.chat.Me(c, c.Actor)
	return a.ownUser(c, u, err)
}

func (a *API) ownUser(c *call, u *chat.User, err error) (answer[chatapi.OwnUser], error) {
	if err != nil {
		return no[chatapi.OwnUser](err)
	}
	return ok(a.mapper(c).OwnUser(u))
}

type updateMeIn struct {
	_           struct{} `doc:"What is absent stays as it is."`
	DisplayName *string  `json:"displayName" null:"zero" maxLength:"100" example:"Ann" doc:"What others see; null means the username."`
	Username    *string  `json:"username" minLength:"2" maxLength:"32" example:"ann" doc:"Unique without case."`
	Email       *string  `json:"email" null:"zero" example:"ann@example.com" doc:"Unique without case; null removes it."`
}

func (a *API) updateMe(c *call, in updateMeIn) (answer[chatapi.OwnUser], error) {
	u, err := a.chat.UpdateProfile(c, c.Actor, chat.ProfilePatch{DisplayName: in.DisplayName, Username: in.Username, Email: in.Email})
	return a.ownUser(c, u, err)
}

type deleteMeIn struct {
	_        struct{} `doc:"At once nobody can sign in with the account or find it. Its groups are left and its messages emptied in the background. In a browser's session, which others may find open, the password is asked for, if the account has one."`
	Password *string  `json:"password" required:"false" doc:"The password; a wrong one is refused. Only a session in a cookie needs it."`
}

type deletedUser struct {
	ID        chat.UserID `json:"id"`
	IsDeleted bool        `json:"isDeleted"`
}

func (a *API) deleteMe(c *call, in deleteMeIn) (answer[deletedUser], error) {
	if in.Password != nil || c.identity.Cookie {
		if d := a.options.Limits.Login.Allow(c.exchange.clientPrefix(), 1); !d.OK {
			return no[deletedUser](chat.TooOften(d))
		}
		password := ""
		if in.Password != nil {
			password = *in.Password
		}
		if err := a.options.Auth.ConfirmPassword(c, c.Actor, password); err != nil {
			return no[deletedUser](err)
		}
	}
	if err := a.chat.DeleteAccount(c, c.Actor); err != nil {
		return no[deletedUser](err)
	}
	if c.identity.Cookie {
		a.setSession(c.w, c.exchange, "")
	}
	return ok(deletedUser{c.ID, true})
}

type userIn struct {
	ID userRef `path:"id" doc:"An id, or ext: and an application's own id."`
}

func (a *API) getUser(c *call, in userIn) (answer[chatapi.User], error) {
	id, err := a.userID(c, in.ID)
	if err != nil {
		return no[chatapi.User](err)
	}
	u, err := a.chat.User(c, c.Actor, id)
	if err != nil {
		return no[chatapi.User](err)
	}
	return ok(a.mapper(c).User(u))
}

type putUserIn struct {
	_    struct{} `doc:"For an application's backend: makes the user that it knows under this id, or changes him, before he comes by himself."`
	ID   userRef  `path:"id" example:"ext:customer-42" doc:"ext: and the application's own id, at most 255 characters."`
	Name *string  `json:"name" maxLength:"100" example:"John Doe" doc:"What others see; needed for somebody new."`
	// DisplayName is what answers call it.
	DisplayName *string `json:"displayName" maxLength:"100" doc:"The same as name."`
	Email       *string `json:"email" null:"zero" example:"john@example.com" doc:"Unique without case; null removes it."`
	// AvatarURL points to the application's own picture of the user.
	AvatarURL *string `json:"avatarUrl" null:"zero" example:"https://example.com/john.png" doc:"Where browsers find the picture; null takes it away."`
}

func (a *API) putUser(c *call, in putUserIn) (answer[chatapi.User], error) {
	if in.ID.external == "" {
		c.w.Header().Set("Allow", "GET, HEAD")
		return no[chatapi.User](chat.Errorf(chat.MethodNotAllowed, "Only users with an application's own id (ext:…) can be put"))
	}
	if in.Name == nil {
		in.Name = in.DisplayName
	}
	u, err := a.chat.UpsertExternal(c, in.ID.external, chat.ExternalProfile{Name: in.Name, Email: in.Email, AvatarURL: in.AvatarURL})
	if err != nil {
		return no[chatapi.User](err)
	}
	return ok(a.mapper(c).User(u))
}

type block struct {
	UserID  chat.UserID `json:"userId"`
	Blocked bool        `json:"blocked"`
}

type blockIn struct {
	_  struct{} `doc:"Neither can open a direct conversation with the other, write in it, or add the other to a group. A repeat changes nothing."`
	ID userRef  `path:"id" doc:"An id, or ext: and an application's own id."`
}

func (a *API) blockUser(c *call, in blockIn) (answer[block], error) {
	return a.setBlock(c, in.ID, true)
}

func (a *API) unblockUser(c *call, in userIn) (answer[block], error) {
	return a.setBlock(c, in.ID, false)
}

func (a *API) setBlock(c *call, u userRef, blocked bool) (answer[block], error) {
	id, err := a.userID(c, u)
	if err != nil {
		return no[block](err)
	}
	if err := a.chat.SetBlocked(c, c.Actor, id, blocked); err != nil {
		return no[block](err)
	}
	return ok(block{id, blocked})
}

func (a *API) listBlocks(c *call, _ noIn) (answer[[]chatapi.User], error) {
	list, err := a.chat.Blocked(c, c.Actor)
	if err != nil {
		return no[[]chatapi.User](err)
	}
	return ok(a.mapper(c).Users(list))
}
