package gateway_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
)

func TestOnlyTheSendersSessionsSeeTheTempID(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		phone, laptop, other := dial(t, w, ann, `{}`), dial(t, w, ann, `{}`), dial(t, w, bob, `{}`)
		phone.Send(`{"type":"send","conversationId":1,"content":"hi","tempId":"t1"}`)
		for c, want := range map[*client]string{phone: "t1", laptop: "t1", other: ""} {
			if got := c.got(); len(got) != 1 || got[0].Data.TempID != want || got[0].Data.Content != "hi" {
				t.Errorf("got %+v, want tempId %q", got, want)
			}
		}
	})
}

func TestWhatLiesBeforeTheCutKeepsItsRevWithoutContent(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		old := w.Say(team, bob, "secret")
		w.Cut(team, ann, old.Seq)
		c := dial(t, w, ann, `{}`)
		w.EditMessage(t.Context(), chat.Actor{ID: bob}, chat.EditMessage{MessageID: old.ID, Content: "still secret"})
		w.Say(team, bob, "open")
		got := c.got()
		wantRevs(t, got, 4, 5)
		if !got[0].Data.Hidden || got[0].Data.Content != "" || got[1].Data.Content != "open" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAReplayHidesWhatLiesBeforeTheCut(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		w.Cut(team, ann, w.Say(team, bob, "secret").Seq)
		c := connect(t, w, speak(), gatewaytest.As(ann))
		c.got()
		c.Send(`{"type":"hello","cursors":{"1":2}}`)
		if got := c.got(); len(got) != 1 || got[0].Rev != 3 || !got[0].Data.Hidden || got[0].Data.Content != "" {
			t.Errorf("got %+v", got)
		}
	})
}

// counting is a native protocol that counts how often something was encoded.
type counting struct {
	gateway.Protocol
	encoded *int
}

func (p counting) Encode(frames [][]byte, out gateway.Output) [][]byte {
	if e, ok := out.(*gateway.Event); ok && e.Encoding("native", 2) == nil {
		*p.encoded++
	}
	return p.Protocol.Encode(frames, out)
}

func TestAnEventIsEncodedOnceForAllSessionsAlike(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		encoded := 0
		open := func(u chat.UserID) *client {
			c := connect(t, w, counting{speak(), &encoded}, gatewaytest.As(u))
			c.Send(`{"type":"hello"}`)
			c.got()
			return c
		}
		sender := open(ann)
		for range 20 {
			open(ann)
			open(bob)
		}
		sender.Send(`{"type":"send","conversationId":1,"content":"hi","tempId":"t1"}`)
		synctest.Wait()
		if encoded != 2 {
			t.Errorf("encoded %d times for 41 sessions, want once for the sender's and once for the others'", encoded)
		}
	})
}

func TestASlowConsumerIsCutOffAndTheOthersGoOn(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		slow, good := dial(t, w, ann, `{}`), dial(t, w, bob, `{}`)
		resume := slow.Stall()
		const n = 3000
		rev := int64(2)
		for range n / 500 {
			for range 500 {
				w.Say(team, bob, "x")
			}
			wantRevs(t, good.got(), rev+1, rev+500)
			rev += 500
		}
		resume()
		got := slow.got()
		if last := got[len(got)-1]; last.Type != "bye" || last.Code != "slow_consumer" {
			t.Errorf("the last frame is %+v", last)
		}
		if at := slow.Closed(); !strings.HasPrefix(at, "4408") {
			t.Errorf("closed with %q", at)
		}
		if n := w.Server.Metrics.SlowConsumers.Load(); n != 1 {
			t.Errorf("%d slow consumers were counted", n)
		}
		wantRevs(t, got[:len(got)-1], 3, int64(len(got))+1) // what was under way when it stalled
	})
}

func TestASlowConsumerThatNeverReadsIsCutOffAnyway(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		slow := dial(t, w, ann, `{}`)
		slow.Stall()
		for range 1100 {
			w.Say(team, bob, "x")
		}
		synctest.Wait()
		if slow.Closed() != "" {
			t.Fatal("closed before it could take the goodbye")
		}
		time.Sleep(2 * time.Second)
		if err := <-slow.ended; err != nil || !strings.HasPrefix(slow.Closed(), "4408") {
			t.Errorf("closed with %q, %v", slow.Closed(), err)
		}
	})
}

func TestWhoWasCutOffResumesByCursor(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		for range 900 {
			w.Say(team, bob, "x")
		}
		wantRevs(t, dialRaw(t, w, `{"1":2}`), 3, 902)
	})
}

// dialRaw is what a resume brings.
func dialRaw(t *testing.T, w *gatewaytest.World, cursors string) []frame {
	c := connect(t, w, speak(), gatewaytest.As(ann))
	c.got()
	c.Send(`{"type":"hello","cursors":` + cursors + `}`)
	return c.got()
}

func TestALongReplayDoesNotCutOffAClientThatReadsSlowly(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		large := strings.Repeat("long ", 2000) // 900 of them are 9 MB
		for range 900 {
			w.Say(team, bob, large)
		}
		c := connect(t, w, speak(), gatewaytest.As(ann))
		c.got()
		resume := c.Stall()
		c.Send(`{"type":"hello","cursors":{"1":2}}`)
		synctest.Wait()
		w.Say(team, bob, "live")
		resume()
		wantRevs(t, c.got(), 3, 903)
		if c.Closed() != "" {
			t.Errorf("closed with %q", c.Closed())
		}
	})
}

