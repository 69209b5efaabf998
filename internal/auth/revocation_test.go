package auth_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

// What one process revokes, another knows within a second, whether a node or the
// command line beside it.
func TestRevocationReachesOtherProcesses(t *testing.T) {
	for name, tc := range map[string]struct {
		revoke  func(ctx context.Context, cli *auth.Service, in auth.SignedIn) error
		session bool // the signal names the session
		code    chat.Code
	}{
		"logout": {func(ctx context.Context, s *auth.Service, in auth.SignedIn) error { return s.Logout(ctx, actorOf(in)) }, true, chat.TokenInvalid},
		"disable": {func(ctx context.Context, s *auth.Service, in auth.SignedIn) error {
			return s.SetDisabled(ctx, chat.Operator, in.User.ID, true)
		}, false, chat.TokenInvalid},
		"password": {func(ctx context.Context, s *auth.Service, in auth.SignedIn) error {
			return s.SetPassword(ctx, chat.Operator, in.User.ID, "copper-lantern-3")
		}, false, chat.TokenInvalid},
		"roles": {func(ctx context.Context, s *auth.Service, in auth.SignedIn) error {
			return s.SetRoles(ctx, chat.Operator, in.User.ID, []string{chat.RoleAgent})
		}, false, chat.TokenExpired},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "parley.db")
			synctest.Test(t, func(t *testing.T) {
				node := openWorld(t, path, auth.RegistrationOpen, nil)
				cli := openWorld(t, path, auth.RegistrationOpen, nil)
				node.Start()
				node.register("root")
				in, other := node.register("ann"), node.register("bob")
				if err := tc.revoke(t.Context(), cli.Service, in); err != nil {
					t.Fatal(err)
				}
				cli.refuses(in, tc.code)
				time.Sleep(time.Second)
				synctest.Wait()
				node.refuses(in, tc.code)
				node.accepts(other)
				session := in.Session
				if !tc.session {
					session = 0
				}
				if !node.signalled(in.User.ID, session) {
					t.Errorf("open connections are not ended: %+v", node.signals)
				}
				if node.signalled(other.User.ID, 0) || node.signalled(other.User.ID, other.Session) {
					t.Error("somebody else is thrown out")
				}
			})
		})
	}
}

func TestRevocationsOfBeforeTheStartAreKnown(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	if err := w.Logout(t.Context(), actorOf(in)); err != nil {
		t.Fatal(err)
	}
	later := openWorld(t, w.path, auth.RegistrationOpen, w.clock)
	later.refuses(in, chat.TokenInvalid)
	if len(later.signals) != 0 {
		t.Errorf("signals at start: %+v", later.signals)
	}
}

// A signal of the bus comes before the poll; the next token is judged by the table.
func TestSignalIsEnoughToLookAgain(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	other := openWorld(t, w.path, auth.RegistrationOpen, w.clock)
	if err := other.Logout(t.Context(), actorOf(in)); err != nil {
		t.Fatal(err)
	}
	w.accepts(in) // nobody told this process
	w.bus.Signal(chat.Signal{Kind: chat.SignalTyping, UserID: in.User.ID})
	w.accepts(in)
	w.bus.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: in.User.ID, Session: in.Session})
	w.refuses(in, chat.TokenInvalid)
}

func TestDeletedAccountIsOutAtOnce(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("root")
	in := w.register("ann")
	browser := w.loginCookie("ann")
	key, _, err := w.CreateKey(t.Context(), chat.Actor{ID: in.User.ID}, "ann's", []string{auth.ScopeAdmin})
	if err != nil {
		t.Fatal(err)
	}
	if err := chat.New(w.store, w.bus, chat.Options{}).DeleteAccount(t.Context(), actorOf(in)); err != nil {
		t.Fatal(err)
	}
	w.refuses(in, chat.TokenInvalid)
	_, err = w.AuthenticateCookie(t.Context(), browser.CookieToken)
	wantCode(t, err, chat.TokenInvalid, "")
	_, err = w.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, chat.TokenInvalid, "")
	_, err = w.AuthenticateKey(t.Context(), key, "")
	wantCode(t, err, chat.Unauthenticated, "")
	for _, login := range []string{"ann", "deleted-2"} {
		_, err = w.Login(t.Context(), auth.Credentials{Login: login, Password: goodPassword})
		wantCode(t, err, chat.Unauthenticated, "")
	}
	wantCode(t, w.SetPassword(t.Context(), chat.Operator, in.User.ID, "copper-lantern-3"), chat.NotFound, "")
	wantCode(t, w.SetDisabled(t.Context(), chat.Operator, in.User.ID, false), chat.NotFound, "")
	wantCode(t, w.ChangePassword(t.Context(), actorOf(in), goodPassword, "copper-lantern-3"), chat.NotFound, "")
}

