package presence_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/chat"
	"parley/internal/presence"
)

// room is what listeners behind a Typing hear, as "2s on" and "event".
type room struct {
	t     *testing.T
	sub   chat.Subscriber
	began time.Time

	mu    sync.Mutex
	heard []string
}

func typingStory(t *testing.T, fn func(r *room)) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{t: t, began: time.Now()}
		typing := presence.NewTyping(5 * time.Second)
		r.sub = typing.Before(chat.Subscriber{
			Events: func([]*chat.Event) { r.note("event") },
			Signal: func(s chat.Signal) {
				switch {
				case s.Kind != chat.SignalTyping:
					r.note(string(s.Kind))
				case s.Typing:
					r.note("on")
				default:
					r.note("off")
				}
			},
		})
		fn(r)
		typing.Stop()
	})
}

func (r *room) note(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, fmt.Sprint(time.Since(r.began), " ", what))
}

func (r *room) types(on bool) {
	r.sub.Signal(chat.Signal{Kind: chat.SignalTyping, ConversationID: 1, UserID: ann, Typing: on})
}

func (r *room) want(want ...string) {
	r.t.Helper()
	synctest.Wait()
	if !slices.Equal(r.heard, want) {
		r.t.Errorf("heard %q, want %q", r.heard, want)
	}
}

func TestTypingEndsByItself(t *testing.T) {
	typingStory(t, func(r *room) {
		r.types(true)
		time.Sleep(10 * time.Second)
		r.want("0s on", "5s off")
	})
}

func TestRepeatsAreMergedAndKeepItAlive(t *testing.T) {
	typingStory(t, func(r *room) {
		for range 5 {
			r.types(true)
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		r.want("0s on", "2s on", "4s on", "9s off")
	})
}

func TestStoppingIsToldOnce(t *testing.T) {
	typingStory(t, func(r *room) {
		r.types(false)
		r.types(true)
		time.Sleep(time.Second)
		r.types(false)
		r.types(false)
		r.types(true) // not a repeat: he had stopped
		time.Sleep(time.Second)
		r.types(false)
		time.Sleep(10 * time.Second)
		r.want("0s on", "1s off", "1s on", "2s off")
	})
}

func TestAMessageEndsTyping(t *testing.T) {
	typingStory(t, func(r *room) {
		r.types(true)
		time.Sleep(time.Second)
		r.sub.Events([]*chat.Event{
			{Stream: 2, Type: chat.MessageCreated, Actor: ann},
			{Stream: 1, Type: chat.MessageCreated, Actor: bob},
			{Stream: 1, Type: chat.MessageUpdated, Actor: ann},
		})
		time.Sleep(time.Second)
		r.sub.Events([]*chat.Event{{Stream: 1, Type: chat.MessageCreated, Actor: ann}})
		r.want("0s on", "1s event", "2s event", "2s off")
	})
}

func TestOtherSignalsPass(t *testing.T) {
	typingStory(t, func(r *room) {
		r.sub.Signal(chat.Signal{Kind: chat.SignalPresence})
		r.want("0s presence")
	})
}
