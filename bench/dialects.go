package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// dialect is a protocol to measure, each over a WebSocket.
type dialect struct {
	name string
	open func(ctx context.Context, base, token string) (*conn, error)
	// send sends the nth message; what its acknowledgement is, isAck knows.
	send      func(c *conn, n int, conversation int64, content string) error
	isMessage func(frame) bool
	isAck     func(frame) bool

	rate, calm, full, memory string // targets of S2 and S3
}

var native = dialect{
	name: "native",
	open: func(ctx context.Context, base, token string) (*conn, error) { return dial(ctx, base, token, nil) },
	send: func(c *conn, n int, conversation int64, content string) error {
		return c.send(sendFrame(fmt.Sprint("f", n), conversation, content))
	},
	isMessage: frame.isMessage,
	isAck:     func(f frame) bool { return f.kind() == "ack" },
	rate:      "≥ 900,000", calm: "≤ 9 µs", full: "≤ 1.0 µs", memory: "≤ 9 KiB",
}

var stomp = dialect{
	name: "STOMP",
	open: openSTOMP,
	send: func(c *conn, n int, conversation int64, content string) error {
		b, err := json.Marshal(map[string]any{"conversationId": conversation, "content": content, "tempId": fmt.Sprint("f", n)})
		if err != nil {
			return err
		}
		return c.write(fmt.Appendf(nil, "SEND\ndestination:/app/chat.send\nreceipt:f%d\n\n%s\x00", n, b))
	},
	isMessage: func(f frame) bool { return bytes.HasPrefix(f, []byte("MESSAGE\n")) },
	isAck:     func(f frame) bool { return bytes.HasPrefix(f, []byte("RECEIPT\n")) },
	rate:      "≥ 700,000", calm: "", full: "≤ 1.3 µs", memory: "≤ 14 KiB",
}

var socketIO = dialect{
	name: "Socket.IO",
	open: openSocketIO,
	send: func(c *conn, n int, conversation int64, content string) error {
		b, err := json.Marshal([]any{"send-message", map[string]string{
			"conversation_id": strconv.FormatInt(conversation, 10), "content": content, "client_id": fmt.Sprint("f", n),
		}})
		if err != nil {
			return err
		}
		return c.write(fmt.Appendf(nil, "42%d%s", n, b))
	},
	isMessage: func(f frame) bool { return bytes.HasPrefix(f, []byte(`42["new-message"`)) },
	isAck:     func(f frame) bool { return bytes.HasPrefix(f, []byte("43")) },
	rate:      "≥ 700,000", calm: "", full: "≤ 1.3 µs", memory: "≤ 14 KiB",
}

// openSocket opens a WebSocket of somebody who says later who he is.
func openSocket(ctx context.Context, base, path string, protocols ...string) (*conn, error) {
	d := ws.Dialer{Timeout: 10 * time.Second, Protocols: protocols, Header: ws.HandshakeHeaderHTTP(http.Header{})}
	c, early, _, err := d.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+path)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return newConn(c, early), nil
}

// openSTOMP connects and subscribes to the messages.
func openSTOMP(ctx context.Context, base, token string) (*conn, error) {
	c, err := openSocket(ctx, base, "/ws/chat", "v12.stomp")
	if err != nil {
		return nil, err
	}
	for _, step := range []struct{ say, wait string }{
		{"CONNECT\naccept-version:1.2\nhost:bench\nheart-beat:0,0\nAuthorization:Bearer " + token + "\n\n\x00", "CONNECTED\n"},
		{"SUBSCRIBE\nid:m\ndestination:/user/queue/chat/messages\nreceipt:m\n\n\x00", "RECEIPT\n"},
	} {
		if err := c.write([]byte(step.say)); err != nil {
			return nil, err
		}
		if err := c.expect(step.wait); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// openSocketIO connects and authenticates.
func openSocketIO(ctx context.Context, base, token string) (*conn, error) {
	c, err := openSocket(ctx, base, "/socket.io/?EIO=4&transport=websocket")
	if err != nil {
		return nil, err
	}
	c.pings = true
	if err := c.expect("0"); err != nil {
		return nil, err
	}
	if err := c.write([]byte(`40{"token":"` + token + `"}`)); err != nil {
		return nil, err
	}
	return c, c.expect(`42["authenticated"`)
}

// expect reads until a frame begins with something.
func (c *conn) expect(beginning string) error {
	for {
		f, err := c.next()
		if err != nil {
			return fmt.Errorf("waiting for %q: %w", beginning, err)
		}
		if bytes.HasPrefix(f, []byte(beginning)) {
			return nil
		}
	}
}

func (c *conn) write(text []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return wsutil.WriteClientText(c.Conn, text)
}
