package rest

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/ratelimit"
)

// Accounts is what the API needs of package auth.
type Accounts interface {
	Register(ctx context.Context, r auth.Registration) (auth.SignedIn, error)
	Login(ctx context.Context, c auth.Credentials) (auth.SignedIn, error)
	Refresh(ctx context.Context, refreshToken string) (auth.SignedIn, error)
	Logout(ctx context.Context, a chat.Actor) error
	Sessions(ctx context.Context, a chat.Actor) ([]auth.Session, error)
	RevokeSession(ctx context.Context, a chat.Actor, id chat.SessionID) error
	ChangePassword(ctx context.Context, a chat.Actor, current, fresh string) error
	ConfirmPassword(ctx context.Context, a chat.Actor, password string) error
	Admission(ctx context.Context, invite string) (auth.Admission, error)
	CreateInvitation(ctx context.Context, by chat.Actor, uses int, validFor time.Duration) (code string, i auth.Invitation, err error)
	Invitations(ctx context.Context) ([]auth.Invitation, error)
	RevokeInvitation(ctx context.Context, by chat.Actor, id int64) error

	// Of administrators.
	SessionsOf(ctx context.Context, id chat.UserID) ([]auth.Session, error)
	EndSession(ctx context.Context, by chat.Actor, id chat.UserID, session chat.SessionID) error
	ResetPassword(ctx context.Context, by chat.Actor, id chat.UserID) (password string, err error)
	SetRole(ctx context.Context, by chat.Actor, id chat.UserID, role string, has bool) error
	SetDisabled(ctx context.Context, by chat.Actor, id chat.UserID, disabled bool) error

	// Authenticate and its siblings tell who holds an access token, a session
	// cookie or an API key. actAs is the X-Act-As header, "" without one.
	Authenticate(ctx context.Context, token string) (auth.Identity, error)
	AuthenticateCookie(ctx context.Context, value string) (auth.Identity, error)
	AuthenticateKey(ctx context.Context, key, actAs string) (auth.Identity, error)

	// HashPhrase and MatchesPhrase keep the pass phrases of rooms as passwords are kept.
	HashPhrase(ctx context.Context, phrase string) (string, error)
	MatchesPhrase(ctx context.Context, hash, phrase string) (bool, error)
}

type signedInUser struct {
	User         chatapi.OwnUser `json:"user"`
	AccessToken  string          `json:"accessToken,omitempty"`
	ExpiresIn    int64           `json:"expiresIn,omitempty" doc:"Seconds."`
	RefreshToken string          `json:"refreshToken,omitempty"`
}

type registerIn struct {
	_           struct{} `doc:"With cookie: true, for browsers, the answer sets a session cookie instead of handing out tokens."`
	Username    string   `json:"username" required:"true" minLength:"2" maxLength:"32" example:"ann" doc:"Letters, digits, dot, underscore and hyphen; unique without case."`
	Password    string   `json:"password" required:"true" minLength:"8" maxLength:"256" example:"correct horse battery" doc:"Not one of the commonest."`
	DisplayName string   `json:"displayName" maxLength:"100" example:"Ann" doc:"What others see."`
	Email       string   `json:"email" example:"ann@example.com" doc:"Unique without case."`
	Invite      string   `json:"invite" doc:"An invitation, where the server asks for one."`
	Cookie      bool     `json:"cookie" doc:"Set a session cookie instead of handing out tokens."`
}

func (a *API) register(c *call, in registerIn) (answer[signedInUser], error) {
	if err := a.maySignIn(c, a.options.Limits.Register, in.Cookie); err != nil {
		return no[signedInUser](err)
	}
	s, err := a.options.Auth.Register(c, auth.Registration{
		Username: in.Username, Password: in.Password, DisplayName: in.DisplayName, Email: in.Email,
		Invite: in.Invite, Cookie: in.Cookie, Device: device(c),
	})
	return a.signedIn(c, http.StatusCreated, s, err)
}

type loginIn struct {
	_        struct{} `doc:"With cookie: true, for browsers, the answer sets a session cookie instead of handing out tokens."`
	Login    string   `json:"login" required:"true" example:"ann" doc:"The username, or a verified e-mail address."`
	Password string   `json:"password" required:"true" example:"correct horse battery" doc:"The password."`
	Cookie   bool     `json:"cookie" doc:"Set a session cookie instead of handing out tokens."`
}

func (a *API) login(c *call, in loginIn) (answer[signedInUser], error) {
	if err := a.maySignIn(c, a.options.Limits.Login, in.Cookie); err != nil {
		return no[signedInUser](err)
	}
	s, err := a.options.Auth.Login(c, auth.Credentials{Login: in.Login, Password: in.Password, Cookie: in.Cookie, Device: device(c)})
	return a.signedIn(c, http.StatusOK, s, err)
}

