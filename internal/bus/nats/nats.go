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
	"os"
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
	// pendingMessages and pendingBytes bound what has come on one subject and was
	// not taken yet.
	pendingMessages, pendingBytes = 8 << 10, 8 << 20
	// answersWithin is how long the server may take to do anything.
	answersWithin  = 2 * time.Second
	reconnectEvery = 500 * time.Millisecond
)

// Options of New.
type Options struct {
	URL string // nats://…, several with commas
	// Prefix keeps deployments on one NATS apart.
	Prefix string
	Log    *slog.Logger // nothing is logged
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

	interest interest
	kept     kept
	subs     map[int][]*nats.Subscription // by shard; keep's own

	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup
}

var _ chat.Bus = (*Bus)(nil)

// parcel is what is to be published: events, a signal, or something for others.
type parcel struct {
	events []*chat.Event
	signal *chat.Signal
	cast   *nats.Msg
}

// New connects. A server that cannot be reached is tried again for ever; until
// then the node lives on the log.
func New(o Options) (*Bus, error) {
	b := &Bus{
		local: bus.NewLocal(), node: rand.Text(), prefix: o.Prefix, log: o.Log,
		out: make(chan parcel, outgoing), lost: make(chan struct{}, 1), interest: newInterest(), subs: map[int][]*nats.Subscription{},
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	b.ctx, b.stop = context.WithCancel(context.Background())
	if err := b.connect(o.URL); err != nil {
		b.stop()
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	if !b.conn.IsConnected() {
		b.log.Warn("NATS cannot be reached yet: what other nodes write arrives by way of the database", "error", b.conn.LastError())
	}
	if _, err := b.subscribe("all"); err != nil {
		b.stop()
		b.conn.Close()
		return nil, err
	}
	b.done.Go(b.send)
	b.done.Go(b.keep)
	return b, nil
}

// connect makes a connection that never gives up, keeps nothing for later while
// the server is away, and leaves a server that takes nothing any more.
func (b *Bus) connect(url string) (err error) {
	b.conn, err = nats.Connect(url, nats.Name("parley"), nats.NoEcho(),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectEvery),
		nats.ReconnectJitter(reconnectEvery/2, reconnectEvery/2), nats.ReconnectBufSize(-1),
		nats.Timeout(answersWithin), nats.FlusherTimeout(answersWithin), nats.ReconnectOnFlusherError(),
		nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2), nats.IgnoreAuthErrorAbort(),
		nats.ConnectHandler(func(*nats.Conn) { b.log.Info("connected to NATS"); b.missed() }),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info("connected to NATS again"); b.missed() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if b.ctx.Err() == nil {
				b.log.Warn("the connection to NATS is gone: what other nodes write arrives by way of the database", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if b.ctx.Err() == nil {
				b.log.Warn("NATS", "error", err)
				b.missed()
			}
		}),
	)
	return err
}

// Close ends the connection after what waits was sent, as far as ctx allows. A
// server that takes nothing may hold the connection a little longer than that.
func (b *Bus) Close(ctx context.Context) error {
	b.stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.done.Wait()
		if b.conn.IsConnected() {
			flush, cancel := context.WithTimeout(ctx, answersWithin)
			defer cancel()
			_ = b.conn.FlushWithContext(flush) // the log has what is not sent now
		}
		b.conn.Close()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the bus: %w", ctx.Err())
	}
}

// Connected says whether there is a connection to NATS at the moment.
func (b *Bus) Connected() bool { return b.conn.IsConnected() }

// OnLost sets what is called when something may have been missed: after new
// subscriptions, a connection that was gone, too much at once. It is set before
// anything is followed, and called from one goroutine.
func (b *Bus) OnLost(fn func()) { b.onLost.Store(&fn) }

func (b *Bus) missed() {
	select {
	case b.lost <- struct{}{}:
	default:
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
		case <-b.ctx.Done():
			b.drain()
			return
		}
	}
}

// drain publishes what waits, unless the server takes too long over it.
func (b *Bus) drain() {
	for begun := time.Now(); b.conn.IsConnected() && time.Since(begun) < answersWithin; {
		select {
		case p := <-b.out:
			b.publish(p)
		default:
			return
		}
	}
	b.Metrics.Dropped.Add(int64(len(b.out)))
}

func (b *Bus) publish(p parcel) {
	if p.cast != nil {
		b.put(p.cast.Subject, p.cast.Data, nil)
		return
	}
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
		encodeEvents(b.node, bySubject[subject], func(content []byte, err error) { b.put(subject, content, err) })
	}
}

func (b *Bus) put(subject string, content []byte, err error) {
	if err == nil {
		err = b.conn.Publish(subject, content)
	}
	if err == nil {
		b.Metrics.Published.Add(1)
		return
	}
	b.Metrics.Dropped.Add(1)
	// Part of what was written may have gone out: this connection is of no use.
	if errors.Is(err, os.ErrDeadlineExceeded) {
		_ = b.conn.ForceReconnect() // fails if it is closed
	}
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

func (b *Bus) subscribe(subject string) (*nats.Subscription, error) {
	sub, err := b.conn.Subscribe(b.prefix+"."+subject, b.receive)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	if err := sub.SetPendingLimits(pendingMessages, pendingBytes); err != nil {
		_ = sub.Unsubscribe() // it may be gone already
		return nil, fmt.Errorf("bound what waits of %s: %w", subject, err)
	}
	return sub, nil
}

func (b *Bus) receive(m *nats.Msg) {
	p, err := decode(m.Data)
	switch {
	case err != nil:
		b.Metrics.Malformed.Add(1) // the tailer finds what a newer node says
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
		p.Signal.Relayed = true
		b.local.Signal(*p.Signal)
	}
}

// Reach reports why a NATS server cannot be reached.
func Reach(url string, within time.Duration) error {
	c, err := nats.Connect(url, nats.Name("parley doctor"), nats.Timeout(within))
	if err != nil {
		return err
	}
	defer c.Close()
	return c.FlushTimeout(within)
}
