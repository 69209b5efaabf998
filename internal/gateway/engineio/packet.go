package engineio

import (
	"bytes"
	"encoding/base64"
	"errors"
)

// Types of packets (Engine.IO protocol 4, "Packet types").
const (
	typeOpen    = '0'
	typeClose   = '1'
	typePing    = '2'
	typePong    = '3'
	typeMessage = '4'
	typeUpgrade = '5'
	typeNoop    = '6'
	// typeBinary stands before the base64 of a binary message in a payload, and
	// before its bytes in the frames that a Conn reads.
	typeBinary = 'b'
)

// separator stands between the packets of a payload.
const separator = 0x1e

// Packets that carry nothing.
var (
	closePacket = []byte{typeClose}
	pingPacket  = []byte{typePing}
	noopPacket  = []byte{typeNoop}
)

var errPacket = errors.New("engineio: not a packet that a client may send")

// payload is the body of a polling client's POST, taken apart packet by packet:
// nothing is made for those that have not been asked for.
type payload struct{ left []byte }

// next returns the next packet that means something. Of a binary one it is 'b'
// and the bytes. Without an error and a packet there are no more.
func (p *payload) next() ([]byte, error) {
	if p.left == nil {
		return nil, nil
	}
	packet, rest, more := bytes.Cut(p.left, []byte{separator})
	if p.left = rest; !more {
		p.left = nil
	}
	if len(packet) == 0 {
		return nil, errPacket
	}
	if packet[0] == typeBinary {
		return decodeBinary(packet)
	}
	return packet, check(packet)
}

// check says whether a client may send a text packet in the middle of a session.
func check(packet []byte) error {
	if len(packet) == 0 {
		return errPacket
	}
	switch packet[0] {
	case typeMessage:
		return nil
	case typePong, typeClose, typeNoop:
		if len(packet) == 1 {
			return nil
		}
	}
	return errPacket
}

func decodeBinary(packet []byte) ([]byte, error) {
	out := make([]byte, 1+base64.StdEncoding.DecodedLen(len(packet)-1))
	n, err := base64.StdEncoding.Decode(out[1:], packet[1:])
	if err != nil {
		return nil, errPacket
	}
	out[0] = typeBinary
	return out[:1+n], nil
}
