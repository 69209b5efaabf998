package rest

import (
	"time"

	"parley/internal/chat"
	"parley/internal/roomapi"
)

type roomOptionsOut struct {
	Enabled      bool   `json:"enabled"`
	MembersOnly  bool   `json:"membersOnly"`
	PassRequired bool   `json:"passRequired"`
	DefaultTTL   int64  `json:"defaultTtl"`
	MinTTL       int64  `json:"minTtl"`
	MaxTTL       int64  `json:"maxTtl"`
	MaxLifetime  int64  `json:"maxLifetime"`
	MaxMessages  int    `json:"maxMessages"`
	MaxBytes     int64  `json:"maxBytes"`
	MaxFile      int64  `json:"maxFileBytes"`
	MaxFiles     int64  `json:"maxFilesBytes"`
	MemoryOnly   bool   `json:"memoryOnly"`
	AbuseContact string `json:"abuseContact,omitempty"`
	// ProofOfWork is how many bits of work making a room takes; 0: none.
	ProofOfWork int `json:"proofOfWork"`
}

// roomOptions is what a page has to know before it makes a room.
func (a *API) roomOptions(*visitor, noIn) (roomOptionsOut, error) {
	r := a.chat.RoomRules()
	seconds := func(d time.Duration) int64 { return int64(d / time.Second) }
	return roomOptionsOut{
		Enabled: r.On, MembersOnly: r.MembersOnly, PassRequired: r.PassRequired,
		DefaultTTL: seconds(r.DefaultTTL), MinTTL: seconds(chat.MinRoomTTL), MaxTTL: seconds(r.MaxTTL), MaxLifetime: seconds(r.MaxLife),
		MaxMessages: chat.MaxRoomMessages, MaxBytes: chat.MaxRoomBytes, MaxFile: chat.MaxRoomFile, MaxFiles: chat.MaxRoomFiles,
		MemoryOnly: a.options.Rooms.InMemory, AbuseContact: a.options.Rooms.AbuseContact,
		ProofOfWork: a.options.Rooms.Work.Bits(),
	}, nil
}

type roomChallengeOut struct {
	Challenge string `json:"challenge"`
	Bits      int    `json:"bits"`
	ExpiresAt int64  `json:"expiresAt"`
}

// roomChallenge is the work that making a room takes.
func (a *API) roomChallenge(v *visitor, _ noIn) (roomChallengeOut, error) {
	if err := v.allowFrom(a.options.Rooms.Look); err != nil {
		return roomChallengeOut{}, err
	}
	text, until := a.options.Rooms.Work.Challenge(a.chat.Now())
	return roomChallengeOut{text, a.options.Rooms.Work.Bits(), until.UnixMilli()}, nil
}

type createRoomIn struct {
	TTL  *int64 `json:"ttl"`
	Mode string `json:"mode"`
	Pass string `json:"pass"`
	KCV  string `json:"kcv"`
	// Files says whether the room takes files, which it does if nothing is said.
	Files *bool `json:"files"`
	// Challenge and Nonce are the proof of work, where one is asked for.
	Challenge string `json:"challenge"`
	Nonce     string `json:"nonce"`
}

type createdRoom struct {
	RoomID    chat.RoomID `json:"roomId"`
	TTL       int64       `json:"ttl"`
	Mode      string      `json:"mode"`
	ExpiresAt int64       `json:"expiresAt"`
	URL       string      `json:"url"`
}

func (a *API) createRoom(v *visitor, in createRoomIn) (createdRoom, error) {
	n := chat.NewRoom{Mode: chat.RoomMode(in.Mode), KCV: in.KCV, NoFiles: in.Files != nil && !*in.Files}
	var err error
	if n.Owner, err = a.owner(v); err != nil {
		return createdRoom{}, err
	}
	if in.TTL != nil {
		const day = int64(24 * time.Hour / time.Second)
		n.TTL = time.Duration(min(max(*in.TTL, -1), day+1)) * time.Second
		if n.TTL == 0 {
			n.TTL = -1 // which is no time to live, and not the default
		}
	}
	if err := checkPass(in.Pass); err != nil {
		return createdRoom{}, err
	}
	if err := a.chat.CheckRoom(n, in.Pass != ""); err != nil {
		return createdRoom{}, err
	}
	if err := v.allowFrom(a.options.Rooms.Create); err != nil {
		return createdRoom{}, err
	}
	if err := a.options.Rooms.Work.Pass(in.Challenge, in.Nonce, a.chat.Now()); err != nil {
		return createdRoom{}, err
	}
	if in.Pass != "" {
		if n.PassHash, err = a.options.Auth.HashPhrase(v, in.Pass); err != nil {
			return createdRoom{}, err
		}
	}
	if v.token == "" {
		v.token = roomapi.NewToken()
	}
	n.Creator = v.holder(a)
	room, err := a.chat.CreateRoom(v, n)
	if err != nil {
		return createdRoom{}, err
	}
	a.remember(v)
	return createdRoom{room.ID, int64(room.TTL / time.Second), string(room.Mode), room.ExpiresAt().UnixMilli(), a.baseURL(v.exchange) + "/room/" + string(room.ID)}, nil
}

