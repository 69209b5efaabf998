package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/client"
	"parley/internal/bus/bustest"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Promises P3 and P4: everybody does everything at once, the bus loses, doubles
// and reorders, connections are cut at random. At the end each client has seen
// each event of each conversation once and in order: the log itself.
func TestChaosConvergesToTheLog(t *testing.T) {
	t.Parallel()
	c := newChaos(t, parleytest.New)
	c.run(c.cutConnections)
	c.check()
}

// The same on two nodes, each with a hostile bus, one of which is stopped and
// started again in the middle.
func TestChaosOnTwoNodesConvergesToTheLog(t *testing.T) {
	t.Parallel()
	c := newChaos(t, parleytest.NewCluster)
	c.services[1].Store(c.Second.Chat)
	c.run(c.cutConnections, c.restartSecond)
	c.check()
}

func newChaos(t *testing.T, start func(testing.TB, ...parleytest.Option) *parleytest.Server) *chaos {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	hostile := bustest.New(seed, bustest.Trouble{Lose: 0.1, Double: 0.1, Reorder: 0.1})
	s := start(t, parleytest.OnBus(hostile.Before), parleytest.With("--socketio.recovery", "on"))
	c := &chaos{Server: s, t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), hostile: hostile, before: map[chat.ConversationID]int64{}}
	for i := range c.services {
		c.services[i].Store(s.Chat)
	}
	for i := range 6 {
		c.people = append(c.people, s.Person(fmt.Sprint("p", i)))
	}
	for range 3 {
		c.groups = append(c.groups, c.group())
	}
	for i, p := range c.people {
		o := client.StreamOptions{Queue: 1 << 16, OnDisorder: func(d *client.DisorderError) { t.Errorf("%s: %v", p.Name, d) }}
		if i%3 == 2 {
			o.Transport = client.SSE
		}
		c.views = append(c.views, newView(t, clientFor(t, s, p), o))
	}
	for _, g := range c.groups {
		var err error
		if c.before[g], err = c.Chat.Head(t.Context(), g.Stream()); err != nil {
			t.Fatal(err)
		}
	}
	for i, dial := range []dialect{stompMessages(s, c.people[1]), socketIOMessages(s, c.people[2])} {
		c.echoes = append(c.echoes, listen(t, c.people[i+1].Name, dial))
	}
	return c
}

// run lets everybody do something and the troublemakers trouble.
func (c *chaos) run(trouble ...func(context.Context)) {
	ctx, cancel := context.WithTimeout(c.t.Context(), howLong(4*time.Second))
	defer cancel()
	var busy sync.WaitGroup
	for i := range c.people {
		actions := rand.New(rand.NewPCG(c.seed, uint64(i)+2))
		busy.Go(func() { c.act(ctx, i, actions) })
	}
	for _, make := range trouble {
		busy.Go(func() { make(ctx) })
	}
	busy.Wait()
}

