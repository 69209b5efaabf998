package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// result is one line of the table.
type result struct {
	scenario string
	what     string
	value    string
	target   string
	postgres string // the target there, if it is another
}

// scenario measures one thing on a server that has what it prepared.
type scenario struct {
	name    string
	about   string
	prepare func(ctx context.Context, s *seed) error
	run     func(ctx context.Context, b *bed) ([]result, error)
}

// bed is a running server, the people on it, and how long to measure.
type bed struct {
	*server
	*seed
	measure time.Duration
}

var body = strings.Repeat("x", 180)

var scenarios = []scenario{
	{"S1", "durable sends: 50 conversations of two, 100 connections, window 16", pairs(50), durableSends},
	{"S1b", "delivery latency at half that rate", pairs(50), deliveryLatency},
	{"S2", "fan-out to 1,000 members", crowd(1000), fanOut("S2", native)},
	{"S2-stomp", "the same over STOMP", crowd(1000), fanOut("S2-stomp", stomp)},
	{"S2-socketio", "the same over Socket.IO", crowd(1000), fanOut("S2-socketio", socketIO)},
	{"S3", "10,000 idle sessions", pairs(5000), idleSessions("S3", native)},
	{"S3-stomp", "the same over STOMP", pairs(5000), idleSessions("S3-stomp", stomp)},
	{"S3-socketio", "the same over Socket.IO", pairs(5000), idleSessions("S3-socketio", socketIO)},
	{"S4", "newest 50 of 100,000 over REST, 16 readers", longHistory, readHistory},
	{"S5", "500 clients come back, 200 missed messages each", missed, catchUp},
	{"poll", "1,000 members vote within 10 s", poll, votes},
	{"S8", "search in 1,000,000 messages", manyTexts, searchTexts},
}

func pairs(n int) func(context.Context, *seed) error {
	return func(ctx context.Context, s *seed) error {
		if err := s.people(ctx, 2*n); err != nil {
			return err
		}
		return s.directs(ctx, n)
	}
}

func crowd(n int) func(context.Context, *seed) error {
	return func(ctx context.Context, s *seed) error {
		if err := s.people(ctx, n); err != nil {
			return err
		}
		return s.group(ctx)
	}
}

const missedEach = 200

func missed(ctx context.Context, s *seed) error {
	if err := pairs(250)(ctx, s); err != nil {
		return err
	}
	return s.fill(ctx, missedEach)
}

// connectAll opens a session for the first n people, a few at a time.
func (b *bed) connectAll(ctx context.Context, n int, d dialect) ([]*conn, error) {
	conns, errs := make([]*conn, n), make([]error, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				conns[i], errs[i] = d.open(ctx, b.url, b.tokens[i])
			}
		})
	}
	wg.Wait()
	return conns, errors.Join(errs...)
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

func sendFrame(id string, conversation int64, content string) map[string]any {
	return map[string]any{"type": "send", "id": id, "conversationId": conversation, "content": content, "tempId": id}
}

// durableSends keeps 16 sends in flight on each connection.
func durableSends(ctx context.Context, b *bed) ([]result, error) {
	const window = 16
	conns, err := b.connectAll(ctx, 100, native)
	defer closeAll(conns)
	if err != nil {
		return nil, err
	}
	var acked atomic.Int64
	var failed atomic.Value
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			n := 0
			send := func() error {
				n++
				return c.send(sendFrame(fmt.Sprintf("%d-%d", i, n), b.conversation(i), body))
			}
			for range window {
				if err := send(); err != nil {
					failed.Store(err)
					return
				}
			}
			for {
				f, err := c.next()
				if err != nil {
					return
				}
				switch f.kind() {
				case "ack":
					acked.Add(1)
					select {
					case <-stop:
						continue
					default:
					}
					if err := send(); err != nil {
						return
					}
				case "error", "bye":
					failed.Store(fmt.Errorf("%s", f))
					return
				}
			}
		})
	}
	time.Sleep(2 * time.Second) // let it settle before measuring
	before := acked.Load()
	p, err := begin(b.server)
	if err != nil {
		return nil, err
	}
	time.Sleep(b.measure)
	wall, cpu, err := p.end()
	done := acked.Load() - before
	close(stop)
	closeAll(conns)
	wg.Wait()
	if e, ok := failed.Load().(error); ok {
		return nil, e
	}
	return []result{
		{"S1", "acknowledged sends per second", fmt.Sprintf("%.0f", float64(done)/wall.Seconds()), "≥ 12,000", "≥ 6,000"},
		{"S1", "server CPU per message", perUnit(cpu, done), "≤ 0.10 ms", "≤ 0.20 ms"},
	}, err
}

