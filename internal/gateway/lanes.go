package gateway

import (
	"sync"

	"parley/internal/chat"
)

// Bounds of what one connection may have under way; beyond them it is not read.
const (
	maxLanes    = 16 // conversations
	maxUnderway = 64 // requests
)

// lanes do the requests of one connection: those of one conversation in order,
// those of different conversations at the same time. In order does not mean one
// commit each: a request begins when the place of the one before among all writes
// is certain, so that many can share a commit. There are goroutines only while
// there are requests.
type lanes struct {
	// do does a request. It may call next when the one behind it may begin.
	do func(r Request, next func())

	mu       sync.Mutex
	room     sync.Cond
	waiting  map[chat.ConversationID][]Request // a lane that is not in it is idle
	underway int
	done     sync.WaitGroup
}

// put waits until the request may be under way.
func (l *lanes) put(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = map[chat.ConversationID][]Request{}
		l.room.L = &l.mu
	}
	for !l.fits(r.Conversation) {
		l.room.Wait()
	}
	l.underway++
	queue, busy := l.waiting[r.Conversation]
	if busy {
		l.waiting[r.Conversation] = append(queue, r)
		return
	}
	l.waiting[r.Conversation] = nil
	l.begin(r)
}

func (l *lanes) begin(r Request) { l.done.Go(func() { l.run(r) }) }

func (l *lanes) fits(c chat.ConversationID) bool {
	_, busy := l.waiting[c]
	return l.underway < maxUnderway && (busy || len(l.waiting) < maxLanes)
}

func (l *lanes) run(r Request) {
	var once sync.Once
	next := func() { once.Do(func() { l.next(r.Conversation) }) }
	l.do(r, next)
	next()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.underway--
	l.room.Signal()
}

// next begins the request behind the one whose place is certain.
func (l *lanes) next(c chat.ConversationID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.waiting[c]
	if len(queue) == 0 {
		delete(l.waiting, c)
		l.room.Signal()
		return
	}
	l.waiting[c] = queue[1:]
	l.begin(queue[0])
}

// wait returns when nothing is under way. Nothing may be put in any more.
func (l *lanes) wait() { l.done.Wait() }
