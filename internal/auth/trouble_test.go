package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/auth"
	"parley/internal/bus"
	"parley/internal/chat"
)

var errDisk = errors.New("disk on fire")

// troubledStore fails to read or to write while it is told to, and lets
// something happen just before a write.
type troubledStore struct {
	auth.Store
	noReads, noWrites atomic.Bool
	beforeWrite       func()
}

func (s *troubledStore) ReadAccounts(ctx context.Context, fn func(auth.Reader) error) error {
	if s.noReads.Load() {
		return errDisk
	}
	return s.Store.ReadAccounts(ctx, fn)
}

func (s *troubledStore) WriteAccounts(ctx context.Context, fn func(auth.Tx) error) error {
	if s.noWrites.Load() {
		return errDisk
	}
	if happen := s.beforeWrite; happen != nil {
		s.beforeWrite = nil
		happen()
	}
	return s.Store.WriteAccounts(ctx, fn)
}

// troubled is a second service on the world's database, with its own bus.
func (w *world) troubled(t *testing.T) (*auth.Service, *troubledStore, *bus.Local) {
	t.Helper()
	store, own := &troubledStore{Store: w.store}, bus.NewLocal()
	s, err := auth.New(t.Context(), store, own, auth.Options{Registration: auth.RegistrationOpen, Clock: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, store, own
}

func TestNoTokenIsAcceptedWhileRevocationsCannotBeRead(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	s, store, own := w.troubled(t)
	in := w.register("ann")
	store.noReads.Store(true)
	if _, err := s.Authenticate(t.Context(), in.AccessToken); err != nil {
		t.Errorf("without any news: %v", err)
	}
	own.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: 99})
	if _, err := s.Authenticate(t.Context(), in.AccessToken); !errors.Is(err, errDisk) {
		t.Errorf("accepted although it may be revoked: %v", err)
	}
	store.noReads.Store(false)
	if _, err := s.Authenticate(t.Context(), in.AccessToken); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func TestCookieAndKeyAreGoodWithoutAWrite(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	s, store, _ := w.troubled(t)
	w.register("ann")
	in := w.loginCookie("ann")
	secret, _ := w.key(auth.ScopeAdmin)
	store.noWrites.Store(true)
	w.clock.advance(2 * time.Hour)
	if id, err := s.AuthenticateCookie(t.Context(), in.CookieToken); err != nil || id.Renewed {
		t.Errorf("%+v, %v", id, err)
	}
	if _, err := s.AuthenticateKey(t.Context(), secret, ""); err != nil {
		t.Error(err)
	}
	if n := strings.Count(w.log.String(), errDisk.Error()); n != 2 {
		t.Errorf("the trouble is logged %d times", n)
	}
}

// A password is checked outside the transaction, which takes a while.
func TestWhatHappensWhileAPasswordIsChecked(t *testing.T) {
	const another = "copper-lantern-3"
	for name, tc := range map[string]struct {
		meanwhile func(w *world, in auth.SignedIn) error
		code      chat.Code
	}{
		"another password": {func(w *world, in auth.SignedIn) error {
			return w.SetPassword(w.t.Context(), chat.Operator, in.User.ID, another)
		}, chat.Unauthenticated},
		"disabled": {func(w *world, in auth.SignedIn) error {
			return w.SetDisabled(w.t.Context(), chat.Operator, in.User.ID, true)
		}, chat.Forbidden},
		"deleted": {func(w *world, in auth.SignedIn) error {
			return chat.New(w.store, w.bus, chat.Options{}).DeleteAccount(w.t.Context(), actorOf(in))
		}, chat.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, auth.RegistrationOpen)
			s, store, _ := w.troubled(t)
			in := w.register("ann")
			store.beforeWrite = func() {
				if err := tc.meanwhile(w, in); err != nil {
					t.Error(err)
				}
			}
			_, err := s.Login(t.Context(), auth.Credentials{Login: "ann", Password: goodPassword})
			wantCode(t, err, tc.code, "")
		})
	}
}

func TestNameTakenWhileThePasswordIsHashed(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	s, store, _ := w.troubled(t)
	store.beforeWrite = func() { w.register("Ann") }
	_, err := s.Register(t.Context(), auth.Registration{Username: "ann", Password: goodPassword})
	wantCode(t, err, chat.AlreadyExists, "username")
	store.beforeWrite = func() {
		if _, err := w.CreateUser(t.Context(), auth.NewUser{Username: "bob", Password: goodPassword, Email: "B@example.org"}); err != nil {
			t.Error(err)
		}
	}
	_, err = s.Register(t.Context(), auth.Registration{Username: "cat", Password: goodPassword, Email: "b@example.org"})
	wantCode(t, err, chat.AlreadyExists, "email")
}

func TestLastingTroubleIsLoggedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	synctest.Test(t, func(t *testing.T) {
		w := openWorld(t, path, auth.RegistrationOpen, &clock{now: time.Now()})
		s, store, _ := w.troubled(t)
		in := w.register("ann")
		s.Start()
		logged := func() int { return strings.Count(w.log.String(), errDisk.Error()) }
		for range 2 {
			before := logged()
			store.noReads.Store(true)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if n := logged() - before; n != 1 {
				t.Errorf("logged %d times", n)
			}
			store.noReads.Store(false)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if err := w.Logout(t.Context(), actorOf(in)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		_, err := s.Authenticate(t.Context(), in.AccessToken)
		wantCode(t, err, chat.TokenInvalid, "")
	})
}
