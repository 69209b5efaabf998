package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	"parley/internal/lifecycle"
)

func TestBackgroundEndsItsWork(t *testing.T) {
	var b lifecycle.Background
	begun, ended := make(chan struct{}), false
	for range 2 { // the second does nothing
		b.Go(func(ctx context.Context) {
			close(begun)
			<-ctx.Done()
			ended = true
		})
	}
	<-begun
	if err := b.End(t.Context()); err != nil || !ended || !b.Began() {
		t.Errorf("%v, ended: %v", err, ended)
	}
	if err := b.End(t.Context()); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestBackgroundThatHangsIsLeftBehind(t *testing.T) {
	var b lifecycle.Background
	let := make(chan struct{})
	b.Go(func(context.Context) { <-let })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.End(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(let)
	if err := b.End(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBackgroundThatNeverBeganNeverDoes(t *testing.T) {
	var b lifecycle.Background
	if err := b.End(t.Context()); err != nil || b.Began() {
		t.Errorf("%v", err)
	}
	b.Go(func(context.Context) { t.Error("it began after its end") })
}
