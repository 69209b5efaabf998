package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// renews answers refreshes with access-2, access-3 … for as long as a token
// lasts.
func (f *fake) renews(life time.Duration) {
	n := 1
	var mu sync.Mutex
	f.on("POST /api/auth/refresh", func(r *http.Request) (int, string) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		if want := fmt.Sprintf(`{"refreshToken":"refresh-%d"}`, n); string(body) != want {
			f.t.Errorf("refreshed with %s, want %s", body, want)
			return 401, CodeTokenInvalid
		}
		n++
		return 200, fmt.Sprintf(`{"user":{"id":1},"accessToken":"access-%d","expiresIn":%d,"refreshToken":"refresh-%d"}`, n, int(life.Seconds()), n)
	})
}

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.renews(15 * time.Minute)
		used := make(chan string, 10)
		f.on("GET /api/users/me", func(r *http.Request) (int, string) { used <- token(r); return 200, `{"id":1}` })
		c := f.client()
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{59 * time.Minute, "access-1"}, {2 * time.Minute, "access-2"}, {13 * time.Minute, "access-2"}, {time.Minute, "access-3"}} {
			time.Sleep(step.after)
			if _, err := c.Me(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := <-used; got != step.want {
				t.Errorf("after %s more: %s, want %s", step.after, got, step.want)
			}
		}
	})
}

func TestManyCallsRenewOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.renews(15 * time.Minute)
		f.on("GET /api/users/me", func(r *http.Request) (int, string) {
			if token(r) == "access-1" {
				return 401, CodeTokenExpired
			}
			return 200, `{"id":1}`
		})
		c := f.client()
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				if _, err := c.Me(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if n := f.callsOf("POST /api/auth/refresh"); n != 1 {
			t.Errorf("%d refreshes, want 1", n)
		}
	})
}

// Breaking off the exchange of a refresh token would lose the session.
func TestRenewalOutlivesTheCallThatNeededIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		entered, leave := make(chan bool), make(chan bool)
		f.on("POST /api/auth/refresh", func(*http.Request) (int, string) {
			entered <- true
			<-leave
			return 200, `{"accessToken":"access-2","expiresIn":900,"refreshToken":"refresh-2"}`
		})
		c := f.client(WithTokens(Tokens{Access: "access-1", Refresh: "refresh-1"}))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { _, err := c.Me(ctx); done <- err }()
		<-entered
		cancel()
		leave <- true
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the call returns %v", err)
		}
		if got := c.Tokens().Refresh; got != "refresh-2" {
			t.Errorf("holds %s", got)
		}
	})
}

func TestSignedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := New("http://fake", WithDialer(f.dial))
		defer c.Close()
		if _, err := c.Me(t.Context()); CodeOf(err) != CodeUnauthenticated {
			t.Errorf("got %v", err)
		}
		f.on("POST /api/auth/login", func(*http.Request) (int, string) {
			return 200, `{"user":{"id":5,"username":"ann"},"accessToken":"a","expiresIn":900,"refreshToken":"r"}`
		})
		if u, err := c.Login(t.Context(), "ann", "secret"); err != nil || u.ID != 5 {
			t.Fatalf("%+v, %v", u, err)
		}
		f.on("POST /api/auth/logout", func(*http.Request) (int, string) { return 401, CodeTokenInvalid })
		if err := c.Logout(t.Context()); err != nil {
			t.Error(err)
		}
		if c.Tokens() != (Tokens{}) {
			t.Error("the tokens are still held")
		}
	})
}

func TestErrorsSayWhatTheServerSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on("GET /api/users/5", func(*http.Request) (int, string) { return 404, CodeNotFound })
		_, err := f.client().User(t.Context(), 5)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		if want := (Error{404, CodeNotFound, "No: not_found", "f", "r-1", 0}); *e != want {
			t.Errorf("got %+v, want %+v", *e, want)
		}
		if text := err.Error(); text != "No: not_found (not_found)" {
			t.Errorf("text %q", text)
		}
	})
}

func TestStreamStaysSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.renews(15 * time.Minute)
		_, v := play(t, f, f.client(), StreamOptions{}, `"user":1`)
		ctx, pings := context.WithCancel(t.Context())
		defer pings()
		go keepAlive(ctx, v)
		for n := 2; n < 5; n++ {
			select {
			case frame := <-v.frames:
				if want := fmt.Sprintf("access-%d", n); frame["type"] != "auth" || frame["token"] != want {
					t.Errorf("got %v, want auth with %s", frame, want)
				}
			case <-time.After(2 * time.Hour):
				t.Fatal("no new token was sent")
			}
		}
	})
}

func keepAlive(ctx context.Context, v *visit) {
	for {
		select {
		case <-time.After(20 * time.Second):
			v.says(`{"type":"still-there"}`)
		case <-ctx.Done():
			return
		}
	}
}

func TestStreamComesBackWithANewToken(t *testing.T) {
	for name, dismiss := range map[string]func(f *fake, v *visit){
		"bye": func(_ *fake, v *visit) {
			v.says(`{"type":"bye","code":"unauthorized","reason":"The token has expired","reconnect":false}`)
		},
		"handshake": func(f *fake, v *visit) {
			f.mu.Lock()
			f.refuse = func(token string) *Error {
				if token == "access-1" {
					return &Error{Status: 401, Code: CodeTokenExpired}
				}
				return nil
			}
			f.mu.Unlock()
			v.cut()
		},
	} {
		for _, transport := range bothTransports {
			t.Run(name+"/"+string(transport), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFake(t)
					f.renews(15 * time.Minute)
					s, v := play(t, f, f.client(), StreamOptions{Transport: transport}, `"user":1,"7":2`)
					dismiss(f, v)
					v = f.arrival()
					if v.token != "access-2" || v.cursors["7"] != 2 {
						t.Errorf("came back with %s and %v", v.token, v.cursors)
					}
					v.says(ready(`"user":1,"7":2`))
					expect(t, s, "*client.Interruption", "*client.Ready")
				})
			})
		}
	}
}

func TestStreamEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on("POST /api/auth/refresh", func(*http.Request) (int, string) { return 401, CodeTokenInvalid })
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1`)
		v.says(`{"type":"bye","code":"unauthorized","reason":"The session was ended","reconnect":false}`)
		expect(t, s, "*client.Interruption", "error: No: token_invalid (token_invalid)")
	})
}

func TestStreamWithoutARefreshTokenEndsWithItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(WithTokens(Tokens{Access: "a"})), StreamOptions{}, `"user":1`)
		v.says(`{"type":"bye","code":"unauthorized","reason":"The token has expired","reconnect":false}`)
		if got := next(t, s); !strings.Contains(got, "The token has expired") {
			t.Errorf("got %q", got)
		}
	})
}

func TestAFirstConnectionThatFailsIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.setDown(true)
		if _, err := f.client().Stream(t.Context(), StreamOptions{}); err == nil {
			t.Error("no error although the server is down")
		}
		f.setDown(false)
		f.refuse = func(string) *Error { return &Error{Status: 401, Code: CodeTokenInvalid} }
		for _, transport := range bothTransports {
			if _, err := f.client().Stream(t.Context(), StreamOptions{Transport: transport}); CodeOf(err) != CodeTokenInvalid {
				t.Errorf("%s: got %v", transport, err)
			}
		}
	})
}

func TestAPIKeysAndTokenSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on("GET /api/users/me", func(r *http.Request) (int, string) {
			return 200, fmt.Sprintf(`{"id":1,"username":%q}`, r.Header.Get("Authorization")+r.Header.Get("X-Api-Key")+"/"+r.Header.Get("X-Act-As"))
		})
		for want, c := range map[string]*Client{
			"key-1/7":        f.client(WithAPIKey("key-1", 7)),
			"Bearer theirs/": f.client(WithTokenSource(func(context.Context) (string, error) { return "theirs", nil })),
		} {
			if u, err := c.Me(t.Context()); err != nil || u.Username != want {
				t.Errorf("%q, %v, want %q", u.Username, err, want)
			}
		}
	})
}
