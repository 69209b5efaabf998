package auth_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/internal/auth"
	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/store/enginetest"
)

func TestNewRefusesAnUnknownMode(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	for _, mode := range []string{"", "Open", "anybody"} {
		if _, err := auth.New(t.Context(), w.store, w.bus, auth.Options{Registration: mode}); err == nil {
			t.Errorf("%q is accepted", mode)
		}
	}
}

func TestKeysAreTheSameForAllNodes(t *testing.T) {
	path := enginetest.Place(t)
	first, err := enginetest.Open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := enginetest.Open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	services := make([]*auth.Service, 8)
	var wg sync.WaitGroup
	for i := range services {
		st := first
		if i%2 == 1 {
			st = second
		}
		wg.Go(func() {
			s, err := auth.New(t.Context(), st, bus.NewLocal(), auth.Options{Registration: auth.RegistrationOpen})
			if err != nil {
				t.Error(err)
			}
			services[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	seen := map[string]string{}
	for _, name := range []string{"cursor", "url", "signing", "something new"} {
		key := services[0].Key(name)
		if len(key) != 32 || seen[string(key)] != "" {
			t.Errorf("key %q has %d bytes, or is the one of %q", name, len(key), seen[string(key)])
		}
		seen[string(key)] = name
		for i, s := range services {
			if !bytes.Equal(s.Key(name), key) {
				t.Errorf("service %d has another key %q", i, name)
			}
		}
	}
	in, err := services[0].Register(t.Context(), auth.Registration{Username: "ann", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range services {
		if _, err := s.Authenticate(t.Context(), in.AccessToken); err != nil {
			t.Errorf("service %d: %v", i, err)
		}
	}
}

func TestSigningKeyIsNotHandedOut(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	if bytes.Equal(w.Key("signing"), w.serverKey("signing")) {
		t.Error("it is")
	}
	clear(w.Key("cursor"))
	if bytes.Equal(w.Key("cursor"), make([]byte, 32)) {
		t.Error("callers share a key's bytes")
	}
}

func TestDamagedKeyStopsTheStart(t *testing.T) {
	st := enginetest.New(t)
	defer st.Close()
	err := st.WriteAccounts(t.Context(), func(tx auth.Tx) error {
		_, err := tx.ServerKey(t.Context(), "signing", "tooshort", time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.New(t.Context(), st, bus.NewLocal(), auth.Options{Registration: auth.RegistrationOpen}); err == nil {
		t.Error("no error")
	}
}

func TestStopEndsEverything(t *testing.T) {
	for name, start := range map[string]bool{"started": true, "never started": false} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			st := enginetest.New(t)
			s, err := auth.New(t.Context(), st, bus.NewLocal(), auth.Options{Registration: auth.RegistrationOpen})
			if err != nil {
				t.Fatal(err)
			}
			if start {
				s.Start()
				s.Start()
			}
			for range 2 {
				if err := s.Stop(t.Context()); err != nil {
					t.Error(err)
				}
			}
			s.Start() // comes too late to begin anything
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What proves who somebody is stands neither in the log nor in the database, nor
// in the text of an error.
func TestSecretsStayOut(t *testing.T) {
	w := openWorld(t, filepath.Join(t.TempDir(), "parley.db"), auth.RegistrationInvite, &clock{now: time.Now()})
	ctx := context.Background()
	secrets := map[string]string{"password": goodPassword, "new password": "copper-lantern-3", "wrong password": "marble-otter-55"}
	texts := &strings.Builder{}
	note := func(err error) {
		if err == nil {
			t.Error("no error where one was expected")
			return
		}
		texts.WriteString(err.Error())
		slog.New(slog.NewJSONHandler(w.log, nil)).Error("as an edge would log it", "error", err)
	}

	in := w.register("ann")
	secrets["access token"], secrets["signature"], secrets["refresh token"] = in.AccessToken, in.AccessToken[strings.LastIndexByte(in.AccessToken, '.')+1:], in.RefreshToken
	next, err := w.Refresh(ctx, in.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	secrets["next refresh token"], secrets["tail of it"] = next.RefreshToken, next.RefreshToken[26:]
	cookie := w.loginCookie("ann")
	secrets["cookie"] = cookie.CookieToken
	invite, _, err := w.CreateInvitation(ctx, chat.Actor{ID: in.User.ID}, 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := w.key(auth.ScopeAdmin)
	secrets["invitation"], secrets["API key"] = invite, key

	_, err = w.Login(ctx, auth.Credentials{Login: "ann", Password: secrets["wrong password"]})
	note(err)
	_, err = w.Register(ctx, auth.Registration{Username: "ann", Password: goodPassword, Invite: invite})
	note(err)
	_, err = w.AuthenticateKey(ctx, key, "2")
	note(err)
	_, err = w.Authenticate(ctx, in.AccessToken+"x")
	note(err)
	_, err = w.Refresh(ctx, in.RefreshToken) // reused
	note(err)
	if err := w.ChangePassword(ctx, actorOf(in), goodPassword, secrets["new password"]); err != nil {
		t.Fatal(err)
	}
	w.upkeep()
	if !strings.Contains(w.log.String(), "reused") {
		t.Error("the reuse of a token is not logged")
	}

	written := ""
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(w.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		written += string(b)
	}
	if !strings.Contains(written, "argon2id") {
		t.Fatal("this is not where things are stored")
	}
	for name, secret := range secrets {
		for place, content := range map[string]string{"log": w.log.String(), "database": written, "errors": texts.String()} {
			if strings.Contains(content, secret) {
				t.Errorf("the %s is in the %s", name, place)
			}
		}
	}
}