// check compares what everybody has seen with the log.
func (c *chaos) check() {
	t := c.t
	t.Helper()
	c.hostile.Make(bustest.Trouble{})
	c.hostile.Release()
	total := 0
	for _, g := range c.groups {
		log, err := c.Chat.Log(t.Context(), g.Stream(), 0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range log {
			if e.Rev != int64(i+1) {
				t.Fatalf("the log of %d has rev %d as number %d", g, e.Rev, i+1)
			}
		}
		total += len(log)
		for i, v := range c.views {
			v.check(t, c.people[i].Name, int64(g), log)
		}
	}
	for _, e := range c.echoes {
		for _, g := range c.groups {
			log, err := c.Chat.Log(t.Context(), g.Stream(), c.before[g], 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			e.check(t, int64(g), log)
		}
	}
	cuts := 0
	for _, e := range c.echoes {
		cuts += e.interruptions()
	}
	for _, v := range c.views {
		cuts += v.interruptions()
	}
	repaired := c.Hub.Metrics.Repaired.Load()
	if c.Second != nil {
		repaired += c.Second.Hub.Metrics.Repaired.Load()
	}
	t.Logf("%d events to %d clients, %d connections cut, %d restarts, %d events read from the log instead of the bus: 0 lost, 0 doubled, 0 out of order",
		total, len(c.views)+len(c.echoes), cuts, c.restarts, repaired)
}

type chaos struct {
	*parleytest.Server
	t        *testing.T
	seed     uint64
	random   *rand.Rand
	hostile  *bustest.Hostile
	people   []*parleytest.Person
	groups   []chat.ConversationID
	views    []*view
	echoes   []*echo                         // over other protocols
	before   map[chat.ConversationID]int64   // revs when they began to listen
	services [2]atomic.Pointer[chat.Service] // who acts uses one or the other
	stopped  atomic.Bool                     // the second, at the moment
	restarts int
}

func (c *chaos) group() chat.ConversationID {
	c.t.Helper()
	var others []chat.UserID
	for _, p := range c.people[1:] {
		others = append(others, p.ID)
	}
	v, _, err := c.Chat.CreateConversation(c.t.Context(), c.people[0].Actor, chat.NewConversation{Name: "chaos", ParticipantIDs: others})
	if err != nil {
		c.t.Fatal(err)
	}
	return v.ID
}

// act does one random thing after the other.
func (c *chaos) act(ctx context.Context, i int, r *rand.Rand) {
	a, own := c.people[i].Actor, []chat.MessageID{}
	for n := 0; ctx.Err() == nil; n++ {
		node := c.services[i%2].Load()
		g := c.groups[r.IntN(len(c.groups))]
		var err error
		switch k := r.IntN(10); {
		case k < 5 || len(own) == 0:
			var sent chat.Sent
			if sent, err = node.SendMessage(ctx, a, chat.SendMessage{ConversationID: g, Content: fmt.Sprint(i, ".", n)}); err == nil {
				own = append(own, sent.ID)
			}
		case k == 5:
			_, err = node.EditMessage(ctx, a, chat.EditMessage{MessageID: own[r.IntN(len(own))], Content: fmt.Sprint("edited ", n)})
		case k == 6:
			_, err = node.React(ctx, a, chat.React{MessageID: own[r.IntN(len(own))], Emoji: "👍", Add: r.IntN(2) == 0})
		case k == 7:
			_, err = node.MarkRead(ctx, a, g, 0)
		case k == 8 && i == 0:
			_, err = node.SetRole(ctx, a, g, c.people[1+r.IntN(len(c.people)-1)].ID, []chat.Role{chat.Admin, chat.RoleMember}[r.IntN(2)])
		case k == 9 && len(own) > 20:
			_, err = node.DeleteMessage(ctx, a, own[0])
			own = own[1:]
		}
		if err != nil && (c.stopped.Load() || node != c.services[i%2].Load()) { // what was done is in the log, or was not
			pause(ctx, 20*time.Millisecond)
			continue
		}
		if err != nil && ctx.Err() == nil && !chat.Has(err, chat.Conflict) {
			c.t.Errorf("%s: %v", c.people[i].Name, err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// restartSecond stops the second node again and again and starts it anew.
func (c *chaos) restartSecond(ctx context.Context) {
	for pause(ctx, time.Second); ctx.Err() == nil; pause(ctx, time.Second) {
		c.stopped.Store(true)
		c.StopNode(1)
		pause(ctx, 300*time.Millisecond)
		c.StartNode(1)
		c.services[1].Store(c.Second.Chat)
		c.stopped.Store(false)
		c.restarts++
	}
}

// cutConnections breaks somebody's connection every few milliseconds.
func (c *chaos) cutConnections(ctx context.Context) {
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if i := c.random.IntN(len(c.views) + len(c.echoes)); i < len(c.views) {
				c.views[i].s.Disconnect()
			} else {
				c.echoes[i-len(c.views)].disconnect()
			}
		}
	}
}

// view is what one client has seen of each conversation.
type view struct {
	s *client.Stream

	mu   sync.Mutex
	seen map[int64][]*client.Event
	cuts int
	more chan struct{}
	gaps []*client.Gap
}

func newView(t *testing.T, c *client.Client, o client.StreamOptions) *view {
	v := &view{s: stream(t, c, o), seen: map[int64][]*client.Event{}, more: make(chan struct{}, 1)}
	go v.read()
	return v
}

func (v *view) read() {
	for u := range v.s.Updates() {
		v.mu.Lock()
		switch u := u.(type) {
		case *client.Event:
			v.seen[u.ConversationID] = append(v.seen[u.ConversationID], u)
		case *client.Interruption:
			v.cuts++
		case *client.Gap:
			v.gaps = append(v.gaps, u)
		}
		v.mu.Unlock()
		select {
		case v.more <- struct{}{}:
		default:
		}
	}
}

func (v *view) interruptions() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cuts
}

// of returns what was seen of a conversation up to a rev, once it has come to it.
// More may follow: read marks that were held back for their second.
func (v *view) of(t *testing.T, who string, conversation, head int64) []*client.Event {
	t.Helper()
	deadline := time.After(within)
	for {
		v.mu.Lock()
		seen, gaps := v.seen[conversation], v.gaps
		v.mu.Unlock()
		if len(gaps) > 0 {
			t.Fatalf("%s was told to reload: %+v", who, gaps[0])
		}
		if i := slices.IndexFunc(seen, func(e *client.Event) bool { return e.Rev == head }); i >= 0 {
			return seen[:i+1]
		}
		select {
		case <-v.more:
		case <-deadline:
			t.Fatalf("%s has come to %d events of %d, the head is %d", who, len(seen), conversation, head)
		}
	}
}

// check fails unless the client saw the log from where it began, to the letter.
func (v *view) check(t *testing.T, who string, conversation int64, log []*chat.Event) {
	t.Helper()
	seen := v.of(t, who, conversation, log[len(log)-1].Rev)
	want := log[len(log)-len(seen):]
	for i, e := range want {
		got := seen[i]
		if got.Rev != e.Rev || string(got.Type) != string(e.Type) || got.ActorID != int64(e.Actor) {
			t.Fatalf("%s saw %d %s of %d as number %d of %d, the log has %d %s", who, got.Rev, got.Type, got.ActorID, i, conversation, e.Rev, e.Type)
		}
		if m, ok := got.Payload.(*client.Message); ok && m.ID != e.Ref {
			t.Fatalf("%s saw message %d at rev %d, the log has %d", who, m.ID, got.Rev, e.Ref)
		}
	}
}
