// Package room is the stream of a disposable room: its own events, as Server-Sent
// Events or over a WebSocket. It is a protocol of the gateway whose user is a guest
// that follows one conversation.
package room

import (
	"encoding/json"
	"strconv"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/hub"
	"parley/internal/roomapi"
)

// retry is how long a browser waits before it reconnects.
const retry = 2 * time.Second

// Protocol is one stream of one guest.
type Protocol struct {
	view   *chat.RoomView
	me     chat.UserID
	frame  framing
	signer *cursor.Signer
	resume hub.Resume
	marks  cursor.Marks
	online bool           // the other side, when the stream began
	seen   chat.MessageID // what the other side had read by then
	now    func() time.Time
}

var (
	_ gateway.Protocol = (*Protocol)(nil)
	_ gateway.Ending   = (*Protocol)(nil)
)

// Options of a stream.
type Options struct {
	Signer *cursor.Signer
	Resume hub.Resume
	Online bool           // whether the other side is there now
	Seen   chat.MessageID // up to which the other side has read; 0: nothing
	Now    func() time.Time
}

// Events returns the stream as Server-Sent Events, Socket as frames of a WebSocket.
func Events(v *chat.RoomView, o Options) *Protocol { return newProtocol(v, eventStream{}, o) }

// Socket is Events over a WebSocket.
func Socket(v *chat.RoomView, o Options) *Protocol { return newProtocol(v, frames{}, o) }

func newProtocol(v *chat.RoomView, f framing, o Options) *Protocol {
	return &Protocol{view: v, me: v.Actor().ID, frame: f, signer: o.Signer, resume: o.Resume, online: o.Online, seen: o.Seen, now: o.Now}
}

// Dialect is "room-sse" or "room-ws".
func (p *Protocol) Dialect() string { return p.frame.dialect() }

// Open starts at once: who it is stood in the request.
func (p *Protocol) Open() gateway.Opening {
	return gateway.Opening{Now: []gateway.Request{
		{Do: gateway.LoggingIn, Args: gateway.Login{}},
		{Do: gateway.Greeting, Args: gateway.Hello{Resume: p.resume}},
	}}
}

// Decode is given the ticks of an event stream. What a client writes into a
// WebSocket says nothing: rooms are talked to by requests.
func (p *Protocol) Decode(frame []byte) ([]gateway.Request, error) {
	if len(frame) > 0 {
		return []gateway.Request{{Do: gateway.BeingThere}}, nil
	}
	return []gateway.Request{{Do: gateway.Refreshing}}, nil
}

// Ends implements gateway.Ending: after the end of the room, or of the seat, there is
// nothing more to hear.
func (p *Protocol) Ends(e *gateway.Event) bool {
	switch e.Type {
	case chat.ConversationDeleted:
		return true
	case chat.ParticipantRemoved:
		return chat.UserID(e.Ref) == p.me
	}
	return false
}

// Encode appends what out is to the guest, if anything.
func (p *Protocol) Encode(to [][]byte, out gateway.Output) [][]byte {
	switch o := out.(type) {
	case *gateway.Ready:
		p.marks = cursor.Begin(p.me, p.resume, o)
		to = append(to, p.frame.open(p.id()))
		to = p.say(to, roomapi.EventTTL, p.ttl(p.view.ExpiresAt()))
		if p.view.Peers() > 0 {
			to = p.say(to, roomapi.EventPresence, roomapi.Presence{RoomID: p.view.ID, Online: p.online})
		}
		if p.seen != 0 {
			to = p.say(to, roomapi.EventRead, p.read(p.seen, false))
		}
	case *gateway.Event:
		p.marks.Settle(o.Settled)
		p.marks.Gave(o.Event, o.Head)
		to = p.event(to, o)
	case *gateway.Gap:
		p.marks.Gap(o.Stream)
		to = p.say(to, roomapi.EventReload, roomapi.About{RoomID: p.view.ID})
	case *gateway.Signal:
		to = p.signal(to, o)
	case *gateway.Refresh:
		p.marks.Settle(o.Settled)
		to = append(to, p.frame.ping(p.id()))
	}
	return to
}

