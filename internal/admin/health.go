package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/chat"
)

// Follower is a consumer of the log.
type Follower struct {
	Name string
	At   chat.Position
	Lag  int64 // positions of the log that it is behind
}

// JobCount is how many jobs of a kind are in a state.
type JobCount struct {
	Kind  string
	State string // the queue's own word
	N     int64
}

// JobsOfKind are the jobs of a kind that are not done.
type JobsOfKind struct {
	Kind                             string
	Waiting, Running, Retrying, Lost int64
}

// Health is how the deployment is.
type Health struct {
	At        time.Time
	Nodes     []Node
	Followers []Follower
	Jobs      []JobsOfKind
	// Check is the last look at the numbers of all conversations that was finished,
	// Checking the one that is under way; nil: none.
	Check, Checking *LogCheck
	// Backup is the last one that parley backup has made, with when what it holds was
	// current; nil: none is known. Nobody tells of those that other tools make.
	Backup *chat.Deed
	// Troubles are what somebody should look into; none: all is well.
	Troubles []string
}

// lagging is how many positions a consumer of the log may be behind. It is more than a
// busy server writes between two looks of the slowest.
const lagging = 50_000

// Health tells how the deployment is. What takes time was looked at before, in the
// background.
func (s *Service) Health(ctx context.Context) (*Health, error) {
	h := &Health{At: s.now()}
	var counts []JobCount
	var checks []LogCheck
	err := s.read(ctx, func(r Reader) (err error) {
		if h.Nodes, err = r.Nodes(ctx); err != nil {
			return err
		}
		if h.Followers, err = r.Followers(ctx); err != nil {
			return err
		}
		if counts, err = r.Jobs(ctx); err != nil {
			return err
		}
		if checks, err = r.LogChecks(ctx, 2); err != nil {
			return err
		}
		made, _, err := r.Deeds(ctx, DeedFilter{Action: string(chat.ActionBackup), Limit: 1})
		if len(made) > 0 {
			h.Backup = &made[0]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.pulse.judge(h.Nodes)
	h.Jobs = byKind(counts)
	for i := range checks {
		switch c := &checks[i]; {
		case c.FinishedAt.IsZero() && h.Check == nil:
			h.Checking = c
		case !c.FinishedAt.IsZero() && h.Check == nil:
			h.Check = c
		}
	}
	h.judge()
	return h, nil
}

func byKind(counts []JobCount) (list []JobsOfKind) {
	for _, c := range counts {
		if n := len(list); n == 0 || list[n-1].Kind != c.Kind {
			list = append(list, JobsOfKind{Kind: c.Kind})
		}
		k := &list[len(list)-1]
		switch c.State {
		case "available", "pending", "scheduled":
			k.Waiting += c.N
		case "running":
			k.Running += c.N
		case "retryable":
			k.Retrying += c.N
		case "discarded":
			k.Lost += c.N
		}
	}
	return list
}

func (h *Health) judge() {
	say := func(format string, args ...any) { h.Troubles = append(h.Troubles, fmt.Sprintf(format, args...)) }
	for _, n := range h.Nodes {
		if !n.Alive {
			say("node %s is silent", n.Name)
		}
	}
	for _, f := range h.Followers {
		if f.Lag > lagging {
			say("%s is %d positions behind the log", f.Name, f.Lag)
		}
	}
	for _, k := range h.Jobs {
		if k.Lost > 0 {
			say("%d jobs %s were given up", k.Lost, k.Kind)
		}
	}
	if h.Check != nil && h.Check.Wrong > 0 {
		say("the numbers of %d conversations are not right", h.Check.Wrong)
	}
}

// Audited is a conversation whose numbers were looked at.
type Audited struct {
	ID      chat.ConversationID `json:"id"`
	Trouble string              `json:"trouble"` // "": none
}

// LogCheck is one look at the numbers of all conversations.
type LogCheck struct {
	ID         int64
	StartedAt  time.Time
	FinishedAt time.Time // zero: under way
	After      chat.ConversationID
	Checked    int64
	Wrong      int64
	Examples   []Audited // of those that are wrong
}

const (
	// checkPage is how many conversations are looked at with one question; between two
	// it rests as many times as long as one took, and a bit.
	checkPage     = 50
	checkRest     = 2
	checkRestMost = 5 * time.Second
	maxExamples   = 20
)

// errCheckMoved says that another node is at the same look.
var errCheckMoved = errors.New("another node is at it")

// CheckLog looks at the numbers of all conversations: that messages and events have no
// hole. It goes on with a look that is under way, may be cut off anywhere, and takes
// about a third of the time of one connection that only reads.
func (s *Service) CheckLog(ctx context.Context) error {
	c, err := s.beginCheck(ctx)
	if err != nil {
		return err
	}
	for c.FinishedAt.IsZero() {
		begun := time.Now()
		if err := s.checkSome(ctx, c); err != nil {
			return err
		}
		if err := rest(ctx, min(checkRest*time.Since(begun), checkRestMost)); err != nil && c.FinishedAt.IsZero() {
			return err
		}
	}
	if c.Wrong > 0 {
		s.log.Error("the numbers of conversations are not right", "checked", c.Checked, "wrong", c.Wrong, "first", c.Examples[0].Trouble)
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// beginCheck returns the look that is under way, or begins one.
func (s *Service) beginCheck(ctx context.Context) (c *LogCheck, err error) {
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		last, err := tx.LogChecks(ctx, 1)
		if err != nil {
			return err
		}
		if len(last) > 0 && last[0].FinishedAt.IsZero() {
			c = &last[0]
			return nil
		}
		c = &LogCheck{StartedAt: s.now()}
		return tx.StoreLogCheck(ctx, c)
	})
	return c, err
}

func (s *Service) checkSome(ctx context.Context, c *LogCheck) error {
	var page []Audited
	err := s.read(ctx, func(r Reader) (err error) {
		page, err = r.Audit(ctx, c.After, checkPage)
		return err
	})
	if err != nil {
		return err
	}
	next := *c
	for _, a := range page {
		next.After = a.ID
		next.Checked++
		if a.Trouble == "" {
			continue
		}
		next.Wrong++
		if len(next.Examples) < maxExamples {
			next.Examples = append(next.Examples, a)
		}
	}
	if len(page) < checkPage {
		next.FinishedAt = s.now()
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		now, err := tx.LogChecks(ctx, 1)
		if err != nil {
			return err
		}
		if len(now) == 0 || now[0].ID != c.ID || now[0].After != c.After || !now[0].FinishedAt.IsZero() {
			return errCheckMoved
		}
		return tx.StoreLogCheck(ctx, &next)
	})
	if err == nil {
		*c = next
	}
	return err
}

// AskForCheck has the numbers of all conversations looked at soon.
func (s *Service) AskForCheck(ctx context.Context, by chat.Actor) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.Enqueue(ctx, chat.CheckLog{}); err != nil {
			return err
		}
		return chat.Record(ctx, tx, by, s.now(), chat.ActionLogCheck, 0, nil)
	})
}