type refreshIn struct {
	_            struct{} `doc:"Each refresh token is good once. One that is used again ends the whole session, because then somebody else has it."`
	RefreshToken string   `json:"refreshToken" required:"true" doc:"The newest refresh token."`
}

func (a *API) refresh(c *call, in refreshIn) (answer[signedInUser], error) {
	s, err := a.options.Auth.Refresh(c, in.RefreshToken)
	return a.signedIn(c, http.StatusOK, s, err)
}

// maySignIn keeps guesses slow, and pages of others from signing a browser in
// to an account of theirs.
func (a *API) maySignIn(c *call, l *ratelimit.Limiter[netip.Prefix], withCookie bool) error {
	if origin := c.request.Header.Get("Origin"); withCookie && origin != "" && !a.isOwnOrigin(origin, c.exchange) {
		return errForeignPage()
	}
	if d := l.Allow(c.exchange.clientPrefix(), 1); !d.OK {
		return chat.TooOften(d)
	}
	return nil
}

func device(c *call) auth.Device {
	return auth.Device{UserAgent: c.request.UserAgent(), IP: c.exchange.client}
}

func (a *API) signedIn(c *call, status int, s auth.SignedIn, err error) (answer[signedInUser], error) {
	if err != nil {
		return no[signedInUser](err)
	}
	shown := signedInUser{User: a.mapper(c).OwnUser(s.User)}
	if s.CookieToken != "" {
		a.setSession(c.w, c.exchange, s.CookieToken)
	} else {
		shown.AccessToken, shown.ExpiresIn, shown.RefreshToken = s.AccessToken, int64(s.ExpiresIn.Seconds()), s.RefreshToken
	}
	return answer[signedInUser]{status: status, data: shown}, nil
}

// nothing is the data of what has nothing to say but that it was done.
type nothing struct{}

func (a *API) logout(c *call, _ noIn) (answer[nothing], error) {
	if err := a.options.Auth.Logout(c, c.Actor); err != nil {
		return no[nothing](err)
	}
	if c.identity.Cookie {
		a.setSession(c.w, c.exchange, "")
	}
	return ok(nothing{})
}

type session struct {
	ID         chat.SessionID   `json:"id"`
	Kind       auth.SessionKind `json:"kind" enum:"token,cookie"`
	Current    bool             `json:"current"`
	UserAgent  string           `json:"userAgent"`
	IPPrefix   string           `json:"ipPrefix"`
	CreatedAt  string           `json:"createdAt" format:"date-time"`
	LastUsedAt string           `json:"lastUsedAt" format:"date-time"`
	ExpiresAt  string           `json:"expiresAt" format:"date-time"`
}

func (a *API) listSessions(c *call, _ noIn) (answer[[]session], error) {
	shown, err := a.sessionsOf(c)
	if err != nil {
		return no[[]session](err)
	}
	return ok(shown)
}

func (a *API) sessionsOf(c *call) ([]session, error) {
	list, err := a.options.Auth.Sessions(c, c.Actor)
	return shownSessions(list), err
}

func shownSessions(list []auth.Session) []session {
	shown := make([]session, len(list))
	for i, s := range list {
		shown[i] = session{
			ID: s.ID, Kind: s.Kind, Current: s.Current, UserAgent: s.UserAgent, IPPrefix: s.IPPrefix,
			CreatedAt: chatapi.Time(s.CreatedAt), LastUsedAt: chatapi.Time(s.LastUsedAt), ExpiresAt: chatapi.Time(s.ExpiresAt),
		}
	}
	return shown
}

type sessionIn struct {
	ID chat.SessionID `path:"id" doc:"The session."`
}

type endedSession struct {
	SessionID chat.SessionID `json:"sessionId"`
	Ended     bool           `json:"ended"`
}

func (a *API) revokeSession(c *call, in sessionIn) (answer[endedSession], error) {
	if err := a.options.Auth.RevokeSession(c, c.Actor, in.ID); err != nil {
		return no[endedSession](err)
	}
	if c.identity.Cookie && in.ID == c.Session {
		a.setSession(c.w, c.exchange, "")
	}
	return ok(endedSession{in.ID, true})
}

type changePasswordIn struct {
	_       struct{} `doc:"Ends the other sessions."`
	Current string   `json:"current" required:"true" doc:"The password as it is."`
	New     string   `json:"new" required:"true" minLength:"8" maxLength:"256" doc:"The password as it shall be."`
}

func (a *API) changePassword(c *call, in changePasswordIn) (answer[nothing], error) {
	if d := a.options.Limits.Login.Allow(c.exchange.clientPrefix(), 1); !d.OK {
		return no[nothing](chat.TooOften(d))
	}
	if err := a.options.Auth.ChangePassword(c, c.Actor, in.Current, in.New); err != nil {
		return no[nothing](err)
	}
	return ok(nothing{})
}
