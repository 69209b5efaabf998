package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// socketIOWays are the transports of Socket.IO.
var socketIOWays = []string{"Socket.IO polling", "Socket.IO websocket"}

// socketIOConn is a small client of Socket.IO.
type socketIOConn struct {
	url    string // with sid, of a polling client
	http   *http.Client
	socket io.ReadWriteCloser // nil: polling
	cancel context.CancelFunc
	ctx    context.Context
	done   sync.WaitGroup

	events chan socketIOEvent // closed when the connection is over
	pid    string

	writing sync.Mutex
	mu      sync.Mutex
	asked   int
	acks    map[string]chan json.RawMessage
	offset  string
	over    bool
	stalled bool
}

type socketIOEvent struct {
	name   string
	data   json.RawMessage
	offset string // to go on behind it; "" where it has none
}

var errSocketIO = errors.New("the Socket.IO connection is over")

// dialSocketIO connects with what CONNECT carries and waits until it is known who
// the client is.
func dialSocketIO(ctx context.Context, way, base string, auth map[string]string) (*socketIOConn, error) {
	c := &socketIOConn{
		http: &http.Client{Transport: &http.Transport{}}, acks: map[string]chan json.RawMessage{}, events: make(chan socketIOEvent, 1<<14),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	opened := make(chan json.RawMessage, 1)
	c.acks["connect"] = opened
	if err := c.open(ctx, way, base); err != nil {
		c.cancel()
		return nil, err
	}
	c.done.Go(c.read)
	hello, err := json.Marshal(auth)
	if err == nil {
		err = c.write("40" + string(hello))
	}
	if err != nil {
		c.close()
		return nil, err
	}
	select {
	case raw, ok := <-opened:
		if !ok {
			break
		}
		var answer struct{ SID, PID string }
		if err := json.Unmarshal(raw, &answer); err != nil || answer.SID == "" {
			break
		}
		c.pid = answer.PID
		if e, ok := <-c.events; ok && e.name == "authenticated" {
			return c, nil
		}
	case <-ctx.Done():
	}
	c.close()
	return nil, errSocketIO
}

func (c *socketIOConn) open(ctx context.Context, way, base string) error {
	if strings.HasSuffix(way, "websocket") {
		conn, early, _, err := ws.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/socket.io/?EIO=4&transport=websocket")
		if err != nil {
			return err
		}
		c.socket = conn
		if early != nil {
			held := make([]byte, early.Buffered())
			if _, err := io.ReadFull(early, held); err != nil {
				return err
			}
			c.socket = struct {
				io.Reader
				io.Writer
				io.Closer
			}{io.MultiReader(bytes.NewReader(held), conn), conn, conn}
		}
		_, err = wsutil.ReadServerText(c.socket)
		return err
	}
	c.url = base + "/socket.io/?EIO=4&transport=polling"
	body, err := c.do(ctx, "GET", "")
	if err != nil {
		return err
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &open); err != nil {
		return err
	}
	c.url += "&sid=" + open.SID
	return nil
}

func (c *socketIOConn) do(ctx context.Context, method, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", method, res.StatusCode, raw)
	}
	return string(raw), err
}

func (c *socketIOConn) write(packet string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.socket != nil {
		return wsutil.WriteClientText(c.socket, []byte(packet))
	}
	_, err := c.do(c.ctx, "POST", packet)
	return err
}

// read takes what comes until the connection ends.
func (c *socketIOConn) read() {
	defer c.end()
	for {
		c.mu.Lock()
		stalled := c.stalled
		c.mu.Unlock()
		if stalled {
			<-c.ctx.Done()
			return
		}
		var packets string
		var err error
		if c.socket != nil {
			var raw []byte
			raw, err = wsutil.ReadServerText(c.socket)
			packets = string(raw)
		} else {
			packets, err = c.do(c.ctx, "GET", "")
		}
		if err != nil {
			return
		}
		for packet := range strings.SplitSeq(packets, "\x1e") {
			if !c.take(packet) {
				return
			}
		}
	}
}

func (c *socketIOConn) take(packet string) bool {
	switch {
	case packet == "1" || packet == "41" || strings.HasPrefix(packet, "44"):
		return false
	case packet == "2":
		return c.write("3") == nil
	case strings.HasPrefix(packet, "40"):
		c.answer("connect", packet[2:])
	case strings.HasPrefix(packet, "43"):
		data := strings.IndexByte(packet, '[')
		c.answer(packet[2:data], strings.TrimSuffix(packet[data+1:], "]"))
	case strings.HasPrefix(packet, "42"):
		var args []json.RawMessage
		var e socketIOEvent
		if json.Unmarshal([]byte(packet[2:]), &args) != nil || len(args) < 2 || json.Unmarshal(args[0], &e.name) != nil {
			return false
		}
		e.data = args[1]
		if len(args) > 2 {
			_ = json.Unmarshal(args[2], &e.offset)
			c.mu.Lock()
			c.offset = e.offset
			c.mu.Unlock()
		}
		select {
		case c.events <- e:
		case <-c.ctx.Done():
			return false
		}
	}
	return true
}

func (c *socketIOConn) answer(id, data string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting := c.acks[id]; waiting != nil {
		waiting <- json.RawMessage(data)
		delete(c.acks, id)
	}
}

func (c *socketIOConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for id, waiting := range c.acks {
		close(waiting)
		delete(c.acks, id)
	}
	close(c.events)
}

func (c *socketIOConn) close() {
	c.cancel()
	if c.socket != nil {
		_ = c.socket.Close()
	}
	c.done.Wait()
	c.http.CloseIdleConnections()
}

// ask emits an event and waits for its acknowledgement.
func (c *socketIOConn) ask(ctx context.Context, name string, data any) (json.RawMessage, error) {
	answer := make(chan json.RawMessage, 1)
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return nil, errSocketIO
	}
	c.asked++
	id := strconv.Itoa(c.asked)
	c.acks[id] = answer
	c.mu.Unlock()
	args, err := json.Marshal([]any{name, data})
	if err != nil {
		return nil, err
	}
	if err := c.write("42" + id + string(args)); err != nil {
		return nil, err
	}
	select {
	case raw, ok := <-answer:
		if !ok {
			return nil, errSocketIO
		}
		var outcome struct {
			OK          bool
			Error, Code string
		}
		if err := json.Unmarshal(raw, &outcome); err != nil {
			return nil, err
		}
		if !outcome.OK {
			return raw, fmt.Errorf("%s: %s: %s", name, outcome.Code, outcome.Error)
		}
		return raw, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// next returns the next event.
func (c *socketIOConn) next(ctx context.Context) (socketIOEvent, error) {
	select {
	case e, ok := <-c.events:
		if !ok {
			return e, errSocketIO
		}
		return e, nil
	case <-ctx.Done():
		return socketIOEvent{}, ctx.Err()
	}
}

// socketIO connects somebody until the test ends.
func socketIO(t *testing.T, way, url, token string) *socketIOConn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c, err := dialSocketIO(ctx, way, url, map[string]string{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// stall makes the client stop reading: it lets what has come lie.
func (c *socketIOConn) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = true
}
