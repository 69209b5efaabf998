package nats

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/bus"
	"parley/internal/chat"
)

// Whatever a message has arrives, also in fields that are still to come.
func TestEveryFieldOfAMessageArrives(t *testing.T) {
	m := &chat.Message{}
	fill(reflect.ValueOf(m).Elem())
	m.Metadata = json.RawMessage(`{"a":"<&>\u2028"}`)
	m.ID, m.ConversationID = 99, 12
	want := &chat.Event{Stream: 12, Rev: 1, Pos: 99, Type: chat.MessageCreated, Actor: 1, At: time.UnixMilli(5).UTC(), Ref: 99, Seq: 1, Detail: "<d>", Payload: m}
	encodeEvents("n", []*chat.Event{want}, func(content []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		p, err := decode(content)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Events[0].event()); diff != "" {
			t.Errorf("not as it was sent:\n%s", diff)
		}
	})
}

func TestEveryFieldOfASignalArrives(t *testing.T) {
	var want chat.Signal
	fill(reflect.ValueOf(&want).Elem())
	content, err := encodeSignal("n", want)
	if err != nil {
		t.Fatal(err)
	}
	p, err := decode(content)
	if err != nil {
		t.Fatal(err)
	}
	want.Relayed = false // that is said where it arrives
	if diff := cmp.Diff(&want, p.Signal); diff != "" {
		t.Errorf("not as it was sent:\n%s", diff)
	}
}

// fill gives every field a value that is not its zero value.
func fill(v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.UnixMilli(1_700_000_000_123).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.String:
		v.SetString("<é>")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint64, reflect.Uint8:
		v.SetUint(7)
	default:
		v.SetInt(7)
	}
}

// A batch that is too large even without payloads goes in several messages, in
// order.
func TestLargeBatchesAreDivided(t *testing.T) {
	var events []*chat.Event
	for rev := range int64(20) {
		events = append(events, &chat.Event{Stream: 12, Rev: rev + 1, Pos: chat.Position(rev + 1), Type: chat.ConversationUpdated, Detail: strings.Repeat("d", 60_000)})
	}
	messages, next := 0, int64(1)
	encodeEvents("n", events, func(content []byte, err error) {
		if err != nil || len(content) >= maxSize {
			t.Fatalf("%d bytes: %v", len(content), err)
		}
		p, err := decode(content)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Events {
			if p.Events[i].Rev != next {
				t.Fatalf("event %d comes where %d should", p.Events[i].Rev, next)
			}
			next++
		}
		messages++
	})
	if messages < 2 || next != 21 {
		t.Errorf("%d events in %d messages", next-1, messages)
	}
}

// What does not fit into the queue is dropped at once, after this node had it.
func TestAFullQueueDrops(t *testing.T) {
	b := &Bus{local: bus.NewLocal(), out: make(chan parcel, 2)}
	heard := 0
	b.Subscribe(chat.Subscriber{Events: func(events []*chat.Event) { heard += len(events) }, Signal: func(chat.Signal) { heard++ }})
	for rev := range int64(4) {
		b.Publish([]*chat.Event{{Stream: 12, Rev: rev + 1}})
	}
	b.Signal(chat.Signal{Kind: chat.SignalTyping})
	if n := b.Metrics.Dropped.Load(); n != 3 || heard != 5 {
		t.Errorf("%d dropped and %d heard here, want 3 and 5", n, heard)
	}
}

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
