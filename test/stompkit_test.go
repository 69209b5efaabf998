package test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// A STOMP client that hides nothing of the protocol.

// stompWays are the pipes under it.
var stompWays = map[string]func(ctx context.Context, url string) (stompPipe, error){
	"STOMP over WebSocket": dialWebSocket,
	"STOMP over SockJS":    dialSockJS,
}

// stompPipe carries whole frames to the server, and what it says back.
type stompPipe interface {
	io.ReadCloser
	say(frame string) error
}

type webSocketPipe struct {
	net.Conn
	r    *wsutil.Reader
	mu   sync.Mutex
	rest io.Reader
}

func dialWebSocket(ctx context.Context, url string) (stompPipe, error) {
	c, br, _, err := ws.Dialer{Timeout: 10 * time.Second, Protocols: []string{"v12.stomp"}}.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"/ws/chat")
	if err != nil {
		return nil, err
	}
	p := &webSocketPipe{Conn: c}
	var from io.Reader = c
	if br != nil {
		from = br
	}
	p.r = wsutil.NewReader(from, ws.StateClientSide)
	p.r.OnIntermediate = p.control
	return p, nil
}

func (p *webSocketPipe) control(h ws.Header, r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil || h.OpCode != ws.OpPing {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return wsutil.WriteClientMessage(p.Conn, ws.OpPong, b)
}

func (p *webSocketPipe) Read(b []byte) (int, error) {
	for {
		if p.rest != nil {
			n, err := p.rest.Read(b)
			if err == nil || n > 0 {
				return n, nil
			}
			p.rest = nil
		}
		h, err := p.r.NextFrame()
		switch {
		case err != nil:
			return 0, err
		case h.OpCode == ws.OpClose:
			return 0, io.EOF
		case h.OpCode.IsControl():
			if err := p.control(h, io.LimitReader(p.r, h.Length)); err != nil {
				return 0, err
			}
		default:
			p.rest = io.LimitReader(p.r, h.Length)
		}
	}
}

func (p *webSocketPipe) say(frame string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return wsutil.WriteClientText(p.Conn, []byte(frame))
}

// sockJSPipe is xhr_streaming with xhr_send.
type sockJSPipe struct {
	ctx    context.Context
	cancel context.CancelFunc
	base   string
	body   io.ReadCloser
	lines  *bufio.Reader
	rest   bytes.Buffer
}

func dialSockJS(ctx context.Context, url string) (stompPipe, error) {
	p := &sockJSPipe{base: url + "/ws/chat/0/" + rand.Text()}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := p.listen(); err != nil {
		p.cancel()
		return nil, err
	}
	return p, nil
}

func (p *sockJSPipe) post(path, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(r)
}

func (p *sockJSPipe) listen() error {
	res, err := p.post("/xhr_streaming", "")
	if err != nil {
		return err
	}
	p.body, p.lines = res.Body, bufio.NewReader(res.Body)
	return nil
}

func (p *sockJSPipe) Read(b []byte) (int, error) {
	for p.rest.Len() == 0 {
		line, err := p.lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 { // the answer was long enough
			p.body.Close()
			if err = p.listen(); err == nil {
				continue
			}
		}
		if err != nil {
			return 0, err
		}
		switch line[0] {
		case 'a':
			var messages []string
			if err := json.Unmarshal(line[1:], &messages); err != nil {
				return 0, err
			}
			for _, m := range messages {
				p.rest.WriteString(m)
			}
		case 'c':
			return 0, fmt.Errorf("closed: %s", line)
		}
	}
	return p.rest.Read(b)
}

func (p *sockJSPipe) say(frame string) error {
	payload, err := json.Marshal([]string{frame})
	if err != nil {
		return err
	}
	res, err := p.post("/xhr_send", string(payload))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("xhr_send: %s", res.Status)
	}
	return nil
}

func (p *sockJSPipe) Close() error {
	p.cancel()
	return nil
}

// stompFrame is one frame of the server.
type stompFrame struct {
	command string
	headers map[string]string
	body    string
}

func readStomp(r *bufio.Reader) (f stompFrame, err error) {
	raw, err := r.ReadString(0)
	if err != nil {
		return f, err
	}
	head, body, ok := strings.Cut(strings.TrimLeft(raw[:len(raw)-1], "\n"), "\n\n")
	if !ok {
		return f, fmt.Errorf("no frame: %q", raw)
	}
	lines := strings.Split(head, "\n")
	f = stompFrame{command: lines[0], headers: map[string]string{}, body: body}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ":")
		f.headers[name] = value
	}
	return f, nil
}

