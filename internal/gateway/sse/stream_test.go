package sse

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/native"
	"parley/internal/hub"
	"parley/internal/sanitize"
)

const ann, bob chat.UserID = 1, 2

var signer = cursor.NewSigner([]byte("key"))

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// browser is an EventSource: it keeps the last id and comes back with it.
type browser struct {
	world *gatewaytest.World
	pipe  *gatewaytest.Pipe
	ended chan error
	id    string
	seen  map[chat.StreamID][]int64 // revs, in the order they came
	heads map[string]int64
	raw   []string
}

func (b *browser) connect(resume hub.Resume) {
	b.pipe, b.ended = gatewaytest.NewPipe(), make(chan error, 1)
	p := New(native.New(chatapi.Mapper{Mode: sanitize.None}), signer, ann, resume)
	go func(pipe *gatewaytest.Pipe, ended chan error) {
		ended <- b.world.Server.Serve(pipe, p, gatewaytest.As(ann))
	}(b.pipe, b.ended)
	b.listen()
}

func (b *browser) reconnect() {
	b.listen()
	b.pipe.HangUp()
	<-b.ended
	b.pipe.Take() // what came after the connection broke
	b.connect(signer.Resume(ann, b.id))
}

// listen reads what has come.
func (b *browser) listen() {
	synctest.Wait()
	for _, event := range b.pipe.Take() {
		b.raw = append(b.raw, event)
		for line := range strings.SplitSeq(event, "\n") {
			switch name, value, _ := strings.Cut(line, ": "); name {
			case "id":
				b.id = value
			case "data":
				b.take(value)
			}
		}
	}
}

func (b *browser) take(frame string) {
	var f struct {
		Type           string
		ConversationID chat.ConversationID
		Rev            int64
		Heads          map[string]int64
		Event          chat.EventType
		Data           struct {
			Head         int64
			Conversation struct{ ID chat.ConversationID }
		}
	}
	if err := json.Unmarshal([]byte(frame), &f); err != nil {
		panic(err)
	}
	switch {
	case f.Type == "ready" && b.heads == nil:
		b.heads = f.Heads
		for name, rev := range f.Heads {
			st := ann.Stream()
			if id, ok := chat.ParseID(name); ok {
				st = chat.StreamID(id)
			}
			b.seen[st] = []int64{rev}
		}
	case f.Type == "event":
		st := f.ConversationID.Stream()
		if st == 0 {
			st = ann.Stream()
		}
		b.seen[st] = append(b.seen[st], f.Rev)
		if c := f.Data.Conversation.ID.Stream(); f.Event == chat.ConversationJoined && b.seen[c] == nil {
			b.seen[c] = []int64{f.Data.Head}
		}
	}
}

// faults are the places where a stream has a hole or a repeat, or its end is
// missing.
func (b *browser) faults() (list []string) {
	for st, revs := range b.seen {
		for i := range revs[1:] {
			if revs[i+1] != revs[i]+1 {
				list = append(list, fmt.Sprintf("stream %s: %v", st, revs))
				break
			}
		}
		if head, _ := b.world.Head(context.Background(), st); revs[len(revs)-1] != head {
			list = append(list, fmt.Sprintf("stream %s: %v, but its head is %d", st, revs, head))
		}
	}
	return list
}

func open(w *gatewaytest.World) *browser {
	b := &browser{world: w, seen: map[chat.StreamID][]int64{}}
	b.connect(hub.Resume{})
	return b
}

func TestABrowserThatReconnectsGetsEachEventOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) { // without its Deadline, which a bubble has not
			w, done := gatewaytest.NewWorld(gateway.Config{})
			defer done()
			for c := chat.ConversationID(2); c < 5; c++ {
				w.Add(c, bob)
			}
			w.Add(2, ann)
			steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(t, "steps")
			b := open(w)
			for _, step := range steps {
				switch step {
				case 0, 1, 2, 3:
					w.Say(chat.ConversationID(step%2+1), bob, "x")
				case 4:
					w.Say(4, bob, "x")
				case 5:
					w.Add(4, ann)
				case 6, 7:
					b.reconnect()
				case 8:
					time.Sleep(700 * time.Millisecond)
				case 9:
					b.pipe.Send("") // the pipe's tick
				}
			}
			b.reconnect()
			if faults := b.faults(); len(faults) > 0 {
				t.Errorf("%s\n%s", strings.Join(faults, "\n"), strings.Join(b.raw, ""))
			}
			b.pipe.HangUp()
			<-b.ended
		})
	})
}

func story(t *testing.T, fn func(t *testing.T, w *gatewaytest.World)) {
	synctest.Test(t, func(t *testing.T) {
		w, done := gatewaytest.NewWorld(gateway.Config{})
		defer done()
		fn(t, w)
	})
}

func TestTheFormat(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		time.Sleep(time.Minute)
		b := open(w)
		w.Say(1, bob, "two\nlines")
		b.listen()
		b.pipe.Send("")
		b.listen()
		for i, want := range []string{
			"retry: 2000\nid: <*>\ndata: {\"type\":\"ready\",<*>}\n\n",
			"id: <*>\ndata: {\"type\":\"event\",<*>two\\nlines<*>}\n\n",
			": ping\nid: <*>\n\n",
		} {
			parts := strings.Split(want, "<*>")
			if got := b.raw[i]; !strings.HasPrefix(got, parts[0]) || !strings.HasSuffix(got, parts[len(parts)-1]) || !strings.Contains(got, parts[1]) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestACursorOfSomebodyElseMakesTheClientReload(t *testing.T) {
	foreign, ok := signer.Pack(bob, cursor.Cursor{Position: 1})
	if !ok {
		t.Fatal("the cursor is too large")
	}
	story(t, func(t *testing.T, w *gatewaytest.World) {
		b := &browser{world: w, seen: map[chat.StreamID][]int64{}}
		b.connect(signer.Resume(ann, foreign))
		for i, want := range []string{`"type":"ready"`, `{"type":"gap","head":1}`, `{"type":"gap","conversationId":1,"head":2}`} {
			if !strings.Contains(b.raw[i], want) {
				t.Errorf("got %q, want %s", b.raw[i], want)
			}
			if strings.Contains(b.raw[i], "id: ") {
				t.Errorf("%q has a cursor before the client was told to reload all", b.raw[i])
			}
		}
		b.pipe.Send("")
		if b.listen(); b.id == "" {
			t.Error("there is no cursor after that")
		}
	})
}

func TestThePositionMovesOnSoTheCursorStaysSmall(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for c := chat.ConversationID(2); c < 200; c++ {
			w.Add(c, ann)
		}
		b := open(w)
		for range 5 {
			for c := chat.ConversationID(1); c < 200; c++ {
				w.Say(c, ann, "x")
			}
			time.Sleep(1500 * time.Millisecond)
		}
		b.pipe.Send("")
		b.listen()
		c, err := signer.Unpack(ann, b.id)
		if err != nil || len(c.Revs) > 0 || c.Position != w.Pos() {
			t.Errorf("%v: position %d of %d and %d streams", err, c.Position, w.Pos(), len(c.Revs))
		}
	})
}

func TestTokensEndEventStreamsToo(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		b := open(w)
		w.Revoke(ann)
		b.listen()
		if got := b.raw[len(b.raw)-1]; !strings.Contains(got, `"type":"bye","code":"unauthorized"`) || strings.Contains(got, "id: ") {
			t.Errorf("got %q", got)
		}
	})
}
