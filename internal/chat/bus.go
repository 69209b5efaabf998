package chat

// Bus carries what was committed, and signals, to every node that has
// listeners, this one included. It may lose, repeat or reorder: the hub repairs
// events from the log, and signals expire. Publish and Signal must not block
// for long; they are called in commit order from the committing goroutine.
//
// A subscriber's functions are called from any goroutine and must not block for
// long either.
type Bus interface {
	Publish(events []*Event)
	Signal(s Signal)
	Subscribe(s Subscriber) (cancel func())
}

// Subscriber is who hears what the bus brings.
type Subscriber struct {
	Events func([]*Event)
	Signal func(Signal)
}
