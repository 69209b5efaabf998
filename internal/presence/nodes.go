package presence

import (
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"parley/internal/chat"
)

const (
	// silent is how long nothing is heard of a node until its users are gone.
	silent = 25 * time.Second
	// listPart is how many presences travel in one message: with all that may stand
	// in each they stay well below what NATS carries (1 MB).
	listPart = 500
)

// views is what each node says of its users, and what that comes to: somebody is
// as present as on the node where he is most. No clocks of two nodes are compared.
type views struct {
	own string

	mu     sync.RWMutex
	next   func(chat.Signal) // hears what changes for others; called with the lock held
	nodes  map[string]*view
	merged map[chat.UserID]chat.Presence // who is not offline
}

// view is what one node says.
type view struct {
	number int64
	online map[chat.UserID]chat.Presence
	heard  time.Time
	leaves time.Time // when its users are gone; zero: it has not said goodbye
	part   int       // of a list that is coming in
	coming map[chat.UserID]chat.Presence
}

func newViews(own string) *views {
	return &views{own: own, next: func(chat.Signal) {}, nodes: map[string]*view{}, merged: map[chat.UserID]chat.Presence{}}
}

// hear takes what a node announced. It returns the node whose list is needed,
// because something of it was missed.
func (v *views) hear(s chat.Signal) (ask string) {
	about := s.Node
	if about == nil {
		about = &chat.NodePresence{}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch s.Kind {
	case chat.SignalPresence:
		n := v.node(about.Node)
		complete := about.Number == n.number+1 || about.Node == v.own || about.Number == 0
		if about.Number > n.number {
			n.number = about.Number
		}
		v.set(n, s)
		if !complete {
			return about.Node
		}
	case chat.SignalPresenceDigest:
		n := v.node(about.Node)
		if about.Node != v.own && (n.number != about.Number || n.hash() != about.Hash) {
			return about.Node
		}
	case chat.SignalPresenceList:
		if about.Node != v.own {
			v.takeList(v.node(about.Node), about)
		}
	case chat.SignalNodeLeaving:
		// Its users come back elsewhere, within the time that hides a reconnect.
		v.node(about.Node).leaves = time.Now().Add(Grace)
	}
	return ""
}

func (v *views) node(name string) *view {
	n := v.nodes[name]
	if n == nil {
		n = &view{online: map[chat.UserID]chat.Presence{}}
		v.nodes[name] = n
	}
	n.heard = time.Now()
	return n
}

// takeList takes a part of a node's list, which replaces what was known of it when
// all parts have come in order.
func (v *views) takeList(n *view, l *chat.NodePresence) {
	if l.Part == 0 {
		n.part, n.coming = 0, map[chat.UserID]chat.Presence{}
	}
	if l.Part != n.part || n.coming == nil {
		n.coming = nil // the next digest asks again
		return
	}
	for _, p := range l.List {
		n.coming[p.UserID] = p
	}
	if n.part++; n.part < l.Parts {
		return
	}
	before := n.online
	n.online, n.coming, n.number = n.coming, nil, l.Number
	for u := range before {
		v.merge(u, chat.Presence{UserID: u, Status: chat.Offline, LastSeenAt: time.Now()}, true)
	}
	for u, p := range n.online {
		v.merge(u, p, true)
	}
}

func (v *views) set(n *view, s chat.Signal) {
	if s.Presence.Status == chat.Offline {
		delete(n.online, s.UserID)
	} else {
		n.online[s.UserID] = s.Presence
	}
	v.merge(s.UserID, s.Presence, s.Relayed)
}

// merge works out what somebody's presence comes to after a node has said p, and
// tells if others see a difference; relayed says that another node tells it as well.
func (v *views) merge(u chat.UserID, p chat.Presence, relayed bool) {
	best := chat.Presence{UserID: u, Status: chat.Offline, LastSeenAt: p.LastSeenAt}
	for _, n := range v.nodes {
		if there, ok := n.online[u]; ok && (rank[there.Status] > rank[best.Status] || rank[there.Status] == rank[best.Status] && there == p) {
			best = there
		}
	}
	before, was := v.merged[u]
	hidden := was && before.LastSeenAt.IsZero() // who hides it while he is there hides it when he goes
	if best.Status == chat.Offline {
		delete(v.merged, u)
		if hidden {
			best.LastSeenAt = time.Time{}
		}
	} else {
		v.merged[u] = best
	}
	if was != (best.Status != chat.Offline) || was && (!looksLike(before, best) || hidden != best.LastSeenAt.IsZero()) {
		v.next(chat.Signal{Kind: chat.SignalPresence, UserID: u, Presence: best, Relayed: relayed})
	}
}

// dropSilent forgets nodes of which nothing was heard for long, and those whose
// time to leave is over.
func (v *views) dropSilent() {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	for name, n := range v.nodes {
		if name == v.own || now.Sub(n.heard) < silent && (n.leaves.IsZero() || now.Before(n.leaves)) {
			continue
		}
		delete(v.nodes, name)
		for u := range n.online {
			v.merge(u, chat.Presence{UserID: u, Status: chat.Offline, LastSeenAt: n.heard}, !v.isFirst())
		}
	}
}

// isFirst says that of the nodes that are there this one speaks for all.
func (v *views) isFirst() bool {
	for name := range v.nodes {
		if name < v.own {
			return false
		}
	}
	return true
}

// digest is what this node says of itself every few seconds.
func (v *views) digest() *chat.NodePresence {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.node(v.own)
	return &chat.NodePresence{Node: v.own, Number: n.number, Hash: n.hash()}
}

// list is all that this node says, in parts.
func (v *views) list() (parts []*chat.NodePresence) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.node(v.own)
	add := func() *chat.NodePresence {
		parts = append(parts, &chat.NodePresence{Node: v.own, Number: n.number, Part: len(parts)})
		return parts[len(parts)-1]
	}
	last := add()
	for _, p := range n.online {
		if len(last.List) == listPart {
			last = add()
		}
		last.List = append(last.List, p)
	}
	for _, p := range parts {
		p.Parts = len(parts)
	}
	return parts
}

// hash is the same for the same presences in any order.
func (n *view) hash() (sum uint64) {
	for u, p := range n.online {
		h := fnv.New64a()
		_, _ = fmt.Fprintf(h, "%d|%s|%s|%s|%d", u, p.Status, p.StatusMessage, p.Emoji, p.ClearAt.UnixMilli()) // never fails
		sum += h.Sum64()
	}
	return sum
}

func (v *views) of(users []chat.UserID) []chat.Presence {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := make([]chat.Presence, len(users))
	for i, u := range users {
		p, ok := v.merged[u]
		if !ok {
			p = chat.Presence{UserID: u, Status: chat.Offline}
		}
		out[i] = p
	}
	return out
}