// stompConn is one connection, on which frames are answered by receipts.
type stompConn struct {
	pipe  stompPipe
	hello stompFrame // CONNECTED

	mu    sync.Mutex
	asked map[string]chan stompFrame
	heard []stompFrame
	more  chan struct{}
	err   error
	gone  chan struct{}
}

// dialStomp connects and subscribes to every queue; resume is x-resume of the
// messages'.
func dialStomp(ctx context.Context, way, url, token, resume string) (*stompConn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	pipe, err := stompWays[way](ctx, url)
	if err != nil {
		return nil, err
	}
	c := &stompConn{pipe: pipe, asked: map[string]chan stompFrame{}, more: make(chan struct{}, 1), gone: make(chan struct{})}
	connected := make(chan stompFrame, 1)
	c.asked["CONNECTED"] = connected
	go c.listen()
	if err := c.join(ctx, connected, token, resume); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *stompConn) join(ctx context.Context, connected chan stompFrame, token, resume string) error {
	if err := c.pipe.say("CONNECT\naccept-version:1.2\nx-heads:true\nAuthorization:Bearer " + token + "\n\n\x00"); err != nil {
		return err
	}
	select {
	case c.hello = <-connected:
	case <-c.gone:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, q := range []string{"errors", "messages", "typing", "presence", "receipts", "reactions", "conversations"} {
		about := fmt.Sprintf("id:%s\ndestination:/user/queue/chat/%s\n", q, q)
		if resume != "" && (q == "messages" || q == "reactions" || q == "receipts") {
			about += "x-resume:" + strings.ReplaceAll(resume, ":", `\c`) + "\n"
		}
		if _, err := c.ask(ctx, "SUBSCRIBE", about, ""); err != nil {
			return err
		}
	}
	return nil
}

func (c *stompConn) listen() {
	defer close(c.gone)
	r := bufio.NewReader(c.pipe)
	for {
		f, err := readStomp(r)
		c.mu.Lock()
		switch {
		case err != nil:
		case f.command == "ERROR":
			err = fmt.Errorf("%s: %s", f.headers["message"], f.body)
		case f.command == "CONNECTED":
			c.answer("CONNECTED", f)
		case f.headers["receipt-id"] != "":
			c.answer(f.headers["receipt-id"], f)
		default:
			c.heard = append(c.heard, f)
			select {
			case c.more <- struct{}{}:
			default:
			}
		}
		c.err = err
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *stompConn) answer(id string, f stompFrame) {
	if a := c.asked[id]; a != nil {
		delete(c.asked, id)
		a <- f
	}
}

// ask says a frame and waits for its receipt, or for the error instead.
func (c *stompConn) ask(ctx context.Context, command, about, body string) (stompFrame, error) {
	id, answer := rand.Text(), make(chan stompFrame, 1)
	c.mu.Lock()
	c.asked[id] = answer
	c.mu.Unlock()
	if err := c.pipe.say(command + "\n" + about + "receipt:" + id + "\n\n" + body + "\x00"); err != nil {
		return stompFrame{}, err
	}
	select {
	case f := <-answer:
		if f.command == "MESSAGE" {
			return f, fmt.Errorf("refused: %s", f.body)
		}
		return f, nil
	case <-c.gone:
		return stompFrame{}, c.err
	case <-ctx.Done():
		return stompFrame{}, ctx.Err()
	}
}

// send asks for something at a destination.
func (c *stompConn) send(ctx context.Context, destination string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, "SEND", "destination:/app/chat."+destination+"\n", string(b))
	return err
}

// next returns the next MESSAGE.
func (c *stompConn) next(ctx context.Context) (stompFrame, error) {
	for {
		c.mu.Lock()
		if len(c.heard) > 0 {
			f := c.heard[0]
			c.heard = c.heard[1:]
			c.mu.Unlock()
			return f, nil
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-c.gone:
			return stompFrame{}, c.err
		case <-ctx.Done():
			return stompFrame{}, ctx.Err()
		}
	}
}

func (c *stompConn) close() {
	c.pipe.Close()
	<-c.gone
}

// stomp connects until the end of the test.
func stomp(t *testing.T, way, url, token, resume string) *stompConn {
	t.Helper()
	c, err := dialStomp(t.Context(), way, url, token, resume)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}