// baseURL is where people reach the server.
func (a *API) baseURL(x *exchange) string {
	if a.publicOrigin != "" {
		return a.publicOrigin
	}
	return x.scheme + "://" + x.host
}

type joinRoomIn struct {
	RoomID string `query:"roomId"`
	Pass   string `json:"pass"`
}

type joinedRoom struct {
	RoomID chat.RoomID `json:"roomId"`
	Seat   int         `json:"seat"`
	TTL    int64       `json:"ttl"`
	Peers  int         `json:"peers"`
}

func (a *API) joinRoom(v *visitor, in joinRoomIn) (joinedRoom, error) {
	if !isDeliberate(v.request) {
		return joinedRoom{}, chat.Errorf(chat.Forbidden, "Send X-Requested-With, so that it is known that nobody is seated by a link")
	}
	id, err := roomIn{in.RoomID}.id()
	if err == nil {
		err = checkPass(in.Pass)
	}
	if err == nil {
		err = v.allowFrom(a.options.Rooms.Join)
	}
	if err != nil {
		return joinedRoom{}, err
	}
	if v.token == "" {
		v.token = roomapi.NewToken()
	}
	room, err := a.chat.JoinRoom(v, v.holder(a), id, func(hash string) error { return a.opens(v, id, hash, in.Pass) })
	if chat.Has(err, chat.Gone) && chat.WhyRoomEnded(err) != chat.RoomByRestart {
		err = chat.Errorf(chat.NotFound, "There is no such room")
	}
	if err != nil {
		return joinedRoom{}, err
	}
	a.remember(v)
	return joinedRoom{room.ID, room.Seat, roomapi.Seconds(room.ExpiresAt(), a.chat.Now()), room.Peers()}, nil
}

// opens checks a pass phrase; a try counts, whatever comes of it.
func (a *API) opens(v *visitor, id chat.RoomID, hash, pass string) error {
	wrong := &chat.Error{Code: chat.Unauthenticated, Field: "pass", Message: "The pass phrase is wrong"}
	if pass == "" {
		wrong.Message = "The room wants a pass phrase"
		return wrong
	}
	if d := a.options.Rooms.Pass.Allow(PassTry{id, v.exchange.clientPrefix()}, 1); !d.OK {
		return chat.TooOften(d)
	}
	ok, err := a.options.Auth.MatchesPhrase(v, hash, pass)
	if err == nil && !ok {
		return wrong
	}
	return err
}

type roomInfoOut struct {
	RoomID    chat.RoomID `json:"roomId"`
	Full      bool        `json:"full"`
	NeedsPass bool        `json:"needsPass"`
	KCV       string      `json:"kcv,omitempty"`
	Mode      string      `json:"mode"`
	TTL       int64       `json:"ttl"`
	Cipher    bool        `json:"cipher"`
	Mine      bool        `json:"mine"`
	Seat      int         `json:"seat,omitempty"`
	Files     bool        `json:"files"`
}

// roomInfo is a room from outside, for a page that asks before it joins.
func (a *API) roomInfo(v *visitor, in roomIn) (roomInfoOut, error) {
	id, err := in.id()
	if err == nil {
		err = v.allowFrom(a.options.Rooms.Look)
	}
	if err != nil {
		return roomInfoOut{}, err
	}
	r, err := a.chat.LookAtRoom(v, v.holder(a), id)
	if err != nil {
		return roomInfoOut{}, err
	}
	if isDeliberate(v.request) {
		a.chat.KnockIfFull(r)
	}
	return roomInfoOut{
		r.ID, r.Taken() == chat.RoomSeats, r.PassHash != "", r.KCV, string(r.Mode), int64(r.TTL / time.Second), !r.Plain, r.Seat != 0 || r.Creator, r.Seat, r.Files,
	}, nil
}

type roomTTLOut struct {
	TTL int64 `json:"ttl"`
}

func (a *API) roomTTL(v *visitor, in roomIn) (roomTTLOut, error) {
	r, err := a.enter(v, in)
	if err != nil {
		return roomTTLOut{}, err
	}
	if v.request.Header.Get(roomHeader) == "" {
		a.remember(v) // a room may live longer than the cookie
	}
	return roomTTLOut{roomapi.Seconds(r.ExpiresAt(), a.chat.Now())}, nil
}

