package presence_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/presence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ann   = chat.UserID(1)
	bob   = chat.UserID(2)
	stale = 5 * time.Minute
)

// town is a tracker, the users it knows, and what it announced.
type town struct {
	t       *testing.T
	bus     *bus.Local
	tracker *presence.Tracker
	began   time.Time

	mu     sync.Mutex
	choice chat.User
	told   []chat.Presence
	seen   map[chat.UserID]time.Time
}

func (w *town) UsersByID(_ context.Context, ids []chat.UserID) ([]chat.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.choice
	u.ID = ids[0]
	return []chat.User{u}, nil
}

func (w *town) SawUser(_ context.Context, u chat.UserID, at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[u] = at
	return nil
}

func story(t *testing.T, fn func(t *testing.T, w *town)) {
	synctest.Test(t, func(t *testing.T) {
		w := &town{t: t, bus: bus.NewLocal(), seen: map[chat.UserID]time.Time{}, began: time.Now()}
		w.tracker = presence.New(w.bus, w, stale, slog.New(slog.DiscardHandler))
		w.bus.Subscribe(w.tracker.Subscriber())
		w.bus.Subscribe(chat.Subscriber{Signal: func(s chat.Signal) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, s.Presence)
		}})
		fn(t, w)
		if err := w.tracker.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// wantTold compares what was announced since it was last called.
func (w *town) wantTold(want ...chat.PresenceStatus) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	var got []chat.PresenceStatus
	for _, p := range w.told {
		got = append(got, p.Status)
	}
	w.told = nil
	if !slices.Equal(got, want) {
		w.t.Errorf("announced %v, want %v", got, want)
	}
}

func (w *town) wantIs(u chat.UserID, want chat.PresenceStatus) chat.Presence {
	w.t.Helper()
	p := w.tracker.Of([]chat.UserID{u})[0]
	if p.Status != want || p.UserID != u {
		w.t.Errorf("user %d is %s, want %s of %d", p.UserID, p.Status, want, u)
	}
	return p
}

func (w *town) lastSeen(u chat.UserID) time.Duration {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[u].IsZero() {
		return -1
	}
	return w.seen[u].Sub(w.began)
}

func TestOnlineWithTheFirstSessionOfflineAfterTheLast(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		w.wantIs(ann, chat.Offline)
		phone := w.tracker.Connect(ann, "phone")
		laptop := w.tracker.Connect(ann, "web")
		w.wantTold(chat.Online)
		if p := w.wantIs(ann, chat.Online); p.LastSeenAt.IsZero() {
			t.Error("online since never")
		}
		time.Sleep(time.Minute)
		phone.Leave()
		laptop.Leave()
		time.Sleep(presence.Grace - 1)
		w.wantTold()
		w.wantIs(ann, chat.Online)
		time.Sleep(time.Nanosecond)
		w.wantTold(chat.Offline)
		w.wantIs(ann, chat.Offline)
		if got := w.lastSeen(ann); got != time.Minute {
			t.Errorf("last seen after %v, want when the last session ended, a minute", got)
		}
	})
}

func TestNobodySeesAReconnect(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		for range 3 {
			w.tracker.Connect(ann, "").Leave()
			time.Sleep(presence.Grace - time.Second)
		}
		s := w.tracker.Connect(ann, "")
		time.Sleep(time.Minute)
		w.wantTold(chat.Online)
		s.Leave()
	})
}

func TestAwayExactlyWhenNothingWasHeardForSoLong(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		s := w.tracker.Connect(ann, "")
		w.wantTold(chat.Online)
		time.Sleep(time.Minute)
		s.Active()
		time.Sleep(time.Minute)
		w.tracker.Touch(ann)
		time.Sleep(stale - 1)
		w.wantTold()
		time.Sleep(time.Nanosecond)
		w.wantTold(chat.Away)
		time.Sleep(time.Hour)
		s.Active()
		w.wantTold(chat.Online)
		time.Sleep(stale)
		w.wantTold(chat.Away)
		s.Leave()
	})
}

func TestWhatWasChosenByHandWins(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		choose := func(c chat.PresenceChoice, message string) {
			w.bus.Publish([]*chat.Event{{Type: chat.UserUpdated, Payload: &chat.User{ID: ann, Presence: c, StatusMessage: message}}})
		}
		s := w.tracker.Connect(ann, "")
		w.wantTold(chat.Online)
		choose(chat.PresenceDND, "")
		w.wantTold(chat.DND)
		time.Sleep(stale)
		w.wantTold()
		choose(chat.PresenceDND, "in a meeting")
		if p := w.wantIs(ann, chat.DND); p.StatusMessage != "in a meeting" {
			t.Errorf("the status message is %q", p.StatusMessage)
		}
		w.wantTold(chat.DND)
		choose(chat.PresenceAutomatic, "")
		w.wantTold(chat.Away)
		s.Active()
		w.wantTold(chat.Online)
		s.Leave()
	})
}

func TestAStatusIsSeenAsItIs(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		say := func(u chat.User) {
			u.ID = ann
			w.bus.Publish([]*chat.Event{{Type: chat.UserUpdated, Payload: &u}})
		}
		w.choice = chat.User{StatusMessage: "over", StatusEmoji: "🕰️", StatusClearAt: w.began}
		s := w.tracker.Connect(ann, "")
		if p := w.wantIs(ann, chat.Online); p.StatusMessage != "" || p.Emoji != "" || !p.ClearAt.IsZero() {
			t.Errorf("what is over is seen: %+v", p)
		}
		w.wantTold(chat.Online)
		end := w.began.Add(time.Hour)
		say(chat.User{StatusMessage: "Lunch", StatusEmoji: "🍜", StatusClearAt: end})
		if p := w.wantIs(ann, chat.Online); p.StatusMessage != "Lunch" || p.Emoji != "🍜" || !p.ClearAt.Equal(end) {
			t.Errorf("%+v", p)
		}
		w.wantTold(chat.Online)
		say(chat.User{StatusMessage: "Lunch", StatusEmoji: "🍕", StatusClearAt: end})
		w.wantTold(chat.Online)
		say(chat.User{StatusMessage: "Lunch", StatusEmoji: "🍕", StatusClearAt: end.Add(time.Hour)})
		w.wantTold(chat.Online)
		say(chat.User{StatusMessage: "Lunch", StatusEmoji: "🍕", StatusClearAt: end.Add(time.Hour)})
		w.wantTold()
		say(chat.User{})
		w.wantTold(chat.Online)
		s.Leave()
	})
}

