package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
)

const (
	maxWaiting = 1024 // commands without an answer; more wait for their turn
	maxBatch   = 64   // frames in one write
	maxNotes   = 256  // frames that may be lost, not written yet
)

// commands are what the application asked and the server has not answered. They
// outlive connections: what was not answered over one is asked again over the
// next, in the same order. All of them may be repeated: a message has its
// TempID, and the others set something to what it is then already.
type commands struct {
	slots chan struct{}
	wake  chan struct{} // something is to be written

	mu      sync.Mutex
	online  bool
	over    error // why nothing can be asked any more
	last    int64
	unsent  []*command
	notes   int
	waiting map[string]*command
}

// command is one thing asked, or a note that nobody waits for.
type command struct {
	number int64
	id     string // "" of a note
	frame  []byte
	answer chan answer
}

type answer struct {
	data json.RawMessage
	err  error
}

func (c *commands) init() {
	c.slots = make(chan struct{}, maxWaiting)
	c.wake = make(chan struct{}, 1)
	c.waiting = map[string]*command{}
}

func (c *commands) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// ask sends a command and waits for its answer, over as many connections as it
// takes.
func (c *commands) ask(ctx context.Context, kind string, args any) (json.RawMessage, error) {
	body, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: too many commands are waiting: %w", kind, ctx.Err())
	}
	cmd, err := c.add(kind, body)
	if err != nil {
		return nil, err
	}
	defer c.forget(cmd)
	select {
	case a := <-cmd.answer:
		return a.data, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: no answer yet: %w", kind, ctx.Err())
	}
}

func (c *commands) add(kind string, body []byte) (*command, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over != nil {
		return nil, c.over
	}
	c.last++
	id := strconv.FormatInt(c.last, 10)
	cmd := &command{number: c.last, id: id, frame: commandFrame(kind, id, body), answer: make(chan answer, 1)}
	c.waiting[id] = cmd
	c.unsent = append(c.unsent, cmd)
	c.poke()
	return cmd, nil
}

// commandFrame puts type and id in front of the fields of a JSON object, which
// has at least one.
func commandFrame(kind, id string, object []byte) []byte {
	return fmt.Appendf(nil, `{"type":%q,"id":%q,%s`, kind, id, object[1:])
}

func (c *commands) forget(cmd *command) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, cmd.id)
}

// note sends a frame that is of no use later: without a connection it is
// dropped.
func (c *commands) note(frame any) error {
	b, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over != nil {
		return c.over
	}
	if c.online && c.notes < maxNotes {
		c.notes++
		c.unsent = append(c.unsent, &command{frame: b})
		c.poke()
	}
	return nil
}

// take returns what is to be written next.
func (c *commands) take() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var frames [][]byte
	for len(c.unsent) > 0 && len(frames) < maxBatch {
		cmd := c.unsent[0]
		c.unsent[0] = nil
		c.unsent = c.unsent[1:]
		switch {
		case cmd.id == "":
			c.notes--
			frames = append(frames, cmd.frame)
		case c.waiting[cmd.id] != nil: // else nobody waits any more
			frames = append(frames, cmd.frame)
		}
	}
	return frames
}

// rewind makes everything unanswered unsent, for a new connection.
func (c *commands) rewind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.online, c.notes = true, 0
	c.unsent = slices.SortedFunc(maps.Values(c.waiting), func(a, b *command) int { return cmp.Compare(a.number, b.number) })
	c.poke()
}

func (c *commands) offline() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.online = false
}

func (c *commands) answer(id string, data json.RawMessage, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cmd := c.waiting[id]; cmd != nil {
		delete(c.waiting, id)
		cmd.answer <- answer{data, err}
	}
}

// end refuses what is waiting and what will be asked.
func (c *commands) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over, c.online, c.unsent = err, false, nil
	for id, cmd := range c.waiting {
		delete(c.waiting, id)
		cmd.answer <- answer{err: err}
	}
}