// deliveryLatency sends at a fixed rate and times what the other side receives.
func deliveryLatency(ctx context.Context, b *bed) ([]result, error) {
	perSecond := 4000.0
	if b.database.postgres() {
		perSecond = 2000
	}
	conns, err := b.connectAll(ctx, 100, native)
	defer closeAll(conns)
	if err != nil {
		return nil, err
	}
	var seen latencies
	var measuring atomic.Bool
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			mine := fmt.Appendf(nil, `"senderId":%d,`, b.ids[i])
			for {
				f, err := c.next()
				if err != nil {
					return
				}
				if f.kind() != "event" || !measuring.Load() || bytes.Contains(f, mine) {
					continue
				}
				at, _, _ := strings.Cut(f.text(`"content":"at `), " ")
				if sent, err := strconv.ParseInt(at, 10, 64); err == nil {
					seen.add(time.Since(time.Unix(0, sent)))
				}
			}
		})
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begun, sent := time.Now(), 0
	for time.Since(begun) < b.measure+2*time.Second {
		<-tick.C
		if time.Since(begun) > 2*time.Second {
			measuring.Store(true)
		}
		for due := int(time.Since(begun).Seconds() * perSecond); sent < due; sent++ {
			i := sent % len(conns)
			content := fmt.Sprintf("at %d %s", time.Now().UnixNano(), body)
			if err := conns[i].send(sendFrame(fmt.Sprint("b", sent), b.conversation(i), content)); err != nil {
				return nil, err
			}
		}
	}
	closeAll(conns)
	wg.Wait()
	return []result{
		{"S1b", fmt.Sprintf("delivery p50 at %.0f sends per second", perSecond), ms(seen.percentile(0.50)), "≤ 1.5 ms", "≤ 2 ms"},
		{"S1b", "delivery p99", ms(seen.percentile(0.99)), "≤ 8 ms", "≤ 10 ms"},
	}, nil
}

// fanOut has one member send to all others, first at 50 messages a second, then
// as fast as a window of 32 allows.
func fanOut(name string, d dialect) func(context.Context, *bed) ([]result, error) {
	return func(ctx context.Context, b *bed) ([]result, error) { return b.fanOut(ctx, name, d) }
}

func (b *bed) fanOut(ctx context.Context, name string, d dialect) ([]result, error) {
	conns, err := b.connectAll(ctx, len(b.ids), d)
	defer closeAll(conns)
	if err != nil {
		return nil, err
	}
	var delivered atomic.Int64
	acks := make(chan struct{}, 1024)
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			for {
				f, err := c.next()
				if err != nil {
					return
				}
				switch {
				case d.isMessage(f):
					delivered.Add(1)
				case i == 0 && d.isAck(f):
					acks <- struct{}{}
				}
			}
		})
	}
	sent := 0
	send := func() error {
		sent++
		return d.send(conns[0], sent, b.conversation(0), body)
	}
	calm, err := b.fanOutPhase(&delivered, func(stop <-chan time.Time) error {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return nil
			case <-tick.C:
				if err := send(); err != nil {
					return err
				}
				<-acks
			}
		}
	})
	if err != nil {
		return nil, err
	}
	full, err := b.fanOutPhase(&delivered, func(stop <-chan time.Time) error {
		for range 32 {
			if err := send(); err != nil {
				return err
			}
		}
		for {
			select {
			case <-stop:
				return nil
			case <-acks:
				if err := send(); err != nil {
					return err
				}
			}
		}
	})
	closeAll(conns)
	wg.Wait()
	return []result{
		{name, "CPU per delivery at 50 messages per second", us(calm.cpu, calm.n), d.calm, ""},
		{name, "deliveries per second, full speed", fmt.Sprintf("%.0f", float64(full.n)/full.wall.Seconds()), d.rate, ""},
		{name, "CPU per delivery, full speed", us(full.cpu, full.n), d.full, ""},
	}, err
}

