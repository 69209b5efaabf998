package websocket

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/net/http/httpguts"
)

// Options shape a pipe. A zero field takes its default.
type Options struct {
	Subprotocols []string      // the server's preference, best first; none of them is no reason to refuse
	MaxFrame     int           // bytes of one reassembled message from the client; 256 KiB
	PingEvery    time.Duration // 20 s
	IdleTimeout  time.Duration // a client that sends nothing, not even a pong, for so long is gone; 40 s
	WriteTimeout time.Duration // for one Write, however many frames it has; 10 s
}

func (o Options) withDefaults() Options {
	o.MaxFrame = cmp.Or(o.MaxFrame, 256<<10)
	o.PingEvery = cmp.Or(o.PingEvery, 20*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 40*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	return o
}

// Upgrade answers the opening handshake of RFC 6455, section 4.2, and takes
// the connection away from net/http, so the handler may return at once. The
// headers already set on w go out with the answer. On an error the request
// has been answered and there is no Conn.
//
// Whether this client may connect (its Origin, its token) is decided by the
// caller, before.
func Upgrade(w http.ResponseWriter, r *http.Request, opts Options) (*Conn, error) {
	if no := refusal(r); no != nil {
		no.write(w)
		return nil, fmt.Errorf("websocket: upgrade: %s", no.reason)
	}
	opts = opts.withDefaults()
	upgrader := ws.HTTPUpgrader{Timeout: opts.WriteTimeout, Header: w.Header()}
	chosen := choose(opts.Subprotocols, r.Header.Values("Sec-WebSocket-Protocol"))
	if chosen != "" {
		upgrader.Protocol = func(offered string) bool { return offered == chosen }
	}
	nc, rw, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		if nc != nil {
			nc.Close()
		}
		return nil, fmt.Errorf("websocket: upgrade: %w", err)
	}
	boundSending(nc)
	c := newConn(nc, early(rw.Reader), opts)
	c.subprotocol, c.remote = chosen, r.RemoteAddr
	return c, nil
}

// sendBuffer is how much the system may hold for a client that does not read
// (Linux doubles it). Left to itself it holds up to 4 MiB: so much would lie
// between a client that is cut off and the word that says why.
const sendBuffer = 128 << 10

func boundSending(nc net.Conn) {
	if b, ok := inner(nc).(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = b.SetWriteBuffer(sendBuffer) // fails only on a connection that is over
	}
}

// early is what the client sent behind its handshake without waiting for the
// answer: net/http has read it already.
func early(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered()) // what is buffered can be peeked
	return b
}

// choose returns the first of the server's subprotocols that the client
// offers, or "".
func choose(preferred, headers []string) string {
	var offered []string
	for _, h := range headers {
		for token := range strings.SplitSeq(h, ",") {
			offered = append(offered, strings.TrimSpace(token))
		}
	}
	i := slices.IndexFunc(preferred, func(p string) bool { return slices.Contains(offered, p) })
	if i < 0 {
		return ""
	}
	return preferred[i]
}

// refused is a request that cannot become a WebSocket.
type refused struct {
	status int
	reason string
}

// refusal says what is wrong with an opening handshake. It is checked before
// the connection is taken from net/http, so that the answer is an ordinary one
// with the headers of the middleware.
func refusal(r *http.Request) *refused {
	switch {
	case r.Method != http.MethodGet:
		return &refused{http.StatusMethodNotAllowed, "a WebSocket is opened with GET"}
	case !r.ProtoAtLeast(1, 1):
		return &refused{http.StatusHTTPVersionNotSupported, "a WebSocket needs HTTP/1.1"}
	case !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade"),
		!strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return &refused{http.StatusUpgradeRequired, "this address speaks WebSocket"}
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return &refused{http.StatusUpgradeRequired, "only version 13 of WebSocket is spoken here"}
	case !validKey(r.Header.Get("Sec-WebSocket-Key")):
		return &refused{http.StatusBadRequest, "Sec-WebSocket-Key is not 16 bytes in base64"}
	}
	return nil
}

func validKey(key string) bool {
	nonce, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(nonce) == 16
}

func (no *refused) write(w http.ResponseWriter) {
	switch no.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodGet)
	case http.StatusUpgradeRequired:
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Sec-WebSocket-Version", "13")
	}
	http.Error(w, no.reason, no.status)
}
