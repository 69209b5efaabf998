package nats_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	client "github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"parley/internal/bus/nats"
	"parley/internal/bus/nats/natstest"
	"parley/internal/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const within = 10 * time.Second

// ear is a bus and what its node heard.
type ear struct {
	*nats.Bus
	t       *testing.T
	events  chan *chat.Event
	signals chan chat.Signal
	lost    chan struct{}
	wanted  atomic.Int64 // the stream that follow waits for
	follows chan chat.StreamID
	logged  chan string // what was logged as a warning or as news
}

// logTo is a handler of logs that hands on their messages.
type logTo struct {
	slog.Handler
	out chan<- string
}

func (l logTo) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (l logTo) Handle(_ context.Context, r slog.Record) error    { l.out <- r.Message; return nil }

func join(t *testing.T, url string) *ear {
	t.Helper()
	logged := make(chan string, 10_000)
	b, err := nats.New(nats.Options{URL: url, Prefix: "test", Log: slog.New(logTo{slog.DiscardHandler, logged})})
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{
		Bus: b, t: t, events: make(chan *chat.Event, 10_000), signals: make(chan chat.Signal, 100),
		lost: make(chan struct{}, 1), follows: make(chan chat.StreamID, 1), logged: logged,
	}
	b.OnLost(func() {
		if st := chat.StreamID(e.wanted.Load()); st != 0 && b.Hears(st) {
			e.wanted.Store(0)
			e.follows <- st
		}
		select {
		case e.lost <- struct{}{}:
		default:
		}
	})
	b.Subscribe(chat.Subscriber{
		Events: func(events []*chat.Event) {
			for _, v := range events {
				e.events <- v
			}
		},
		Signal: func(s chat.Signal) { e.signals <- s },
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return e
}

// follow returns when the interest is known to the server.
func (e *ear) follow(st chat.StreamID) {
	e.t.Helper()
	e.wanted.Store(int64(st))
	e.Follow(st)
	take(e.t, e.follows)
}

// hears waits until something is logged that begins so.
func (e *ear) hears(prefix string) {
	e.t.Helper()
	for !strings.HasPrefix(take(e.t, e.logged), prefix) {
	}
}

func take[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(within):
		t.Fatal("nothing came")
	}
	return v
}

func event(st chat.StreamID, rev int64) *chat.Event {
	return &chat.Event{Stream: st, Rev: rev, Pos: chat.Position(100 + rev), Type: chat.ConversationUpdated, Actor: 7, At: time.UnixMilli(1_700_000_000_123).UTC(), Ref: 5, Detail: "d"}
}

func newMessage(c chat.ConversationID, rev int64, content string) *chat.Event {
	e := event(c.Stream(), rev)
	e.Type, e.Ref, e.Seq = chat.MessageCreated, int64(e.Pos), rev
	e.Payload = &chat.Message{
		ID: chat.MessageID(e.Pos), ConversationID: c, Rev: rev, Seq: rev, Count: rev, Type: chat.TypeText, SenderID: 7, Content: content, TempID: "t",
		Metadata: chat.EmptyObject, CreatedAt: e.At, SenderName: "Ann", Mentions: []chat.UserID{3},
	}
	return e
}

func TestEventsReachNodesThatFollow(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	const c = chat.ConversationID(12)
	b.follow(c.Stream())
	sent := []*chat.Event{newMessage(c, 1, "hello"), event(c.Stream(), 2), newMessage(c, 3, "there")}
	a.Publish(sent[:2])
	a.Publish(sent[2:])
	for _, want := range sent {
		got := take(t, b.events)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("not as it was sent:\n%s", diff)
		}
		if own := take(t, a.events); own != want {
			t.Error("the sender's own node got a copy")
		}
	}
	// What follows nothing hears nothing, and nobody hears his own words again: a
	// signal to all comes after whatever there was.
	third := join(t, s.URL)
	third.follow(c.Stream() + 1)
	third.Unfollow(c.Stream() + 1)
	a.Publish([]*chat.Event{event(c.Stream(), 4)})
	take(t, b.events)
	b.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: 9})
	take(t, a.signals)
	take(t, third.signals)
	if len(a.events) != 1 || len(third.events) != 0 {
		t.Errorf("the sender heard %d more, a node that follows nothing %d", len(a.events)-1, len(third.events))
	}
}

