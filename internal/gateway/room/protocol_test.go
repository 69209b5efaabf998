package room

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/hub"
)

const (
	me, peer chat.UserID         = 7, 8
	here     chat.ConversationID = 5
)

var now = time.UnixMilli(1_900_000_000_000).UTC()

// view is a room that I made, in which I have the first seat.
func view(mode chat.RoomMode) *chat.RoomView {
	return &chat.RoomView{Seat: 1, Creator: true, DisposableRoom: chat.DisposableRoom{
		ID: "room", Conversation: here, CreatedAt: now, LastSaidAt: now, TTL: 10 * time.Minute, LastUntil: now.Add(24 * time.Hour), Mode: mode,
		Seats: [2]chat.RoomSeat{{Holder: "a", Guest: me}, {Holder: "b", Guest: peer}},
	}}
}

func event(typ chat.EventType, actor chat.UserID, ref int64, detail string, payload any) *gateway.Event {
	e := &chat.Event{Stream: here.Stream(), Rev: 3, Pos: 9, Type: typ, Actor: actor, Ref: ref, Detail: detail, At: now, Payload: payload}
	return &gateway.Event{Given: hub.Given{Delivery: &hub.Delivery{Event: e}}}
}

func note(seat int, sender string) json.RawMessage {
	b, _ := json.Marshal(chat.RoomNote{Sender: sender, Seat: seat})
	return b
}

func signal(kind chat.SignalKind) *gateway.Signal {
	return &gateway.Signal{Signal: chat.Signal{Kind: kind, UserID: peer, Typing: true, Presence: chat.Presence{Status: chat.Away}}}
}

