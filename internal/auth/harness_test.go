package auth_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/auth"
	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/store"
	"parley/internal/store/enginetest"
)

const goodPassword = "violet-kettle-09"

// world is one database with one service on it.
type world struct {
	t     *testing.T
	path  string
	store *store.Store
	bus   *bus.Local
	clock *clock
	log   *lockedBuffer
	*auth.Service

	mu      sync.Mutex
	signals []chat.Signal
	asked   atomic.Int64 // calls of the store
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// countingStore counts what is asked of it.
type countingStore struct {
	auth.Store
	asked *atomic.Int64
}

func (c countingStore) ReadAccounts(ctx context.Context, fn func(auth.Reader) error) error {
	c.asked.Add(1)
	return c.Store.ReadAccounts(ctx, fn)
}

func (c countingStore) WriteAccounts(ctx context.Context, fn func(auth.Tx) error) error {
	c.asked.Add(1)
	return c.Store.WriteAccounts(ctx, fn)
}

func newWorld(t *testing.T, registration string) *world {
	t.Helper()
	return openWorld(t, enginetest.Place(t), registration,
		&clock{now: time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)})
}

// openWorld is another process on the same database; a nil clock is the machine's.
func openWorld(t *testing.T, path, registration string, c *clock) *world {
	t.Helper()
	w := &world{t: t, path: path, bus: bus.NewLocal(), clock: c, log: &lockedBuffer{}}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if w.store, err = enginetest.Open(t, path); err != nil {
		t.Fatal(err)
	}
	w.bus.Subscribe(chat.Subscriber{Signal: func(s chat.Signal) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.signals = append(w.signals, s)
	}})
	o := auth.Options{Registration: registration, Log: log}
	if c != nil {
		o.Clock = c.Now
	}
	if w.Service, err = auth.New(t.Context(), countingStore{w.store, &w.asked}, w.bus, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

func (w *world) close() {
	if err := w.Stop(context.Background()); err != nil {
		w.t.Error(err)
	}
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) register(name string) auth.SignedIn {
	w.t.Helper()
	in, err := w.Register(w.t.Context(), auth.Registration{Username: name, Password: goodPassword})
	if err != nil {
		w.t.Fatalf("register %s: %v", name, err)
	}
	return in
}

func (w *world) login(name string) auth.SignedIn {
	w.t.Helper()
	in, err := w.Login(w.t.Context(), auth.Credentials{Login: name, Password: goodPassword})
	if err != nil {
		w.t.Fatalf("log in as %s: %v", name, err)
	}
	return in
}

func (w *world) loginCookie(name string) auth.SignedIn {
	w.t.Helper()
	in, err := w.Login(w.t.Context(), auth.Credentials{Login: name, Password: goodPassword, Cookie: true})
	if err != nil {
		w.t.Fatalf("log in as %s: %v", name, err)
	}
	return in
}

func actorOf(in auth.SignedIn) chat.Actor { return chat.Actor{ID: in.User.ID, Session: in.Session} }

// accepts fails the test unless the token is good.
func (w *world) accepts(in auth.SignedIn) {
	w.t.Helper()
	if _, err := w.Authenticate(w.t.Context(), in.AccessToken); err != nil {
		w.t.Errorf("the token of session %d is refused: %v", in.Session, err)
	}
}

func (w *world) refuses(in auth.SignedIn, code chat.Code) {
	w.t.Helper()
	_, err := w.Authenticate(w.t.Context(), in.AccessToken)
	wantCode(w.t, err, code, "")
}

func (w *world) signalled(user chat.UserID, session chat.SessionID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.signals {
		if s == (chat.Signal{Kind: chat.SignalRevoked, UserID: user, Session: session}) {
			return true
		}
	}
	return false
}

func wantCode(t *testing.T, err error, code chat.Code, field string) {
	t.Helper()
	if e := chat.Explain(err); err == nil || e.Code != code || e.Field != field {
		t.Errorf("error %v, want %s of field %q", err, code, field)
	}
}
