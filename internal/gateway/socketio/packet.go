package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// Types of packets (Socket.IO protocol 5, "Packet types").
const (
	typeConnect      = '0'
	typeDisconnect   = '1'
	typeEvent        = '2'
	typeAck          = '3'
	typeConnectError = '4'
	typeBinaryEvent  = '5'
	typeBinaryAck    = '6'
)

// Bounds of what a packet may say.
const (
	maxAttachments = 10
	maxNamespace   = 128
	maxAckDigits   = 16
)

// packet is one packet of a client.
type packet struct {
	kind        byte
	attachments int    // binary messages that follow
	namespace   string // "/" if none is named
	ack         string // digits; "" if no acknowledgement is wanted
	data        json.RawMessage
}

var errPacket = errors.New("socketio: not a packet")

// parse reads a packet (Socket.IO protocol 5, "Packet encoding"):
// <type>[<attachments>-][<namespace>,][<ack id>][<JSON>].
func parse(raw []byte) (p packet, err error) {
	if len(raw) == 0 || raw[0] < typeConnect || raw[0] > typeBinaryAck {
		return p, errPacket
	}
	p.kind, p.namespace = raw[0], "/"
	raw = raw[1:]
	if p.kind == typeBinaryEvent || p.kind == typeBinaryAck {
		if p.attachments, raw, err = attachments(raw); err != nil {
			return p, err
		}
	}
	if len(raw) > 0 && raw[0] == '/' {
		name, rest, _ := bytes.Cut(raw, []byte{','})
		if len(name) > maxNamespace {
			return p, errPacket
		}
		p.namespace, raw = string(name), rest
	}
	digits := 0
	for digits < len(raw) && raw[digits] >= '0' && raw[digits] <= '9' {
		digits++
	}
	if digits > maxAckDigits {
		return p, errPacket
	}
	p.ack, p.data = string(raw[:digits]), raw[digits:]
	return p, p.check()
}

// attachments reads how many binary messages follow: at least one, else it would
// not be a binary packet, and few.
func attachments(raw []byte) (int, []byte, error) {
	dash := bytes.IndexByte(raw[:min(len(raw), 3)], '-')
	if dash < 1 || raw[0] < '1' || raw[0] > '9' {
		return 0, nil, errPacket
	}
	n, err := strconv.Atoi(string(raw[:dash]))
	if err != nil || n > maxAttachments {
		return 0, nil, errPacket
	}
	return n, raw[dash+1:], nil
}

// check compares the data with what the type has.
func (p *packet) check() error {
	fine := false
	switch p.kind {
	case typeConnect:
		fine = len(p.data) == 0 || p.data[0] == '{' && json.Valid(p.data)
	case typeDisconnect:
		fine = len(p.data) == 0
	case typeEvent, typeAck, typeBinaryEvent, typeBinaryAck:
		fine = len(p.data) > 0 && p.data[0] == '[' && json.Valid(p.data)
	}
	if !fine {
		return errPacket
	}
	return nil
}

// reserved are names that mean something to the client library itself.
var reserved = map[string]bool{
	"connect": true, "connect_error": true, "disconnect": true, "disconnecting": true, "newListener": true, "removeListener": true,
}

// event takes the data of an event apart: its name and first argument.
func (p *packet) event() (name string, arg json.RawMessage, err error) {
	var list []json.RawMessage
	if err := json.Unmarshal(p.data, &list); err != nil || len(list) == 0 {
		return "", nil, errPacket
	}
	if list[0][0] != '"' || json.Unmarshal(list[0], &name) != nil || reserved[name] {
		return "", nil, errPacket
	}
	if len(list) > 1 {
		arg = list[1]
	}
	return name, arg, nil
}
