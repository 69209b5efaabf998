package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

const day = 24 * time.Hour

func TestRefreshRotates(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	seen := map[string]bool{in.RefreshToken: true}
	for range 5 {
		w.clock.advance(29 * day)
		next, err := w.Refresh(t.Context(), in.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if next.Session != in.Session || next.User.ID != in.User.ID || next.ExpiresIn != 15*time.Minute || seen[next.RefreshToken] {
			t.Fatalf("%+v", next)
		}
		seen[next.RefreshToken] = true
		w.accepts(next)
		w.refuses(in, chat.TokenExpired)
		in = next
	}
	w.clock.advance(30 * day)
	_, err := w.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, chat.TokenExpired, "")
}

func TestReusedRefreshTokenEndsTheSession(t *testing.T) {
	for name, age := range map[string]int{"the one before": 1, "one long before": 4} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, auth.RegistrationOpen)
			in := w.register("ann")
			other := w.login("ann")
			old := in
			for range age {
				next, err := w.Refresh(t.Context(), in.RefreshToken)
				if err != nil {
					t.Fatal(err)
				}
				in = next
			}
			_, err := w.Refresh(t.Context(), old.RefreshToken)
			wantCode(t, err, chat.TokenInvalid, "")
			w.refuses(in, chat.TokenInvalid)
			w.refuses(old, chat.TokenInvalid)
			_, err = w.Refresh(t.Context(), in.RefreshToken)
			wantCode(t, err, chat.TokenInvalid, "")
			if !w.signalled(in.User.ID, in.Session) {
				t.Error("open connections are not ended")
			}
			w.accepts(other)
		})
	}
}

func TestOneRefreshTokenManyTimesAtOnce(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	var wins atomic.Int64
	var mu sync.Mutex
	var won auth.SignedIn
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			next, err := w.Refresh(t.Context(), in.RefreshToken)
			if err != nil {
				wantCode(t, err, chat.TokenInvalid, "")
				return
			}
			wins.Add(1)
			mu.Lock()
			won = next
			mu.Unlock()
		})
	}
	wg.Wait()
	if wins.Load() != 1 {
		t.Fatalf("%d got new tokens", wins.Load())
	}
	w.refuses(won, chat.TokenInvalid)
	_, err := w.Refresh(t.Context(), won.RefreshToken)
	wantCode(t, err, chat.TokenInvalid, "")
}

