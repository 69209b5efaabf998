package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// lookAgain is how long it is believed whether a stream keeps a subject.
const lookAgain = 30 * time.Second

// kept remembers which subjects a stream of JetStream keeps.
type kept struct {
	mu    sync.Mutex
	known map[string]answer
}

type answer struct {
	kept  bool
	until time.Time
}

// Prefix stands before every subject that the nodes use among themselves.
func (b *Bus) Prefix() string { return b.prefix }

// Send publishes for consumers outside, and returns when the server has it: in the
// stream that keeps the subject, if there is one. The id lets a stream leave out what
// is sent again.
func (b *Bus) Send(ctx context.Context, subject, id string, body []byte) error {
	js, err := jetstream.New(b.conn)
	if err != nil {
		return fmt.Errorf("send to %s: %w", subject, err)
	}
	m := &nats.Msg{Subject: subject, Data: body, Header: nats.Header{jetstream.MsgIDHeader: {id}}}
	isKept, err := b.isKept(ctx, js, subject)
	switch {
	case err != nil:
	case isKept:
		_, err = js.PublishMsg(ctx, m)
	default:
		err = b.conn.PublishMsg(m)
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w", subject, err)
	}
	return nil
}

// Sent returns when the server has everything that was sent.
func (b *Bus) Sent(ctx context.Context) error { return b.conn.FlushWithContext(ctx) }

func (b *Bus) isKept(ctx context.Context, js jetstream.JetStream, subject string) (bool, error) {
	b.kept.mu.Lock()
	defer b.kept.mu.Unlock()
	if a, ok := b.kept.known[subject]; ok && time.Now().Before(a.until) {
		return a.kept, nil
	}
	_, err := js.StreamNameBySubject(ctx, subject)
	a := answer{kept: err == nil, until: time.Now().Add(lookAgain)}
	for _, none := range []error{
		jetstream.ErrStreamNotFound, jetstream.ErrJetStreamNotEnabled, jetstream.ErrJetStreamNotEnabledForAccount, nats.ErrNoResponders,
	} {
		if errors.Is(err, none) {
			err = nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("look for a stream: %w", err)
	}
	if b.kept.known == nil {
		b.kept.known = map[string]answer{}
	}
	b.kept.known[subject] = a
	return a.kept, nil
}

// Cast publishes what may get lost. It does not wait.
func (b *Bus) Cast(subject string, body []byte) {
	b.post(parcel{cast: &nats.Msg{Subject: subject, Data: body}})
}

// Listen hands on what other nodes cast to a subject.
func (b *Bus) Listen(subject string, fn func(body []byte)) error {
	sub, err := b.conn.Subscribe(subject, func(m *nats.Msg) { fn(m.Data) })
	if err == nil {
		err = sub.SetPendingLimits(pendingMessages, pendingBytes)
	}
	if err != nil {
		return fmt.Errorf("listen to %s: %w", subject, err)
	}
	return nil
}
