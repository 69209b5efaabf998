package test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// pair is two nodes and people of one group.
type pair struct {
	*parleytest.Server
	t      *testing.T
	people []*parleytest.Person // the first owns the group
	group  int64
}

func newPair(t *testing.T, n int, options ...parleytest.Option) *pair {
	t.Helper()
	p := &pair{Server: parleytest.NewCluster(t, options...), t: t}
	var ids []chat.UserID
	for i := range n {
		p.people = append(p.people, p.Person(fmt.Sprint("p", i)))
		ids = append(ids, p.people[i].ID)
	}
	p.group = p.groupOf(ids...)
	return p
}

func (p *pair) groupOf(ids ...chat.UserID) int64 {
	p.t.Helper()
	v, _, err := p.Chat.CreateConversation(p.t.Context(), p.people[0].Actor, chat.NewConversation{Name: "both", ParticipantIDs: ids})
	if err != nil {
		p.t.Fatal(err)
	}
	return int64(v.ID)
}

// client is somebody's client of one node.
func (p *pair) client(who, node int) *client.Client {
	return clientOf(p.t, p.NodeURL(node), p.people[who].Token)
}

// listener hears the group on one node.
func (p *pair) listener(who, node int, how client.Transport) *listener {
	s := stream(p.t, p.client(who, node), client.StreamOptions{Queue: 1 << 16, Transport: how})
	next[*client.Ready](p.t, s)
	return &listener{s: s, group: p.group}
}

// everywhere is a listener of each kind on each node.
func (p *pair) everywhere(who int) (all map[string]*listener) {
	all = map[string]*listener{}
	for node := range 2 {
		for _, how := range []client.Transport{client.WebSocket, client.SSE} {
			all[fmt.Sprintf("listener on node %d over %s", node, how)] = p.listener(who, node, how)
		}
	}
	return all
}

func checkAll(t *testing.T, all map[string]*listener, history []client.Message) {
	t.Helper()
	for name, l := range all {
		l.check(t, name, history)
	}
}

// The same tempId on both nodes at once is one message, over REST and over
// streams, and the sender's other sessions hear it once like everybody.
func TestTheSameTempIDOnBothNodesAtOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	others := p.everywhere(0)
	maps.Copy(others, map[string]*listener{"somebody else": p.listener(1, 1, client.WebSocket)})
	ways := []sendFunc{
		p.client(0, 0).SendMessage, p.client(0, 1).SendMessage,
		stream(t, p.client(0, 0), client.StreamOptions{}).Send, stream(t, p.client(0, 1), client.StreamOptions{}).Send,
	}
	acked := &ledger{ids: map[string]int64{}}
	for n := range 100 {
		d := client.Draft{ConversationID: p.group, Content: fmt.Sprint("once ", n), TempID: fmt.Sprint("t", n)}
		ids := make([]int64, len(ways))
		var all sync.WaitGroup
		for i, send := range ways {
			all.Go(func() {
				m, err := send(t.Context(), d)
				if err != nil {
					t.Error(err)
				}
				ids[i] = m.ID
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one tempId became messages %v", ids)
			}
		}
		acked.add(d.TempID, ids[0])
	}
	history := wholeHistory(t, p.client(0, 0), p.group)
	acked.check(t, history)
	checkAll(t, others, history)
}

// People come and go on one node while the other sends. Who stays hears
// everything; who was removed hears his leaving soon, and nothing after it.
func TestComingAndGoingWhileTheOtherNodeSends(t *testing.T) {
	t.Parallel()
	for name, soon := range map[string]time.Duration{"with NATS": time.Second, "NATS stopped": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, 5)
			if name == "NATS stopped" {
				p.NATS.Stop()
			}
			stay := p.everywhere(1)
			acked := &ledger{ids: map[string]int64{}}
			ctx, stop := context.WithTimeout(t.Context(), howLong(4*time.Second))
			defer stop()
			var busy sync.WaitGroup
			var quiet sync.RWMutex
			for i := range 4 {
				busy.Go(func() { keepSending(ctx, t, &quiet, p.client(0, 1).SendMessage, p.group, i, acked) })
			}
			moves := make([]int, 2)
			for i := range 2 { // one listens where he is removed, one where is sent
				m := &mover{pair: p, who: 3 + i, s: p.listener(3+i, i, client.WebSocket).s, soon: soon}
				busy.Go(func() { moves[i] = m.comeAndGo(ctx) })
			}
			busy.Wait()
			history := wholeHistory(t, p.client(0, 0), p.group)
			checkAll(t, stay, history)
			t.Logf("%d messages; people were removed and added %v times", acked.len(), moves)
		})
	}
}

// mover is removed and added on the first node again and again.
type mover struct {
	*pair
	who  int
	s    *client.Stream
	soon time.Duration
}

