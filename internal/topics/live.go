package topics

import (
	"context"
	"encoding/json"

	"parley/internal/chat"
)

// waiting bounds what a consumer of live topics has not taken yet. What does not fit
// is left out: it is old by then.
const waiting = 1_000

// listener is one consumer of a live topic.
type listener struct {
	subscription Subscription
	messages     chan Message
}

func (s *Service) listen(sub Subscription) *listener {
	l := &listener{sub, make(chan Message, waiting)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners[l] = struct{}{}
	return l
}

func (s *Service) unlisten(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// hear makes messages of what began on this node; the others hear of it from here.
func (s *Service) hear(signal chat.Signal) {
	t, ok := live[signal.Kind]
	if !ok || signal.Relayed {
		return
	}
	raw, err := json.Marshal(payloadOfSignal(signal, s.clock()))
	if err != nil {
		s.log.Error("writing the payload of a signal", "error", err)
		return
	}
	s.tell(Message{Topic: t, Payload: raw})
	if s.outlet == nil {
		return
	}
	s.outlet.Cast(s.between(t), raw)
	if s.prefix != "" {
		s.outlet.Cast(s.outside(t), raw)
	}
}

// between is the subject on which nodes tell one another of a live topic, outside
// that for consumers.
func (s *Service) between(t Topic) string { return s.outlet.Prefix() + ".topics." + string(t) }
func (s *Service) outside(t Topic) string { return s.prefix + "." + string(t) }

func (s *Service) listenToNodes() error {
	for _, t := range live {
		if err := s.outlet.Listen(s.between(t), func(body []byte) { s.tell(Message{Topic: t, Payload: body}) }); err != nil {
			return err
		}
	}
	return nil
}

// tell hands a live message to the consumers of this node.
func (s *Service) tell(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		if l.subscription.Topic != m.Topic || !l.subscription.wants(m.Payload) {
			continue
		}
		select {
		case l.messages <- m:
		default:
		}
	}
}

// liveConsumer hears a topic that is not kept.
type liveConsumer struct {
	service  *Service
	listener *listener
}

func (c *liveConsumer) Next(ctx context.Context, _ int) ([]Message, error) {
	select {
	case m := <-c.listener.messages:
		return []Message{m}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *liveConsumer) Acknowledge(context.Context, []chat.Position) error { return nil }
func (c *liveConsumer) Close(context.Context) error {
	c.service.unlisten(c.listener)
	return nil
}
