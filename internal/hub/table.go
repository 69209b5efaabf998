package hub

import (
	"sync"
	"time"

	"parley/internal/chat"
)

// remembered is for at least how long the table knows what was announced on
// streams that nobody followed then; joinWithin is how long joining one may
// take, so that nothing falls between reading a head and following the stream.
const (
	remembered = 10 * time.Second
	joinWithin = 8 * time.Second
)

const shardCount = 64

// table holds the streams that somebody on this node follows.
type table struct {
	shards   [shardCount]shard
	interest Interest // nil: everything is heard of anyway
}

// Interest is told which streams somebody on this node follows, so that a bus
// between nodes brings only those. Its methods must not block, and must not call
// the hub.
type Interest interface {
	Follow(st chat.StreamID)
	Unfollow(st chat.StreamID)
}

type shard struct {
	mu      sync.Mutex
	streams map[chat.StreamID]*stream
	// The newest rev announced of each stream, in two generations.
	heard, heardBefore map[chat.StreamID]int64
}

func newTable(interest Interest) *table {
	t := &table{interest: interest}
	for i := range t.shards {
		t.shards[i].streams = map[chat.StreamID]*stream{}
		t.shards[i].heard = map[chat.StreamID]int64{}
	}
	return t
}

// hash spreads ids, which are consecutive, over all bits.
func hash(st chat.StreamID) uint64 {
	x := uint64(st) * 0x9E3779B97F4A7C15
	return x ^ x>>29
}

func (t *table) shard(st chat.StreamID) *shard { return &t.shards[hash(st)%shardCount] }

// find returns the stream, or nil if nobody here follows it.
func (t *table) find(st chat.StreamID) *stream {
	sh := t.shard(st)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.streams[st]
}

// announce notes that the stream has an event rev and reports whether somebody
// here follows it.
func (t *table) announce(st chat.StreamID, rev int64) bool {
	sh := t.shard(st)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if rev > sh.heard[st] {
		sh.heard[st] = rev
	}
	return sh.streams[st] != nil
}

// retain returns the stream for one more follower. head was read from the log
// less than joinWithin ago. A stream that nobody followed starts at what was
// announced of it since, which its first follower reads from the log. recent says
// that something may have happened lately: it was announced, or nobody here would
// have heard.
func (t *table) retain(st chat.StreamID, head int64) (s *stream, recent bool) {
	sh := t.shard(st)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	heard := max(sh.heard[st], sh.heardBefore[st])
	recent = heard > 0
	s = sh.streams[st]
	if s == nil {
		s = &stream{id: st, dispatched: max(head, heard)}
		sh.streams[st] = s
		if t.interest != nil {
			t.interest.Follow(st)
			recent = true
		}
	}
	s.users++
	return s, recent
}

// release takes back one retain.
func (t *table) release(s *stream) {
	sh := t.shard(s.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	delete(sh.streams, s.id)
	if t.interest != nil {
		t.interest.Unfollow(s.id)
	}
}

// forget drops the older generation of announcements. Called at most once in
// the time that they have to be remembered.
func (t *table) forget() {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.Lock()
		sh.heardBefore, sh.heard = sh.heard, map[chat.StreamID]int64{}
		sh.mu.Unlock()
	}
}