func TestWhatASeatHears(t *testing.T) {
	said := &chat.Message{ID: 12, Seq: 2, SenderID: peer, Content: "hi", Metadata: note(2, "Bob"), Type: chat.TypeText, TempID: "c", CreatedAt: now.Add(time.Minute)}
	for name, c := range map[string]struct {
		mode chat.RoomMode
		out  gateway.Output
		want []string
		ends bool
	}{
		"a message": {chat.RoomIdle, event(chat.MessageCreated, peer, 12, "", said), []string{
			`message {"id":"12","sender":"Bob","text":"hi","timestamp":1900000060000,"roomId":"room","seq":2,"type":"text","seat":2,"clientId":"c","mine":false}`,
			`ttl {"roomId":"room","ttl":660,"expiresAt":1900000660000}`,
		}, false},
		"a message that gives no time": {chat.RoomFixed, event(chat.MessageCreated, peer, 12, "", said), []string{
			`message {"id":"12","sender":"Bob","text":"hi","timestamp":1900000060000,"roomId":"room","seq":2,"type":"text","seat":2,"clientId":"c","mine":false}`,
		}, false},
		"a message that is gone": {chat.RoomIdle, event(chat.MessageCreated, peer, 12, "", &chat.Message{ID: 12, DeletedAt: now}), nil, false},
		"the end by the other": {chat.RoomIdle, event(chat.ConversationDeleted, peer, 5, "destroyed", &chat.Conversation{ID: here}), []string{
			`destroy {"roomId":"room","isDestroyed":true,"reason":"destroyed","by":"peer"}`,
		}, true},
		"the end by time": {chat.RoomIdle, event(chat.ConversationDeleted, 0, 5, "expired", &chat.Conversation{ID: here}), []string{
			`destroy {"roomId":"room","isDestroyed":true,"reason":"expired","by":null}`,
		}, true},
		"a message in clear": {chat.RoomIdle, event(chat.ConversationUpdated, peer, 5, "", &chat.Conversation{ID: here}), []string{`cipher {"roomId":"room","cipher":false}`}, false},
		"a guest": {chat.RoomIdle, event(chat.ParticipantAdded, peer, 8, "", &chat.ParticipantChange{Participant: chat.Participant{UserID: peer}, Reason: chat.ReasonJoined}), []string{
			`join {"roomId":"room","seat":2,"mine":false}`,
		}, false},
		"that he has gone": {chat.RoomIdle, event(chat.ParticipantUpdated, peer, 8, "", &chat.ParticipantChange{Participant: chat.Participant{UserID: peer}, Reason: chat.ReasonLeft}), []string{
			`leave {"roomId":"room","mine":false,"kicked":false}`,
		}, false},
		"that I was shown out": {chat.RoomIdle, event(chat.ParticipantRemoved, peer, 7, "", &chat.ParticipantChange{Participant: chat.Participant{UserID: me}, Reason: chat.ReasonRemoved}), []string{
			`leave {"roomId":"room","mine":true,"kicked":true}`,
		}, true},
		"reading": {chat.RoomIdle, event(chat.ReadMarked, peer, 12, "", &chat.ReadMark{UserID: peer, MessageID: 12}), []string{`read {"roomId":"room","messageId":"12","mine":false}`}, false},
		"a reaction": {chat.RoomIdle, event(chat.ReactionAdded, peer, 12, "", &chat.ReactionChange{MessageID: 12, UserID: peer, Emoji: `{"v":1,"iv":"AAAA","ct":"BBBB"}`, Added: true}), []string{
			`reaction {"roomId":"room","messageId":"12","seat":2,"enc":{"v":1,"iv":"AAAA","ct":"BBBB"},"mine":false}`,
		}, false},
		"a reaction in clear": {chat.RoomIdle, event(chat.ReactionAdded, me, 12, "", &chat.ReactionChange{MessageID: 12, UserID: me, Emoji: "👍", Added: true}), []string{
			`reaction {"roomId":"room","messageId":"12","seat":1,"emoji":"👍","mine":true}`,
		}, false},
		"a reaction that is gone": {chat.RoomIdle, event(chat.ReactionRemoved, peer, 12, "", &chat.ReactionChange{MessageID: 12, UserID: peer}), []string{
			`reaction {"roomId":"room","messageId":"12","seat":2,"mine":false}`,
		}, false},
		"typing":  {chat.RoomIdle, signal(chat.SignalTyping), []string{`typing {"roomId":"room","typing":true}`}, false},
		"being":   {chat.RoomIdle, signal(chat.SignalPresence), []string{`presence {"roomId":"room","online":true}`}, false},
		"a knock": {chat.RoomIdle, signal(chat.SignalKnock), []string{`knock {"roomId":"room"}`}, false},
		"a gap":   {chat.RoomIdle, &gateway.Gap{Stream: here.Stream(), Head: 9}, []string{`reload {"roomId":"room"}`}, false},
		"goodbye": {chat.RoomIdle, &gateway.Bye{}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Signer: cursor.NewSigner([]byte("key")), Now: func() time.Time { return now }}
			p, w := Events(view(c.mode), o), Socket(view(c.mode), o)
			for _, of := range []*Protocol{p, w} {
				if first := of.Encode(nil, &gateway.Ready{}); len(first) != 3 || !strings.Contains(string(first[1]), `"ttl":600`) || !strings.Contains(string(first[2]), `"online":false`) {
					t.Errorf("it begins with %s", first)
				}
			}
			var stream, frames []string
			for _, b := range p.Encode(nil, c.out) {
				name, data, _ := strings.Cut(string(b[strings.Index(string(b), "event: ")+len("event: "):]), "\ndata: ")
				stream = append(stream, name+" "+strings.TrimSuffix(data, "\n\n"))
			}
			for _, b := range w.Encode(nil, c.out) {
				var f struct {
					Event string
					Data  json.RawMessage
				}
				if err := json.Unmarshal(b, &f); err != nil {
					t.Errorf("%s: %v", b, err)
				}
				frames = append(frames, f.Event+" "+string(f.Data))
			}
			if want := strings.Join(c.want, "\n"); strings.Join(stream, "\n") != want || strings.Join(frames, "\n") != want {
				t.Errorf("got\n%s\nand\n%s\nwant\n%s", stream, frames, want)
			}
			if e, ok := c.out.(*gateway.Event); ok && p.Ends(e) != c.ends {
				t.Errorf("it ends: %t", !c.ends)
			}
		})
	}
}

// What the other side had read before the stream began is told first.
func TestAStreamBeginsWithWhatWasSeen(t *testing.T) {
	for seen, want := range map[chat.MessageID]int{0: 0, 12: 1} {
		p := Socket(view(chat.RoomIdle), Options{Signer: cursor.NewSigner([]byte("key")), Seen: seen, Now: func() time.Time { return now }})
		first := regexp.MustCompile(`"id":"[^"]*",`).ReplaceAll(bytes.Join(p.Encode(nil, &gateway.Ready{}), nil), nil)
		if bytes.Count(first, []byte(`{"event":"read","data":{"roomId":"room","messageId":"12","mine":false}}`)) != want || bytes.Count(first, []byte("read\"")) != want {
			t.Errorf("%d: it begins with %s", seen, first)
		}
	}
}

// What a client writes is never more than being there.
func TestClientsHaveNothingToSay(t *testing.T) {
	p := Socket(view(chat.RoomIdle), Options{})
	for frame, want := range map[string]gateway.Command{"": gateway.Refreshing, `{"type":"send"}`: gateway.BeingThere, "\x00": gateway.BeingThere} {
		if r, err := p.Decode([]byte(frame)); err != nil || len(r) != 1 || r[0].Do != want {
			t.Errorf("%q: %+v, %v", frame, r, err)
		}
	}
}
