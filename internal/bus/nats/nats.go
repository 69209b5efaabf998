// Package nats carries what was committed, and signals, between the nodes of a
// cluster. Within a node it is a direct call.
//
// Streams are spread over a fixed number of subjects; a node subscribes to those
// in which somebody here follows a stream. Whenever something may have been
// missed it says so, and the hub looks at the log.
package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"parley/internal/bus"
	"parley/internal/chat"
)

const (
	shards = 1024
	// outgoing bounds what waits to be sent; what does not fit is dropped and found
	// in the log.
	outgoing = 4096
	// pendingMessages and pendingBytes bound what has come and was not taken yet.
	pendingMessages, pendingBytes = 64 << 10, 64 << 20
	flushWithin                   = 2 * time.Second
	reconnectEvery                = 500 * time.Millisecond
)

// Options of New.
type Options struct {
	URL string // nats://…, several with commas
	// Prefix keeps deployments on one NATS apart.
	Prefix string
	Log    *slog.Logger
}

// Metrics count messages on the wire.
type Metrics struct {
	Published, Received, Dropped, Malformed atomic.Int64
}

// Bus implements chat.Bus.
type Bus struct {
	Metrics Metrics

	local  *bus.Local
	node   string
	prefix string
	log    *slog.Logger
	conn   *nats.Conn
	out    chan parcel
	lost   chan struct{} // something may have been missed
	onLost atomic.Pointer[func()]

	mu       sync.Mutex
	interest map[int]*shard

	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup
}

var _ chat.Bus = (*Bus)(nil)

// shard is one subject to which this node is subscribed.
type shard struct {
	followers int
	subs      []*nats.Subscription
}

// parcel is what is to be published: events or a signal.
type parcel struct {
	events []*chat.Event
	signal *chat.Signal
}

// New connects. A server that cannot be reached is tried again for ever; until
// then the node lives on the log.
func New(o Options) (*Bus, error) {
	b := &Bus{
		local: bus.NewLocal(), node: rand.Text(), prefix: o.Prefix, log: o.Log,
		out: make(chan parcel, outgoing), lost: make(chan struct{}, 1), interest: map[int]*shard{},
	}
	b.ctx, b.stop = context.WithCancel(context.Background())
	var err error
	b.conn, err = nats.Connect(o.URL, nats.Name("parley"), nats.NoEcho(),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectEvery),
		nats.ReconnectJitter(reconnectEvery/2, reconnectEvery/2), nats.ReconnectBufSize(-1), nats.Timeout(flushWithin),
		nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(func(*nats.Conn) { b.log.Info("connected to NATS"); b.missed() }),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info("connected to NATS again"); b.missed() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if b.ctx.Err() == nil {
				b.log.Warn("the connection to NATS is gone: what other nodes write arrives by way of the database", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.log.Warn("NATS", "error", err)
			b.missed()
		}),
	)
	if err != nil {
		b.stop()
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	if !b.conn.IsConnected() {
		b.log.Warn("NATS cannot be reached yet: what other nodes write arrives by way of the database")
	}
	if _, err := b.subscribe("all"); err != nil {
		b.stop()
		b.conn.Close()
		return nil, err
	}
	b.done.Go(b.send)
	b.done.Go(b.tellLost)
	return b, nil
}

// Close ends the connection after what waits was sent, as far as ctx allows.
func (b *Bus) Close(ctx context.Context) error {
	b.stop()
	ended := make(chan struct{})
	go func() {
		b.done.Wait()
		_ = b.conn.FlushTimeout(flushWithin) // a server that is away need not hear it
		b.conn.Close()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		b.conn.Close()
		return ctx.Err()
	}
}

// Connected says whether there is a connection to NATS at the moment.
func (b *Bus) Connected() bool { return b.conn.IsConnected() }

// OnLost sets what is called when something may have been missed. It may be
// called often, from one goroutine.
func (b *Bus) OnLost(fn func()) { b.onLost.Store(&fn) }

func (b *Bus) missed() {
	select {
	case b.lost <- struct{}{}:
	default:
	}
}

// tellLost tells once the server has confirmed the subscriptions made so far:
// from then on nothing of theirs is missed.
func (b *Bus) tellLost() {
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.lost:
		}
		if err := b.conn.FlushTimeout(flushWithin); err != nil && b.ctx.Err() == nil && !errors.Is(err, nats.ErrConnectionReconnecting) {
			b.log.Debug("waiting for NATS", "error", err)
		}
		if fn := b.onLost.Load(); fn != nil {
			(*fn)()
		}
	}
}