func (m *mover) comeAndGo(ctx context.Context) (moves int) {
	group, me := chat.ConversationID(m.group), m.people[m.who].ID
	for ; ctx.Err() == nil; moves++ {
		if _, ok := m.until(client.MessageCreated, within); !ok {
			return moves
		}
		begun := time.Now()
		if err := m.Chat.RemoveParticipant(m.t.Context(), m.people[0].Actor, group, me); err != nil {
			m.t.Error(err)
			return moves
		}
		removed := time.Now()
		if _, ok := m.until(client.ConversationLeft, within); !ok {
			return moves
		}
		if took := time.Since(removed); took > m.soon {
			m.t.Errorf("a removed member heard of it after %v (removing took %v)", took, removed.Sub(begun))
		}
		if _, _, err := m.Chat.AddParticipants(m.t.Context(), m.people[0].Actor, group, []chat.UserID{me}); err != nil {
			m.t.Error(err)
			return moves
		}
		if before, ok := m.until(client.ConversationJoined, within); !ok || before > 0 {
			m.t.Errorf("a removed member heard %d events more", before)
			return moves
		}
	}
	return moves
}

// until passes over events of the group up to the next one of a type, which may
// be in the own stream, and counts them.
func (m *mover) until(typ client.EventType, limit time.Duration) (before int, ok bool) {
	ctx, cancel := context.WithTimeout(m.t.Context(), limit)
	defer cancel()
	for {
		u, err := m.s.Next(ctx)
		if err != nil {
			m.t.Errorf("waiting for %s: %v", typ, err)
			return before, false
		}
		e, isEvent := u.(*client.Event)
		if isEvent && e.Type == typ {
			return before, true
		}
		if isEvent && e.ConversationID == m.group {
			before++
		}
	}
}

// NATS goes away while people send, and comes back: everything arrives everywhere
// within 3 seconds, once. What one node alone writes takes longest: nothing that
// the other writes shows it what it misses.
func TestNATSGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string]int{"both nodes send": 2, "one node sends": 1} {
		t.Run(name, func(t *testing.T) { natsGoesAway(t, nodes) })
	}
}

func natsGoesAway(t *testing.T, nodes int) {
	p := newPair(t, 4)
	ears := p.punctual(1)
	acked, times := &ledger{ids: map[string]int64{}}, &clockedAcks{at: map[int64]time.Time{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sending sync.WaitGroup
	for i := range 4 {
		c := p.client(2+i/2, i%nodes)
		send := c.SendMessage
		if i >= 2 {
			send = stream(t, c, client.StreamOptions{}).Send
		}
		sending.Go(func() { sendSteadily(ctx, t, send, p.group, i, acked, times) })
	}
	phase := func(d time.Duration) { // a phase lasts; nothing waits for it
		before := acked.len()
		time.Sleep(d)
		acked.wait(t, before+10)
	}
	phase(time.Second)
	p.NATS.Stop()
	phase(min(howLong(3*time.Second), time.Minute))
	p.NATS.Start()
	phase(3 * time.Second)
	stop()
	sending.Wait()
	if _, err := p.client(0, 0).SendMessage(t.Context(), client.Draft{ConversationID: p.group, Content: theEnd}); err != nil {
		t.Fatal(err)
	}

	history := wholeHistory(t, p.client(0, 0), p.group)
	acked.check(t, history)
	var worst time.Duration
	for name, e := range ears {
		worst = max(worst, e.check(t, name, history, times))
	}
	t.Logf("%d messages; the slowest took %v from its acknowledgement", acked.len(), worst)
}

// sendSteadily sends fifty messages a second, which leaves room for looking at
// how long each takes.
func sendSteadily(ctx context.Context, t *testing.T, send sendFunc, group int64, sender int, acked *ledger, times *clockedAcks) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d := client.Draft{ConversationID: group, Content: fmt.Sprintf("%d.%d", sender, n), TempID: fmt.Sprintf("t-%d-%d", sender, n)}
		m, err := send(context.WithoutCancel(ctx), d)
		if err != nil {
			t.Errorf("sender %d: %v", sender, err)
			return
		}
		times.note(m.ID)
		acked.add(d.TempID, m.ID)
	}
}

// clockedAcks is when messages were acknowledged.
type clockedAcks struct {
	mu sync.Mutex
	at map[int64]time.Time
}

func (c *clockedAcks) note(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at[id] = time.Now()
}

// punctual is a listener that writes down when each message came.
type punctual struct {
	*listener
	came map[int64]time.Time
	done chan struct{}
}

// punctual listens in every way on each node.
func (p *pair) punctual(who int) map[string]*punctual {
	all := map[string]*punctual{}
	for name, l := range p.everywhere(who) {
		e := &punctual{listener: l, came: map[int64]time.Time{}, done: make(chan struct{})}
		go e.listen()
		all[name] = e
	}
	return all
}

// theEnd is the last message of a conversation.
const theEnd = "the end"

func (e *punctual) listen() {
	defer close(e.done)
	for u := range e.s.Updates() {
		m, ok := client.NewMessage(u)
		if !ok || m.ConversationID != e.group {
			continue
		}
		e.came[m.ID] = time.Now()
		e.heard = append(e.heard, m.ID)
		if m.Content == theEnd {
			return
		}
	}
}

// check compares with the history, which has ended, and returns what the slowest
// message took.
func (e *punctual) check(t *testing.T, name string, history []client.Message, acked *clockedAcks) (worst time.Duration) {
	t.Helper()
	select {
	case <-e.done:
	case <-time.After(within):
		t.Fatalf("%s has not heard the end", name)
	}
	e.listener.check(t, name, history)
	for id, at := range acked.at {
		took := e.came[id].Sub(at)
		if worst = max(worst, took); took > 3*time.Second {
			t.Errorf("%s heard message %d %v after it was acknowledged", name, id, took)
			return worst
		}
	}
	return worst
}