func TestDisable(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("root")
	in := w.register("ann")
	browser := w.loginCookie("ann")
	for range 2 { // disabling twice is disabling
		if err := w.SetDisabled(t.Context(), chat.Operator, in.User.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	w.refuses(in, chat.TokenInvalid)
	_, err := w.AuthenticateCookie(t.Context(), browser.CookieToken)
	wantCode(t, err, chat.TokenInvalid, "")
	_, err = w.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, chat.TokenInvalid, "")
	_, err = w.Login(t.Context(), auth.Credentials{Login: "ann", Password: "violet-kettle-10"})
	wantCode(t, err, chat.Unauthenticated, "")
	_, err = w.Login(t.Context(), auth.Credentials{Login: "ann", Password: goodPassword})
	wantCode(t, err, chat.Forbidden, "")

	if err := w.SetDisabled(t.Context(), chat.Operator, in.User.ID, false); err != nil {
		t.Fatal(err)
	}
	w.accepts(w.login("ann")) // in the same millisecond as the revocation
	w.refuses(in, chat.TokenInvalid)
	wantCode(t, w.SetDisabled(t.Context(), chat.Operator, 99, true), chat.NotFound, "")
}

func TestSetPasswordEndsAllSessions(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	wantCode(t, w.SetPassword(t.Context(), chat.Operator, in.User.ID, "password1"), chat.ValidationFailed, "password")
	wantCode(t, w.SetPassword(t.Context(), chat.Operator, 99, "copper-lantern-3"), chat.NotFound, "")
	w.accepts(in)
	if err := w.SetPassword(t.Context(), chat.Operator, in.User.ID, "copper-lantern-3"); err != nil {
		t.Fatal(err)
	}
	w.refuses(in, chat.TokenInvalid)
	if _, err := w.Login(t.Context(), auth.Credentials{Login: "ann", Password: "copper-lantern-3"}); err != nil {
		t.Error(err)
	}
}

func TestSetRolesAsksForFreshTokens(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	if err := w.SetRoles(t.Context(), chat.Operator, in.User.ID, []string{chat.RoleServerAdmin}); err != nil {
		t.Fatal(err)
	}
	w.accepts(in) // nothing has changed
	if err := w.SetRoles(t.Context(), chat.Operator, in.User.ID, []string{chat.RoleSupervisor}); err != nil {
		t.Fatal(err)
	}
	w.refuses(in, chat.TokenExpired)
	next, err := w.Refresh(t.Context(), in.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.Authenticate(t.Context(), next.AccessToken)
	if err != nil || id.Actor.Is(chat.RoleServerAdmin) || !id.Actor.Is(chat.RoleSupervisor) {
		t.Errorf("%+v, %v", id, err)
	}
	var events []*chat.Event
	err = w.store.Read(t.Context(), func(r chat.Reader) (err error) {
		events, err = r.EventsAfter(t.Context(), in.User.ID.Stream(), 0, 10)
		return err
	})
	if err != nil || len(events) != 1 || events[0].Type != chat.UserUpdated {
		t.Errorf("events %v, %v", events, err)
	}
	wantCode(t, w.SetRoles(t.Context(), chat.Operator, in.User.ID, []string{"king"}), chat.ValidationFailed, "roles")
	wantCode(t, w.SetRoles(t.Context(), chat.Operator, 99, nil), chat.NotFound, "")
}

func TestRevocationsAreForgottenWhenTokensAreOver(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	gone := w.register("bob")
	if err := w.Logout(t.Context(), actorOf(in)); err != nil {
		t.Fatal(err)
	}
	if err := w.SetDisabled(t.Context(), chat.Operator, gone.User.ID, true); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(16*time.Minute - time.Millisecond)
	w.upkeep()
	if w.Remembered() != 2 {
		t.Errorf("%d revocations remembered, want 2", w.Remembered())
	}
	w.clock.advance(time.Millisecond)
	w.upkeep()
	if w.Remembered() != 0 {
		t.Errorf("%d revocations remembered, want 0", w.Remembered())
	}
	w.refuses(in, chat.TokenExpired)
}

func (w *world) upkeep() {
	w.t.Helper()
	if err := w.Upkeep(); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatIsOverIsRemoved(t *testing.T) {
	w := newWorld(t, auth.RegistrationInvite)
	in := w.register("ann")
	w.loginCookie("ann")
	if _, _, err := w.CreateInvitation(t.Context(), chat.Operator, 1, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := w.Logout(t.Context(), actorOf(in)); err != nil {
		t.Fatal(err)
	}
	left := func() (n int64) {
		t.Helper()
		err := w.store.WriteAccounts(t.Context(), func(tx auth.Tx) (err error) {
			far := w.clock.Now().Add(1000 * day)
			if n, err = tx.PruneAccounts(t.Context(), far, far, 100); err != nil {
				return err
			}
			return errors.New("only counting")
		})
		if err == nil {
			t.Fatal("the count was kept")
		}
		return n
	}
	if n := left(); n != 3 { // the cookie's session, the invitation, the revocation
		t.Fatalf("%d rows at first", n)
	}
	w.upkeep()
	if n := left(); n != 3 {
		t.Errorf("%d rows when nothing was over", n)
	}
	w.clock.advance(time.Hour)
	w.upkeep()
	if n := left(); n != 1 {
		t.Errorf("%d rows after an hour", n)
	}
	w.clock.advance(30 * day)
	w.upkeep()
	if n := left(); n != 0 {
		t.Errorf("%d rows after a month", n)
	}
	again := w.login("ann")
	w.accepts(again) // ids and epochs go on where they were
}

// Whoever asks after a revocation was made is refused, also when many ask while
// it is being taken in.
func TestRevocationHoldsForEverybodyAfterwards(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("root")
	var wg sync.WaitGroup
	for range 4 {
		in := w.login("root")
		var out atomic.Bool
		for range 4 {
			wg.Go(func() {
				for range 200 {
					wasOut := out.Load()
					if _, err := w.Authenticate(t.Context(), in.AccessToken); err == nil && wasOut {
						t.Error("accepted after its revocation")
						return
					}
				}
			})
		}
		if err := w.Logout(t.Context(), actorOf(in)); err != nil {
			t.Fatal(err)
		}
		out.Store(true)
	}
	wg.Wait()
}