// Two follow the same shard: it is heard until the second has left.
func TestInterestIsCounted(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	const st = chat.StreamID(5)
	b.follow(st)
	b.Follow(st)
	b.Unfollow(st)
	a.Publish([]*chat.Event{event(st, 1)})
	if e := take(t, b.events); e.Rev != 1 {
		t.Errorf("heard %+v", e)
	}
	b.Unfollow(st)
	b.Unfollow(st) // one too many changes nothing
	b.follow(st + 1)
	a.Publish([]*chat.Event{event(st, 2), event(st+1, 1)})
	if e := take(t, b.events); e.Stream != st+1 {
		t.Errorf("heard %+v, which nobody follows any more", e)
	}
	b.follow(st)
	a.Publish([]*chat.Event{event(st, 3)})
	if e := take(t, b.events); e.Rev != 3 {
		t.Errorf("heard %+v after following again", e)
	}
}

func TestSignals(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	const c = chat.ConversationID(31)
	b.follow(c.Stream())
	for _, want := range []chat.Signal{
		{Kind: chat.SignalTyping, ConversationID: c, UserID: 4, UserName: "Ann", Typing: true},
		{Kind: chat.SignalDelivered, ConversationID: c, UserID: 4, MessageID: 9},
		{Kind: chat.SignalRevoked, UserID: 4, Session: 3},
		{Kind: chat.SignalPresence, UserID: 4, Presence: chat.Presence{UserID: 4, Status: chat.DND, LastSeenAt: time.UnixMilli(5).UTC(), StatusMessage: "x"}, Node: &chat.NodePresence{Node: "n", Number: 3}},
	} {
		a.Signal(want)
		want.Relayed = true
		if diff := cmp.Diff(want, take(t, b.signals)); diff != "" {
			t.Errorf("not as it was sent:\n%s", diff)
		}
	}
}

// Other events leave their payload to the receivers.
func TestOnlyNewMessagesTravelWithTheirPayload(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	const c = chat.ConversationID(12)
	b.follow(c.Stream())
	edited := newMessage(c, 2, "edited")
	edited.Type = chat.MessageUpdated
	a.Publish([]*chat.Event{newMessage(c, 1, "new"), edited})
	if e := take(t, b.events); e.Payload == nil {
		t.Error("a new message came without its payload")
	}
	if e := take(t, b.events); e.Rev != 2 || e.Payload != nil {
		t.Errorf("an edit came with %T", e.Payload)
	}
}

