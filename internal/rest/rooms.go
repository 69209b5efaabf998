package rest

import (
	"context"
	"net/http"
	"net/netip"
	"reflect"
	"strings"

	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/ratelimit"
	"parley/internal/rest/binding"
	"parley/internal/roomapi"
	"parley/internal/text"
	"parley/internal/work"
)

// Rooms is what the API needs for disposable rooms.
type Rooms struct {
	Key          roomapi.Key // the same on all nodes
	AbuseContact string
	// Swept removes the bytes of files that were doomed.
	Swept func(context.Context) error
	// Ended ends a room for an administrator, wherever rooms are.
	Ended func(context.Context, chat.Actor, chat.RoomID) error
	// Report keeps what a guest tells the operator.
	Report func(context.Context, *admin.Report) error
	// Work asks for proof of work before a room is made.
	Work *work.Gate
	// InMemory says that rooms are in the server's memory alone.
	InMemory bool

	Create, Join, Look, Reports *ratelimit.Limiter[netip.Prefix]
	Pass                        *ratelimit.Limiter[PassTry]
}

// PassTry is somebody at the pass phrase of a room.
type PassTry struct {
	Room chat.RoomID
	From netip.Prefix
}

// roomRoutes are the plain REST of contracts/rooms.md: bodies without an envelope,
// errors {"error":"…","message":"…"}. They are not in the OpenAPI document, which
// describes the envelope's interface.
func (a *API) roomRoutes() []operation {
	return []operation{
		inRoom(a, "GET /api/room/options", a.roomOptions),
		inRoom(a, "GET /api/room/challenge", a.roomChallenge),
		inRoom(a, "GET /api/room/mine", a.myRooms),
		inRoom(a, "GET /api/room/info", a.roomInfo),
		inRoom(a, "POST /api/room/create", a.createRoom),
		inRoom(a, "POST /api/room/join", a.joinRoom),
		inRoom(a, "GET /api/room/ttl", a.roomTTL),
		inRoom(a, "DELETE /api/room", a.destroyRoom),
		inRoom(a, "GET /api/messages", a.roomMessages),
		inRoom(a, "POST /api/messages", a.sendRoomMessage),
		inRoom(a, "POST /api/room/typing", a.typeInRoom),
		inRoom(a, "POST /api/room/read", a.readInRoom),
		inRoom(a, "POST /api/room/react", a.reactInRoom),
		inRoom(a, "POST /api/room/report", a.reportRoom),
		inRoom(a, "POST /api/room/leave", a.leaveRoom),
		inRoom(a, "POST /api/room/free-seat", a.freeSeat),
		inRoom(a, "POST /api/room/files", a.uploadToRoom),
		{pattern: "GET /api/room/files/{id}", serve: a.serveRoomFile},
	}
}

// realtimePath is where streams are; the API answers there only for rooms.
const realtimePath = "/api/realtime"

// IsRoom reports whether a path is one of roomRoutes.
func IsRoom(path string) bool {
	return path == "/api/room" || path == "/api/messages" || strings.HasPrefix(path, "/api/room/")
}

// visitor is a request to rooms: who sends it is a token, not an account.
type visitor struct {
	*call
	token string // "": none came
}

// holder is who the visitor is to a room.
func (v *visitor) holder(a *API) chat.RoomHolder { return a.options.Rooms.Key.Holder(v.token) }

// inRoom makes an operation of rooms.
func inRoom[In, Out any](a *API, pattern string, h func(*visitor, In) (Out, error)) operation {
	plan := binding.For(reflect.TypeFor[In]())
	return operation{pattern: pattern, serve: func(w http.ResponseWriter, r *http.Request, x *exchange) error {
		v, err := a.visitor(w, r, x)
		if err != nil {
			return err
		}
		var in In
		if err := plan.Fill(w, r, &in); err != nil {
			return err
		}
		out, err := h(v, in)
		if err != nil {
			return err
		}
		writePlain(w, http.StatusOK, out)
		return nil
	}}
}

