package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// play starts a stream and its server's side of it, which has said ready.
func play(t *testing.T, f *fake, c *Client, o StreamOptions, heads string) (*Stream, *visit) {
	t.Helper()
	go func() {
		v := f.arrival()
		v.says(ready(heads))
		f.arrivals <- v
	}()
	s, err := c.Stream(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	expect(t, s, "*client.Ready")
	return s, f.arrival()
}

var bothTransports = []Transport{WebSocket, SSE}

func TestStreamGoesOnWhereItWas(t *testing.T) {
	for _, transport := range bothTransports {
		t.Run(string(transport), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				s, v := play(t, f, f.client(), StreamOptions{Transport: transport}, `"user":3,"7":10,"8":4`)
				v.says(said(7, 11), said(8, 5), said(7, 12))
				expect(t, s, "7/11 message.created", "8/5 message.created", "7/12 message.created")
				v.cut()
				expect(t, s, "*client.Interruption")
				v = f.arrival()
				if want := map[string]int64{"user": 3, "7": 12, "8": 5}; !maps.Equal(v.cursors, want) {
					t.Fatalf("came back with %v, want %v", v.cursors, want)
				}
				v.says(ready(`"user":3,"7":14,"8":5`), said(7, 13), said(7, 14))
				expect(t, s, "*client.Ready", "7/13 message.created", "7/14 message.created")
			})
		})
	}
}

func TestCursorsAreOfWhatWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":3,"7":10`)
		v.says(said(7, 11), said(7, 12))
		synctest.Wait()
		expect(t, s, "7/11 message.created")
		if got := s.Cursors()["7"]; got != 11 {
			t.Errorf("cursor %d, want 11", got)
		}
		cursors := s.Cursors()
		s.Close()
		go func() {
			v := f.arrival()
			if !maps.Equal(v.cursors, cursors) {
				t.Errorf("the next stream begins with %v, want %v", v.cursors, cursors)
			}
			v.says(ready(`"user":3,"7":12`), said(7, 12))
		}()
		again, err := f.client().Stream(t.Context(), StreamOptions{Cursors: cursors})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		expect(t, again, "*client.Ready", "7/12 message.created")
	})
}

func TestDisorderEndsTheStream(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		want  DisorderError
	}{
		"a rev left out":   {said(7, 12), DisorderError{"7", MessageCreated, 10, 12}},
		"a rev repeated":   {said(7, 10), DisorderError{"7", MessageCreated, 10, 10}},
		"a foreign one":    {said(9, 1), DisorderError{"9", MessageCreated, -1, 1}},
		"one's own stream": {own(5, "user.updated", `{"id":1}`), DisorderError{"user", UserUpdated, 3, 5}},
		"joined too late":  {own(4, "conversation.joined", `{"conversation":{"id":7},"head":12}`), DisorderError{"7", ConversationJoined, 10, 12}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				s, v := play(t, f, f.client(), StreamOptions{}, `"user":3,"7":10`)
				v.says(c.frame)
				_, err := s.Next(t.Context())
				var got *DisorderError
				if !errors.As(err, &got) || *got != c.want {
					t.Fatalf("got %v, want %v", err, &c.want)
				}
				if !errors.Is(s.Err(), err) {
					t.Errorf("Err is %v", s.Err())
				}
				<-v.closed
			})
		})
	}
}

func TestDisorderCanBeSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		var told []string
		o := StreamOptions{OnDisorder: func(d *DisorderError) { told = append(told, d.Error()) }}
		s, v := play(t, f, f.client(), o, `"user":3,"7":10`)
		v.says(said(7, 10), said(7, 11), said(7, 15), said(7, 16))
		expect(t, s, "7/11 message.created", "7 gap 14", "7/15 message.created", "7/16 message.created")
		if len(told) != 2 || !strings.Contains(told[0], "repeats rev 10") || !strings.Contains(told[1], "rev 15 after 11") {
			t.Errorf("told %q", told)
		}
	})
}

func TestGapMovesTheCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":3,"7":10`)
		v.says(`{"type":"gap","conversationId":7,"head":5000}`, said(7, 5001), `{"type":"gap","head":90}`, own(91, "user.updated", `{"id":1}`))
		expect(t, s, "7 gap 5000", "7/5001 message.created", "user gap 90", "user/91 user.updated")
	})
}

func TestJoinedAndLeftConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":3,"7":10`)
		v.says(
			own(4, "conversation.joined", `{"conversation":{"id":9,"type":"GROUP","name":"new"},"head":2}`), said(9, 3),
			own(5, "conversation.left", `{"conversationId":7,"reason":"REMOVED"}`),
		)
		expect(t, s, "user/4 conversation.joined", "9/3 message.created", "user/5 conversation.left")
		if want := map[string]int64{"user": 5, "9": 3}; !maps.Equal(s.Cursors(), want) {
			t.Fatalf("cursors %v, want %v", s.Cursors(), want)
		}
		v.cut()
		expect(t, s, "*client.Interruption")
		v = f.arrival()
		if _, there := v.cursors["7"]; there || v.cursors["9"] != 3 {
			t.Errorf("came back with %v", v.cursors)
		}
		// While away: added to 11, and out of 9.
		v.says(ready(`"user":6,"11":20`),
			own(6, "conversation.joined", `{"conversation":{"id":11},"head":18}`),
			`{"type":"event","event":"conversation.left","data":{"conversationId":9,"reason":null}}`,
			said(11, 19), said(11, 20))
		expect(t, s, "*client.Ready", "user/6 conversation.joined", "user/0 conversation.left", "11/19 message.created", "11/20 message.created")
	})
}

