package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestSendIsRepeatedUntilItIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1,"7":2`)
		sent := make(chan Message)
		for i := range 3 {
			go func() {
				m, err := s.Send(t.Context(), Draft{ConversationID: 7, Content: fmt.Sprint(i)})
				if err != nil {
					t.Error(err)
				}
				sent <- m
			}()
			synctest.Wait() // so that they are asked in this order
		}
		var tempIDs []any
		for i := range 3 {
			frame := v.hears("send")
			if frame["content"] != fmt.Sprint(i) || frame["conversationId"] != 7.0 || frame["id"] == nil {
				t.Errorf("send %d is %v", i, frame)
			}
			tempIDs = append(tempIDs, frame["tempId"])
		}
		v.cut()
		v = f.arrival()
		v.says(ready(`"user":1,"7":2`))
		for i := range 3 {
			frame := v.hears("send")
			if frame["content"] != fmt.Sprint(i) || frame["tempId"] != tempIDs[i] {
				t.Errorf("repeat %d is %v, want tempId %v", i, frame, tempIDs[i])
			}
			v.says(fmt.Sprintf(`{"type":"ack","id":%q,"data":{"id":%d,"duplicate":true}}`, frame["id"], 50+i))
			if m := <-sent; m.ID != int64(50+i) || !m.Duplicate {
				t.Errorf("answer %d is %+v", i, m)
			}
		}
	})
}

func TestCommandsAreFramesOfTheContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1,"7":2`)
		ctx := t.Context()
		for _, c := range []struct {
			do   func() error
			data string
			want string
		}{
			{func() error { _, err := s.Edit(ctx, 44, Edit{Content: "x"}); return err }, `{"id":44}`, "map[content:x id:1 messageId:44 type:edit]"},
			{func() error { return s.Delete(ctx, 44) }, `{"messageId":44}`, "map[id:2 messageId:44 type:delete]"},
			{func() error { _, err := s.React(ctx, 44, "👍", true); return err }, `{"👍":1}`, "map[add:true emoji:👍 id:3 messageId:44 type:react]"},
			{func() error { _, err := s.React(ctx, 44, "👍", false); return err }, `{}`, "map[add:false emoji:👍 id:4 messageId:44 type:react]"},
			{func() error { _, err := s.Read(ctx, 7, 44); return err }, `{"unreadCount":0}`, "map[conversationId:7 id:5 messageId:44 type:read]"},
			{func() error { return s.Delivered(ctx, 7, 44) }, `{}`, "map[conversationId:7 id:6 messageId:44 type:delivered]"},
			{func() error { return s.SetPresence(ctx, Away) }, `{}`, "map[id:7 status:AWAY type:presence]"},
		} {
			done := make(chan error)
			go func() { done <- c.do() }()
			frame := <-v.frames
			if got := fmt.Sprint(frame); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			v.says(fmt.Sprintf(`{"type":"ack","id":%q,"data":%s}`, frame["id"], c.data))
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if err := s.Typing(7, true); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(<-v.frames); got != "map[conversationId:7 type:typing typing:true]" {
			t.Errorf("got %s", got)
		}
	})
}

func TestRefusedCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1,"7":2`)
		go func() {
			id := v.hears("send")["id"]
			v.says(fmt.Sprintf(`{"type":"error","id":%q,"code":"not_participant","error":"You are not a participant in this conversation","field":"conversationId"}`, id))
		}()
		_, err := s.Send(t.Context(), Draft{ConversationID: 8, Content: "x"})
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeNotParticipant || e.Field != "conversationId" {
			t.Errorf("got %v", err)
		}
	})
}

func TestCommandsHaveDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1,"7":2`)
		begun := time.Now()
		if _, err := s.Send(t.Context(), Draft{ConversationID: 7, Content: "x"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != defaultCommand {
			t.Errorf("took %s", took)
		}
		v.cut() // what nobody waits for is not repeated
		v = f.arrival()
		v.says(ready(`"user":1,"7":2`))
		expect(t, s, "*client.Interruption", "*client.Ready")
		synctest.Wait()
		if len(v.frames) > 0 {
			t.Errorf("repeats %v", <-v.frames)
		}
	})
}

func TestTypingIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1,"7":2`)
		v.cut()
		expect(t, s, "*client.Interruption")
		if err := s.Typing(7, true); err != nil {
			t.Error(err)
		}
		v = f.arrival()
		v.says(ready(`"user":1,"7":2`))
		expect(t, s, "*client.Ready")
		synctest.Wait()
		if len(v.frames) > 0 {
			t.Errorf("types later: %v", <-v.frames)
		}
	})
}

func TestByeSaysWhenToComeBack(t *testing.T) {
	for _, transport := range bothTransports {
		t.Run(string(transport), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				s, v := play(t, f, f.client(), StreamOptions{Transport: transport}, `"user":1`)
				begun := time.Now()
				v.says(`{"type":"bye","code":"shutdown","reason":"The server is restarting","reconnect":true,"afterMs":4000}`)
				v = f.arrival()
				if after := time.Since(begun); after < 4*time.Second || after > 5*time.Second {
					t.Errorf("came back after %s", after)
				}
				v.says(ready(`"user":1`))
				u, err := s.Next(t.Context())
				if i, ok := u.(*Interruption); !ok || i.RetryIn < 4*time.Second {
					t.Errorf("told %+v, %v", u, err)
				}
			})
		})
	}
}

func TestByeForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":1`)
		v.says(`{"type":"bye","code":"replaced","reason":"Opened elsewhere","reconnect":false}`)
		expect(t, s, "error: the server said goodbye: Opened elsewhere (replaced)")
	})
}

func TestCursorsThatAreNoneEndTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{Cursors: map[string]int64{"user": 1, "a room": 1}}, `"user":1`)
		v.says(`{"type":"error","id":"hello","code":"validation_failed","error":"\"a room\" is not a conversation"}`)
		expect(t, s, `error: "a room" is not a conversation (validation_failed)`)
	})
}

func TestAttemptsBecomeRarerAndDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		_, v := play(t, f, f.client(), StreamOptions{}, `"user":1`)
		f.setDown(true)
		v.cut()
		time.Sleep(5 * time.Minute)
		f.mu.Lock()
		dials := f.dials[1:]
		f.mu.Unlock()
		if n := len(dials); n < 20 || n > 50 {
			t.Errorf("%d attempts in five minutes", n)
		}
		last := dials[len(dials)-1].Sub(dials[len(dials)-2])
		if first := dials[1].Sub(dials[0]); first > 400*time.Millisecond || last < longestWait/2 || last > longestWait {
			t.Errorf("waits %s at first and %s at last", first, last)
		}
		f.setDown(false)
		v = f.arrival()
		v.says(ready(`"user":1`))
	})
}

func TestSilentServerIsLeft(t *testing.T) {
	for _, transport := range bothTransports {
		t.Run(string(transport), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				s, _ := play(t, f, f.client(), StreamOptions{Transport: transport}, `"user":1`)
				begun := time.Now()
				expect(t, s, "*client.Interruption")
				if after := time.Since(begun); after != silence {
					t.Errorf("left after %s", after)
				}
			})
		})
	}
}

func TestServerThatIsNeverReady(t *testing.T) {
	for _, transport := range bothTransports {
		t.Run(string(transport), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				begun := time.Now()
				_, err := f.client().Stream(t.Context(), StreamOptions{Transport: transport})
				if err == nil || time.Since(begun) != readyWithin {
					t.Errorf("%v after %s", err, time.Since(begun))
				}
			})
		})
	}
}

func TestCommandsOverSSEGoOverREST(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, _ := play(t, f, f.client(), StreamOptions{Transport: SSE}, `"user":1,"7":2`)
		f.on("POST /api/chat/conversations/7/messages", func(*http.Request) (int, string) { return 201, `{"id":5}` })
		f.on("DELETE /api/chat/messages/5/reactions/👍", func(*http.Request) (int, string) { return 200, `{}` })
		f.setDown(true)
		go func() { time.Sleep(3 * time.Second); f.setDown(false) }()
		s.client.Close() // so that the next call has to dial
		if m, err := s.Send(t.Context(), Draft{ConversationID: 7, Content: "x"}); err != nil || m.ID != 5 {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := s.React(t.Context(), 5, "👍", false); err != nil {
			t.Error(err)
		}
		if err := s.Typing(7, true); !errors.Is(err, ErrNotOverSSE) {
			t.Errorf("Typing returns %v", err)
		}
		if err := s.Delivered(t.Context(), 7, 5); !errors.Is(err, ErrNotOverSSE) {
			t.Errorf("Delivered returns %v", err)
		}
	})
}

func TestManyCursorsOverSSEAreSentPacked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		heads := `"user":1`
		for c := 1000; c < 1600; c++ {
			heads += fmt.Sprintf(`,"%d":1`, c)
		}
		s, v := play(t, f, f.client(), StreamOptions{Transport: SSE}, heads)
		v.says(said(1000, 2))
		expect(t, s, "1000/2 message.created")
		v.cut()
		v = f.arrival()
		if v.cursors["packed-2"] != -1 {
			t.Errorf("came back with %d cursors", len(v.cursors))
		}
		// Such a cursor may lie before what one has.
		v.says(ready(heads), said(1000, 2), said(1000, 3))
		expect(t, s, "*client.Interruption", "*client.Ready", "1000/3 message.created")
	})
}
