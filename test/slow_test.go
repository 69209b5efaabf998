package test

import (
	"bufio"
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
func TestSlowClientCostsOnlyItself(t *testing.T) {
	for name, dial := range map[string]func(*testing.T, string, string) *rawStream{"native": dialRaw, "STOMP": dialRawSTOMP} {
		t.Run(name, func(t *testing.T) { repeatedly(t, func(t *testing.T) { slowClientCostsOnlyItself(t, dial) }) })
	}
}

func slowClientCostsOnlyItself(t *testing.T, dial func(t *testing.T, url, token string) *rawStream) {
	const others, messages = 200, 150
	const ahead = 10          // messages that those who read may be behind: less than what cuts them off
	const full, most = 12, 60 // messages for him alone that the system does not take any more; that the server never keeps
	s := parleytest.New(t)
	owner, slow := s.Person("owner"), s.Person("slow")
	members := []chat.UserID{slow.ID}
	var crowd []*parleytest.Person
	for i := range others {
		p := s.Person(fmt.Sprint("c", i))
		crowd, members = append(crowd, p), append(members, p.ID)
	}
	stuck := dial(t, s.Node.URL(), slow.Token) // a balancer would read for him
	cursors := map[string]int64{}
	converse := func(name string, with ...chat.UserID) chat.ConversationID {
		v, _, err := s.Chat.CreateConversation(t.Context(), owner.Actor, chat.NewConversation{Name: name, ParticipantIDs: with})
		if err != nil {
			t.Fatal(err)
		}
		if cursors[fmt.Sprint(v.ID)], err = s.Chat.Head(t.Context(), v.ID.Stream()); err != nil {
			t.Fatal(err)
		}
		return v.ID
	}
	all := converse("crowd", members...)
	flood := converse("flood", slow.ID) // what nobody else has to read fills his queue at once
	var delivered atomic.Int64
	var reading sync.WaitGroup
	for _, p := range crowd {
		c := dial(t, s.URL, p.Token)
		reading.Go(func() { c.count(&delivered, messages) })
	}

	post := func(to chat.ConversationID, i int, content string) {
		if _, err := s.Chat.SendMessage(t.Context(), owner.Actor, chat.SendMessage{ConversationID: to, Content: fmt.Sprint(i, " ", content)}); err != nil {
			t.Fatal(err)
		}
	}
	flooded := 0
	pour := func() {
		post(flood, flooded, strings.Repeat("😀", 9_000))
		flooded++
	}
	await := func(n int) {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		late := time.After(60 * time.Second)
		for delivered.Load() < int64(others*n) {
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("%d deliveries after 60 s, want %d", delivered.Load(), others*n)
			}
		}
	}
	cut := &s.Gateway.Metrics.SlowConsumers
	for i := range messages {
		await(i - ahead)
		post(all, i, "hello")
		switch i {
		case messages / 2: // now writing to him waits, for at most ten seconds
			for range full {
				pour()
			}
		case messages/2 + ahead:
			await(i + 1) // he has two seconds to read why he is cut off, and the machine to himself
			for n := 0; cut.Load() == 0 && n < most; n++ {
				pour()
			}
			stuck.expectBye(t, "slow_consumer")
		}
	}
	await(messages)
	reading.Wait()
	if n := cut.Load(); n != 1 {
		t.Errorf("%d connections were cut, want 1", n)
	}

	back := stream(t, clientFor(t, s, slow), client.StreamOptions{Cursors: cursors, Queue: 4096})
	next := map[chat.ConversationID]int{}
	for range messages + flooded {
		m := nextEvent(t, back, client.MessageCreated).Payload.(*client.Message)
		in := chat.ConversationID(m.ConversationID)
		if !strings.HasPrefix(m.Content, fmt.Sprint(next[in], " ")) {
			t.Fatalf("the resumed client got %.20q as number %d of conversation %d", m.Content, next[in], in)
		}
		next[in]++
	}
}

// rawStream is a stream without a client's cleverness.
type rawStream struct {
	net.Conn
	r         *bufio.Reader
	isMessage func(frame string) bool
	isBye     func(frame string) bool
}

// dialRaw connects, says hello and returns when the server is ready.
func dialRaw(t *testing.T, url, token string) *rawStream {
	t.Helper()
	s := dialUnread(t, url, "/api/realtime", "parley.v1", token)
	s.isMessage = func(f string) bool { return strings.Contains(f[:min(len(f), 200)], "message.created") }
	s.isBye = func(f string) bool { return strings.Contains(f, `"type":"bye"`) }
	s.ask(t, `{"type":"hello","cursors":{}}`, `"ready"`)
	return s
}

// dialRawSTOMP connects and listens to the messages.
func dialRawSTOMP(t *testing.T, url, token string) *rawStream {
	t.Helper()
	s := dialUnread(t, url, "/ws/chat", "v12.stomp", token)
	s.isMessage = func(f string) bool { return strings.HasPrefix(f, "MESSAGE\n") }
	s.isBye = func(f string) bool { return strings.HasPrefix(f, "ERROR\n") }
	s.ask(t, "CONNECT\naccept-version:1.2\nAuthorization:Bearer "+token+"\n\n\x00", "CONNECTED\n")
	s.ask(t, "SUBSCRIBE\nid:m\ndestination:/user/queue/chat/messages\nreceipt:m\n\n\x00", "RECEIPT\n")
	return s
}

// dialUnread opens a WebSocket with the system's own buffers. A smaller one for what
// is not read makes the system drop what arrives, and it is seconds until that is sent
// again.
func dialUnread(t *testing.T, url, path, protocol, token string) *rawStream {
	t.Helper()
	d := ws.Dialer{
		Timeout: 10 * time.Second, Protocols: []string{protocol}, Header: ws.HandshakeHeaderHTTP{"Authorization": {"Bearer " + token}},
	}
	c, br, _, err := d.Dial(t.Context(), strings.Replace(url, "http", "ws", 1)+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if br == nil {
		br = bufio.NewReader(c)
	}
	return &rawStream{Conn: c, r: br}
}

// ask says something and fails unless the answer has something in it.
func (s *rawStream) ask(t *testing.T, say, answer string) {
	t.Helper()
	if err := wsutil.WriteClientText(s.Conn, []byte(say)); err != nil {
		t.Fatal(err)
	}
	if f, err := s.frame(); err != nil || !strings.Contains(f, answer) {
		t.Fatalf("the answer is %q, %v", f, err)
	}
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
		if s.isMessage(f) {
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
		if s.isBye(f) {
			last = f
		}
	}
	if !strings.Contains(last, code) {
		t.Errorf("the connection ended with %q, want a bye %s", last, code)
	}
}
