package topics

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/internal/chat"
)

const (
	// Redeliver is how long a consumer of a group may take to acknowledge.
	Redeliver = 30 * time.Second
	// maxHanded bounds what a group has been handed and not acknowledged.
	maxHanded = 1_000
)

// member is a consumer that shares a topic with the others of its group. Which of
// them gets a message is decided in the database: the group's place moves, and what
// is handed out is noted, in one transaction.
type member struct {
	service      *Service
	subscription Subscription

	mu     sync.Mutex
	handed map[chat.Position]bool // to this one, and not acknowledged
}

func (s *Service) join(ctx context.Context, sub Subscription, from chat.Position) (Consumer, error) {
	wanted := chat.LogGroup{Name: sub.Group, Topic: string(sub.Topic), Filter: sub.filterText(), At: from, UsedAt: s.clock()}
	var g *chat.LogGroup
	err := s.store.Write(ctx, func(tx chat.Tx) (err error) {
		if err = tx.InsertLogGroup(ctx, wanted); err == nil {
			g, err = tx.LogGroup(ctx, wanted.Name, wanted.Topic)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if g.Filter != wanted.Filter {
		return nil, chat.Errorf(chat.Conflict, "The group %q has another filter for %s", sub.Group, sub.Topic)
	}
	return &member{service: s, subscription: sub, handed: map[chat.Position]bool{}}, nil
}

// Next hands out what others took too long with, then what is new.
func (m *member) Next(ctx context.Context, n int) ([]Message, error) {
	for {
		changed := m.service.changed()
		found, err := m.again(ctx, n)
		if err != nil || len(found) > 0 {
			return found, err
		}
		found, more, err := m.fresh(ctx, n)
		if err != nil || len(found) > 0 {
			return found, err
		}
		if more {
			continue
		}
		if err := pause(ctx, changed); err != nil {
			return nil, err
		}
	}
}

func (m *member) name() (group, topic string) {
	return m.subscription.Group, string(m.subscription.Topic)
}

// again takes over what was not acknowledged in time.
func (m *member) again(ctx context.Context, n int) ([]Message, error) {
	group, topic := m.name()
	now := m.service.clock()
	var overdue []chat.Position
	err := m.service.store.Read(ctx, func(r chat.Reader) (err error) {
		overdue, err = r.Overdue(ctx, group, topic, now, n)
		return err
	})
	if err != nil || len(overdue) == 0 {
		return nil, err
	}
	var taken []chat.Position
	err = m.service.store.Write(ctx, func(tx chat.Tx) (err error) {
		taken, err = tx.HandOutAgain(ctx, group, topic, overdue, now, now.Add(Redeliver))
		return err
	})
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	m.note(taken)
	var events []*chat.Event
	err = m.service.store.Read(ctx, func(r chat.Reader) (err error) {
		events, err = r.LogAt(ctx, taken)
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := m.service.wanted(ctx, events, m.subscription)
	if err != nil {
		return nil, err
	}
	return found, m.Acknowledge(ctx, without(taken, found)) // of what was deleted since there is nothing to say
}

// fresh moves the group on over a page of the log.
func (m *member) fresh(ctx context.Context, n int) (found []Message, more bool, err error) {
	group, topic := m.name()
	var g *chat.LogGroup
	var handed int64
	err = m.service.store.Read(ctx, func(r chat.Reader) (err error) {
		if g, err = r.LogGroup(ctx, group, topic); err != nil || g == nil {
			return err
		}
		handed, err = r.HandedOut(ctx, group, topic)
		return err
	})
	switch {
	case err != nil:
		return nil, false, err
	case g == nil:
		return nil, false, chat.Errorf(chat.NotFound, "The group %q was forgotten", group)
	case handed >= maxHanded:
		return nil, false, nil
	}
	found, upTo, more, err := m.service.after(ctx, g.At, m.subscription)
	if err != nil || upTo <= g.At || len(found) == 0 && !more && upTo-g.At < page {
		return nil, false, err // what is not worth writing is read again
	}
	if len(found) > n {
		found, more = found[:n], true
		upTo = found[n-1].Offset
	}
	g.UsedAt = m.service.clock()
	moved := false
	err = m.service.store.Write(ctx, func(tx chat.Tx) (err error) {
		moved, err = tx.MoveLogGroup(ctx, g, upTo, offsets(found), g.UsedAt.Add(Redeliver))
		return err
	})
	if err != nil || !moved {
		return nil, !moved, err
	}
	m.note(offsets(found))
	return found, more, nil
}

func (m *member) note(list []chat.Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, at := range list {
		m.handed[at] = true
	}
}

// Acknowledge forgets what was done. What another one was handed in the meantime is
// done as well.
func (m *member) Acknowledge(ctx context.Context, list []chat.Position) error {
	if len(list) == 0 {
		return nil
	}
	group, topic := m.name()
	err := m.service.store.Write(ctx, func(tx chat.Tx) error { return tx.Acknowledge(ctx, group, topic, list) })
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, at := range list {
		delete(m.handed, at)
	}
	return nil
}

// Close makes what was not acknowledged due at once.
func (m *member) Close(ctx context.Context) error {
	m.mu.Lock()
	left := slices.Collect(maps.Keys(m.handed))
	clear(m.handed)
	m.mu.Unlock()
	if len(left) == 0 {
		return nil
	}
	group, topic := m.name()
	now := m.service.clock()
	err := m.service.store.Write(ctx, func(tx chat.Tx) error { return tx.HandBack(ctx, group, topic, left, now) })
	if err == nil {
		m.service.wakeAll()
	}
	return err
}

func offsets(list []Message) []chat.Position {
	out := make([]chat.Position, len(list))
	for i, m := range list {
		out[i] = m.Offset
	}
	return out
}

func without(all []chat.Position, found []Message) []chat.Position {
	return slices.DeleteFunc(slices.Clone(all), func(at chat.Position) bool {
		return slices.ContainsFunc(found, func(m Message) bool { return m.Offset == at })
	})
}