func TestTheRemovedHearsNothingMore(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		first, second := dial(t, w, ann, `{}`), dial(t, w, ann, `{}`)
		w.Remove(team, ann)
		for _, c := range []*client{first, second} {
			if got := types(c.got()); !strings.Contains(got, "event conversation.left") {
				t.Errorf("got %s", got)
			}
		}
		w.Say(team, bob, "secret")
		w.Typing(t.Context(), chat.Actor{ID: bob}, team, true)
		for _, c := range []*client{first, second} {
			if got := c.got(); len(got) != 0 {
				t.Errorf("got %s", types(got))
			}
		}
	})
}

func TestWhenCrowdedWhatMayBeLostIsLost(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		c := dial(t, w, ann, `{}`)
		resume := c.Stall()
		for range 300 {
			w.Say(team, bob, "x")
			synctest.Wait()
		}
		for range 2000 {
			w.Typing(t.Context(), chat.Actor{ID: bob}, team, true)
			synctest.Wait()
		}
		for _, s := range []chat.PresenceStatus{chat.Away, chat.Online, chat.DND} {
			w.Bus.Signal(chat.Signal{Kind: chat.SignalPresence, UserID: bob, Presence: chat.Presence{UserID: bob, Status: s}})
			time.Sleep(time.Second)
		}
		resume()
		got := c.got()
		if c.Closed() != "" || len(got) != 301 {
			t.Fatalf("closed with %q, %d frames, want the 300 events and one presence", c.Closed(), len(got))
		}
		wantRevs(t, got[:300], 3, 302)
		if last := got[300]; last.Type != "presence" || last.Status != "DND" {
			t.Errorf("the last frame is %+v, want the newest presence", last)
		}
	})
}

func TestShutdownSendsEverybodyAwayAtDifferentTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, done := gatewaytest.NewWorld(gateway.Config{})
		defer done()
		var all []*client
		for range 20 {
			all = append(all, dial(t, w, ann, `{}`))
		}
		if err := w.Server.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		times := map[int64]bool{}
		for _, c := range all {
			got := c.got()
			if len(got) != 1 || got[0].Code != "shutdown" || !strings.HasPrefix(c.Closed(), "1001") {
				t.Errorf("got %s, closed with %q", types(got), c.Closed())
			}
			times[got[0].AfterMs] = true
		}
		if len(times) < 10 {
			t.Errorf("20 clients come back at %d different times", len(times))
		}
		late := connect(t, w, speak(), gatewaytest.As(ann))
		if !strings.HasPrefix(late.Closed(), "1001") {
			t.Errorf("one who came later was closed with %q", late.Closed())
		}
	})
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, done := gatewaytest.NewWorld(gateway.Config{})
		defer done()
		stuck := dial(t, w, ann, `{}`)
		stuck.Stall()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Server.Shutdown(ctx); err == nil {
			t.Error("a client that does not read let itself be told goodbye")
		}
		<-stuck.ended
	})
}

func TestSessionsAreCountedByDialect(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		c := dial(t, w, ann, `{}`)
		dial(t, w, bob, `{}`)
		if got := w.Server.Metrics.Sessions()["native"]; got != 2 {
			t.Errorf("%d sessions, want 2", got)
		}
		c.hangUp()
		if got := w.Server.Metrics.Sessions()["native"]; got != 1 {
			t.Errorf("%d sessions, want 1", got)
		}
	})
}

func TestDamagedMetadataDoesNotMakeAHole(t *testing.T) {
	story(t, gateway.Config{}, func(t *testing.T, w *gatewaytest.World) {
		c := dial(t, w, ann, `{}`)
		m := w.Say(team, bob, "x")
		w.Damage(m.ID)
		w.EditMessage(t.Context(), chat.Actor{ID: bob}, chat.EditMessage{MessageID: m.ID, Content: "y"})
		got := c.got()
		wantRevs(t, got, 3, 4)
		if !got[1].Data.Hidden {
			t.Errorf("got %+v", got[1])
		}
	})
}

// roll notes who came and went.
type roll struct{ calls []string }

func (r *roll) present(_ chat.UserID, device string) gateway.Attendance {
	r.calls = append(r.calls, "connect "+device)
	return r
}
func (r *roll) Active() { r.calls = append(r.calls, "active") }
func (r *roll) Attend(s chat.PresenceStatus, device string) {
	r.calls = append(r.calls, "attend "+string(s)+" "+device)
}
func (r *roll) Leave() { r.calls = append(r.calls, "leave") }

func TestPresenceIsToldWhoIsThere(t *testing.T) {
	r := &roll{}
	story(t, gateway.Config{Present: r.present}, func(t *testing.T, w *gatewaytest.World) {
		c := connect(t, w, speak(), gatewaytest.As(ann))
		c.Send(`{"type":"hello","device":"phone"}`)
		synctest.Wait()
		c.Send(`{"type":"presence","status":"AWAY","deviceType":"web"}`)
		c.Send(`{"type":"presence","status":"AWAY","deviceType":"` + strings.Repeat("w", 33) + `"}`)
		c.hangUp()
		if got, want := strings.Join(r.calls, ", "), "connect phone, active, attend AWAY web, active, leave"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
