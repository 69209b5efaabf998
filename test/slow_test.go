package test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Promise P6: one client stops reading while 200 others go on at full rate. It
// is cut off with a reason, costs nobody else anything, and resumes later.
func TestSlowClientCostsOnlyItself(t *testing.T) { repeatedly(t, slowClientCostsOnlyItself) }

func slowClientCostsOnlyItself(t *testing.T) {
	const others, messages = 200, 600
	s := parleytest.New(t)
	owner, slow := s.Person("owner"), s.Person("slow")
	members := []chat.UserID{slow.ID}
	var crowd []*parleytest.Person
	for i := range others {
		p := s.Person(fmt.Sprint("c", i))
		crowd, members = append(crowd, p), append(members, p.ID)
	}
	v, _, err := s.Chat.CreateConversation(t.Context(), owner.Actor, chat.NewConversation{Name: "crowd", ParticipantIDs: members})
	if err != nil {
		t.Fatal(err)
	}
	stuck := dialRaw(t, s.Node.URL(), slow.Token) // a balancer would read for him
	head, err := s.Chat.Head(t.Context(), v.ID.Stream())
	if err != nil {
		t.Fatal(err)
	}
	var delivered atomic.Int64
	var reading sync.WaitGroup
	for _, p := range crowd {
		c := dialRaw(t, s.URL, p.Token)
		reading.Go(func() { c.count(&delivered, messages) })
	}

	text := strings.Repeat("x", 9_000) // more than all buffers between hold
	cut := &s.Gateway.Metrics.SlowConsumers
	var parting sync.WaitGroup
	parting.Go(func() { // whoever is cut off has two seconds to read why
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for cut.Load() == 0 {
			select {
			case <-tick.C:
			case <-t.Context().Done():
				return
			}
		}
		stuck.expectBye(t, "slow_consumer")
	})
	for i := range messages {
		_, err := s.Chat.SendMessage(t.Context(), owner.Actor, chat.SendMessage{ConversationID: v.ID, Content: fmt.Sprint(i, " ", text)})
		if err != nil {
			t.Fatal(err)
		}
	}
	all := make(chan struct{})
	go func() { reading.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(60 * time.Second):
		t.Fatalf("%d deliveries after 60 s, want %d", delivered.Load(), others*messages)
	}
	switch n := cut.Load(); n {
	case 0:
		t.Fatal("nobody was cut")
	case 1:
	default:
		t.Errorf("%d connections were cut, want 1", n)
	}
	parting.Wait()

	back := stream(t, clientFor(t, s, slow), client.StreamOptions{Cursors: map[string]int64{fmt.Sprint(v.ID): head}, Queue: 4096})
	for i := range messages {
		m := nextEvent(t, back, client.MessageCreated).Payload.(*client.Message)
		if !strings.HasPrefix(m.Content, fmt.Sprint(i, " ")) {
			t.Fatalf("the resumed client got %.20q as number %d", m.Content, i)
		}
	}
}

// rawStream is a native stream without a client's cleverness.
type rawStream struct {
	net.Conn
	r *bufio.Reader
}

// dialRaw connects, says hello and returns when the server is ready.
func dialRaw(t *testing.T, url, token string) *rawStream {
	t.Helper()
	d := ws.Dialer{
		Timeout: 10 * time.Second, Protocols: []string{"parley.v1"}, Header: ws.HandshakeHeaderHTTP{"Authorization": {"Bearer " + token}},
		NetDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err == nil {
				err = c.(*net.TCPConn).SetReadBuffer(64 << 10)
			}
			return c, err
		},
	}
	c, br, _, err := d.Dial(t.Context(), strings.Replace(url, "http", "ws", 1)+"/api/realtime")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if br == nil {
		br = bufio.NewReader(c)
	}
	s := &rawStream{c, br}
	if err := wsutil.WriteClientText(c, []byte(`{"type":"hello","cursors":{}}`)); err != nil {
		t.Fatal(err)
	}
	if f, err := s.frame(); err != nil || !strings.Contains(f, `"ready"`) {
		t.Fatalf("the first frame is %q, %v", f, err)
	}
	return s
}

func (s *rawStream) frame() (string, error) {
	h, err := ws.ReadHeader(s.r)
	if err != nil {
		return "", err
	}
	b := make([]byte, h.Length)
	for n := 0; n < len(b); {
		m, err := s.r.Read(b[n:])
		if err != nil {
			return "", err
		}
		n += m
	}
	if h.OpCode == ws.OpPing {
		return "", wsutil.WriteClientMessage(s.Conn, ws.OpPong, b)
	}
	return string(b), nil
}

// count reads until it has seen n new messages.
func (s *rawStream) count(total *atomic.Int64, n int) {
	for n > 0 {
		f, err := s.frame()
		if err != nil {
			return
		}
		if strings.Contains(f[:min(len(f), 200)], "message.created") {
			n--
			total.Add(1)
		}
	}
}

// expectBye reads what is left and fails unless the last word is a bye.
func (s *rawStream) expectBye(t *testing.T, code string) {
	t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(within))
	last := ""
	for {
		f, err := s.frame()
		if err != nil {
			break
		}
		if strings.Contains(f, `"type":"bye"`) {
			last = f
		}
	}
	if !strings.Contains(last, code) {
		t.Errorf("the connection ended with %q, want a bye %s", last, code)
	}
}