// Names of the cookie. Over HTTPS a second one comes beside it, which no other host
// of the domain can set.
const (
	roomCookie       = "x-auth-token"
	secureRoomCookie = "__Host-" + roomCookie
	roomCookieLife   = 24 * 60 * 60 // seconds
	roomHeader       = "X-Auth-Token"
)

// visitor reads the token: from the cookie, the header, or, where messages are read,
// the address. A cookie counts only if the page that sends it is ours.
func (a *API) visitor(w http.ResponseWriter, r *http.Request, x *exchange) (*visitor, error) {
	v := &visitor{call: &call{Context: r.Context(), w: w, request: r, exchange: x}}
	v.token = a.roomCookie(r, x)
	byCookie := v.token != ""
	if !byCookie {
		v.token = r.Header.Get(roomHeader)
	}
	if v.token == "" && r.Method == http.MethodGet && r.URL.Path == "/api/messages" {
		v.token = r.URL.Query().Get("token")
	}
	if !roomapi.IsToken(v.token) {
		v.token = ""
	}
	if isUnsafe(r.Method) && a.isForeignPage(r, x) && (byCookie || v.token == "") {
		return nil, chat.Errorf(chat.Forbidden, "A room is changed only from this server's own pages")
	}
	return v, nil
}

func (a *API) roomCookie(r *http.Request, x *exchange) string {
	if a.isSecure(x) {
		if c, err := r.Cookie(secureRoomCookie); err == nil && roomapi.IsToken(c.Value) {
			return c.Value
		}
	}
	if c, err := r.Cookie(roomCookie); err == nil && roomapi.IsToken(c.Value) {
		return c.Value
	}
	return ""
}

// isForeignPage reports whether a browser says that another site's page sends this.
// What says nothing is no browser of today.
func (a *API) isForeignPage(r *http.Request, x *exchange) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	return origin != "" && !a.isOwnOrigin(origin, x) || origin == "" && site != "" && site != "same-origin"
}

// isDeliberate reports whether a request is one that no form, link preview or
// prefetcher sends.
func isDeliberate(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("X-Requested-With") != "" || r.Header.Get(roomHeader) != "" ||
		strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "application/json")
}

// remember gives the browser its token, or gives it for another day. Who brought
// his in a header keeps it himself.
func (a *API) remember(v *visitor) {
	if v.request.Header.Get(roomHeader) == v.token && a.roomCookie(v.request, v.exchange) == "" {
		return
	}
	secure := a.isSecure(v.exchange)
	names := []string{roomCookie}
	if secure {
		names = append(names, secureRoomCookie)
	}
	for _, name := range names {
		http.SetCookie(v.w, &http.Cookie{
			Name: name, Value: v.token, Path: "/", MaxAge: roomCookieLife, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		})
	}
}

// allowFrom counts something against the visitor's network.
func (v *visitor) allowFrom(l *ratelimit.Limiter[netip.Prefix]) error {
	if d := l.Allow(v.exchange.clientPrefix(), 1); !d.OK {
		return chat.TooOften(d)
	}
	return nil
}

// roomCodes are what rooms call errors; the others keep their names.
var roomCodes = map[chat.Code]string{
	chat.NotFound: "room-not-found", chat.Conflict: "room-full", chat.Gone: "room-ended", chat.Unauthenticated: "unauthorized",
}

// roomErrorBody is how rooms tell of an error.
type roomErrorBody struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
	// Reason is why a room has ended.
	Reason chat.RoomEnd `json:"reason,omitempty"`
}

func explainToRoom(path string, e *chat.Error, text string) roomErrorBody {
	body := roomErrorBody{Error: string(e.Code), Message: text, Field: e.Field, Reason: chat.WhyRoomEnded(e)}
	if code, ok := roomCodes[e.Code]; ok && e.Field == "" {
		body.Error = code
	}
	switch {
	case e.Code == chat.Unauthenticated && e.Field == "pass":
		body.Error = "wrong-pass"
	case e.Code == chat.Overloaded && path == "/api/room/create":
		body.Error = "capacity"
	}
	return body
}

