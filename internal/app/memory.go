package app

import (
	"context"
	"errors"
	"time"

	"parley/internal/admin"
	"parley/internal/bus"
	"parley/internal/lifecycle"
	"parley/internal/rest"
	"parley/internal/store/sqlite"
)

// buildMemory makes what rooms are in when they are to be in memory alone: a node
// within this one, with everything that a node has, whose database and files are in the
// memory of this process. Of its interface only rooms are served; accounts are those
// of the node around it.
func (n *Node) buildMemory(ctx context.Context, o Options) (err error) {
	if !n.config.Rooms.MemoryOnly.On || o.within != nil {
		return nil
	}
	cfg := n.config
	cfg.Database, cfg.AdminListen, cfg.Topics.NATSPrefix, cfg.Chat.LinkPreviews.On = "", "", "", false
	in := &Node{config: cfg, log: n.log.With("in", "memory"), version: n.version}
	const page = 4 << 10
	in.store, err = sqlite.OpenMemory(ctx, sqlite.Options{Log: in.log, MaxPages: cfg.Rooms.MemoryMB << 20 / 4 / page})
	if err != nil {
		return err
	}
	if err := in.build(ctx, bus.NewLocal(), Options{Version: o.Version, Clock: o.Clock, within: n}); err != nil {
		return errors.Join(err, in.store.Close())
	}
	n.memory = in
	return nil
}

// whereRooms is the node that has the rooms.
func (n *Node) whereRooms() *Node {
	if n.memory != nil {
		return n.memory
	}
	return n
}

// accounts are who may sign in.
func (n *Node) accounts(o Options) rest.Accounts {
	if o.within != nil {
		return o.within.Auth
	}
	return n.Auth
}

// ownNames is the key to the names of rooms that a restart forgets; nil if they are
// kept.
func (n *Node) ownNames(o Options) []byte {
	if o.within == nil {
		return nil
	}
	return o.within.Auth.Key("room names")
}

// reportTo is who keeps reports, which outlive rooms and the memory.
func (n *Node) reportTo(o Options) func(context.Context, *admin.Report) error {
	if o.within != nil {
		return o.within.Admin.AddReport
	}
	return n.Admin.AddReport
}

// workKey signs challenges, the same on all nodes and after a restart.
func (n *Node) workKey(o Options) []byte {
	if o.within != nil {
		return o.within.workKey(Options{})
	}
	return n.Auth.Key("room work")
}

// memoryParts are started and stopped with the node around them.
func (n *Node) memoryParts() (parts []lifecycle.Part) {
	if n.memory == nil {
		return nil
	}
	for _, p := range n.memory.keepers() {
		p.Name = "memory: " + p.Name
		parts = append(parts, p)
	}
	return parts
}

// tellWithin is how long those who sit in rooms may take to be told of their end.
const tellWithin = 4 * time.Second

// stopMemory tells who is in a room that it ends with the server.
func (n *Node) stopMemory(ctx context.Context) error {
	if n.memory == nil {
		return nil
	}
	n.memory.leaving.Store(true)
	telling, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	if err := n.memory.Chat.EndRooms(telling); err != nil {
		n.log.Warn("telling rooms that they end", "error", err)
	}
	n.memory.untilHeard(telling)
	return n.memory.rooms.gateway.Shutdown(ctx)
}

// untilHeard waits until the streams of rooms have ended, which each does when it has
// told of the end of its room. Shutting them down at once could be faster than that.
func (n *Node) untilHeard(ctx context.Context) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		open := int64(0)
		for _, of := range n.rooms.gateway.Metrics.Sessions() {
			open += of
		}
		if open == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}
