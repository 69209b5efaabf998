package rest

import (
	"net/url"
	"strconv"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/chatapi"
)

type admissionIn struct {
	_      struct{} `doc:"What a page for signing up needs to know. The very first account is admitted however registration is set, and becomes an administrator's."`
	Invite string   `query:"invite" maxLength:"100" doc:"The code of an invitation, to know whether it is good."`
}

type admission struct {
	Mode         string `json:"mode" enum:"open,invite,closed" doc:"Who may create an account: everybody, people with an invitation, or nobody."`
	FirstAccount bool   `json:"firstAccount" doc:"Nobody has an account yet."`
	InviteValid  *bool  `json:"inviteValid,omitempty" doc:"Whether the invitation that was asked about is good."`
}

func (a *API) getRegistration(c *call, in admissionIn) (answer[admission], error) {
	// Asking about invitations is not limited: a code cannot be guessed, and a limit
	// per network would keep those from signing up who share one.
	got, err := a.options.Auth.Admission(c, in.Invite)
	if err != nil {
		return no[admission](err)
	}
	return ok(admission{got.Mode, got.First, got.Invited})
}

type invitation struct {
	ID        int64        `json:"id"`
	CreatedBy *chat.UserID `json:"createdBy" doc:"Null: the operator."`
	CreatedAt string       `json:"createdAt" format:"date-time"`
	ExpiresAt string       `json:"expiresAt" format:"date-time"`
	UsesLeft  int          `json:"usesLeft"`
}

// newInvitation is an invitation with what is shown once.
type newInvitation struct {
	invitation
	Code string `json:"code" doc:"Shown only now."`
	URL  string `json:"url" doc:"Where the invited sign up."`
}

func shownInvitation(i auth.Invitation) invitation {
	out := invitation{ID: i.ID, CreatedAt: chatapi.Time(i.CreatedAt), ExpiresAt: chatapi.Time(i.ExpiresAt), UsesLeft: i.UsesLeft}
	if i.CreatedBy != 0 {
		out.CreatedBy = &i.CreatedBy
	}
	return out
}

func (a *API) listInvitations(c *call, _ noIn) (answer[[]invitation], error) {
	list, err := a.options.Auth.Invitations(c)
	if err != nil {
		return no[[]invitation](err)
	}
	shown := make([]invitation, len(list))
	for i := range list {
		shown[i] = shownInvitation(list[i])
	}
	return ok(shown)
}

type createInvitationIn struct {
	_    struct{} `doc:"Lets people register where an invitation is needed. The code is shown only in this answer. At most 500 can be good at a time."`
	Uses int      `json:"uses" default:"1" minimum:"1" maximum:"1000" doc:"How many accounts it is good for."`
	Days int      `json:"days" default:"7" minimum:"1" maximum:"365" doc:"How many days it is good for."`
}

func (a *API) createInvitation(c *call, in createInvitationIn) (answer[newInvitation], error) {
	code, i, err := a.options.Auth.CreateInvitation(c, c.Actor, in.Uses, time.Duration(in.Days)*24*time.Hour)
	if err != nil {
		return no[newInvitation](err)
	}
	return created(newInvitation{shownInvitation(i), code, a.publicOrigin + "/sign-up?invite=" + url.QueryEscape(code)})
}

type invitationIn struct {
	ID string `path:"id" doc:"The invitation."`
}

type revokedInvitation struct {
	ID      int64 `json:"id"`
	Revoked bool  `json:"revoked"`
}

func (a *API) revokeInvitation(c *call, in invitationIn) (answer[revokedInvitation], error) {
	id, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil {
		return no[revokedInvitation](chat.Errorf(chat.NotFound, "Invitation not found"))
	}
	if err := a.options.Auth.RevokeInvitation(c, c.Actor, id); err != nil {
		return no[revokedInvitation](err)
	}
	return ok(revokedInvitation{id, true})
}
