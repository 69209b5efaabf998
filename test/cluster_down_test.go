package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/client"
	"parley/internal/bus/nats/natstest"
	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
	"parley/internal/store/postgres/pgtest"
)

// PostgreSQL cuts all its connections again and again while people send on both
// nodes, as it does when it is restarted: whatever was acknowledged is in the
// history once, and everybody hears it.
func TestPostgreSQLCutsEverybodyOff(t *testing.T) {
	t.Parallel()
	p := newPair(t, 5)
	ears := p.everywhere(1)
	acked := &ledger{ids: map[string]int64{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sending sync.WaitGroup
	var quiet sync.RWMutex
	for i, send := range []sendFunc{
		p.client(2, 0).SendMessage, p.client(3, 1).SendMessage,
		stream(t, p.client(4, 0), client.StreamOptions{}).Send, stream(t, p.client(4, 1), client.StreamOptions{}).Send,
	} {
		sending.Go(func() { keepSending(ctx, t, &quiet, send, p.group, i, acked) })
	}
	cuts, gone := 0, 0
	for begun := time.Now(); time.Since(begun) < howLong(4*time.Second) || cuts < 5; cuts++ {
		acked.wait(t, acked.len()+20+rand.IntN(200))
		gone += terminateAll(t, string(p.Config().Database))
	}
	acked.wait(t, acked.len()+50)
	stop()
	sending.Wait()
	history := wholeHistory(t, p.client(0, 0), p.group)
	acked.check(t, history)
	checkAll(t, ears, history)
	t.Logf("%d connections cut in %d goes, %d messages acknowledged, %d in the history", gone, cuts, acked.len(), len(history))
}

// terminateAll ends every connection to a database and returns how many there were.
func terminateAll(t *testing.T, database string) (n int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	err = c.QueryRow(t.Context(), `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// processes are two nodes that can be stopped as the system stops programs.
type processes struct {
	nodes  [2]*process
	flags  []string
	data   string
	people []person
	group  int64
}

func startProcesses(t *testing.T, people int) *processes {
	t.Helper()
	enginetest.Once(t)
	p := &processes{data: t.TempDir()}
	database := pgtest.Database(t)
	p.flags = []string{"--database", database, "--nats", natstest.Start(t).URL}
	p.people, p.group = populateOn(t, p.data, database, people)
	for i := range p.nodes {
		p.nodes[i] = startProcess(t, p.data, "127.0.0.1:0", p.flags...)
	}
	return p
}

// A node that stands still in the middle of a transaction holds nobody
// up for longer than the 5 seconds after which PostgreSQL ends that. When it goes
// on, its clients hear everything.
func TestANodeStandsStill(t *testing.T) {
	p := startProcesses(t, 6)
	still := min(howLong(7*time.Second), 30*time.Second)
	var ears []*listener
	for i := range p.nodes {
		ears = append(ears, listenAll(t, p.nodes[i].url, p.people[4:], p.group)...)
	}
	acked := &ledger{ids: map[string]int64{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sending sync.WaitGroup
	var quiet sync.RWMutex
	var slowest slowestSend
	for i, who := range p.people[:4] {
		send := clientOf(t, p.nodes[i%2].url, who.token).SendMessage
		if i%2 == 1 {
			// So much that the node is not too far behind afterwards: who misses more
			// than 1,000 events is told to reload.
			send = paced(slowest.of(send), still/250)
		}
		sending.Go(func() { keepSending(ctx, t, &quiet, send, p.group, i, acked) })
	}
	rounds := 0
	for begun := time.Now(); rounds == 0 || time.Since(begun) < *long; rounds++ {
		acked.wait(t, acked.len()+100+rand.IntN(50))
		p.stopInTransaction(t)
		time.Sleep(still) // the time is what is tried
		before := acked.len()
		acked.wait(t, before+20) // by the node that goes on
		p.nodes[0].signal(syscall.SIGCONT)
	}
	acked.wait(t, acked.len()+100)
	stop()
	sending.Wait()
	history := wholeHistory(t, clientOf(t, p.nodes[0].url, p.people[0].token), p.group)
	acked.check(t, history)
	for i, l := range ears {
		l.check(t, fmt.Sprint("listener ", i), history)
	}
	if slowest.took > 6500*time.Millisecond {
		t.Errorf("the other node was held up for %v", slowest.took)
	}
	t.Logf("stood still %d times; the slowest of %d messages took %v on the other node", rounds, acked.len(), slowest.took)
}

// stopInTransaction stops the first node in the middle of a transaction.
func (p *processes) stopInTransaction(t *testing.T) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.flags[1])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	for range 200 {
		p.nodes[0].signal(syscall.SIGSTOP)
		if _, err := c.Exec(t.Context(), `SELECT pg_sleep(0.3)`); err != nil {
			t.Fatal(err)
		}
		open := false // the other node's transactions do not last
		err := c.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
			AND state = 'idle in transaction' AND clock_timestamp() - state_change > interval '250 ms')`).Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
		if open {
			return
		}
		p.nodes[0].signal(syscall.SIGCONT)
	}
	t.Fatal("the node was never stopped in a transaction")
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// slowestSend remembers what the slowest send took.
type slowestSend struct {
	mu   sync.Mutex
	took time.Duration
}

func (s *slowestSend) of(send sendFunc) sendFunc {
	return func(ctx context.Context, d client.Draft) (client.Message, error) {
		begun := time.Now()
		m, err := send(ctx, d)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.took = max(s.took, time.Since(begun))
		return m, err
	}
}

// paced sends no more often than that.
func paced(send sendFunc, every time.Duration) sendFunc {
	next := time.Now()
	return func(ctx context.Context, d client.Draft) (client.Message, error) {
		time.Sleep(time.Until(next))
		next = time.Now().Add(every)
		return send(ctx, d)
	}
}

// One node after the other is killed while people send; their clients go to the
// node that is left. Nothing that was acknowledged is lost, nothing doubled.
func TestKilledNodesLoseNothing(t *testing.T) {
	t.Parallel()
	p := startProcesses(t, 6)
	front := parleytest.NewBalancer(t)
	front.To(p.nodes[0].url, p.nodes[1].url)
	ears := listenAll(t, front.URL, p.people[4:], p.group)
	acked := &ledger{ids: map[string]int64{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sending sync.WaitGroup
	var quiet sync.RWMutex // whoever sends holds it for reading
	for i, who := range p.people[:4] {
		c := clientOf(t, front.URL, who.token)
		send := c.SendMessage
		if i%2 == 0 {
			send = stream(t, c, client.StreamOptions{}).Send
		}
		sending.Go(func() { keepSending(ctx, t, &quiet, send, p.group, i, acked) })
	}
	kills, caughtUp := 0, 0
	for begun := time.Now(); time.Since(begun) < howLong(6*time.Second) || kills < 6; kills++ {
		acked.wait(t, acked.len()+20+rand.IntN(100))
		if acked.len() > caughtUp+200 { // else a listener may be kept away until it is too far behind
			quiet.Lock()
			for i, l := range ears {
				l.wait(t, fmt.Sprint("listener ", i), acked.newest())
			}
			quiet.Unlock()
			caughtUp = acked.len()
		}
		node := p.nodes[kills%2]
		node.kill()
		acked.wait(t, acked.len()+20) // on the other
		p.nodes[kills%2] = startProcess(t, p.data, node.addr(), p.flags...)
	}
	acked.wait(t, acked.len()+20)
	stop()
	sending.Wait()
	history := wholeHistory(t, clientOf(t, front.URL, p.people[0].token), p.group)
	acked.check(t, history)
	for i, l := range ears {
		l.check(t, fmt.Sprint("listener ", i), history)
	}
	t.Logf("%d kills, %d messages acknowledged, %d in the history", kills, acked.len(), len(history))
}
