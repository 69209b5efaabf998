package presence

import (
	"context"
	"errors"
	"slices"
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
	// rereadPage is how many users' choices are read at once.
	rereadPage = 500
	// rereadEvery keeps two readings of everybody's choices apart: while clients
	// come, the bus often says that something may have been lost.
	rereadEvery = time.Second
)

// chore is something that hearing a signal or an event leads to, done outside of
// the bus's call.
type chore struct {
	answer bool          // send this node's list
	ask    string        // ask that node for its list
	reread []chat.UserID // what these users chose may have been changed on another node
}

// gossip tells other nodes of this one's users and asks them for theirs.
type gossip struct {
	tracker   *Tracker
	connected func() bool
	chores    chan chore
	lost      chan struct{} // see Tracker.Lost
	asked     map[string]time.Time
	cancel    context.CancelFunc
	done      chan struct{}
}

// Join begins to exchange presences with other nodes. While they are not
// connected, what users choose by hand elsewhere is looked up every few seconds.
func (t *Tracker) Join(connected func() bool) {
	ctx, cancel := context.WithCancel(context.Background())
	g := &gossip{
		tracker: t, connected: connected, chores: make(chan chore, chores), lost: make(chan struct{}, 1),
		asked: map[string]time.Time{}, cancel: cancel, done: make(chan struct{}),
	}
	t.gossip.Store(g)
	go g.run(ctx)
}

// Lost says that the bus may not have brought everything: what the users here
// chose by hand is read again. It never blocks.
func (t *Tracker) Lost() {
	g := t.gossip.Load()
	if g == nil {
		return
	}
	select {
	case g.lost <- struct{}{}:
	default:
	}
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
	reread := time.NewTimer(0)
	reread.Stop()
	defer reread.Stop()
	read := time.Time{}
	g.tell(chat.SignalPresenceAsk, &chat.NodePresence{})
	g.sendList()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.tell(chat.SignalPresenceDigest, g.tracker.views.digest())
			if !g.connected() {
				g.rereadAll(ctx)
			}
		case <-g.lost:
			reread.Reset(rereadEvery - time.Since(read))
		case <-reread.C:
			g.rereadAll(ctx)
			read = time.Now()
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

// rereadAll finds out what everybody here chose on other nodes.
func (g *gossip) rereadAll(ctx context.Context) {
	for page := range slices.Chunk(g.tracker.here(), rereadPage) {
		g.reread(ctx, page)
	}
}

// reread finds out what users chose on another node. What somebody chooses here
// while that is read is newer, so it is read again.
func (g *gossip) reread(ctx context.Context, users []chat.UserID) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	for done := false; !done; {
		choices := g.tracker.chosenSoFar()
		found, err := g.tracker.users.UsersByID(ctx, users)
		if err != nil {
			if !errors.Is(ctx.Err(), context.Canceled) {
				g.tracker.logger.Error("reading what users chose as their presence", "users", len(users), "error", err)
			}
			return
		}
		done = g.tracker.choseElsewhere(found, choices)
	}
}
