package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// loud lets only what an operator should know out of River's log. What becomes of
// jobs the runner says itself.
type loud struct {
	slog.Handler
	leaving context.Context
}

func (h *loud) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

func (h *loud) Handle(ctx context.Context, r slog.Record) error {
	if h.leaving.Err() != nil && isCutOff(r) {
		return nil
	}
	for _, said := range []string{": Job errored", ": Job panicked"} {
		if strings.Contains(r.Message, said) {
			return nil
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h *loud) WithAttrs(a []slog.Attr) slog.Handler { return &loud{h.Handler.WithAttrs(a), h.leaving} }

func (h *loud) WithGroup(name string) slog.Handler {
	return &loud{h.Handler.WithGroup(name), h.leaving}
}

// isCutOff says that something was interrupted, which is what stopping does.
func isCutOff(r slog.Record) (cut bool) {
	r.Attrs(func(a slog.Attr) bool {
		cut = cut || strings.Contains(a.Value.String(), context.Canceled.Error())
		return !cut
	})
	return cut
}