// What was joined while away counts from where one's own stream says, even if
// the connection breaks before that was told.
func TestJoinedWhileAwayIsNotLostToASecondInterruption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":3`)
		v.cut()
		v = f.arrival()
		v.says(ready(`"user":4,"9":5`))
		expect(t, s, "*client.Interruption", "*client.Ready")
		v.cut()
		v = f.arrival()
		if _, claims := v.cursors["9"]; claims {
			t.Fatalf("claims to have events that were never told: %v", v.cursors)
		}
		v.says(ready(`"user":4,"9":5`), own(4, "conversation.joined", `{"conversation":{"id":9},"head":3}`), said(9, 4), said(9, 5))
		expect(t, s, "*client.Interruption", "*client.Ready", "user/4 conversation.joined", "9/4 message.created", "9/5 message.created")
	})
}

func TestEphemeralUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":3,"7":10`)
		v.says(
			`{"type":"typing","conversationId":7,"userId":2,"typing":true}`,
			`{"type":"presence","userId":2,"status":"AWAY","lastSeenAt":null}`,
			`{"type":"delivered","conversationId":7,"userId":2,"messageId":44}`,
			`{"type":"error","code":"rate_limited","error":"Slow down","retryAfter":3}`,
			`{"type":"something-new"}`,
			`{"type":"event","conversationId":7,"rev":11,"event":"thing.happened","at":"2030-01-02T03:04:05.000Z","data":{"x":1}}`,
			`{"type":"event","conversationId":7,"rev":12,"event":"message.created","at":"2030-01-02T03:04:05.000Z","data":{"hidden":true}}`,
		)
		want := []Update{
			&Typing{7, 2, true},
			&Presence{UserID: 2, Status: Away, Online: true},
			&Delivered{7, 2, 44},
			&Error{Code: CodeRateLimited, Message: "Slow down", RetryAfter: 3 * time.Second},
		}
		for i, w := range want {
			got, err := s.Next(t.Context())
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", w) {
				t.Errorf("update %d: got %+v, %v, want %+v", i, got, err, w)
			}
		}
		expect(t, s, "7/11 thing.happened")
		u, err := s.Next(t.Context())
		if err != nil || u.(*Event).Payload != nil {
			t.Errorf("a hidden event: %+v, %v", u, err)
		}
	})
}

func TestSlowReaderLosesNothingAndCanStillSend(t *testing.T) {
	for _, transport := range bothTransports {
		t.Run(string(transport), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.on("POST /api/chat/conversations/7/messages", func(*http.Request) (int, string) { return 201, `{"id":1}` })
				s, v := play(t, f, f.client(), StreamOptions{Queue: 10, Transport: transport}, `"user":3,"7":0`)
				const events = 100
				go serve(f, v, 1, events)
				synctest.Wait()
				// Nothing of that was taken yet, and still there is an answer.
				if _, err := s.Send(t.Context(), Draft{ConversationID: 7, Content: "hello"}); err != nil {
					t.Fatal(err)
				}
				for rev := 1; rev <= events; {
					switch got := next(t, s); got {
					case fmt.Sprintf("7/%d message.created", rev):
						rev++
					case "*client.Ready":
					default:
						t.Fatalf("got %q, want rev %d", got, rev)
					}
				}
			})
		})
	}
}

func tellAll(v *visit, from, to int) {
	for rev := from; rev <= to; rev++ {
		v.says(said(7, rev))
	}
}

// serve says the events that each visit asks for, and acknowledges sends.
func serve(f *fake, v *visit, from, to int) {
	for {
		go tellAll(v, from, to)
		for gone := false; !gone; {
			select {
			case frame := <-v.frames:
				if frame["type"] == "send" {
					v.says(fmt.Sprintf(`{"type":"ack","id":%q,"data":{"id":1}}`, frame["id"]))
				}
			case <-v.closed:
				gone = true
			}
		}
		select {
		case v = <-f.arrivals:
		case <-f.t.Context().Done():
			return
		}
		from = int(v.cursors["7"]) + 1
		v.says(ready(fmt.Sprintf(`"user":3,"7":%d`, to)))
	}
}

func TestClosingEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, v := play(t, f, f.client(), StreamOptions{}, `"user":3,"7":10`)
		v.says(said(7, 11))
		synctest.Wait()
		sent := make(chan error)
		go func() {
			_, err := s.Send(t.Context(), Draft{ConversationID: 7, Content: "never answered"})
			sent <- err
		}()
		v.hears("send")
		s.Close()
		if err := <-sent; !errors.Is(err, ErrClosed) {
			t.Errorf("Send returns %v", err)
		}
		expect(t, s, "7/11 message.created", "error: the stream is closed")
		if s.Err() != nil {
			t.Errorf("Err is %v", s.Err())
		}
		if _, err := s.Send(t.Context(), Draft{ConversationID: 7}); !errors.Is(err, ErrClosed) {
			t.Errorf("Send afterwards returns %v", err)
		}
	})
}

func TestContextEndsTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { f.arrival().says(ready(`"user":1`)) }()
		s, err := f.client().Stream(ctx, StreamOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		n := 0
		for range s.Updates() {
			n++
		}
		if n != 1 || s.Err() != nil {
			t.Errorf("%d updates, error %v", n, s.Err())
		}
	})
}

func TestFramesCanBeWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		seen := make(chan string, 10)
		o := StreamOptions{OnFrame: func(d Direction, frame []byte) { seen <- string(d) + string(frame) }}
		_, v := play(t, f, f.client(), o, `"user":1,"7":1`)
		v.says(said(7, 2))
		for _, want := range []string{`>{"type":"hello"`, `<{"type":"ready"`, `<{"type":"event"`} {
			if got := <-seen; !strings.HasPrefix(got, want) {
				t.Errorf("got %s, want %s…", got, want)
			}
		}
	})
}
