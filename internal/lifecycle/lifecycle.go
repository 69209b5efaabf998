// Package lifecycle starts the parts of a program in order and stops them in
// reverse, so that every part finds what it was built on still there.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Part is something that lives as long as the program.
type Part struct {
	Name string

	// Start returns once the part is ready for those after it; a part that
	// fails to start cleans up after itself. Its ctx ends when the program is
	// asked to stop before Start has returned, and otherwise only after Stop:
	// work in the background may use it. A part that later ends by itself calls
	// fail, from any goroutine, and the whole program stops. Start may be nil.
	Start func(ctx context.Context, fail func(error)) error

	// Stop returns once the part is gone, and hurries when ctx is done. It may
	// be nil.
	Stop func(ctx context.Context) error
}

// Run starts parts, calls ready (if there is one) when all have started, and
// waits until ctx is done or a part fails. Then it stops those that started,
// last first; together they have stopTimeout. A part that outlasts that by
// lastMoment is left behind, so that one that hangs keeps no other from
// stopping. Run returns nil when it only did what ctx asked for, otherwise
// everything that went wrong.
func Run(ctx context.Context, stopTimeout time.Duration, ready func(), parts ...Part) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var started []running
	for _, part := range parts {
		if ctx.Err() != nil {
			break
		}
		r := running{Part: part}
		if err := r.start(ctx, stop); err != nil {
			stop(failure{fmt.Errorf("start %s: %w", part.Name, err)})
			break
		}
		started = append(started, r)
	}
	if ctx.Err() == nil && ready != nil {
		ready()
	}
	<-ctx.Done()
	errs := stopAll(ctx, stopTimeout, started)
	if cause, ok := errors.AsType[failure](context.Cause(ctx)); ok {
		errs = append([]error{cause.error}, errs...)
	}
	return errors.Join(errs...)
}

// lastMoment is what a part gets to return after the time to stop is over.
const lastMoment = time.Second

// failure is why Run stops when nobody asked it to.
type failure struct{ error }

type running struct {
	Part
	end context.CancelFunc
}

func (r *running) start(ctx context.Context, stop context.CancelCauseFunc) error {
	partCtx, end := context.WithCancel(context.WithoutCancel(ctx))
	r.end = end
	if r.Start == nil {
		return nil
	}
	fail := func(err error) {
		if err == nil {
			err = errors.New("ended by itself")
		}
		stop(failure{fmt.Errorf("%s: %w", r.Name, err)})
	}
	abort := context.AfterFunc(ctx, end)
	err := r.Start(partCtx, fail)
	abort()
	if err != nil {
		end()
	}
	return err
}

func stopAll(ctx context.Context, timeout time.Duration, started []running) (errs []error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	for _, r := range slices.Backward(started) {
		if err := r.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", r.Name, err))
		}
	}
	return errs
}

func (r *running) stop(ctx context.Context) error {
	defer r.end()
	if r.Stop == nil {
		return nil
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.Stop(ctx) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-stopped:
		return err
	case <-time.After(lastMoment):
		return errors.New("still running, left behind")
	}
}
