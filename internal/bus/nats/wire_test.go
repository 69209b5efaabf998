package nats

import (
	"testing"
	"time"

	"parley/internal/chat"
)

// Whatever comes over the wire, a node lives, and takes only what is consistent.
func FuzzDecode(f *testing.F) {
	var good []byte
	var err error
	encodeEvents("n", []*chat.Event{{
		Stream: 12, Rev: 3, Pos: 99, Type: chat.MessageCreated, Actor: 1, At: time.UnixMilli(5), Ref: 99, Seq: 2,
		Payload: &chat.Message{ID: 99, ConversationID: 12, Content: "hello", Metadata: chat.EmptyObject},
	}}, func(content []byte, e error) { good, err = content, e })
	if err != nil {
		f.Fatal(err)
	}
	signal, err := encodeSignal("n", chat.Signal{Kind: chat.SignalTyping, ConversationID: 12, UserID: 1})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{good, signal, nil, {version}, {version + 1, '{', '}'}, []byte("\x01{}"), []byte("\x01null"), []byte("\x01{\"e\":[{}]}"), []byte("\x01{\"e\":[{\"t\":1,\"r\":1,\"p\":1,\"y\":\"message.created\",\"f\":2,\"m\":{\"ID\":3}}]}")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := decode(content)
		if err != nil {
			return
		}
		for i := range p.Events {
			e := p.Events[i].event()
			if e.Stream == 0 || e.Rev <= 0 || e.Pos <= 0 {
				t.Fatalf("took %+v", e)
			}
			if m, ok := e.Payload.(*chat.Message); ok && m.ConversationID.Stream() != e.Stream {
				t.Fatalf("took a message of %d for an event of %d", m.ConversationID, e.Stream)
			}
		}
	})
}
