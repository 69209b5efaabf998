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

// lanes do the requests of one connection: those of one conversation one after
// the other, those of different conversations at the same time. A lane has a
// goroutine only while it has requests.
type lanes struct {
	do func(Request)

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
	l.done.Go(func() { l.run(r) })
}

func (l *lanes) fits(c chat.ConversationID) bool {
	_, busy := l.waiting[c]
	return l.underway < maxUnderway && (busy || len(l.waiting) < maxLanes)
}

func (l *lanes) run(r Request) {
	for more := true; more; {
		l.do(r)
		r, more = l.next(r.Conversation)
	}
}

// next ends a request and returns the one behind it.
func (l *lanes) next(c chat.ConversationID) (r Request, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.underway--
	l.room.Signal()
	queue := l.waiting[c]
	if len(queue) == 0 {
		delete(l.waiting, c)
		return r, false
	}
	l.waiting[c] = queue[1:]
	return queue[0], true
}

// wait returns when nothing is under way. Nothing may be put in any more.
func (l *lanes) wait() { l.done.Wait() }
