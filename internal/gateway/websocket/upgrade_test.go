package websocket

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	netws "golang.org/x/net/websocket"
)

const handshake = "GET /api/realtime HTTP/1.1\r\nHost: parley.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// dialRaw sends request as it is.
func dialRaw(t *testing.T, addr, request string) (*client, *http.Response) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	c := &client{t, nc, bufio.NewReader(nc)}
	c.send([]byte(request), len(request))
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, res
}

func TestHandshake(t *testing.T) {
	c, res := dialRaw(t, serve(t, Options{}, echo), handshake+"\r\n")
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(res.Status)
	}
	// RFC 6455, section 1.3
	if got := res.Header.Get("Sec-WebSocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("Sec-WebSocket-Accept: %s", got)
	}
	c.send(text("hello"), 64)
	c.want("text:hello")
}

func TestRefusals(t *testing.T) {
	addr := serve(t, Options{}, echo)
	for name, test := range map[string]struct {
		from, to string // what is wrong with the handshake
		status   int
		header   string
	}{
		"method":     {"GET", "PUT", 405, "Allow: GET"},
		"HTTP/1.0":   {"HTTP/1.1", "HTTP/1.0", 505, ""},
		"plain GET":  {"Upgrade: WebSocket\r\n", "", 426, "Upgrade: websocket"},
		"connection": {"keep-alive, Upgrade", "keep-alive", 426, "Upgrade: websocket"},
		"version 8":  {"Version: 13", "Version: 8", 426, "Sec-Websocket-Version: 13"},
		"no version": {"Sec-WebSocket-Version: 13\r\n", "", 426, "Sec-Websocket-Version: 13"},
		"no key":     {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400, ""},
		"short key":  {"dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", 400, ""},
		"bad key":    {"dGhlIHNhbXBsZSBub25jZQ==", "!!!!!!!!!!!!!!!!!!!!!!!!", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := dialRaw(t, addr, strings.Replace(handshake, test.from, test.to, 1)+"\r\n")
			if res.StatusCode != test.status {
				t.Errorf("status %s, want %d", res.Status, test.status)
			}
			if key, want, ok := strings.Cut(test.header, ": "); ok && res.Header.Get(key) != want {
				t.Errorf("%s: %q", key, res.Header.Get(key))
			}
		})
	}
}

func TestUpgradeNeedsAConnection(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, line := range strings.Split(handshake, "\r\n")[2:6] {
		key, value, _ := strings.Cut(line, ": ")
		r.Header.Set(key, value)
	}
	w := httptest.NewRecorder()
	if c, err := Upgrade(w, r, Options{}); err == nil || c != nil || w.Code != 500 {
		t.Errorf("Upgrade: %v, %v, status %d", c, err, w.Code)
	}
}

func TestSubprotocolIsTheServersChoice(t *testing.T) {
	opts := Options{Subprotocols: []string{"v12.stomp", "v11.stomp", "v10.stomp"}}
	addr := serve(t, opts, func(c *Conn) { c.Write([][]byte{[]byte(c.Subprotocol())}) })
	for offered, want := range map[string]string{
		"":                        "",
		"mqtt":                    "",
		"v10.stomp":               "v10.stomp",
		"v10.stomp, v11.stomp":    "v11.stomp",
		"v10.stomp,v12.stomp,foo": "v12.stomp",
		"V12.STOMP":               "",
	} {
		request := handshake + "\r\n"
		if offered != "" {
			request = handshake + "Sec-WebSocket-Protocol: " + offered + "\r\n\r\n"
		}
		c, res := dialRaw(t, addr, request)
		if got := res.Header.Get("Sec-WebSocket-Protocol"); got != want {
			t.Errorf("offered %q: answered %q, want %q", offered, got, want)
		}
		c.want("text:" + want)
	}
}

// Headers that a middleware has set, and the address it believes in, hold for
// the upgraded connection too.
func TestUpgradeKeepsWhatTheMiddlewareSet(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r1")
		r.RemoteAddr = "192.0.2.7:4711"
		c, err := Upgrade(w, r, Options{})
		if err != nil {
			return
		}
		c.Write([][]byte{[]byte(c.RemoteAddr())})
		c.Close(1000, "")
	}))
	defer srv.Close()
	addr := strings.TrimPrefix(srv.URL, "http://")
	c, res := dialRaw(t, addr, handshake+"\r\n")
	if got := res.Header.Get("X-Request-Id"); got != "r1" {
		t.Errorf("X-Request-Id: %q", got)
	}
	c.want("text:192.0.2.7:4711", "close:1000")
	c.wantHangUp()
	if _, res := dialRaw(t, addr, "GET / HTTP/1.1\r\nHost: parley.test\r\n\r\n"); res.Header.Get("X-Request-Id") != "r1" {
		t.Error("a refusal has lost the headers")
	}
}

// A client may write right behind its handshake; net/http has then read that
// before the connection is hijacked.
func TestNothingSentEarlyIsLost(t *testing.T) {
	addr := serve(t, Options{}, echo)
	for _, sizes := range [][]int{{5}, {0, 1, 2}, {300, 300, 300}, {3000}, {100, 20000, 7}} {
		request := handshake + "\r\n"
		var want []string
		for _, size := range sizes {
			payload := strings.Repeat("e", size)
			request += string(text(payload))
			want = append(want, "text:"+payload)
		}
		c, _ := dialRaw(t, addr, request)
		c.want(want...)
	}
}

func TestAnotherLibrarysClient(t *testing.T) {
	addr := serve(t, Options{Subprotocols: []string{"parley.v1"}}, echo)
	conn, err := netws.Dial("ws://"+addr+"/", "parley.v1", "http://"+addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, size := range []int{0, 1, 125, 126, 70000, 200000} {
		sent := strings.Repeat("ö", size/2)
		var got string
		if err := netws.Message.Send(conn, sent); err != nil {
			t.Fatal(err)
		}
		if err := netws.Message.Receive(conn, &got); err != nil || got != sent {
			t.Fatalf("%d bytes came back as %d, %v", len(sent), len(got), err)
		}
	}
}

func TestOverTLS(t *testing.T) {
	done := make(chan struct{})
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Upgrade(w, r, Options{})
		if err != nil {
			t.Error(err)
			return
		}
		go func() { echo(c); c.Wait(); close(done) }()
	}))
	defer srv.Close()
	dialer := ws.Dialer{TLSConfig: &tls.Config{InsecureSkipVerify: true}}
	nc, _, _, err := dialer.Dial(t.Context(), "wss"+strings.TrimPrefix(srv.URL, "https"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(patience))
	c := &client{t, nc, bufio.NewReader(nc)}
	for _, size := range []int{1, 500, 70000} {
		c.send(text(strings.Repeat("s", size)), 1<<20)
		c.want("text:" + strings.Repeat("s", size))
	}
	c.send(goodbyeFrame(1000, ""), 64)
	c.want("close:1000")
	if _, err := c.in.ReadByte(); err != io.EOF {
		t.Errorf("after the close frame: %v", err)
	}
	nc.Close()
	<-done
}

func ExampleUpgrade() {
	http.HandleFunc("/api/realtime", func(w http.ResponseWriter, r *http.Request) {
		conn, err := Upgrade(w, r, Options{Subprotocols: []string{"parley.v1"}})
		if err != nil {
			return // the client has been told
		}
		go func() { // the handler returns, and net/http's buffers are free
			for {
				frame, err := conn.Read()
				if err != nil {
					return
				}
				fmt.Printf("%s\n", frame)
			}
		}()
	})
}
