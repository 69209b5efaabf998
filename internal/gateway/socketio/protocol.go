// Package socketio speaks Socket.IO protocol 5 with the events of
// contracts/socketio.md. Its frames are those of package engineio.
package socketio

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/hub"
	"parley/internal/toolkit"
)

const dialect = "socketio"

const (
	// connectWithin is how long a client may take to send CONNECT.
	connectWithin = 45 * time.Second
	// authenticateWithin is how long it may take after that to say who it is.
	authenticateWithin = 10 * time.Second
)

// Config is what all connections have in common.
type Config struct {
	Mapper toolkit.Mapper
	// Recovery signs the offsets from which clients recover; nil: there are none.
	Recovery *cursor.Signer
}

// Protocol is one Socket.IO connection: the namespace "/".
type Protocol struct {
	*Config
	sid   string
	token string // that the handshake brought; "" for none

	// The reader's alone.
	connected bool
	greeted   bool // Hello was asked
	binary    *binary

	// The writer's alone; offset and pid are set before he begins.
	pid     string
	offset  string // from which the client wants to recover
	open    bool   // CONNECT was answered
	user    chat.UserID
	passing bool // what went wrong will pass, so the client should come back
	resume  hub.Resume
	marks   cursor.Marks
	left    map[chat.ConversationID]bool // that the client does not want to hear of
}

var _ gateway.Protocol = (*Protocol)(nil)

// New returns the protocol of one connection. token is the one of the handshake's
// address or header, if it had any.
func New(c *Config, token string) *Protocol {
	return &Protocol{Config: c, sid: rand.Text(), token: token}
}

// Dialect is "socketio".
func (*Protocol) Dialect() string { return dialect }

// Open waits for CONNECT.
func (*Protocol) Open() gateway.Opening {
	return gateway.Opening{Patience: connectWithin, Toolkit: true}
}

// tag is what an answer needs to know of its request.
type tag struct {
	event    string
	ack      string
	clientID string
	connect  bool                // it is the CONNECT
	foreign  string              // a namespace that there is not
	leave    chat.ConversationID // that the client does not want to hear of any more
	enter    chat.ConversationID
}

// binary is a packet whose attachments have not come yet. They are not kept: no
// event has use for them.
type binary struct {
	left int
	tag  *tag // nil: nobody waits for an answer
}

// Frames of package engineio.
const (
	message           = '4'
	attachment        = 'b'
	disconnectMessage = "41"
)

// Decode reads one frame.
func (p *Protocol) Decode(frame []byte) ([]gateway.Request, error) {
	if len(frame) > 0 && frame[0] == attachment {
		return p.attach()
	}
	if p.binary != nil || len(frame) == 0 || frame[0] != message {
		return nil, broken()
	}
	pk, err := parse(frame[1:])
	switch {
	case err != nil:
		return nil, broken()
	case pk.namespace != "/":
		return p.elsewhere(pk)
	case (pk.kind == typeConnect) == p.connected: // it comes first, and once
		return nil, broken()
	}
	switch pk.kind {
	case typeConnect:
		return p.connect(pk.data)
	case typeDisconnect:
		return []gateway.Request{{Do: gateway.Leaving}}, nil
	case typeEvent:
		return p.event(pk)
	case typeBinaryEvent, typeBinaryAck:
		return p.expect(pk)
	}
	return nil, nil // an answer to nothing that was asked
}

// broken ends the connection: what follows cannot be understood, either.
func broken() error {
	return gateway.Final(chat.Errorf(gateway.BadFrame, "Not a packet of Socket.IO"))
}

// elsewhere refuses namespaces.
func (p *Protocol) elsewhere(pk packet) ([]gateway.Request, error) {
	switch pk.kind {
	case typeConnect:
		name, _, _ := strings.Cut(pk.namespace, "?")
		return []gateway.Request{{Do: gateway.BeingThere, Tag: &tag{foreign: name}}}, nil
	case typeDisconnect:
		return nil, nil
	}
	return nil, broken()
}

// expect waits for the attachments of a binary packet.
func (p *Protocol) expect(pk packet) ([]gateway.Request, error) {
	p.binary = &binary{left: pk.attachments}
	if pk.kind == typeBinaryAck {
		return nil, nil
	}
	name, _, err := pk.event()
	if err != nil {
		return nil, broken()
	}
	p.binary.tag = &tag{event: shown(name), ack: pk.ack}
	return nil, nil
}

// attach takes an attachment and forgets it. After the last the event is refused.
func (p *Protocol) attach() ([]gateway.Request, error) {
	b := p.binary
	if b == nil {
		return nil, broken()
	}
	if b.left--; b.left > 0 {
		return nil, nil
	}
	if p.binary = nil; b.tag == nil {
		return nil, nil
	}
	return []gateway.Request{{
		Do: gateway.BeingThere, Tag: b.tag, Err: chat.Errorf(binaryNotSupported, "Binary data is not supported; files are uploaded"),
	}}, nil
}

// binaryNotSupported is the code for events with attachments.
const binaryNotSupported chat.Code = "binary_not_supported"

// hello is what CONNECT may carry.
type hello struct {
	Token  string `json:"token"`
	PID    string `json:"pid"`
	Offset string `json:"offset"`
}

// connect opens the namespace: at once for who has a token, else for a while in
// which he has to authenticate.
func (p *Protocol) connect(data json.RawMessage) ([]gateway.Request, error) {
	var h hello
	if len(data) > 0 && json.Unmarshal(data, &h) != nil {
		h = hello{} // what the application says beside it is none of ours
	}
	p.connected = true
	t := &tag{connect: true}
	if h.Token == "" {
		h.Token = p.token
	}
	if h.Token == "" {
		return []gateway.Request{{Do: gateway.Awaiting, Tag: t, Args: gateway.Await{
			Patience: authenticateWithin,
			Overdue: []gateway.Request{{
				Do: gateway.Quitting, Args: gateway.Quit{Err: chat.Errorf(chat.Unauthenticated, "Authentication timeout")},
			}},
		}}}, nil
	}
	if p.Recovery != nil && len(h.PID) <= maxNamespace {
		p.pid, p.offset = h.PID, h.Offset
	}
	return p.login(gateway.Login{Token: h.Token}, t), nil
}

// login identifies the client and, the first time, begins the delivery.
func (p *Protocol) login(l gateway.Login, t *tag) []gateway.Request {
	list := []gateway.Request{{Do: gateway.LoggingIn, Args: l, Tag: t}}
	if !p.greeted {
		p.greeted = true
		list = append(list, gateway.Request{Do: gateway.Greeting, Args: gateway.Hello{
			ResumeFor: func(chat.UserID) hub.Resume { return p.resume }, // Ready has set it
		}})
	}
	return list
}

// authenticate is the event; claimed is whom the client says to be.
func (p *Protocol) authenticate(token, claimed string, t *tag) []gateway.Request {
	return p.login(gateway.Login{Token: token, Accept: func(_ context.Context, u chat.UserID) error {
		if claimed != p.Mapper.User(u) && claimed != strconv.FormatInt(int64(u), 10) {
			return chat.Errorf(chat.Forbidden, "Authentication failed")
		}
		return nil
	}}, t)
}

// shown is a name as it may be sent back.
func shown(name string) string { return name[:min(len(name), maxNamespace)] }