// What no node of this version wrote is counted, and the next message is heard.
func TestWhatIsNotUnderstoodIsCounted(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	b.follow(1) // the server knows what b hears
	other, err := client.Connect(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	bad := []string{"", "\x02{}", "\x01", "\x01{", "\x01{}", `{"v":1}`, "\x01{\"e\":[{\"t\":-1}]}"}
	for _, content := range bad {
		if err := other.Publish("test.all", []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.FlushTimeout(within); err != nil {
		t.Fatal(err)
	}
	a.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: 9})
	take(t, b.signals)
	if n := b.Metrics.Malformed.Load(); n != int64(len(bad)) {
		t.Errorf("%d messages counted as malformed, want %d", n, len(bad))
	}
	if n := b.Metrics.Received.Load(); n != 1 {
		t.Errorf("%d messages counted as received, want 1", n)
	}
}

// A message too large for the wire goes without its payload.
func TestHugeMessagesTravelWithoutTheirPayload(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	const c = chat.ConversationID(12)
	b.follow(c.Stream())
	var batch []*chat.Event
	for rev := int64(1); rev <= 60; rev++ {
		batch = append(batch, newMessage(c, rev, strings.Repeat("€", 10_000)))
	}
	a.Publish(batch)
	for _, want := range batch {
		got := take(t, b.events)
		if got.Rev != want.Rev || got.Payload != nil {
			t.Fatalf("event %d came as %d with %T", want.Rev, got.Rev, got.Payload)
		}
	}
}

// While NATS is away nothing blocks; when it is back the node is told to look at
// the log, and hears again.
func TestNATSGoesAndComesBack(t *testing.T) {
	s := natstest.Start(t)
	a, b := join(t, s.URL), join(t, s.URL)
	const st = chat.StreamID(5)
	b.follow(st)
	s.Stop()
	b.hears("the connection to NATS is gone")
	if b.Connected() {
		t.Error("connected while NATS is away")
	}
	begun := time.Now()
	for rev := range int64(10_000) {
		a.Publish([]*chat.Event{event(st, rev+1)})
		<-a.events
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("publishing took %v while NATS was away", took)
	}
	for a.Metrics.Published.Load()+a.Metrics.Dropped.Load() < 10_000 { // what still waits would go out later
		if time.Since(begun) > within {
			t.Fatal("publishing hangs")
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case <-b.lost: // of when it began
	default:
	}
	s.Start()
	b.hears("connected to NATS again")
	take(t, b.lost)
	if !b.Connected() {
		t.Error("not connected after NATS is back")
	}
	b.follow(st + 1) // the server knows of st, too, when it knows of this
	a.hears("connected to NATS again")
	a.Publish([]*chat.Event{event(st, 20_000)})
	if e := take(t, b.events); e.Rev != 20_000 {
		t.Errorf("heard %d, which was sent while NATS was away", e.Rev)
	}
	for _, e := range []*ear{a, b} {
		if n := len(e.logged); n > 0 {
			t.Errorf("%d more lines were logged of one loss: %q", n, <-e.logged)
		}
	}
}

// A node starts without NATS and joins when there is one.
func TestStartingWithoutNATS(t *testing.T) {
	s := natstest.Start(t)
	s.Stop()
	a := join(t, s.URL)
	if a.Connected() {
		t.Fatal("connected to nothing")
	}
	s.Start()
	take(t, a.lost)
	if !a.Connected() {
		t.Error("not connected")
	}
}

// Name and password are part of the address. A server that does not take them for a
// while is tried again for ever, as one that is away.
func TestAServerThatAsksForAPassword(t *testing.T) {
	s := natstest.Start(t)
	restart := func(password string) {
		s.Stop()
		s.User, s.Password = "parley", password
		s.Start()
	}
	restart("secret")
	a := join(t, strings.Replace(s.URL, "://", "://parley:secret@", 1))
	if !a.Connected() {
		t.Fatal("not connected with the right password")
	}
	restart("another")
	a.hears("the connection to NATS is gone")
	for range 4 {
		a.hears("NATS") // refuses
	}
	restart("secret")
	a.hears("connected to NATS again")
	if !a.Connected() {
		t.Error("not connected")
	}
}

// Two deployments on one NATS do not hear each other.
func TestDeploymentsAreApart(t *testing.T) {
	s := natstest.Start(t)
	a := join(t, s.URL)
	other, err := nats.New(nats.Options{URL: s.URL, Prefix: "elsewhere", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan chat.Signal, 10)
	other.Subscribe(chat.Subscriber{Signal: func(s chat.Signal) { heard <- s }})
	a.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: 1})
	other.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: 2})
	if got := take(t, heard); got.UserID != 2 {
		t.Errorf("heard %+v", got)
	}
	if err := other.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if len(heard) > 0 {
		t.Errorf("heard %+v", <-heard)
	}
}
