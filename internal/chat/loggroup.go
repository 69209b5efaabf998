package chat

import "time"

// Lease says which node does what only one may do at a time. It is over when its
// number stands still: nobody compares the clocks of two nodes.
type Lease struct {
	Name   string
	Holder string // "": nobody
	Number int64  // of times that it was taken or renewed
}

// LogGroupsKept is how long a group that nobody uses keeps its place.
const LogGroupsKept = 30 * 24 * time.Hour

// LogGroup is a named group of consumers that share the events of one topic: each
// is handed to one of them, and to another one if it is not acknowledged in time.
type LogGroup struct {
	Name   string
	Topic  string
	Filter string // what the consumers want of the topic, as they write it
	At     Position
	UsedAt time.Time
}