type destroyedRoom struct {
	Destroyed bool `json:"destroyed"`
}

// destroyRoom answers when nothing is left.
func (a *API) destroyRoom(v *visitor, in roomIn) (destroyedRoom, error) {
	r, err := a.enter(v, in)
	switch {
	case err == nil:
		err = a.chat.DestroyRoom(v, v.holder(a), r.ID)
	case chat.Has(err, chat.Unauthenticated):
		err = a.destroyOwnRoom(v, in)
	}
	if chat.Has(err, chat.Gone) {
		err = chat.Errorf(chat.NotFound, "There is no such room")
	}
	if err != nil {
		return destroyedRoom{}, err
	}
	return destroyedRoom{true}, a.options.Rooms.Swept(v)
}

// destroyOwnRoom is for who is signed in and made the room elsewhere.
func (a *API) destroyOwnRoom(v *visitor, in roomIn) error {
	id, err := in.id()
	if err != nil {
		return err
	}
	owner, err := a.owner(v)
	if err == nil {
		err = v.allowFrom(a.options.Rooms.Look)
	}
	if err != nil {
		return err
	}
	return a.chat.DestroyOwnRoom(v, owner, id)
}

// adminRooms is where an administrator finds rooms whose names he knows.
const adminRooms = "/api/admin/rooms/"

type endRoomIn struct {
	_  struct{} `doc:"Both sides see that the operator has ended it, and nothing of it is left. A room is known by its address only: there is no list of rooms."`
	ID string   `path:"id" example:"m1FPyq3XT4mLWmVUbVf0Yg" doc:"The room's name, as it stands in its address."`
}

func (a *API) endRoom(c *call, in endRoomIn) (answer[nothing], error) {
	id, err := roomIn{in.ID}.id()
	if err == nil {
		err = a.options.Rooms.Ended(c, c.Actor, id)
	}
	if err != nil {
		return no[nothing](err)
	}
	return answer[nothing]{}, nil
}

type leftRoom struct {
	Left bool `json:"left"`
}

func (a *API) leaveRoom(v *visitor, in roomIn) (leftRoom, error) {
	id, err := in.id()
	if err == nil {
		err = a.chat.LeaveRoom(v, v.holder(a), id)
	}
	return leftRoom{err == nil}, err
}

type freeSeatIn struct {
	RoomID string `query:"roomId"`
	KCV    string `json:"kcv"`
}

type freedSeat struct {
	Freed bool `json:"freed"`
}

func (a *API) freeSeat(v *visitor, in freeSeatIn) (freedSeat, error) {
	r, err := a.enter(v, roomIn{in.RoomID})
	if err == nil {
		err = a.chat.FreeSeat(v, v.holder(a), r.ID, in.KCV)
	}
	return freedSeat{err == nil}, err
}

type myRoom struct {
	RoomID    chat.RoomID `json:"roomId"`
	Mode      string      `json:"mode"`
	CreatedAt int64       `json:"createdAt"`
	ExpiresAt int64       `json:"expiresAt"`
	TTL       int64       `json:"ttl"` // left
	// Seat is the visitor's, and Peers are the others, who have not left.
	Seat       int  `json:"seat,omitempty"`
	Creator    bool `json:"creator"`
	Peers      int  `json:"peers"`
	MayDestroy bool `json:"mayDestroy"`
}

type myRoomsOut struct {
	Rooms []myRoom `json:"rooms"`
}

func (a *API) myRooms(v *visitor, _ noIn) (myRoomsOut, error) {
	out := myRoomsOut{Rooms: []myRoom{}}
	owner, err := a.owner(v)
	if err == nil {
		err = v.allowFrom(a.options.Rooms.Look)
	}
	if err != nil || owner == 0 && v.token == "" {
		return out, err
	}
	list, err := a.chat.RoomsOf(v, owner, v.holder(a))
	for i := range list {
		r := &list[i]
		shown := myRoom{
			RoomID: r.ID, Mode: string(r.Mode), CreatedAt: r.CreatedAt.UnixMilli(), ExpiresAt: r.ExpiresAt().UnixMilli(),
			TTL: roomapi.Seconds(r.ExpiresAt(), a.chat.Now()), Creator: r.Creator || r.MadeBy(owner), Peers: r.Sitting(), MayDestroy: r.MayDestroy(owner),
		}
		if r.Sits() {
			shown.Seat = r.Seat
		}
		out.Rooms = append(out.Rooms, shown)
	}
	return out, err
}
