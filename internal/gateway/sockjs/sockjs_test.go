package sockjs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"parley/internal/gateway"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// server is a SockJS server whose sessions echo. "close" closes them.
type server struct {
	*httptest.Server
	t     *testing.T
	ended chan error // why each session was over
	conns chan gateway.Conn
}

const origin = "https://pages.example.com"

func serve(t *testing.T, lonely time.Duration, most int) *server {
	s := &server{t: t, ended: make(chan error, 16), conns: make(chan gateway.Conn, 16)}
	var running sync.WaitGroup
	h := &handler{Config{
		Prefix: "/chat", Subprotocols: []string{"v12.stomp", "v11.stomp"}, Origins: []string{origin}, MaxMessage: 1 << 20,
		Open: func(*http.Request) func(gateway.Conn) {
			running.Add(1)
			return func(c gateway.Conn) {
				defer running.Done()
				s.conns <- c
				s.ended <- echo(c)
			}
		},
	}, newSessions(most, lonely)}
	s.Server = httptest.NewServer(h)
	t.Cleanup(func() {
		s.Server.CloseClientConnections()
		s.Close()
		running.Wait()
	})
	return s
}

// echo reads on while it writes, as sessions do.
func echo(c gateway.Conn) error {
	said := make(chan []byte, 100)
	var writing sync.WaitGroup
	writing.Go(func() {
		for m := range said {
			_ = c.Write([][]byte{m}) // if it fails, so does Read
		}
	})
	defer writing.Wait()
	defer c.Close(1011, "")
	defer close(said)
	for {
		m, err := c.Read()
		if err != nil {
			return err
		}
		if string(m) == "close" {
			c.Close(3000, "Go away!")
			continue
		}
		said <- bytes.Clone(m)
	}
}

// ask makes a request and returns the open answer.
func (s *server) ask(ctx context.Context, method, path, body string, headers ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}

// want fails unless the whole answer is as wanted.
func (s *server) want(method, path, body string, status int, answer string) http.Header {
	s.t.Helper()
	res := s.ask(s.t.Context(), method, path, body)
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || string(got) != answer {
		s.t.Errorf("%s %s: %d %q, %v; want %d %q", method, path, res.StatusCode, got, err, status, answer)
	}
	return res.Header
}

func TestPlainAnswers(t *testing.T) {
	s := serve(t, lonely, 10)
	for _, path := range []string{"/chat", "/chat/"} {
		h := s.want("GET", path, "", 200, "Welcome to SockJS!\n")
		if h.Get("Content-Type") != "text/plain; charset=UTF-8" {
			t.Errorf("%s is %q", path, h.Get("Content-Type"))
		}
	}
	for _, path := range []string{
		"/chat/a", "/chat/a.html", "/chat//", "/chat///", "/chat/a/a", "/chat/a/a/", "/chat/a/a/a", "/chat/a/a/jsonp", "/chat/a/a/htmlfile",
		"/chat/iframe.html", "/chat//a/xhr", "/chat/a//xhr", "/chat/a.b/c/xhr", "/chat/a/b.c/xhr", "/chat/a/b/xhr/", "/chat/a/b/c/xhr",
		"/chat/a/" + strings.Repeat("x", maxName+1) + "/xhr",
	} {
		if res := s.ask(t.Context(), "POST", path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for path, method := range map[string]string{"xhr": "GET", "xhr_streaming": "PUT", "xhr_send": "GET", "eventsource": "POST", "websocket": "POST"} {
		if res := s.ask(t.Context(), method, "/chat/0/m/"+path, ""); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
			t.Errorf("%s %s: %d, Allow %q", method, path, res.StatusCode, res.Header.Get("Allow"))
		}
	}
	s.want("GET", "/chat/0/w/websocket", "", 400, "Can \"Upgrade\" only to \"WebSocket\".\n")
	if res := s.ask(t.Context(), "GET", "/chat/0/w/websocket", "", "Upgrade", "WebSocket", "Connection", "close"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("half an upgrade: %d", res.StatusCode)
	}
}

func TestInfo(t *testing.T) {
	s := serve(t, lonely, 10)
	seen := map[string]bool{}
	for range 3 {
		res := s.ask(t.Context(), "GET", "/chat/info?token=x&t=1", "", "Origin", origin)
		b, _ := io.ReadAll(res.Body)
		seen[string(b)] = true
		if !strings.HasPrefix(string(b), `{"websocket":true,"origins":["*:*"],"cookie_needed":false,"entropy":`) {
			t.Errorf("info is %s", b)
		}
		h := res.Header
		if h.Get("Access-Control-Allow-Origin") != origin || h.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(h.Get("Cache-Control"), "no-store") {
			t.Errorf("headers %v", h)
		}
	}
	if len(seen) != 3 {
		t.Error("the entropy stays the same")
	}
	if res := s.ask(t.Context(), "GET", "/chat/info", "", "Origin", "https://evil.example.com"); res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("foreign pages may read")
	}
	for path, methods := range map[string]string{"/chat/info": "OPTIONS, GET", "/chat/0/a/xhr": "OPTIONS, POST", "/chat/0/a/xhr_send": "OPTIONS, POST", "/chat/0/a/eventsource": "OPTIONS, GET"} {
		res := s.ask(t.Context(), "OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Headers", "a, b")
		h := res.Header
		if res.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Methods") != methods || h.Get("Access-Control-Max-Age") != "31536000" ||
			h.Get("Cache-Control") != "public, max-age=31536000" || h.Get("Expires") == "" || h.Get("Access-Control-Allow-Headers") != "a, b" {
			t.Errorf("%s: %d %v", path, res.StatusCode, h)
		}
	}
}

