package auth_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"parley/internal/auth"
	"parley/internal/chat"
)

func TestLogin(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	_, err := w.CreateUser(t.Context(), auth.NewUser{Username: "Ann", Password: goodPassword, Email: "Ann@example.org", EmailVerified: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"Ann", "aNN", "ann@EXAMPLE.org"} {
		in := w.login(login)
		w.accepts(in)
	}
}

func TestLoginByUnverifiedAddressIsRefused(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	if _, err := w.Register(t.Context(), auth.Registration{Username: "ann", Password: goodPassword, Email: "ann@example.org"}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Login(t.Context(), auth.Credentials{Login: "ann@example.org", Password: goodPassword})
	wantCode(t, err, chat.Unauthenticated, "")
}

func TestWrongLoginsLookTheSame(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("ann")
	external := &chat.User{Kind: chat.Member, Username: "robot", CreatedAt: w.clock.Now()}
	if err := w.store.WriteAccounts(t.Context(), func(tx auth.Tx) error { return tx.InsertUser(t.Context(), external) }); err != nil {
		t.Fatal(err)
	}
	wrong := []auth.Credentials{
		{Login: "ann", Password: "violet-kettle-10"},
		{Login: "nobody", Password: goodPassword},
		{Login: "nobody@example.org", Password: goodPassword},
		{Login: "robot", Password: goodPassword}, // has no password
	}
	texts := map[string]bool{}
	for _, c := range wrong {
		_, err := w.Login(t.Context(), c)
		wantCode(t, err, chat.Unauthenticated, "")
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("they can be told apart: %v", texts)
	}

	empty := w.FillHashQueue()
	for _, c := range wrong {
		_, err := w.Login(t.Context(), c)
		if !chat.Has(err, chat.Overloaded) {
			t.Errorf("%s does not cost a hash: %v", c.Login, err)
		}
	}
	empty()
}

func TestLoginChecksItsInput(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	_, err := w.Login(t.Context(), auth.Credentials{Password: goodPassword})
	wantCode(t, err, chat.ValidationFailed, "login")
	_, err = w.Login(t.Context(), auth.Credentials{Login: "ann"})
	wantCode(t, err, chat.ValidationFailed, "password")
	for _, password := range []string{strings.Repeat("x", 257), "\xff\xfe\xfd violet"} {
		_, err = w.Login(t.Context(), auth.Credentials{Login: "ann", Password: password})
		wantCode(t, err, chat.Unauthenticated, "")
	}
}

func TestLoginHonoursItsContext(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Login(ctx, auth.Credentials{Login: "ann", Password: goodPassword}); err == nil {
		t.Error("no error")
	}
}

// A keyboard may send é as one character or as two.
func TestPasswordHasOneSpelling(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	if _, err := w.Register(t.Context(), auth.Registration{Username: "ann", Password: "caf\u00e9 kettle"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Login(t.Context(), auth.Credentials{Login: "ann", Password: "cafe\u0301 kettle"}); err != nil {
		t.Error(err)
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	here := w.register("ann")
	there, browser := w.login("ann"), w.loginCookie("ann")
	bob := w.register("bob")

	err := w.ChangePassword(t.Context(), actorOf(here), "violet-kettle-10", "copper-lantern-3")
	wantCode(t, err, chat.Forbidden, "current")
	wantCode(t, w.ChangePassword(t.Context(), actorOf(here), goodPassword, "password1"), chat.ValidationFailed, "new")
	w.accepts(there)

	if err := w.ChangePassword(t.Context(), actorOf(here), goodPassword, "copper-lantern-3"); err != nil {
		t.Fatal(err)
	}
	w.accepts(here)
	w.accepts(bob)
	if _, err := w.Refresh(t.Context(), here.RefreshToken); err != nil {
		t.Errorf("own session: %v", err)
	}
	w.refuses(there, chat.TokenInvalid)
	_, err = w.Refresh(t.Context(), there.RefreshToken)
	wantCode(t, err, chat.TokenInvalid, "")
	_, err = w.AuthenticateCookie(t.Context(), browser.CookieToken)
	wantCode(t, err, chat.TokenInvalid, "")
	if !w.signalled(here.User.ID, there.Session) || !w.signalled(here.User.ID, browser.Session) || w.signalled(here.User.ID, here.Session) {
		t.Errorf("signals %+v", w.signals)
	}
	_, err = w.Login(t.Context(), auth.Credentials{Login: "ann", Password: goodPassword})
	wantCode(t, err, chat.Unauthenticated, "")
	if _, err := w.Login(t.Context(), auth.Credentials{Login: "ann", Password: "copper-lantern-3"}); err != nil {
		t.Error(err)
	}
}

func TestDeviceIsKeptShort(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	for _, d := range []struct {
		device     auth.Device
		agent, net string
	}{
		{auth.Device{}, "", ""},
		{auth.Device{UserAgent: strings.Repeat("ü", 300), IP: netip.MustParseAddr("192.0.2.77")}, strings.Repeat("ü", 255), "192.0.2.0/24"},
		{auth.Device{UserAgent: "a\r\nb", IP: netip.MustParseAddr("::ffff:192.0.2.77")}, "a b", "192.0.2.0/24"},
		{auth.Device{UserAgent: "\xff", IP: netip.MustParseAddr("2001:db8:1:2:3::4%eth0")}, "", "2001:db8:1:2::/64"},
	} {
		now, err := w.Login(t.Context(), auth.Credentials{Login: "ann", Password: goodPassword, Device: d.device})
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.Sessions(t.Context(), actorOf(in))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if s.ID == now.Session && (s.UserAgent != d.agent || s.IPPrefix != d.net) {
				t.Errorf("%q, %q", s.UserAgent, s.IPPrefix)
			}
		}
	}
}
