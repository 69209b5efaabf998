package hub_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/internal/bus/bustest"
	"parley/internal/chat"
	"parley/internal/hub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ann = chat.UserID(1)
	bob = chat.UserID(2)
)

// story runs fn with a hub on a world in which ann and bob share conversation 1.
func story(t *testing.T, fn func(t *testing.T, w *world, h *hub.Hub)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.add(1, ann)
		w.add(1, bob)
		fn(t, w, w.start(t, hub.Options{Workers: 2}))
	})
}

func wantHeard(t *testing.T, e *ear, want ...string) {
	t.Helper()
	synctest.Wait()
	e.check(t)
	if got := e.transcript(); !slices.Equal(got, want) {
		t.Errorf("user %d heard\n %s\nwant\n %s", e.user, strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
}

func TestLiveEventsComeOnceAndInOrder(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(ann)
		e.begin(t, h, hub.Resume{})
		w.say(1, 3)
		wantHeard(t, e, "1/3 message.created", "1/4 message.created", "1/5 message.created")
	})
}

func TestNothingComesBeforeStart(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(ann)
		f, _, err := h.Join(t.Context(), chat.Actor{ID: ann}, e)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Leave()
		w.say(1, 2)
		wantHeard(t, e)
		e.last[1] = 2
		f.Start(hub.Resume{})
		wantHeard(t, e, "1/3 message.created", "1/4 message.created")
	})
}

func TestResumeByRevs(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, 4)
		e := newEar(ann)
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 4, ann.Stream(): 1}})
		wantHeard(t, e, "1/5 message.created", "1/6 message.created")
		w.say(1, 1)
		wantHeard(t, e, "1/5 message.created", "1/6 message.created", "1/7 message.created")
	})
}

func TestResumeByPosition(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, 2)
		since := w.pos
		w.say(1, 2)
		e := newEar(ann)
		e.last[1] = 4
		f, _, err := h.Join(t.Context(), chat.Actor{ID: ann}, e)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Leave()
		e.last[ann.Stream()] = 1
		f.Start(hub.Resume{Rest: hub.FromPosition, Since: since})
		wantHeard(t, e, "1/5 message.created", "1/6 message.created")
	})
}

func TestTooFarBehindIsAGap(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, chat.MaxReplay+10)
		e := newEar(ann)
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 5}})
		wantHeard(t, e, "1 gap 1012")
		w.say(1, 1)
		wantHeard(t, e, "1 gap 1012", "1/1013 message.created")
	})
}

func TestACursorFromTheFutureIsAGap(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(ann)
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 99}})
		wantHeard(t, e, "1 gap 2")
	})
}

func TestWithoutKnowledgeEverythingIsAGap(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(ann)
		e.begin(t, h, hub.Resume{Rest: hub.FromNowhere})
		wantHeard(t, e, "user:1 gap 1", "1 gap 2")
	})
}

func TestAForeignStreamIsAnsweredWithLeft(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.add(7, bob)
		e := newEar(ann)
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{7: 1}})
		wantHeard(t, e, "7 left")
		w.say(7, 3)
		wantHeard(t, e, "7 left")
	})
}

func TestAStreamLeftMeanwhileIsSaidOnce(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.remove(1, ann)
		e := newEar(ann)
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 2, ann.Stream(): 1}})
		wantHeard(t, e, "user:1/2 conversation.left")
	})
}

func TestJoiningAttachesFromTheHead(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.add(5, bob)
		w.say(5, 3)
		e := newEar(ann)
		e.begin(t, h, hub.Resume{})
		w.add(5, ann)
		w.say(5, 2)
		wantHeard(t, e, "user:1/2 conversation.joined", "5/6 message.created", "5/7 message.created")
	})
}

func TestTheRemovedHearsHisRemovalLast(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		first, second, other := newEar(ann), newEar(ann), newEar(bob)
		for _, e := range []*ear{first, second, other} {
			e.begin(t, h, hub.Resume{})
		}
		w.say(1, 1)
		synctest.Wait()
		w.remove(1, ann)
		synctest.Wait()
		w.say(1, 2)
		synctest.Wait()
		for _, e := range []*ear{first, second} {
			e.check(t)
			if got := e.revOf(1); got > 4 {
				t.Errorf("heard rev %d of the conversation", got)
			}
			if got := e.revOf(ann.Stream()); got != 2 {
				t.Errorf("own stream is at %d, want 2", got)
			}
		}
		if got := other.revOf(1); got != 6 {
			t.Errorf("bob is at rev %d, want 6", got)
		}
	})
}

func TestLeavingAndComingBackWhileTheBusIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := bustest.New(1, bustest.Trouble{Lose: 1})
		w.bus = b
		w.add(1, ann)
		h := w.start(t, hub.Options{})
		e := newEar(ann)
		e.begin(t, h, hub.Resume{})
		w.say(1, 1)
		w.remove(1, ann)
		w.say(1, 1)
		w.add(1, ann)
		w.say(1, 1)
		time.Sleep(3 * time.Second)
		e.check(t)
		if got, want := e.revOf(1), w.head(1); got != want {
			t.Errorf("at rev %d, want %d", got, want)
		}
	})
}

func TestDeletionEndsItForAll(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(bob)
		e.begin(t, h, hub.Resume{})
		w.commit(&chat.Event{Stream: 1, Type: chat.ConversationDeleted})
		w.say(1, 2)
		wantHeard(t, e, "1/3 conversation.deleted")
	})
}

func TestWhatLiesBeforeTheCutIsHidden(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.members[1][ann] = 10
		e := newEar(ann)
		e.begin(t, h, hub.Resume{})
		for _, seq := range []int64{0, 10, 11} {
			w.commit(&chat.Event{Stream: 1, Type: chat.MessageUpdated, Seq: seq})
		}
		synctest.Wait()
		e.check(t)
		if e.hidden != 1 {
			t.Errorf("%d events were hidden, want 1", e.hidden)
		}
	})
}

func TestALostAnnouncementIsRepairedWithinTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := bustest.New(1, bustest.Trouble{})
		w.bus = b
		w.add(1, ann)
		h := w.start(t, hub.Options{})
		e := newEar(ann)
		e.begin(t, h, hub.Resume{})
		b.Make(bustest.Trouble{Lose: 1})
		w.say(1, 2)
		time.Sleep(2 * time.Second)
		wantHeard(t, e, "1/2 message.created", "1/3 message.created")
		if got := h.Metrics.Repaired.Load(); got != 2 {
			t.Errorf("%d events were repaired, want 2", got)
		}
	})
}

func TestAFailedReadLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := bustest.New(1, bustest.Trouble{})
		w.bus = b
		w.add(1, ann)
		h := w.start(t, hub.Options{})
		e := newEar(ann)
		e.begin(t, h, hub.Resume{})
		b.Make(bustest.Trouble{Lose: 1})
		w.say(1, 1)
		b.Make(bustest.Trouble{})
		w.mu.Lock()
		w.fails = func() bool { return true }
		w.mu.Unlock()
		w.say(1, 1) // shows the gap, which cannot be read now
		time.Sleep(5 * time.Second)
		wantHeard(t, e)
		w.mu.Lock()
		w.fails = func() bool { return false }
		w.mu.Unlock()
		time.Sleep(3 * time.Second)
		wantHeard(t, e, "1/2 message.created", "1/3 message.created")
	})
}

func TestReplayIsPaced(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, 450)
		e := newEar(ann)
		e.written = make(chan struct{})
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 2}})
		for _, want := range []int{200, 400, 450} {
			synctest.Wait()
			if got := e.count(); got != want {
				t.Fatalf("%d events were given, want %d until they are written", got, want)
			}
			w.say(1, 0)
			e.written <- struct{}{}
		}
		w.say(1, 1)
		synctest.Wait()
		e.check(t)
		if got := e.count(); got != 451 {
			t.Errorf("%d events were given, want 451", got)
		}
	})
}

func TestLiveEventsOfAReplayedStreamComeFromTheLog(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, 250)
		e := newEar(ann)
		e.written = make(chan struct{})
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 2}})
		synctest.Wait()
		w.say(1, 30)
		synctest.Wait()
		if got := e.count(); got != 200 {
			t.Fatalf("%d events were given while the first page was unwritten", got)
		}
		close(e.written)
		synctest.Wait()
		e.check(t)
		if got := e.count(); got != 280 {
			t.Errorf("%d events were given, want 280", got)
		}
	})
}

func TestWithoutRoomAReplayWaitsWithinThePage(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, 5)
		e := newEar(ann)
		e.full, e.written = true, make(chan struct{})
		e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 2}})
		synctest.Wait()
		if got := e.count(); got != 1 {
			t.Errorf("%d events were given without room, want 1", got)
		}
	})
}

func TestLeaveEndsAReplay(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.say(1, 500)
		e := newEar(ann)
		e.written = make(chan struct{})
		f := e.begin(t, h, hub.Resume{Revs: map[chat.StreamID]int64{1: 2}})
		synctest.Wait()
		f.Leave()
		w.say(1, 1)
		synctest.Wait()
		if got := e.count(); got != 200 {
			t.Errorf("%d events were given, want the first 200 only", got)
		}
	})
}
