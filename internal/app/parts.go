package app

import (
	"context"
	"errors"

	"parley/internal/lifecycle"
)

// Parts returns what has to be started, in this order, and stopped in the
// opposite one.
func (n *Node) Parts() []lifecycle.Part {
	parts := append(n.keepers(), n.memoryParts()...)
	parts = append(parts, lifecycle.Part{Name: "http", Start: n.http.start, Stop: n.stopServing})
	if n.admin != nil {
		parts = append(parts, lifecycle.Part{Name: "admin", Start: n.admin.start, Stop: n.admin.stop})
	}
	return parts
}

// keepers are the parts that keep and do what is served.
func (n *Node) keepers() []lifecycle.Part {
	return []lifecycle.Part{
		{Name: "store", Stop: func(context.Context) error { return n.store.Close() }},
		{Name: "bus", Stop: n.closeBus},
		{Name: "chat", Start: begin(n.Chat.Start), Stop: n.Chat.Stop},
		{Name: "auth", Start: begin(n.Auth.Start), Stop: n.Auth.Stop},
		{Name: "blobs", Stop: n.closeBlobs},
		{Name: "files", Start: begin(n.files.Start), Stop: n.files.Stop},
		{Name: "previews", Start: begin(n.startPreviews), Stop: n.stopPreviews},
		{Name: "followers", Start: n.startFollowers, Stop: n.stopFollowers},
		{Name: "hub", Start: func(ctx context.Context, _ func(error)) error { return n.Hub.Start(ctx) }, Stop: n.Hub.Stop},
		{Name: "presence", Start: begin(n.joinPresence), Stop: n.stopPresence},
		{Name: "jobs", Start: func(ctx context.Context, _ func(error)) error { return n.jobs.Start(ctx) }, Stop: n.jobs.Stop},
		{Name: "administration", Start: func(ctx context.Context, _ func(error)) error { return n.Admin.Start(ctx) }, Stop: n.Admin.Stop},
		{Name: "rooms", Start: n.endDueRooms},
	}
}

func begin(start func()) func(context.Context, func(error)) error {
	return func(context.Context, func(error)) error {
		start()
		return nil
	}
}

func (n *Node) startFollowers(ctx context.Context, _ func(error)) error {
	for _, f := range n.followers {
		if err := f.Start(ctx); err != nil {
			return errors.Join(err, n.stopFollowers(ctx))
		}
	}
	return nil
}

func (n *Node) stopFollowers(ctx context.Context) error {
	var errs []error
	for _, f := range n.followers {
		errs = append(errs, f.Stop(ctx))
	}
	return errors.Join(errs...)
}

// joinPresence exchanges presences with other nodes, if there are any.
func (n *Node) joinPresence() {
	if n.cluster != nil {
		n.Presence.Join(n.cluster.Connected)
		n.rooms.presence.Join(n.cluster.Connected)
	}
}

// stopPresence lets nobody hear the bus any more, and stores who was seen when.
func (n *Node) stopPresence(ctx context.Context) error {
	for _, cancel := range n.unsubscribe {
		cancel()
	}
	n.typing.Stop()
	n.rooms.typing.Stop()
	return errors.Join(n.rooms.presence.Stop(ctx), n.Presence.Stop(ctx))
}

// stopServing stops accepting, tells open sessions to come back, and waits for
// requests that are under way. Streams over HTTP are such requests, so sessions
// have to be told at the same time.
func (n *Node) stopServing(ctx context.Context) error {
	n.leaving.Store(true)
	told := make(chan error, 4)
	go func() { told <- n.stopMemory(ctx) }()
	go func() { told <- n.Gateway.Shutdown(ctx) }()
	go func() { told <- n.rooms.gateway.Shutdown(ctx) }()
	go func() { told <- n.consumers.Shutdown(ctx) }()
	err := n.http.stop(ctx)
	return errors.Join(err, <-told, <-told, <-told, <-told)
}

// URL is where the node serves, once it has started.
func (n *Node) URL() string { return "http://" + n.http.bound.Addr().String() }

// AdminURL is where metrics and profiles are; "" if nowhere.
func (n *Node) AdminURL() string {
	if n.admin == nil {
		return ""
	}
	return "http://" + n.admin.bound.Addr().String()
}