func (p *Protocol) event(to [][]byte, e *gateway.Event) [][]byte {
	id := p.view.ID
	switch about := e.Payload.(type) {
	case *chat.Message:
		if e.Type != chat.MessageCreated || about.Deleted() {
			return to
		}
		to = p.say(to, roomapi.EventMessage, roomapi.MessageOf(about, id, p.me))
		if p.view.Mode == chat.RoomIdle {
			to = p.say(to, roomapi.EventTTL, p.ttl(p.view.RoomExpiry(about.CreatedAt)))
		}
		return to
	case *chat.ReadMark:
		return p.say(to, roomapi.EventRead, p.read(about.MessageID, about.UserID == p.me))
	case *chat.ReactionChange:
		return p.say(to, roomapi.EventReaction, roomapi.Reacted{
			RoomID: id, MessageID: strconv.FormatInt(int64(about.MessageID), 10),
			Reaction: roomapi.ReactionOf(p.seatOf(about.UserID), about.Emoji, about.UserID == p.me),
		})
	case *chat.ParticipantChange:
		mine := about.UserID == p.me
		if e.Type == chat.ParticipantRemoved || about.Reason == chat.ReasonLeft {
			return p.say(to, roomapi.EventLeave, roomapi.Gone{RoomID: id, Mine: mine, Kicked: about.Reason == chat.ReasonRemoved})
		}
		return p.say(to, roomapi.EventJoin, roomapi.Joined{RoomID: id, Seat: p.seatOf(about.UserID), Mine: mine})
	case *chat.Conversation:
		if e.Type == chat.ConversationDeleted {
			return p.say(to, roomapi.EventDestroy, p.destroyed(e))
		}
		return p.say(to, roomapi.EventCipher, roomapi.Cipher{RoomID: id, Cipher: false})
	}
	return to
}

// seatOf is the number of the guest's seat: there are two.
func (p *Protocol) seatOf(u chat.UserID) int {
	if u == p.me {
		return p.view.Seat
	}
	return chat.RoomSeats + 1 - p.view.Seat
}

func (p *Protocol) destroyed(e *gateway.Event) roomapi.Destroy {
	d := roomapi.Destroy{RoomID: p.view.ID, IsDestroyed: true, Reason: chat.RoomEnd(e.Detail)}
	switch e.Actor {
	case 0:
	case p.me:
		d.By = new("you")
	default:
		d.By = new("peer")
	}
	return d
}

func (p *Protocol) signal(to [][]byte, s *gateway.Signal) [][]byte {
	id := p.view.ID
	switch s.Kind {
	case chat.SignalTyping:
		return p.say(to, roomapi.EventTyping, roomapi.Typing{RoomID: id, Typing: s.Typing})
	case chat.SignalPresence:
		return p.say(to, roomapi.EventPresence, roomapi.Presence{RoomID: id, Online: s.Presence.Status != chat.Offline})
	case chat.SignalKnock:
		if p.view.Creator {
			return p.say(to, roomapi.EventKnock, roomapi.About{RoomID: id})
		}
	}
	return to
}

func (p *Protocol) read(upTo chat.MessageID, mine bool) roomapi.Read {
	return roomapi.Read{RoomID: p.view.ID, MessageID: strconv.FormatInt(int64(upTo), 10), Mine: mine}
}

func (p *Protocol) ttl(until time.Time) roomapi.TTL {
	return roomapi.TTL{RoomID: p.view.ID, TTL: roomapi.Seconds(until, p.now()), ExpiresAt: until.UnixMilli()}
}

func (p *Protocol) say(to [][]byte, event string, data any) [][]byte {
	b, err := json.Marshal(data)
	if err != nil {
		return to // texts and numbers: this cannot fail
	}
	return append(to, p.frame.event(p.id(), event, b))
}

// id is from where the client can resume; "" while that is not known.
func (p *Protocol) id() string {
	text, _ := p.marks.Text(p.me, p.signer)
	return text
}