func TestPolling(t *testing.T) {
	s := serve(t, lonely, 10)
	h := s.want("POST", "/chat/000/p/xhr", "", 200, "o\n")
	if h.Get("Content-Type") != "application/javascript; charset=UTF-8" || !strings.Contains(h.Get("Cache-Control"), "no-transform") {
		t.Errorf("headers %v", h)
	}
	// The server's part is for balancers; the session is the same.
	if h := s.want("POST", "/chat/other/p/xhr_send", `["a","b"]`, 204, ""); h.Get("Content-Type") != "text/plain; charset=UTF-8" {
		t.Errorf("headers %v", h)
	}
	s.want("POST", "/chat/000/p/xhr", "", 200, "a[\"a\"]\n")
	s.want("POST", "/chat/000/p/xhr", "", 200, "a[\"b\"]\n")
	s.want("POST", "/chat/000/p/xhr_send", "[]", 204, "")
	s.want("POST", "/chat/000/p/xhr_send", "", 500, "Payload expected.\n")
	for _, broken := range []string{`["x`, `[1]`, `{}`, `"x"`, `null`, `["a"] x`} {
		s.want("POST", "/chat/000/p/xhr_send", broken, 500, brokenJSON+"\n")
	}
	s.want("POST", "/chat/000/unknown/xhr_send", `["x"]`, 404, "404 page not found\n")
	if res := s.ask(t.Context(), "POST", "/chat/000/p/xhr_send", `["`+strings.Repeat("x", maxPayload)+`"]`); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too much: %d", res.StatusCode)
	}
	s.want("POST", "/chat/000/p/xhr_send", `["close"]`, 204, "")
	for range 2 {
		s.want("POST", "/chat/000/p/xhr", "", 200, "c[3000,\"Go away!\"]\n")
	}
	s.want("POST", "/chat/000/p/xhr_send", `["x"]`, 404, "")
}

// lines reads an answer that goes on.
type lines struct {
	*bufio.Reader
	t *testing.T
}

func (l lines) want(want string) {
	l.t.Helper()
	if got, err := l.ReadString('\n'); got != want {
		l.t.Fatalf("got %.100q, %v, want %.100q", got, err, want)
	}
}

func (s *server) stream(path string) (lines, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	method := "POST"
	if strings.HasSuffix(path, "eventsource") {
		method = "GET"
	}
	return lines{bufio.NewReader(s.ask(ctx, method, path, "").Body), s.t}, cancel
}

var prelude = strings.Repeat("h", 2048) + "\n"

