package stomp_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/stomp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func speak(token string) *stomp.Protocol {
	return stomp.New(stomp.Options{Mapper: chatapi.Mapper{}, Token: token, Server: "parley/test"})
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			gatewaytest.Play(t, file, speak(""), func() gateway.Identity { return gateway.Identity{} })
		})
	}
}

// story runs one session in a world, with its clock.
func story(t *testing.T, c gateway.Config, p *stomp.Protocol, tell func(w *gatewaytest.World, pipe *gatewaytest.Pipe)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, done := gatewaytest.NewWorld(c)
		defer done()
		w.Token("ann", gatewaytest.As(gatewaytest.Ann))
		pipe := gatewaytest.NewPipe()
		ended := make(chan error, 1)
		go func() { ended <- w.Server.Serve(pipe, p, gateway.Identity{}) }()
		tell(w, pipe)
		synctest.Wait()
		if pipe.Closed() == "" {
			pipe.HangUp()
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

const connect = "CONNECT\naccept-version:1.2\n\n\x00"

func TestTheTokenOfTheAddress(t *testing.T) {
	story(t, gateway.Config{}, speak("ann"), func(_ *gatewaytest.World, pipe *gatewaytest.Pipe) {
		pipe.Send(connect)
		synctest.Wait()
		if got := strings.Join(pipe.Take(), ""); !strings.Contains(got, "user-name:1\n") {
			t.Errorf("got %q", got)
		}
	})
	story(t, gateway.Config{}, speak("ann"), func(_ *gatewaytest.World, pipe *gatewaytest.Pipe) {
		pipe.Send("CONNECT\naccept-version:1.2\nAuthorization:Bearer wrong\n\n\x00")
		synctest.Wait()
		if got := strings.Join(pipe.Take(), ""); !strings.HasPrefix(got, "ERROR\nmessage:Unauthorized\n") {
			t.Errorf("a wrong token in CONNECT got %q", got)
		}
	})
}

func TestWhoSendsTooOftenIsSentAway(t *testing.T) {
	busy := &chat.Error{Code: chat.RateLimited, Message: "Rate limit exceeded. Try again in 12 seconds", RetryAfter: 12 * time.Second}
	over := false
	story(t, gateway.Config{Admit: func(chat.UserID) error {
		if over {
			return busy
		}
		return nil
	}}, speak("ann"), func(_ *gatewaytest.World, pipe *gatewaytest.Pipe) {
		pipe.Send(connect + "SUBSCRIBE\nid:e\ndestination:/user/queue/chat/errors\n\n\x00")
		synctest.Wait()
		pipe.Take()
		over = true
		send := "SEND\ndestination:/app/chat.send\n\n{\"conversationId\":1,\"content\":\"x\"}\x00"
		for range 9 {
			pipe.Send(send)
		}
		synctest.Wait()
		got := pipe.Take()
		if len(got) != 9 || !strings.Contains(got[0], `{"error":"Rate limit exceeded. Try again in 12 seconds","code":"rate_limited"`) {
			t.Fatalf("got %q", got)
		}
		time.Sleep(61 * time.Second) // another minute begins
		for range 9 {
			pipe.Send(send)
		}
		synctest.Wait()
		if n := len(pipe.Take()); n != 9 || pipe.Closed() != "" {
			t.Fatalf("%d errors, closed: %q", n, pipe.Closed())
		}
		pipe.Send(send)
		synctest.Wait()
		got = pipe.Take()
		if last := got[len(got)-1]; !strings.HasPrefix(last, "ERROR\nmessage:Rate limit exceeded too often\n") || !strings.HasPrefix(pipe.Closed(), "1008 ") {
			t.Errorf("got %q, closed: %q", got, pipe.Closed())
		}
	})
}

// A receipt for DISCONNECT says that everything before it was done.
func TestDisconnectComesLast(t *testing.T) {
	story(t, gateway.Config{}, speak("ann"), func(w *gatewaytest.World, pipe *gatewaytest.Pipe) {
		release := make(chan struct{})
		w.Slow = func(chat.ConversationID) { <-release }
		pipe.Send(connect)
		pipe.Send("SEND\ndestination:/app/chat.send\nreceipt:1\n\n{\"conversationId\":1,\"content\":\"x\"}\x00DISCONNECT\nreceipt:2\n\n\x00SEND\n\n\x00")
		synctest.Wait()
		pipe.Take()
		close(release)
		synctest.Wait()
		if got := pipe.Take(); len(got) != 2 || !strings.Contains(got[0], "receipt-id:1\n") || !strings.Contains(got[1], "receipt-id:2\n") {
			t.Errorf("got %q", got)
		}
		if pipe.Closed() != "1000 " {
			t.Errorf("closed: %q", pipe.Closed())
		}
	})
}

// What an event is told with is shared by the subscriptions of all sessions that have
// the same name; acks, other names and the sender's tempId stay their own.
func TestSharedMessagesAreEachTheirOwn(t *testing.T) {
	story(t, gateway.Config{}, speak("ann"), func(w *gatewaytest.World, ann *gatewaytest.Pipe) {
		w.Token("bob", gatewaytest.As(gatewaytest.Bob))
		sessions := map[string]*gatewaytest.Pipe{"ann": ann}
		for _, name := range []string{"bob", "bob acks", "bob's other name"} {
			p := gatewaytest.NewPipe()
			go w.Server.Serve(p, speak("bob"), gateway.Identity{})
			defer p.HangUp()
			sessions[name] = p
		}
		for name, p := range sessions {
			id, ack := "m", "auto"
			switch name {
			case "bob acks":
				ack = "client"
			case "bob's other name":
				id = "other"
			}
			p.Send(connect + "SUBSCRIBE\nid:" + id + "\ndestination:/user/queue/chat/messages\nack:" + ack + "\n\n\x00")
			synctest.Wait()
			p.Take()
		}
		ann.Send("SEND\ndestination:/app/chat.send\n\n{\"conversationId\":1,\"content\":\"hi\",\"tempId\":\"t-1\"}\x00")
		synctest.Wait()
		for name, p := range sessions {
			got := p.Take()
			if len(got) != 1 {
				t.Errorf("%s got %q", name, got)
				continue
			}
			head := "subscription:m\nmessage-id:1-3\nx-conversation:1\n"
			switch name {
			case "bob acks":
				head = "subscription:m\nmessage-id:1-3\nack:1-3\nx-conversation:1\n"
			case "bob's other name":
				head = "subscription:other\nmessage-id:1-3\nx-conversation:1\n"
			}
			if !strings.Contains(got[0], head) || strings.Contains(got[0], "t-1") != (name == "ann") {
				t.Errorf("%s got %q", name, got[0])
			}
		}
	})
}
