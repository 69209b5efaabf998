package admin

import (
	"context"
	"sync"
	"time"

	"parley/internal/lifecycle"
)

const (
	beatEvery  = 10 * time.Second
	beatWithin = 5 * time.Second
	// goodbyeWithin is how long a shutdown waits for the last word.
	goodbyeWithin = time.Second
	// silentFor is how long nothing is heard of a node until it counts as lost, and
	// forgetAfter until nothing is said of it any more.
	silentFor   = 35 * time.Second
	forgetAfter = time.Hour
)

// SlotLength is the stretch of time of a Sample.
const SlotLength = 5 * time.Minute

// Sample is what a node saw in five minutes.
type Sample struct {
	Slot      time.Time // when they began
	Node      string
	Sessions  int64 // at their end
	Peak      int64
	Delivered Histogram
}

// Node is a server that works on the database.
type Node struct {
	Name, Version string
	StartedAt     time.Time
	SeenAt        time.Time // by its own clock
	Beats         int64
	Sessions      map[string]int64 // open ones, by dialect
	Alive         bool
	Here          bool // the one that answers
}

// pulse tells others of this node, and knows which of them are alive: those whose
// beats go on. No clocks of two nodes are compared.
type pulse struct {
	s     *Service
	node  Node
	begun bool

	slot   time.Time
	base   Histogram // what was delivered before the slot
	latest Histogram
	peak   int64

	mu    sync.Mutex
	heard map[string]heard

	loop lifecycle.Background
}

// heard is when a node's beats were last found to be new.
type heard struct {
	beats int64
	at    time.Time
}

func newPulse(s *Service, name, version string) *pulse {
	return &pulse{s: s, node: Node{Name: name, Version: version}, heard: map[string]heard{}}
}

func (p *pulse) start() {
	if p.node.Name == "" || p.s.observe == nil {
		return
	}
	p.node.StartedAt = p.s.now()
	p.loop.Go(p.run)
}

// stop says goodbye, if the database takes it at once: others find out anyway.
func (p *pulse) stop(ctx context.Context) error {
	if err := p.loop.End(ctx); err != nil || !p.loop.Began() {
		return err
	}
	said := make(chan error, 1)
	go func() {
		said <- p.s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.ForgetNodes(ctx, p.node.Name) })
	}()
	select {
	case err := <-said:
		if err != nil {
			p.s.log.Warn("telling that this node is gone", "error", err)
		}
	case <-time.After(goodbyeWithin):
	}
	return nil
}

func (p *pulse) run(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	failing := false
	for {
		err := p.beat(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			p.s.log.Error("telling of this node", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// beat writes down what this node sees, and looks at the others.
func (p *pulse) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatWithin)
	defer cancel()
	seen, now := p.s.observe(), p.s.now()
	if slot := now.Truncate(SlotLength); !slot.Equal(p.slot) {
		p.slot, p.base, p.peak = slot, p.latest, 0
	}
	p.latest, p.peak = seen.Delivered, max(p.peak, seen.open())
	p.node.SeenAt, p.node.Sessions = now, seen.Sessions
	p.node.Beats++
	sample := Sample{Slot: p.slot, Node: p.node.Name, Sessions: seen.open(), Peak: p.peak, Delivered: seen.Delivered.Since(p.base)}
	var others []Node
	err := p.s.write(ctx, func(ctx context.Context, tx Tx) (err error) {
		if p.s.alone && !p.begun {
			if err := tx.ForgetOtherNodes(ctx, p.node.Name); err != nil {
				return err
			}
		}
		if err := tx.Beat(ctx, p.node, sample); err != nil {
			return err
		}
		others, err = tx.Nodes(ctx)
		return err
	})
	if err != nil {
		return err
	}
	p.begun = true
	if gone := p.hear(others); len(gone) > 0 {
		return p.s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.ForgetNodes(ctx, gone...) })
	}
	return nil
}

// hear takes what there is of the nodes and returns those that are long gone.
func (p *pulse) hear(nodes []Node) (gone []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, n := range nodes {
		before, known := p.heard[n.Name]
		if !known || before.beats != n.Beats {
			p.heard[n.Name] = heard{n.Beats, now}
		} else if now.Sub(before.at) > forgetAfter {
			delete(p.heard, n.Name)
			gone = append(gone, n.Name)
		}
	}
	return gone
}

// judge says which nodes are alive.
func (p *pulse) judge(nodes []Node) {
	p.hear(nodes)
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range nodes {
		n := &nodes[i]
		n.Here = n.Name == p.node.Name
		n.Alive = n.Here || time.Since(p.heard[n.Name].at) < silentFor
		if p.node.Name == "" { // a command, which has not heard any for long
			n.Alive = p.s.now().Sub(n.SeenAt) < silentFor
		}
	}
}

// merge puts the samples of all nodes together, one for each stretch of time.
func merge(samples []Sample) []Sample {
	var out []Sample
	for _, one := range samples {
		if n := len(out); n == 0 || !out[n-1].Slot.Equal(one.Slot) {
			out = append(out, Sample{Slot: one.Slot, Delivered: Histogram{}})
		}
		slot := &out[len(out)-1]
		slot.Sessions += one.Sessions
		slot.Peak += one.Peak
		slot.Delivered.Add(one.Delivered)
	}
	return out
}
