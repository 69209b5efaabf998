package nats

import "parley/internal/chat"

// Hears says whether the node is subscribed to what happens in a stream. It is
// for the function that OnLost set.
func (b *Bus) Hears(st chat.StreamID) bool { return b.subs[shardOf(st)] != nil }