// RefuseRoom answers with an error of rooms, before a stream has begun.
func (a *API) RefuseRoom(w http.ResponseWriter, r *http.Request, err error) {
	secure(w.Header())
	a.fail(w, r, a.begin(r), err)
}

// roomIn names a room.
type roomIn struct {
	RoomID string `query:"roomId"`
}

// id is the room's name. One that cannot be a room's is that of none.
func (in roomIn) id() (chat.RoomID, error) {
	if in.RoomID == "" {
		return "", chat.Invalid("roomId", "roomId is required")
	}
	id, ok := chat.ParseRoomID(in.RoomID)
	if !ok {
		return "", chat.Errorf(chat.NotFound, "There is no such room")
	}
	return id, nil
}

// enter finds the visitor's seat.
func (a *API) enter(v *visitor, in roomIn) (*chat.RoomView, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	room, err := a.chat.EnterRoom(v, v.holder(a), id)
	if err != nil {
		return nil, err
	}
	if d := a.options.Limits.Total.Allow(room.Actor().ID, 1); !d.OK {
		return nil, chat.TooOften(d)
	}
	return room, nil
}

// EnterRoom is enter for the handshake of a stream. Who had left is back.
func (a *API) EnterRoom(r *http.Request) (*chat.RoomView, error) {
	x := a.begin(r)
	v, err := a.visitor(nil, r, x)
	if err != nil {
		return nil, err
	}
	if a.isForeignPage(r, x) {
		return nil, chat.Errorf(chat.Forbidden, "A room is heard only on this server's own pages")
	}
	room, err := a.enter(v, roomIn{r.URL.Query().Get("roomId")})
	if err != nil || !room.Seats[room.Seat-1].Left {
		return room, err
	}
	return a.chat.JoinRoom(v, v.holder(a), room.ID, func(string) error { return nil })
}

// isOpenedByHand reports whether a browser opens a page for somebody to see, which
// link previews and prefetchers do not say.
func isOpenedByHand(r *http.Request) bool {
	of := r.Header.Get
	return r.Method == http.MethodGet && of("Sec-Fetch-Dest") == "document" && of("Sec-Fetch-Mode") == "navigate" && of("Sec-Purpose") == ""
}

// RoomElsewhere is where a browser is sent that asks for a room's page and cannot be
// shown it; "" if it can. It changes nothing, whoever asks; who made a full room is told
// of a person before it.
func (a *API) RoomElsewhere(r *http.Request) (string, error) {
	const none, full, restarted = "/?error=room-not-found", "/?error=room-full", "/?restarted=true"
	id, ok := chat.ParseRoomID(strings.TrimPrefix(r.URL.Path, "/room/"))
	if !ok {
		return none, nil
	}
	x := a.begin(r)
	v, err := a.chat.LookAtRoom(r.Context(), a.options.Rooms.Key.Holder(a.roomCookie(r, x)), id)
	switch {
	case chat.WhyRoomEnded(err) == chat.RoomByRestart:
		return restarted, nil
	case chat.Has(err, chat.NotFound) || chat.Has(err, chat.Gone):
		return none, nil
	case err != nil:
		return "", err
	case v.Seat == 0 && v.Taken() == chat.RoomSeats:
		if isOpenedByHand(r) && a.options.Rooms.Look.Allow(x.clientPrefix(), 1).OK {
			a.chat.KnockIfFull(v)
		}
		return full, nil
	}
	return "", nil
}

// owner is who is signed in; 0: nobody. A session that has run out is nobody's.
func (a *API) owner(v *visitor) (chat.UserID, error) {
	id, err := a.identify(v.request, v.exchange)
	if err != nil {
		if _, given := bearer(v.request); given || chat.Explain(err).Code == chat.Internal {
			return 0, err
		}
		return 0, nil
	}
	return id.Actor.ID, nil
}

// checkPass returns a pass phrase in its bounds.
func checkPass(pass string) error {
	if text.Length(pass) > 256 {
		return chat.Invalid("pass", "pass must be at most 256 characters")
	}
	return nil
}
