// Package admin is what administrators look at and set: people, groups, figures,
// the health of the deployment, what was done, and the settings that may change
// while it runs. It shows numbers and names, never what anybody wrote.
//
// What they do to accounts is in package auth, to conversations in package chat.
// The caller of everything here has checked that it is an administrator's.
package admin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"parley/internal/chat"
)

// Options of New. Node, Observe and Disk belong to a running server; the command
// line has none.
type Options struct {
	Node    string // this node's name; it is another one after each start
	Version string
	// Alone says that there is no other node.
	Alone bool
	// Observe tells of this node's connections.
	Observe func() Observed
	// Disk tells how much room there is where files are kept.
	Disk  func() (free, total int64)
	Clock func() time.Time // nil: the machine's
	Log   *slog.Logger     // nil: nothing is logged
}

// Observed is what a node sees of its connections.
type Observed struct {
	Sessions map[string]int64 // open ones, by dialect
	// Delivered is how long messages took to clients, since the node was started.
	Delivered Histogram
}

func (o *Observed) open() (n int64) {
	for _, dialect := range o.Sessions {
		n += dialect
	}
	return n
}

// Service is administration.
type Service struct {
	Settings *Settings

	store   Store
	clock   func() time.Time
	log     *slog.Logger
	alone   bool
	observe func() Observed
	disk    func() (free, total int64)
	figures figures
	pulse   *pulse
}

// New returns a service. Start begins what it does by itself.
func New(store Store, bus chat.Bus, settings []Setting, o Options) *Service {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{store: store, clock: o.Clock, log: o.Log, alone: o.Alone, observe: o.Observe, disk: o.Disk}
	s.figures.made, s.figures.when = map[int]*Figures{}, map[int]time.Time{}
	s.Settings = newSettings(store, bus, settings, s.now, o.Log)
	s.pulse = newPulse(s, o.Node, o.Version)
	return s
}

// Start begins to hear of settings that others change, and to tell of this node.
func (s *Service) Start(ctx context.Context) error {
	if err := s.Settings.start(ctx); err != nil {
		return err
	}
	s.pulse.start()
	return nil
}

// Stop ends what Start began.
func (s *Service) Stop(ctx context.Context) error {
	return errors.Join(s.pulse.stop(ctx), s.Settings.stop(ctx))
}

// now is the time as it is stored: UTC, milliseconds.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }

// read asks the store.
func (s *Service) read(ctx context.Context, fn func(Reader) error) error {
	return s.store.ReadAdmin(ctx, fn)
}

// write changes something; once begun it is not cut in the middle by its caller's
// leaving.
func (s *Service) write(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.store.WriteAdmin(ctx, func(tx Tx) error { return fn(context.WithoutCancel(ctx), tx) })
}
