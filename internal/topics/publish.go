package topics

import (
	"context"
	"strconv"
	"time"

	"parley/internal/chat"
	"parley/internal/follow"
)

// publishWithin bounds the publishing of one page.
const publishWithin = 10 * time.Second

// Publisher is the consumer of the log that publishes the topics for consumers
// outside: at least once, in the order of the log, from when it was first switched on.
func (s *Service) Publisher() follow.Consumer {
	return follow.Consumer{Name: "topics", Page: page, Prepare: s.publish, FromNow: true, Alone: true}
}

func (s *Service) publish(ctx context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
	list, err := s.messages(ctx, events, nil)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	for _, m := range list {
		if err := s.outlet.Send(ctx, s.outside(m.Topic), strconv.FormatInt(int64(m.Offset), 10), m.Payload); err != nil {
			return nil, err
		}
	}
	return nil, s.outlet.Sent(ctx)
}
