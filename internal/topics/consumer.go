package topics

import (
	"context"
	"time"

	"parley/internal/chat"
)

// Consumer reads one subscription.
type Consumer interface {
	// Next returns at most n messages, in order of offset, as soon as there are any.
	Next(ctx context.Context, n int) ([]Message, error)
	// Acknowledge says that messages of a group need not be handed to anybody again.
	Acknowledge(ctx context.Context, offsets []chat.Position) error
	// Close hands what was not acknowledged to others of the group.
	Close(ctx context.Context) error
}

// Subscribe begins a subscription, for whoever may read the events of everything:
// the caller has checked that. Its errors are *chat.Error or the database's.
func (s *Service) Subscribe(ctx context.Context, sub Subscription) (Consumer, error) {
	if err := sub.check(); err != nil {
		return nil, err
	}
	if sub.Topic.isLive() {
		return &liveConsumer{s, s.listen(sub)}, nil
	}
	from, _ := sub.offset()
	if from < 0 {
		err := s.store.Read(ctx, func(r chat.Reader) (err error) {
			from, err = r.LogEnd(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if sub.Group != "" {
		return s.join(ctx, sub, from)
	}
	return &reading{service: s, subscription: sub, at: from}, nil
}

// reading is a consumer that reads the log for itself.
type reading struct {
	service      *Service
	subscription Subscription
	at           chat.Position
	ready        []Message
}

func (c *reading) Next(ctx context.Context, n int) ([]Message, error) {
	for len(c.ready) == 0 {
		changed := c.service.changed()
		found, upTo, more, err := c.service.after(ctx, c.at, c.subscription)
		if err != nil {
			return nil, err
		}
		c.ready, c.at = found, upTo
		if len(found) == 0 && !more {
			if err := pause(ctx, changed); err != nil {
				return nil, err
			}
		}
	}
	n = min(n, len(c.ready))
	out := c.ready[:n]
	c.ready = c.ready[n:]
	return out, nil
}

func (c *reading) Acknowledge(context.Context, []chat.Position) error { return nil }
func (c *reading) Close(context.Context) error                        { return nil }

// after reads a page of the log behind a position: what a subscription wants of it,
// up to where that is all, and whether there is more.
func (s *Service) after(ctx context.Context, at chat.Position, sub Subscription) (found []Message, upTo chat.Position, more bool, err error) {
	var events []*chat.Event
	err = s.store.Read(ctx, func(r chat.Reader) (err error) {
		events, upTo, err = r.LogAfter(ctx, at, page)
		return err
	})
	if err != nil {
		return nil, at, false, err
	}
	found, err = s.wanted(ctx, events, sub)
	return found, upTo, len(events) == page, err
}

func (s *Service) wanted(ctx context.Context, events []*chat.Event, sub Subscription) ([]Message, error) {
	all, err := s.messages(ctx, events, func(t Topic) bool { return t == sub.Topic })
	found := all[:0]
	for _, m := range all {
		if sub.wants(m.Payload) {
			found = append(found, m)
		}
	}
	return found, err
}

// pause waits for the next commit on this node, or as long as one on another may
// stay unseen.
func pause(ctx context.Context, changed <-chan struct{}) error {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-timer.C:
	}
	return nil
}