// Publish gives events to this node's subscribers, and sends them to other nodes.
func (b *Bus) Publish(events []*chat.Event) {
	b.local.Publish(events)
	b.post(parcel{events: events})
}

// Signal gives a signal to this node's subscribers, and sends it to other nodes.
func (b *Bus) Signal(s chat.Signal) {
	b.local.Signal(s)
	b.post(parcel{signal: &s})
}

// Subscribe adds a subscriber of this node.
func (b *Bus) Subscribe(s chat.Subscriber) (cancel func()) { return b.local.Subscribe(s) }

func (b *Bus) post(p parcel) {
	select {
	case b.out <- p:
	default:
		b.Metrics.Dropped.Add(1)
	}
}

// send publishes what waits until the bus is closed, and what waits then.
func (b *Bus) send() {
	for {
		select {
		case p := <-b.out:
			b.publish(p)
			continue
		default:
		}
		select {
		case p := <-b.out:
			b.publish(p)
		case <-b.ctx.Done():
			return
		}
	}
}

func (b *Bus) publish(p parcel) {
	if p.signal != nil {
		content, err := encodeSignal(b.node, *p.signal)
		b.put(b.signalSubject(p.signal), content, err)
		return
	}
	bySubject, order := map[string][]*chat.Event{}, []string{}
	for _, e := range p.events {
		subject := b.logSubject(shardOf(e.Stream))
		if bySubject[subject] == nil {
			order = append(order, subject)
		}
		bySubject[subject] = append(bySubject[subject], e)
	}
	for _, subject := range order {
		content, err := encodeEvents(b.node, bySubject[subject])
		b.put(subject, content, err)
	}
}

func (b *Bus) put(subject string, content []byte, err error) {
	if err == nil {
		err = b.conn.Publish(subject, content)
	}
	if err != nil {
		b.Metrics.Dropped.Add(1)
		return
	}
	b.Metrics.Published.Add(1)
}

func (b *Bus) logSubject(shard int) string { return b.prefix + ".log." + strconv.Itoa(shard) }

// signalSubject is the shard of the conversation, or for all nodes what is not
// about one.
func (b *Bus) signalSubject(s *chat.Signal) string {
	if s.ConversationID == 0 {
		return b.prefix + ".all"
	}
	return b.prefix + ".sig." + strconv.Itoa(shardOf(s.ConversationID.Stream()))
}

func shardOf(st chat.StreamID) int {
	x := uint64(st) * 0x9E3779B97F4A7C15
	return int((x ^ x>>29) % shards)
}

// Follow says that somebody on this node follows a stream.
func (b *Bus) Follow(st chat.StreamID) {
	n := shardOf(st)
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.interest[n]
	if s == nil {
		s = &shard{}
		b.interest[n] = s
	}
	if s.followers++; s.followers > 1 {
		return
	}
	for _, kind := range []string{"log.", "sig."} {
		sub, err := b.subscribe(kind + strconv.Itoa(n))
		if err != nil {
			b.log.Error("subscribing", "error", err) // the log brings it, later
			continue
		}
		s.subs = append(s.subs, sub)
	}
	b.missed()
}

// Unfollow takes back one Follow.
func (b *Bus) Unfollow(st chat.StreamID) {
	n := shardOf(st)
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.interest[n]
	if s == nil {
		return
	}
	if s.followers--; s.followers > 0 {
		return
	}
	delete(b.interest, n)
	for _, sub := range s.subs {
		if err := sub.Unsubscribe(); err != nil && b.ctx.Err() == nil {
			b.log.Debug("unsubscribing", "error", err)
		}
	}
}

func (b *Bus) subscribe(subject string) (*nats.Subscription, error) {
	sub, err := b.conn.Subscribe(b.prefix+"."+subject, b.receive)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	if err := sub.SetPendingLimits(pendingMessages, pendingBytes); err != nil {
		return nil, fmt.Errorf("bound what waits of %s: %w", subject, err)
	}
	return sub, nil
}

func (b *Bus) receive(m *nats.Msg) {
	p, err := decode(m.Data)
	switch {
	case err != nil:
		b.Metrics.Malformed.Add(1)
		b.missed()
		return
	case p.Node == b.node || b.ctx.Err() != nil:
		return
	}
	b.Metrics.Received.Add(1)
	if len(p.Events) > 0 {
		events := make([]*chat.Event, len(p.Events))
		for i := range p.Events {
			events[i] = p.Events[i].event()
		}
		b.local.Publish(events)
	}
	if p.Signal != nil {
		b.local.Signal(*p.Signal)
	}
}
