// Package auth holds accounts: who may register, how somebody proves who he is,
// and for how long. Everything secret is kept as a hash.
//
// Nothing here limits how often somebody may try: the edge does.
package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// Who may register, as the operator configures it.
const (
	RegistrationOpen   = "open"
	RegistrationInvite = "invite"
	RegistrationClosed = "closed"
)

// RegistrationModes are all that there are.
var RegistrationModes = []string{RegistrationOpen, RegistrationInvite, RegistrationClosed}

// Options of New.
type Options struct {
	Registration string           // Registration…
	Clock        func() time.Time // nil: the machine's
	Log          *slog.Logger     // nil: nothing is logged
	HashSlots    int              // password hashes computed at once, 19 MiB each; 0: 2
}

// Service holds the accounts of one deployment. Any number of them may work on
// one store at the same time: nodes, and the command line beside them.
type Service struct {
	store        Store
	bus          chat.Bus
	registration atomic.Value // string
	clock        func() time.Time
	log          *slog.Logger

	keys    map[string][]byte
	tokens  *tokens
	hashes  *hasher
	revoked *revoked
	upkeep  *upkeep

	unsubscribe func()
	stop        sync.Once
}

// The keys that are made at first start.
const (
	signingKey = "signing" // of access tokens; never handed out
	cursorKey  = "cursor"
	urlKey     = "url"
)

const serverKeyBytes = 32

// New returns a Service that knows the server's keys, which it makes if it is
// the first, and the latest revocations. It listens on the bus until Stop.
func New(ctx context.Context, store Store, bus chat.Bus, o Options) (*Service, error) {
	if !slices.Contains(RegistrationModes, o.Registration) {
		return nil, fmt.Errorf("registration is %q: it must be open, invite or closed", o.Registration)
	}
	s := &Service{store: store, bus: bus, clock: o.Clock, log: o.Log, revoked: newRevoked(store)}
	s.SetRegistration(o.Registration)
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.HashSlots <= 0 {
		o.HashSlots = 2
	}
	s.hashes = newHasher(o.HashSlots)
	s.upkeep = newUpkeep(s)
	if err := s.loadKeys(ctx); err != nil {
		return nil, fmt.Errorf("load the server's keys: %w", err)
	}
	s.tokens = newTokens(s.keys[signingKey], s.now)
	s.unsubscribe = bus.Subscribe(chat.Subscriber{Signal: func(sig chat.Signal) {
		if sig.Kind == chat.SignalRevoked {
			s.revoked.announce()
		}
	}})
	if _, err := s.revoked.catchUp(ctx, s.now()); err != nil {
		s.unsubscribe()
		return nil, fmt.Errorf("load revocations: %w", err)
	}
	return s, nil
}

// Registration is who may register now.
func (s *Service) Registration() string {
	mode, _ := s.registration.Load().(string)
	return mode
}

// SetRegistration says who may register from now on, on this node.
func (s *Service) SetRegistration(mode string) { s.registration.Store(mode) }

// Start begins what the service does by itself: looking for revocations by other
// processes each second.
func (s *Service) Start() { s.upkeep.start() }

// Stop ends what New and Start began and waits until it has ended.
func (s *Service) Stop(ctx context.Context) error {
	s.stop.Do(s.unsubscribe)
	return s.upkeep.stop(ctx)
}

// Key returns a secret of 32 bytes for the purpose of that name. It is the same
// on every node and after every restart.
func (s *Service) Key(name string) []byte {
	if k := s.keys[name]; k != nil && name != signingKey {
		return slices.Clone(k)
	}
	k, err := hkdf.Key(sha256.New, s.keys[signingKey], nil, "parley key "+name, serverKeyBytes)
	if err != nil { // only for a length that HKDF cannot make
		panic(err)
	}
	return k
}

func (s *Service) loadKeys(ctx context.Context) error {
	encoding := base64.RawStdEncoding
	made := map[string]string{}
	for _, name := range []string{signingKey, cursorKey, urlKey} {
		made[name] = encoding.EncodeToString(randomBytes(serverKeyBytes))
	}
	s.keys = map[string][]byte{}
	return s.change(ctx, func(ctx context.Context, tx Tx) error {
		for name, secret := range made {
			stored, err := tx.ServerKey(ctx, name, secret, s.now())
			if err != nil {
				return err
			}
			key, err := encoding.DecodeString(stored)
			if err != nil || len(key) != serverKeyBytes {
				return fmt.Errorf("the stored key %q is damaged", name)
			}
			s.keys[name] = key
		}
		return nil
	})
}

// now is the time as it is stored: UTC, milliseconds.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }

// change runs fn in a transaction that, once begun, is not cut in the middle by
// its caller's leaving.
func (s *Service) change(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.store.WriteAccounts(ctx, func(tx Tx) error { return fn(context.WithoutCancel(ctx), tx) })
}

// revoke is change for what writes revocations: they hold here when it returns.
func (s *Service) revoke(ctx context.Context, fn func(context.Context, Tx) error) error {
	err := s.change(ctx, fn)
	if err == nil {
		s.applyRevocations(ctx)
	}
	return err
}

// applyRevocations makes hold here what this process has just written. If it
// cannot be read, no token is accepted until it can.
func (s *Service) applyRevocations(ctx context.Context) {
	s.revoked.announce()
	if err := s.catchUp(context.WithoutCancel(ctx)); err != nil {
		s.log.Warn("reading revocations", "error", err)
	}
}

// catchUp takes in new revocations, and ends their open connections.
func (s *Service) catchUp(ctx context.Context) error {
	fresh, err := s.revoked.catchUp(ctx, s.now())
	for _, r := range fresh {
		s.bus.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: r.UserID, Session: r.Session})
	}
	return err
}
