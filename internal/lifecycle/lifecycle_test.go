package lifecycle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errBoom = errors.New("boom")

// diary notes what happens in order, "+name" for a start and "-name" for a stop.
type diary []string

func (d *diary) part(name string) Part {
	return Part{
		Name:  name,
		Start: func(context.Context, func(error)) error { *d = append(*d, "+"+name); return nil },
		Stop:  func(context.Context) error { *d = append(*d, "-"+name); return nil },
	}
}

func (d *diary) expect(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(*d, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestStopsInReverseWhenAsked(t *testing.T) {
	var d diary
	ctx, cancel := context.WithCancel(t.Context())
	ready := func() { d = append(d, "ready"); cancel() }
	if err := Run(ctx, time.Minute, ready, d.part("store"), d.part("hub"), d.part("http")); err != nil {
		t.Error(err)
	}
	d.expect(t, "+store +hub +http ready -http -hub -store")
}

func TestStopsWhatStartedWhenAStartFails(t *testing.T) {
	var d diary
	broken := Part{
		Name:  "hub",
		Start: func(context.Context, func(error)) error { return errBoom },
		Stop:  func(context.Context) error { t.Error("stopped what never started"); return nil },
	}
	ready := func() { t.Error("ready") }
	err := Run(t.Context(), time.Minute, ready, d.part("store"), broken, d.part("http"))
	if !errors.Is(err, errBoom) || err.Error() != "start hub: boom" {
		t.Error(err)
	}
	d.expect(t, "+store -store")
}

func TestStopsWhenAPartFails(t *testing.T) {
	var d diary
	failLater := make(chan struct{})
	http := d.part("http")
	http.Start = func(_ context.Context, fail func(error)) error {
		go func() {
			<-failLater
			fail(errBoom)
			fail(errors.New("a second failure changes nothing"))
		}()
		return nil
	}
	err := Run(t.Context(), time.Minute, func() { close(failLater) }, d.part("store"), http)
	if !errors.Is(err, errBoom) || err.Error() != "http: boom" {
		t.Error(err)
	}
	d.expect(t, "+store -http -store")
}

func TestFailureWhileOthersStart(t *testing.T) {
	var d diary
	store := d.part("store")
	store.Start = func(_ context.Context, fail func(error)) error { fail(nil); return nil }
	err := Run(t.Context(), time.Minute, func() { t.Error("ready") }, store, d.part("http"))
	if err == nil || err.Error() != "store: ended by itself" {
		t.Error(err)
	}
	d.expect(t, "-store")
}

func TestStopRequestAbortsASlowStart(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	slow := Part{Name: "migrations", Start: func(ctx context.Context, _ func(error)) error {
		cancel(errors.New("a signal, as signal.NotifyContext reports it"))
		<-ctx.Done()
		return nil
	}}
	var d diary
	if err := Run(ctx, time.Minute, func() { t.Error("ready") }, d.part("store"), slow, d.part("http")); err != nil {
		t.Error(err)
	}
	d.expect(t, "+store -store")
}

func TestContextOfAPartLastsUntilItHasStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var partCtx context.Context
	part := Part{
		Name:  "jobs",
		Start: func(ctx context.Context, _ func(error)) error { partCtx = ctx; return nil },
		Stop:  func(context.Context) error { return partCtx.Err() },
	}
	if err := Run(ctx, time.Minute, cancel, part); err != nil {
		t.Errorf("ended before Stop: %v", err)
	}
	if partCtx.Err() == nil {
		t.Error("did not end after Stop")
	}
}

func TestEveryStopErrorIsReported(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fails := func(name string) Part {
		return Part{Name: name, Stop: func(context.Context) error { return errBoom }}
	}
	err := Run(ctx, time.Minute, cancel, fails("store"), fails("hub"))
	if err == nil || err.Error() != "stop hub: boom\nstop store: boom" {
		t.Error(err)
	}
}

func TestStopsShareOneTimeoutAndAHangingPartIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		release := make(chan struct{})
		hangs := Part{Name: "hub", Stop: func(context.Context) error { <-release; return nil }}
		drains := Part{Name: "http", Stop: func(ctx context.Context) error { <-ctx.Done(); return nil }}
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		err := Run(ctx, 10*time.Second, cancel, d.part("store"), hangs, drains)
		if took := time.Since(start); took != 10*time.Second+lastMoment {
			t.Errorf("took %v", took)
		}
		if err == nil || err.Error() != "stop hub: still running, left behind" {
			t.Error(err)
		}
		if !slices.Contains(d, "-store") {
			t.Error("the store was not stopped")
		}
		close(release)
	})
}

func TestRunWithoutParts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, time.Second, nil); err != nil {
		t.Error(err)
	}
}
