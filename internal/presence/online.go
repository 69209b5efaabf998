package presence

import (
	"maps"
	"slices"

	"parley/internal/chat"
)

// Online returns everybody who is not offline, in no order.
func (t *Tracker) Online() []chat.UserID {
	t.views.mu.RLock()
	defer t.views.mu.RUnlock()
	return slices.Collect(maps.Keys(t.views.merged))
}
