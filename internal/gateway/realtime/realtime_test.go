package realtime_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/realtime"
	"parley/internal/sanitize"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a world behind an HTTP server.
type site struct {
	*gatewaytest.World
	url string
}

func open(t *testing.T) *site {
	w, done := gatewaytest.NewWorld(gateway.Config{})
	w.Token("ann", gatewaytest.As(gatewaytest.Ann))
	server := httptest.NewServer(realtime.New(realtime.Config{
		Server: w.Server, CursorKey: []byte("key"), Log: slog.New(slog.DiscardHandler),
		Mapper: chatapi.Mapper{Mode: sanitize.None},
		Credentials: func(r *http.Request) (gateway.Identity, error) {
			return w.Authenticate(r.Context(), r.URL.Query().Get("token"))
		},
	}))
	t.Cleanup(func() {
		done()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &site{w, server.URL}
}

func get(t *testing.T, url string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

const eventStream = "text/event-stream"

func TestWhoMayNotIsToldInTheEnvelope(t *testing.T) {
	s := open(t)
	for name, tc := range map[string]struct {
		url    string
		header []string
		status int
		code   string
	}{
		"no such token":    {"?token=bad", []string{"Accept", eventStream}, http.StatusUnauthorized, "token_invalid"},
		"neither":          {"?token=ann", []string{"Accept", "text/html"}, http.StatusBadRequest, "validation_failed"},
		"bad cursors":      {"?token=ann&cursors=7", []string{"Accept", eventStream}, http.StatusBadRequest, "validation_failed"},
		"socket, no token": {"", []string{"Upgrade", "websocket", "Connection", "Upgrade"}, http.StatusUnauthorized, "token_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			resp := get(t, s.url+tc.url, tc.header...)
			var body struct {
				Success *bool
				Error   string
				Code    string
			}
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.status || body.Code != tc.code || body.Success == nil || *body.Success || body.Error == "" {
				t.Errorf("%d %+v, want %d %s", resp.StatusCode, body, tc.status, tc.code)
			}
		})
	}
}

func TestOverAWebSocket(t *testing.T) {
	s := open(t)
	dialer := ws.Dialer{Protocols: []string{"other", "parley.v1"}}
	conn, early, hs, err := dialer.Dial(t.Context(), "ws"+strings.TrimPrefix(s.url, "http")+"?token=ann")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if hs.Protocol != "parley.v1" {
		t.Errorf("the subprotocol is %q", hs.Protocol)
	}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	in := struct {
		io.Reader
		io.Writer
	}{conn, conn}
	if early != nil { // the first frame came with the handshake
		in.Reader = io.MultiReader(early, conn)
	}
	read := func() string {
		t.Helper()
		b, err := wsutil.ReadServerText(in)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := read(); !strings.HasPrefix(got, `{"type":"ready","userId":1,`) {
		t.Errorf("got %s", got)
	}
	for _, frame := range []string{`{"type":"hello"}`, `{"type":"send","id":1,"conversationId":1,"content":"hi"}`} {
		if err := wsutil.WriteClientText(in, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	both := read() + read() // the ack and the event, whichever comes first
	if !strings.Contains(both, `{"type":"ack","id":1,`) || !strings.Contains(both, `{"type":"event","conversationId":1,"rev":3,`) {
		t.Errorf("got %s", both)
	}
}

// events is a client of the event stream.
type events struct {
	t    *testing.T
	body *bufio.Reader
}

// next reads one event, its lines joined.
func (e *events) next() string {
	e.t.Helper()
	var event strings.Builder
	for {
		line, err := e.body.ReadString('\n')
		if err != nil {
			e.t.Fatalf("%q, %v", event.String(), err)
		}
		if line == "\n" {
			return event.String()
		}
		event.WriteString(line)
	}
}

func (s *site) events(t *testing.T, query string, header ...string) *events {
	t.Helper()
	resp := get(t, s.url+"?token=ann"+query, append(header, "Accept", "application/json;q=0.1, text/event-stream;q=0.9")...)
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != eventStream {
		t.Fatalf("%d %s", resp.StatusCode, got)
	}
	return &events{t, bufio.NewReader(resp.Body)}
}

func TestAsEventStream(t *testing.T) {
	s := open(t)
	e := s.events(t, "&cursors="+url.QueryEscape(`{"1":1,"user":"1"}`))
	if got := e.next(); !strings.Contains(got, `data: {"type":"ready"`) {
		t.Errorf("got %s", got)
	}
	if got := e.next(); !strings.Contains(got, `"rev":2,"event":"participant.added"`) {
		t.Errorf("got %s", got)
	}
	s.Say(gatewaytest.Team, gatewaytest.Bob, "one")
	last := e.next()
	if !strings.Contains(last, `"content":"one"`) {
		t.Errorf("got %s", last)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(last, "id: "), "\n")

	s.Say(gatewaytest.Team, gatewaytest.Bob, "two")
	again := s.events(t, "&cursors="+url.QueryEscape(`{"1":1}`), "Last-Event-ID", id)
	again.next()
	if got := again.next(); !strings.Contains(got, `"content":"two"`) {
		t.Errorf("got %s", got)
	}
}

func TestAnEventStreamEndsInGoodOrder(t *testing.T) {
	s := open(t)
	e := s.events(t, "")
	e.next()
	s.Bus.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: gatewaytest.Ann})
	if got := e.next(); !strings.Contains(got, `"type":"bye"`) {
		t.Errorf("got %s", got)
	}
	if _, err := e.body.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the body ends with %v", err)
	}
}
