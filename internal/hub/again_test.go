package hub_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"parley/internal/chat"
	"parley/internal/hub"
)

func TestAgainGivesOnceMoreThenSaysSo(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(ann)
		f := e.begin(t, h, hub.Resume{})
		w.say(1, 3)
		wantHeard(t, e, "1/3 message.created", "1/4 message.created", "1/5 message.created")
		var told []string
		f.Again(map[chat.StreamID]int64{1: 3}, func(st chat.StreamID, was int64) {
			told = append(told, fmt.Sprint(st, " was at ", was))
			e.mu.Lock()
			e.last[1] = 3
			e.mu.Unlock()
		}, func() { told = append(told, "done") })
		synctest.Wait()
		wantHeard(t, e, "1/3 message.created", "1/4 message.created", "1/5 message.created", "1/4 message.created", "1/5 message.created")
		if got := fmt.Sprint(told); got != "[1 was at 5 done]" {
			t.Errorf("told %s", got)
		}
		w.say(1, 1)
		wantHeard(t, e, "1/3 message.created", "1/4 message.created", "1/5 message.created", "1/4 message.created", "1/5 message.created", "1/6 message.created")
	})
}

func TestAgainFromWhereNobodyWas(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.add(7, bob)
		e := newEar(ann)
		f := e.begin(t, h, hub.Resume{})
		done := 0
		f.Again(map[chat.StreamID]int64{1: 99, 7: 1}, func(chat.StreamID, int64) {}, func() { done++ })
		synctest.Wait()
		wantHeard(t, e, "7 left", "1 gap 2")
		f.Again(map[chat.StreamID]int64{1: 2}, func(chat.StreamID, int64) { t.Error("nothing is given again") }, func() { done++ })
		f.Again(nil, nil, func() { done++ })
		synctest.Wait()
		if done != 3 {
			t.Errorf("done %d times", done)
		}
	})
}
