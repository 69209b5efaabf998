package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/goleak"

	"parley/internal/chat"
	"parley/internal/store"
	"parley/internal/store/enginetest"
	"parley/internal/store/postgres"
	"parley/internal/store/postgres/pgtest"
	"parley/internal/store/sqlite"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Clean()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// engines runs a test on each engine. open may be called again: it is the same
// database.
func engines(t *testing.T, test func(t *testing.T, open func() *store.Store)) {
	keep := func(t *testing.T, st *store.Store, err error) *store.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		return st
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "parley.db")
		test(t, func() *store.Store {
			st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			return keep(t, st, err)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.Database(t)
		test(t, func() *store.Store {
			st, err := postgres.Open(t.Context(), url, postgres.Options{})
			return keep(t, st, err)
		})
	})
}

// note is a job of these tests.
type note struct {
	ID int64 `json:"id"`
}

func (note) Kind() string { return "note" }

// notes is a kind that tells which notes it was given.
func notes(to chan<- int64) kind {
	return kind{name: "note", work: on(func(_ context.Context, _ Services, n note) error {
		to <- n.ID
		return nil
	})}
}

func start(t *testing.T, st *store.Store, o Options, kinds ...kind) *Runner {
	t.Helper()
	r, err := newRunner(st.Queue(), Services{}, o, kinds)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, r) })
	return r
}

func stop(t *testing.T, r *Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func enqueue(t *testing.T, st *store.Store, then error, ids ...int64) {
	t.Helper()
	err := st.Write(t.Context(), func(tx chat.Tx) error {
		for _, id := range ids {
			if err := tx.Enqueue(t.Context(), note{id}); err != nil {
				return err
			}
		}
		return then
	})
	if !errors.Is(err, then) {
		t.Fatal(err)
	}
}

// get waits for something that happens within ten seconds.
func get[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("it did not happen within 10 s")
		panic("unreachable")
	}
}

func TestJobRunsSoonAfterTheCommitAndOnlyThen(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open func() *store.Store) {
		st, ran := open(), make(chan int64, 10)
		start(t, st, Options{}, notes(ran))
		enqueue(t, st, errors.New("the change failed"), 1)
		begun := time.Now()
		enqueue(t, st, nil, 2, 2) // the same one twice
		if id := get(t, ran); id != 2 {
			t.Errorf("job %d ran", id)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("it ran after %v", took)
		}
		enqueue(t, st, nil, 3)
		if id := get(t, ran); id != 3 {
			t.Errorf("then job %d ran", id)
		}
	})
}

// logged is a log that a test looks into.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestFailingJobIsTriedAgainAndThenGivenUp(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open func() *store.Store) {
		st, tries, log := open(), make(chan time.Time, 10), &logged{}
		fails := kind{name: "fails", work: func(context.Context, Services, json.RawMessage) error {
			tries <- time.Now()
			if len(tries) > 1 {
				panic("a bug")
			}
			return errors.New("boom")
		}}
		r := start(t, st, Options{Log: slog.New(slog.NewTextHandler(log, nil))}, fails)
		if _, err := r.client.Insert(t.Context(), args{kind: "fails"}, &river.InsertOpts{MaxAttempts: 2}); err != nil {
			t.Fatal(err)
		}
		waitFor(t, r, "discarded", 1)
		first, second := <-tries, <-tries
		if pause := second.Sub(first); pause < 900*time.Millisecond {
			t.Errorf("tried again after %v", pause)
		}
		if failed, lost := r.Failures(); failed != 2 || lost != 1 {
			t.Errorf("%d failures, %d given up", failed, lost)
		}
		for _, line := range []string{"a job failed and is tried again", "boom", "a job was given up", "a bug"} {
			if !strings.Contains(log.String(), line) {
				t.Errorf("the log does not say %q:\n%s", line, log)
			}
		}
	})
}

// waitFor waits until so many jobs are in a state.
func waitFor(t *testing.T, r *Runner, state string, n int) {
	t.Helper()
	for giveUp := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		states, err := r.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if states[state] == n {
			return
		}
		if time.Now().After(giveUp) {
			t.Fatalf("%v, want %d %s", states, n, state)
		}
	}
}

