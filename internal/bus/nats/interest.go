package nats

import (
	"context"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"

	"parley/internal/chat"
)

// interest is how many streams of each shard somebody on this node follows. A
// connection may be held up by its server, so that who follows only says so here,
// and the bus's own goroutine subscribes.
type interest struct {
	mu        sync.Mutex
	followers [shards]int
	changed   map[int]struct{} // shards to look at
	wake      chan struct{}
}

func newInterest() interest {
	return interest{changed: map[int]struct{}{}, wake: make(chan struct{}, 1)}
}

// Follow says that somebody on this node follows a stream. Once the server knows,
// what OnLost set is called. It never waits for the network.
func (b *Bus) Follow(st chat.StreamID) { b.interest.add(shardOf(st), 1) }

// Unfollow takes back one Follow.
func (b *Bus) Unfollow(st chat.StreamID) { b.interest.add(shardOf(st), -1) }

func (i *interest) add(shard, n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before := i.followers[shard]
	i.followers[shard] = max(before+n, 0)
	if (before > 0) == (i.followers[shard] > 0) {
		return
	}
	i.changed[shard] = struct{}{}
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// take returns the shards that changed, and whether each is followed now.
func (i *interest) take() map[int]bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	followed := make(map[int]bool, len(i.changed))
	for shard := range i.changed {
		followed[shard] = i.followers[shard] > 0
	}
	clear(i.changed)
	return followed
}

// keep keeps the subscriptions as the interest is, and tells what may have been
// missed.
func (b *Bus) keep() {
	for {
		missed := false
		select {
		case <-b.ctx.Done():
			return
		case <-b.lost:
			missed = true
		case <-b.interest.wake:
		}
		for shard, followed := range b.interest.take() {
			switch {
			case followed && b.subs[shard] == nil:
				b.subs[shard] = b.subscribeShard(shard)
				missed = true
			case !followed:
				b.unsubscribe(b.subs[shard])
				delete(b.subs, shard)
			}
		}
		if missed {
			b.tellLost()
		}
	}
}

// tellLost tells once the server has confirmed the subscriptions made so far:
// from then on nothing of theirs is missed. If it does not, the tailer's look is
// as good as any, and it is told again when there is an answer.
func (b *Bus) tellLost() {
	ctx, cancel := context.WithTimeout(b.ctx, answersWithin)
	defer cancel()
	if err := b.conn.FlushWithContext(ctx); err != nil && b.conn.IsConnected() {
		b.missed()
	}
	if fn := b.onLost.Load(); fn != nil && b.ctx.Err() == nil {
		(*fn)()
	}
}

// subscribeShard subscribes to the events and the signals of a shard.
func (b *Bus) subscribeShard(shard int) []*nats.Subscription {
	subs := make([]*nats.Subscription, 0, 2)
	for _, kind := range []string{"log.", "sig."} {
		sub, err := b.subscribe(kind + strconv.Itoa(shard))
		if err != nil {
			if b.ctx.Err() == nil {
				b.log.Error("following other nodes", "error", err) // the log brings it, later
			}
			continue
		}
		subs = append(subs, sub)
	}
	return subs
}

func (b *Bus) unsubscribe(subs []*nats.Subscription) {
	for _, sub := range subs {
		if err := sub.Unsubscribe(); err != nil && b.ctx.Err() == nil {
			b.log.Debug("unsubscribing", "error", err)
		}
	}
}