func TestRefreshRefuses(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	cookie := w.loginCookie("ann")
	before := w.asked.Load()
	for name, token := range map[string]string{
		"nothing": "", "an access token": in.AccessToken, "a cookie": cookie.CookieToken,
		"one too long": in.RefreshToken + "A", "one too short": in.RefreshToken[:len(in.RefreshToken)-1],
		"another prefix": "pcs_" + in.RefreshToken[4:], "padding": in.RefreshToken[:len(in.RefreshToken)-1] + "=",
		"line breaks": in.RefreshToken[:len(in.RefreshToken)-4] + "\r\n\r\n",
	} {
		if _, err := w.Refresh(t.Context(), token); !chat.Has(err, chat.TokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.asked.Load() != before {
		t.Error("the database was asked about nonsense")
	}
	unknown := "prt_" + flipped(in.RefreshToken[4:], 0)
	_, err := w.Refresh(t.Context(), unknown)
	wantCode(t, err, chat.TokenInvalid, "")
	if _, err := w.Refresh(t.Context(), in.RefreshToken); err != nil {
		t.Errorf("a stranger's nonsense ended the session: %v", err)
	}
}

// flipped returns s with another letter at i.
func flipped(s string, i int) string {
	b := []byte(s)
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

func TestCookieSlides(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("ann")
	in := w.loginCookie("ann")
	use := func() (auth.Identity, error) { return w.AuthenticateCookie(t.Context(), in.CookieToken) }

	before := w.asked.Load()
	w.clock.advance(time.Hour - time.Millisecond)
	if id, err := use(); err != nil || !id.Cookie || id.Renewed || !id.Expires.IsZero() || id.Actor.Session != in.Session || id.Scopes != nil {
		t.Fatalf("%+v, %v", id, err)
	}
	if n := w.asked.Load() - before; n != 1 {
		t.Errorf("%d calls of the store within the hour", n)
	}
	w.clock.advance(time.Millisecond)
	if id, err := use(); err != nil || !id.Renewed {
		t.Fatalf("after an hour: %+v, %v", id, err)
	}
	if id, err := use(); err != nil || id.Renewed {
		t.Fatalf("twice: %+v, %v", id, err)
	}
	for range 3 {
		w.clock.advance(30*day - time.Millisecond)
		if id, err := use(); err != nil || !id.Renewed {
			t.Fatalf("within 30 days: %+v, %v", id, err)
		}
	}
	w.clock.advance(30 * day)
	_, err := use()
	wantCode(t, err, chat.TokenExpired, "")
}

func TestCookieCarriesTheRolesOfNow(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("ann")
	in := w.loginCookie("ann")
	if err := w.SetRoles(t.Context(), chat.Operator, in.User.ID, []string{chat.RoleAgent}); err != nil {
		t.Fatal(err)
	}
	id, err := w.AuthenticateCookie(t.Context(), in.CookieToken)
	if err != nil || id.Actor.Is(chat.RoleServerAdmin) || !id.Actor.Is(chat.RoleAgent) {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestCookieRefuses(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	tokens := w.register("ann")
	in := w.loginCookie("ann")
	for name, value := range map[string]string{
		"nothing": "", "an access token": tokens.AccessToken, "a refresh token": tokens.RefreshToken,
		"another": "pcs_" + flipped(in.CookieToken[4:], 7), "longer": in.CookieToken + "A",
	} {
		if _, err := w.AuthenticateCookie(t.Context(), value); !chat.Has(err, chat.TokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSessions(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	first := w.register("ann")
	w.clock.advance(time.Minute)
	second := w.loginCookie("ann")
	bob := w.register("bob")

	list, err := w.Sessions(t.Context(), actorOf(first))
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if s := list[0]; s.ID != second.Session || s.Current || s.Kind != auth.CookieSession || !s.ExpiresAt.Equal(w.clock.Now().Add(30*day)) {
		t.Errorf("newest %+v", s)
	}
	if s := list[1]; s.ID != first.Session || !s.Current || s.Kind != auth.TokenSession {
		t.Errorf("current %+v", s)
	}

	wantCode(t, w.RevokeSession(t.Context(), actorOf(bob), first.Session), chat.NotFound, "")
	w.accepts(first)
	if err := w.RevokeSession(t.Context(), actorOf(first), second.Session); err != nil {
		t.Fatal(err)
	}
	wantCode(t, w.RevokeSession(t.Context(), actorOf(first), second.Session), chat.NotFound, "")
	_, err = w.AuthenticateCookie(t.Context(), second.CookieToken)
	wantCode(t, err, chat.TokenInvalid, "")
	if !w.signalled(first.User.ID, second.Session) {
		t.Errorf("signals %+v", w.signals)
	}
	w.clock.advance(30 * day)
	if list, err := w.Sessions(t.Context(), actorOf(first)); err != nil || len(list) != 0 {
		t.Errorf("over: %+v, %v", list, err)
	}
}

func TestLogout(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in, browser := w.register("ann"), w.loginCookie("ann")
	other := w.login("ann")
	for range 2 { // the second time nothing is left to end
		if err := w.Logout(t.Context(), actorOf(in)); err != nil {
			t.Fatal(err)
		}
	}
	w.refuses(in, chat.TokenInvalid)
	_, err := w.Refresh(t.Context(), in.RefreshToken)
	wantCode(t, err, chat.TokenInvalid, "")
	if !w.signalled(in.User.ID, in.Session) {
		t.Error("open connections are not ended")
	}
	w.accepts(other)
	if err := w.Logout(t.Context(), actorOf(browser)); err != nil {
		t.Fatal(err)
	}
	_, err = w.AuthenticateCookie(t.Context(), browser.CookieToken)
	wantCode(t, err, chat.TokenInvalid, "")
	wantCode(t, w.Logout(t.Context(), chat.Actor{ID: in.User.ID}), chat.Forbidden, "")
}