// What stops in the middle of a job pauses it: it goes on in the next runner, and
// that was no failure.
func TestStopPausesWhatIsUnderWay(t *testing.T) {
	engines(t, func(t *testing.T, open func() *store.Store) {
		st, begun, ran := open(), make(chan int64, 10), make(chan int64, 10)
		first := start(t, st, Options{}, kind{name: "note", work: func(ctx context.Context, _ Services, _ json.RawMessage) error {
			begun <- 1
			<-ctx.Done()
			return ctx.Err()
		}})
		enqueue(t, st, nil, 7)
		get(t, begun)
		stop(t, first)
		if states, err := first.States(t.Context()); err != nil || states["available"] != 1 {
			t.Errorf("%v, %v", states, err)
		}
		if failed, _ := first.Failures(); failed != 0 {
			t.Errorf("%d failures", failed)
		}
		start(t, st, Options{}, notes(ran))
		if id := get(t, ran); id != 7 {
			t.Errorf("job %d ran", id)
		}
	})
}

// A runner that is alone takes up what was under way when its process died.
func TestWhatWasUnderWayInADeadProcessRunsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	open := func() *store.Store {
		st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return st
	}
	before, begun, die := open(), make(chan int64, 1), make(chan struct{})
	start(t, before, Options{Alone: true}, kind{name: "note", work: func(context.Context, Services, json.RawMessage) error {
		begun <- 1
		<-die
		return nil
	}})
	t.Cleanup(func() { close(die) })
	enqueue(t, before, nil, 7)
	get(t, begun) // and never comes back
	ran := make(chan int64, 1)
	start(t, open(), Options{Alone: true}, notes(ran))
	if id := get(t, ran); id != 7 {
		t.Errorf("job %d ran", id)
	}
}

// Of several nodes one makes periodic jobs, and the one after it does not make
// again what was made in the same period.
func TestPeriodicJobsRunOncePerCluster(t *testing.T) {
	t.Parallel()
	enginetest.Long(t)
	engines(t, func(t *testing.T, open func() *store.Store) {
		daily, ticks := make(chan int, 100), make(chan int, 1000)
		node := func(i int, st *store.Store) *Runner {
			tell := func(to chan<- int) func(context.Context, Services, json.RawMessage) error {
				return func(context.Context, Services, json.RawMessage) error { to <- i; return nil }
			}
			return start(t, st, Options{},
				kind{name: "daily", every: 1000 * 24 * time.Hour, work: tell(daily)},
				kind{name: "tick", every: time.Second, work: tell(ticks)})
		}
		st := open()
		first := node(1, st)
		get(t, daily)
		second := node(2, st)
		for range 3 {
			get(t, ticks)
		}
		stop(t, first)
		for get(t, ticks) != 2 { // the second's queue goes on ...
		}
		get(t, ticks) // ... and it has begun to make jobs
		get(t, ticks)
		stop(t, second)
		if n := len(daily); n != 0 {
			t.Errorf("the daily job ran %d times more", n)
		}
	})
}

// The queue gets its turn between the commits of a busy store, and no commit waits
// long for it.
func TestQueueGetsItsTurnOfABusyWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "parley.db")
	st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ran := make(chan int64, 100)
	start(t, st, Options{Alone: true}, notes(ran))
	slowest := func(from, to int64) (most time.Duration) {
		for id := from; id < to; id++ {
			begun := time.Now()
			enqueue(t, st, nil, id)
			get(t, ran)
			most = max(most, time.Since(begun))
		}
		return most
	}
	alone := slowest(0, 5)
	ctx, finish := context.WithCancel(context.Background())
	var busy sync.WaitGroup
	for i := range 64 {
		busy.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				err := st.Write(context.Background(), func(tx chat.Tx) error {
					return tx.InsertUser(context.Background(), &chat.User{Username: fmt.Sprint(i, "-", n), Kind: chat.Member, CreatedAt: time.Now()})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	if took := slowest(5, 25); took > alone+time.Second {
		t.Errorf("a job ran after %v, and after %v when nobody else wrote", took, alone)
	}
	finish()
	busy.Wait()
}
