package presence

import (
	"context"
	"time"

	"parley/internal/chat"
)

const (
	// digestEvery is how often a node says what its users come to, in short.
	digestEvery = 10 * time.Second
	// askAgain is how long a list that was asked for may take.
	askAgain = 2 * time.Second
	// readWithin bounds reading what users chose elsewhere.
	readWithin = 5 * time.Second
	// chores bounds what waits for the gossip; what does not fit is made up for by
	// the next digest.
	chores = 1_024
)

// chore is something that hearing a signal or an event leads to, done outside of
// the bus's call.
type chore struct {
	answer bool        // send this node's list
	ask    string      // ask that node for its list
	reread chat.UserID // what this user chose was changed on another node
}

// gossip tells other nodes of this one's users and asks them for theirs.
type gossip struct {
	tracker *Tracker
	chores  chan chore
	asked   map[string]time.Time
	cancel  context.CancelFunc
	done    chan struct{}
}

// Join begins to exchange presences with other nodes.
func (t *Tracker) Join() {
	ctx, cancel := context.WithCancel(context.Background())
	g := &gossip{tracker: t, chores: make(chan chore, chores), asked: map[string]time.Time{}, cancel: cancel, done: make(chan struct{})}
	t.gossip.Store(g)
	go g.run(ctx)
}

// leave says goodbye to the other nodes.
func (t *Tracker) leave() {
	g := t.gossip.Swap(nil)
	if g == nil {
		return
	}
	g.cancel()
	<-g.done
	t.bus.Signal(chat.Signal{Kind: chat.SignalNodeLeaving, Node: &chat.NodePresence{Node: t.views.own}})
}

// do adds a chore; alone, a node has none.
func (t *Tracker) do(c chore) {
	g := t.gossip.Load()
	if g == nil {
		return
	}
	select {
	case g.chores <- c:
	default:
	}
}

func (g *gossip) run(ctx context.Context) {
	defer close(g.done)
	tick := time.NewTicker(digestEvery)
	defer tick.Stop()
	drop := time.NewTicker(time.Second)
	defer drop.Stop()
	g.tell(chat.SignalPresenceAsk, &chat.NodePresence{})
	g.sendList()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.tell(chat.SignalPresenceDigest, g.tracker.views.digest())
		case <-drop.C:
			g.tracker.views.dropSilent()
		case c := <-g.chores:
			g.carryOut(ctx, c)
		}
	}
}

func (g *gossip) carryOut(ctx context.Context, c chore) {
	switch {
	case c.answer:
		g.sendList()
	case c.ask != "":
		if time.Since(g.asked[c.ask]) < askAgain {
			return
		}
		if len(g.asked) > chores {
			clear(g.asked)
		}
		g.asked[c.ask] = time.Now()
		g.tell(chat.SignalPresenceAsk, &chat.NodePresence{Node: c.ask})
	default:
		g.reread(ctx, c.reread)
	}
}

func (g *gossip) sendList() {
	for _, part := range g.tracker.views.list() {
		g.tell(chat.SignalPresenceList, part)
	}
}

func (g *gossip) tell(kind chat.SignalKind, about *chat.NodePresence) {
	g.tracker.bus.Signal(chat.Signal{Kind: kind, Node: about})
}

// reread finds out what a user chose on another node.
func (g *gossip) reread(ctx context.Context, u chat.UserID) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	found, err := g.tracker.users.UsersByID(ctx, []chat.UserID{u})
	if err != nil {
		if ctx.Err() == nil {
			g.tracker.logger.Error("reading a user's chosen presence", "user", u, "error", err)
		}
		return
	}
	for i := range found {
		g.tracker.chose(&found[i])
	}
}