func TestTheInvisibleLeaveNoTraces(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		w.choice = chat.User{Presence: chat.PresenceInvisible, StatusMessage: "secret", LastSeenAt: w.began}
		s := w.tracker.Connect(ann, "")
		time.Sleep(time.Minute)
		s.Active()
		s.Leave()
		time.Sleep(time.Minute)
		w.wantTold()
		if got := w.lastSeen(ann); got != -1 {
			t.Errorf("was seen after %v", got)
		}
	})
}

func TestBecomingInvisibleLooksLikeGoingOffline(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		s := w.tracker.Connect(ann, "web")
		w.wantTold(chat.Online)
		time.Sleep(time.Minute)
		w.bus.Publish([]*chat.Event{{Type: chat.UserUpdated, Payload: &chat.User{ID: ann, Presence: chat.PresenceInvisible}}})
		w.wantTold(chat.Offline)
		time.Sleep(time.Minute)
		s.Leave()
		time.Sleep(time.Minute)
		w.wantTold()
		if got := w.lastSeen(ann); got != time.Minute {
			t.Errorf("last seen after %v, want when he vanished, a minute", got)
		}
	})
}

func TestASessionThatSaysItIsGoneCountsAsGone(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		s := w.tracker.Connect(ann, "web")
		w.wantTold(chat.Online)
		s.Attend(chat.Away, "")
		w.wantTold(chat.Away)
		other := w.tracker.Connect(ann, "phone")
		w.wantTold(chat.Online)
		other.Attend(chat.DND, "tablet")
		if p := w.wantIs(ann, chat.DND); p.DeviceType != "tablet" {
			t.Errorf("the device is %q", p.DeviceType)
		}
		w.wantTold(chat.DND)
		other.Leave()
		w.wantTold(chat.Away)
		s.Attend(chat.Offline, "")
		w.wantTold()
		time.Sleep(presence.Grace)
		w.wantTold(chat.Offline)
		s.Attend(chat.Online, "")
		w.wantTold(chat.Online)
		s.Leave()
	})
}

func TestOtherNodesUsersAreKnownFromTheBus(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		tell := func(s chat.PresenceStatus) {
			w.bus.Signal(chat.Signal{Kind: chat.SignalPresence, UserID: bob, Presence: chat.Presence{UserID: bob, Status: s}})
		}
		tell(chat.DND)
		got := w.tracker.Of([]chat.UserID{ann, bob})
		if got[0].Status != chat.Offline || got[1].Status != chat.DND {
			t.Errorf("%+v", got)
		}
		tell(chat.Offline)
		w.wantIs(bob, chat.Offline)
	})
}

func TestStopStoresWhoWasThere(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		s := w.tracker.Connect(ann, "")
		time.Sleep(time.Minute)
		if err := w.tracker.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Active()
		s.Leave()
		if got := w.lastSeen(ann); got != time.Minute {
			t.Errorf("last seen after %v, want a minute", got)
		}
		w.wantTold(chat.Online)
	})
}

// choosing is a store whose user chooses while his record is being read.
type choosing struct {
	*town
	choose func()
}

func (c choosing) UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error) {
	defer c.choose()
	return c.town.UsersByID(ctx, ids)
}

func TestAChoiceMadeWhileConnectingCounts(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		var once sync.Once
		users := choosing{w, func() {
			once.Do(func() {
				w.choice.Presence = chat.PresenceDND
				w.bus.Publish([]*chat.Event{{Type: chat.UserUpdated, Payload: &chat.User{ID: ann, Presence: chat.PresenceDND}}})
			})
		}}
		tracker := presence.New(w.bus, users, stale, slog.New(slog.DiscardHandler))
		w.bus.Subscribe(tracker.Subscriber())
		s := tracker.Connect(ann, "")
		w.wantTold(chat.DND)
		s.Leave()
		if err := tracker.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Who hides when he was last seen hides it from the moment he says so, also when
// he goes.
func TestHiddenLastSeen(t *testing.T) {
	story(t, func(t *testing.T, w *town) {
		session := w.tracker.Connect(ann, "web")
		if p := w.wantIs(ann, chat.Online); p.LastSeenAt.IsZero() {
			t.Error("not seen before")
		}
		hiding := &chat.User{ID: ann, Settings: chat.UserSettings{HideLastSeen: true}}
		w.bus.Publish([]*chat.Event{{Stream: ann.Stream(), Type: chat.UserUpdated, Payload: hiding}})
		synctest.Wait()
		if p := w.wantIs(ann, chat.Online); !p.LastSeenAt.IsZero() {
			t.Errorf("while there: seen at %v", p.LastSeenAt)
		}
		session.Leave()
		time.Sleep(presence.Grace + time.Second)
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		last := w.told[len(w.told)-1]
		if last.Status != chat.Offline || !last.LastSeenAt.IsZero() {
			t.Errorf("told %+v", last)
		}
		if w.seen[ann].IsZero() {
			t.Error("the server forgot as well")
		}
	})
}