type phase struct {
	n         int64
	wall, cpu time.Duration
}

func (b *bed) fanOutPhase(count *atomic.Int64, drive func(stop <-chan time.Time) error) (phase, error) {
	before := count.Load()
	p, err := begin(b.server)
	if err != nil {
		return phase{}, err
	}
	if err := drive(time.After(b.measure)); err != nil {
		return phase{}, err
	}
	wall, cpu, err := p.end()
	return phase{count.Load() - before, wall, cpu}, err
}

// idleSessions opens 10,000 sessions that do nothing.
func idleSessions(name string, d dialect) func(context.Context, *bed) ([]result, error) {
	return func(ctx context.Context, b *bed) ([]result, error) { return b.idleSessions(ctx, name, d) }
}

func (b *bed) idleSessions(ctx context.Context, name string, d dialect) ([]result, error) {
	warm, err := b.connectAll(ctx, 200, d) // code and pools that exist once
	closeAll(warm)
	if err != nil {
		return nil, err
	}
	time.Sleep(time.Second)
	before, err := b.memory()
	if err != nil {
		return nil, err
	}
	p, err := begin(b.server)
	if err != nil {
		return nil, err
	}
	conns, err := b.connectAll(ctx, 10_000, d)
	defer closeAll(conns)
	if err != nil {
		return nil, err
	}
	_, cpu, err := p.end()
	if err != nil {
		return nil, err
	}
	time.Sleep(5 * time.Second) // presence settles, garbage is returned
	after, err := b.memory()
	return []result{
		{name, "memory per idle session", fmt.Sprintf("%.1f KiB", float64(after-before)/10_000/1024), d.memory, ""},
		{name, "CPU per login (without the password)", perUnit(cpu, 10_000), "≤ 0.3 ms", ""},
	}, err
}

// catchUp has 500 clients come back at once with cursors 200 messages behind.
func catchUp(ctx context.Context, b *bed) ([]result, error) {
	p, err := begin(b.server)
	if err != nil {
		return nil, err
	}
	errs := make([]error, 500)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			id := b.conversation(i)
			c, err := dial(ctx, b.url, b.tokens[i], map[string]int64{strconv.FormatInt(id, 10): b.heads[id]})
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close()
			for n := 0; n < missedEach; {
				f, err := c.next()
				if err != nil {
					errs[i] = err
					return
				}
				if f.kind() == "gap" {
					errs[i] = errors.New("told to reload")
					return
				}
				if f.isMessage() {
					n++
				}
			}
		})
	}
	wg.Wait()
	wall, cpu, err := p.end()
	events := int64(500 * missedEach)
	return []result{
		{"S5", "all 500 have caught up after", fmt.Sprintf("%.2f s", wall.Seconds()), "≤ 0.6 s", "≤ 0.8 s"},
		{"S5", "CPU per million events", fmt.Sprintf("%.1f s", cpu.Seconds()*1e6/float64(events)), "≤ 9 s", ""},
	}, errors.Join(append(errs, err)...)
}

func perUnit(d time.Duration, n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f ms", d.Seconds()*1e3/float64(n))
}

func us(d time.Duration, n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f µs", d.Seconds()*1e6/float64(n))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1e3) }