func TestStreaming(t *testing.T) {
	s := serve(t, lonely, 10)
	l, _ := s.stream("/chat/0/s/xhr_streaming")
	l.want(prelude)
	l.want("o\n")
	s.want("POST", "/chat/0/s/xhr_send", `["a","\ud83d\udc4d \u2028"]`, 204, "")
	l.want("a[\"a\"]\n")
	l.want("a[\"👍 \\u2028\"]\n")
	second, _ := s.stream("/chat/0/s/xhr_streaming")
	second.want(prelude)
	second.want("c[2010,\"Another connection still open\"]\n")
	long := strings.Repeat("x", maxStream)
	s.want("POST", "/chat/0/s/xhr_send", `["`+long+`"]`, 204, "")
	l.want("a[\"" + long + "\"]\n")
	if _, err := l.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the answer goes on: %v", err)
	}
	s.want("POST", "/chat/0/s/xhr_send", `["back"]`, 204, "")
	back, _ := s.stream("/chat/0/s/xhr_streaming")
	back.want(prelude)
	back.want("a[\"back\"]\n")
	s.want("POST", "/chat/0/s/xhr_send", `["close"]`, 204, "")
	back.want("c[3000,\"Go away!\"]\n")
}

func TestEventSource(t *testing.T) {
	s := serve(t, lonely, 10)
	l, _ := s.stream("/chat/0/e/eventsource")
	for _, want := range []string{"\r\n", "data: o\r\n", "\r\n"} {
		l.want(want)
	}
	s.want("POST", "/chat/0/e/xhr_send", `["x\r\n\u0000y"]`, 204, "")
	l.want("data: a[\"x\\u000d\\n\\u0000y\"]\r\n")
}

func TestABrokenRequestEndsTheSession(t *testing.T) {
	s := serve(t, lonely, 10)
	l, cancel := s.stream("/chat/0/b/xhr_streaming")
	l.want(prelude)
	l.want("o\n")
	cancel()
	if err := <-s.ended; !errors.Is(err, errInterrupted) {
		t.Errorf("ended with %v", err)
	}
	s.want("POST", "/chat/0/b/xhr", "", 200, "c[1002,\"Connection interrupted\"]\n")
}

func TestASessionDiesAlone(t *testing.T) {
	s := serve(t, 30*time.Millisecond, 1)
	s.want("POST", "/chat/0/one/xhr", "", 200, "o\n")
	if res := s.ask(t.Context(), "POST", "/chat/0/two/xhr", ""); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one session too many: %d", res.StatusCode)
	}
	if err := <-s.ended; !errors.Is(err, errAlone) {
		t.Errorf("ended with %v", err)
	}
	for { // it is forgotten a moment later
		res := s.ask(t.Context(), "POST", "/chat/0/one/xhr", "")
		if b, _ := io.ReadAll(res.Body); string(b) == "o\n" {
			break
		}
	}
}

// early is a connection with what came along with the handshake.
type early struct {
	net.Conn
	r io.Reader
}

func (e early) Read(p []byte) (int, error) { return e.r.Read(p) }

