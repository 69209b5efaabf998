package presence

import (
	"maps"
	"slices"

	"parley/internal/chat"
)

// Online returns everybody who is not offline, in no order.
func (t *Tracker) Online() []chat.UserID {
	t.announced.mu.RLock()
	defer t.announced.mu.RUnlock()
	return slices.Collect(maps.Keys(t.announced.online))
}
