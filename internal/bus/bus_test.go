package bus_test

import (
	"testing"

	"parley/internal/bus"
	"parley/internal/chat"
)

func TestEverySubscriberHearsAllInCommitOrder(t *testing.T) {
	b := bus.NewLocal()
	var first, second []int64
	note := func(into *[]int64) chat.Subscriber {
		return chat.Subscriber{Events: func(events []*chat.Event) {
			for _, e := range events {
				*into = append(*into, e.Rev)
			}
		}}
	}
	b.Subscribe(note(&first))
	b.Subscribe(note(&second))

	b.Publish([]*chat.Event{{Rev: 1}, {Rev: 2}})
	b.Publish([]*chat.Event{{Rev: 3}})

	for _, got := range [][]int64{first, second} {
		if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
			t.Errorf("heard %v, want 1 2 3", got)
		}
	}
}

func TestWhoCancelledHearsNothingMore(t *testing.T) {
	b := bus.NewLocal()
	gone, stays := 0, 0
	cancel := b.Subscribe(chat.Subscriber{Signal: func(chat.Signal) { gone++ }})
	b.Subscribe(chat.Subscriber{Signal: func(chat.Signal) { stays++ }})

	b.Signal(chat.Signal{})
	cancel()
	cancel()
	b.Signal(chat.Signal{})

	if gone != 1 || stays != 2 {
		t.Errorf("the one who left heard %d signals, the other %d; want 1 and 2", gone, stays)
	}
}

func TestASubscriberMayCancelItselfWhileCalled(t *testing.T) {
	b := bus.NewLocal()
	heard := 0
	var cancel func()
	cancel = b.Subscribe(chat.Subscriber{Signal: func(chat.Signal) { heard++; cancel() }})

	b.Signal(chat.Signal{})
	b.Signal(chat.Signal{})

	if heard != 1 {
		t.Errorf("heard %d signals, want 1", heard)
	}
}