func dial(t *testing.T, url string, protocols ...string) (net.Conn, string) {
	t.Helper()
	c, br, hs, err := ws.Dialer{Protocols: protocols}.Dial(t.Context(), strings.Replace(url, "http", "ws", 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if br != nil {
		c = early{c, br}
	}
	return c, hs.Protocol
}

func wantText(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got, op, err := wsutil.ReadServerData(c)
	if err != nil || string(got) != want || op != ws.OpText {
		t.Fatalf("got %q %v, %v, want %q", got, op, err, want)
	}
}

func TestWebSocket(t *testing.T) {
	s := serve(t, lonely, 10)
	c, _ := dial(t, s.URL+"/chat/0/w/websocket?token=x")
	wantText(t, c, "o")
	for _, sent := range []string{``, `[]`, `["a"]`, `"b"`, `["c","d"]`} {
		if err := wsutil.WriteClientText(c, []byte(sent)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a", "b", "c", "d"} {
		wantText(t, c, `a["`+want+`"]`)
	}
	if err := wsutil.WriteClientText(c, []byte(`["close"]`)); err != nil {
		t.Fatal(err)
	}
	wantText(t, c, `c[3000,"Go away!"]`)
	var closed wsutil.ClosedError
	if _, _, err := wsutil.ReadServerData(c); !errors.As(err, &closed) || closed.Code != 3000 {
		t.Errorf("ended with %v", err)
	}
	if err := <-s.ended; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}

	broken, _ := dial(t, s.URL+"/chat/0/w/websocket")
	wantText(t, broken, "o")
	if err := wsutil.WriteClientText(broken, []byte(`["a`)); err != nil {
		t.Fatal(err)
	}
	if got, _, err := wsutil.ReadServerData(broken); !errors.As(err, &closed) {
		t.Errorf("broken JSON got %q, %v", got, err)
	}
	if err := <-s.ended; !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

func TestRawWebSocket(t *testing.T) {
	s := serve(t, lonely, 10)
	for _, path := range []string{"/chat", "/chat/websocket"} {
		c, protocol := dial(t, s.URL+path, "v10.stomp", "v11.stomp", "v12.stomp")
		if protocol != "v12.stomp" {
			t.Errorf("%s speaks %q", path, protocol)
		}
		if err := wsutil.WriteClientBinary(c, []byte("as it is")); err != nil {
			t.Fatal(err)
		}
		wantText(t, c, "as it is")
	}
}

// A client that does not read holds up nobody: Close ends the write to it.
func TestCloseEndsAWriteToWhoDoesNotRead(t *testing.T) {
	s := serve(t, lonely, 10)
	for _, path := range []string{"xhr", "xhr_streaming", "eventsource"} {
		t.Run(path, func(t *testing.T) {
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			request := func() {
				method := map[bool]string{true: "GET", false: "POST"}[path == "eventsource"]
				fmt.Fprintf(c, "%s /chat/0/slow-%s/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", method, path, path)
			}
			request()
			if path == "xhr" { // the first answer was "o"
				if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
					t.Fatal(err)
				}
				request()
			}
			conn := <-s.conns
			wrote := make(chan error, 1)
			huge := [][]byte{[]byte(strings.Repeat("x", 12<<20))}
			go func() { wrote <- conn.Write(huge) }()
			select {
			case err := <-wrote:
				t.Fatalf("the write is over: %v", err)
			case <-time.After(200 * time.Millisecond):
			}
			begun := time.Now()
			conn.Close(4408, "slow")
			if err := <-wrote; err == nil || time.Since(begun) > 2*parting {
				t.Errorf("%v after %v", err, time.Since(begun))
			}
			<-s.ended
		})
	}
}

func TestQuoting(t *testing.T) {
	for in, want := range map[string]string{
		"":                    `""`,
		"a\"\\\n\r\x00\x1f":   `"a\"\\\n\u000d\u0000\u001f"`,
		"é 👍 <&>":             `"é 👍 <&>"`,
		"\u200d\u2028\ufffe":  `"\u200d\u2028\ufffe"`,
		"bad \xff\xc3":        `"bad \ufffd\ufffd"`,
		"\u2060x\u206f\ufff0": `"\u2060x\u206f\ufff0"`,
	} {
		if got := string(quote(nil, []byte(in))); got != want {
			t.Errorf("%q became %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		`["\ud83d"]`:               "\xed\xa0\xbd",
		`["\udc4d x"]`:             "\xed\xb1\x8d x",
		`["\ud83d\udc4d"]`:         "👍",
		`["\ud83d\ud83d\udc4d"]`:   "\xed\xa0\xbd👍",
		`["\ud83d\u0041"]`:         "\xed\xa0\xbdA",
		` ["\b\f\n\r\t\/\\\"" ] `:  "\b\f\n\r\t/\\\"",
		"[\"\\ud83d\\\"\\u0000\"]": "\xed\xa0\xbd\"\x00",
	} {
		got, err := decode([]byte(in))
		if err != nil || len(got) != 1 || string(got[0]) != want {
			t.Errorf("%s is %q, %v, want %q", in, got, err, want)
		}
	}
	if _, err := decode([]byte("[" + strings.Repeat(`"",`, maxMessages) + `""]`)); err == nil {
		t.Error("too many messages at once are read")
	}
}

// Whatever a client sends is messages or an error; what was read can be written and
// read again.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{`["a","b"]`, `"x"`, `[]`, `["\ud83d","\udc4d"]`, `["\u0000\n\\"]`, `[1]`, `["`, `null`, "[\"\xff\"]", ` [ "a" , "b" ] `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		messages, err := decode(payload)
		if err != nil || len(messages) == 0 {
			return
		}
		again, err := decode(encode(nil, messages)[1:])
		if err != nil || len(again) != len(messages) {
			t.Fatalf("%q was written and read as %q, %v", messages, again, err)
		}
		for i, m := range messages {
			if want := strings.ToValidUTF8(string(m), "\ufffd"); strings.ToValidUTF8(string(again[i]), "\ufffd") == "" && want != "" {
				t.Fatalf("%q became %q", m, again[i])
			}
		}
	})
}
