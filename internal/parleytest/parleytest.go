// Package parleytest starts a whole Parley in a test: the real server on a real
// port with a real database, and nothing faked.
package parleytest

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/app"
	"parley/internal/auth"
	"parley/internal/blob"
	"parley/internal/bus/nats/natstest"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/lifecycle"
	"parley/internal/store/enginetest"
	"parley/internal/store/postgres/pgtest"
)

// Server is a running Parley: one node, or two behind a balancer that gives each
// connection to the other one (see enginetest.Topology). The embedded Node is the
// first; URL reaches both.
type Server struct {
	*app.Node
	URL    string
	Data   string
	Second *app.Node        // nil: there is only one
	NATS   *natstest.Server // nil: there is only one node

	t        testing.TB
	onNATS   []func(*natstest.Server)
	alone    bool
	cluster  bool
	args     []string
	opts     app.Options
	clocks   [2]func() time.Time
	balancer *Balancer
	running  [2]*running
}

// running is one node's part in a Server.
type running struct {
	node *app.Node
	url  string
	stop func() // nil: it does not run
}

// Option changes what New would start.
type Option func(*Server)

// With passes flags of `parley serve`.
func With(args ...string) Option { return func(s *Server) { s.args = append(s.args, args...) } }

// OnBus puts something before each node's bus.
func OnBus(before func(chat.Bus) chat.Bus) Option { return func(s *Server) { s.opts.Bus = before } }

// OnBlobs puts something before each node's store of files.
func OnBlobs(before func(blob.Store) blob.Store) Option {
	return func(s *Server) { s.opts.Blobs = before }
}

// AllowLinks says which addresses are asked for previews of links, which With has to
// switch on.
func AllowLinks(allow func(netip.AddrPort) error) Option {
	return func(s *Server) { s.opts.AllowLink = allow }
}

// OnNATS changes the NATS server that nodes are joined by.
func OnNATS(change func(*natstest.Server)) Option {
	return func(s *Server) { s.onNATS = append(s.onNATS, change) }
}

// Alone starts one node also where the run is about two: for what holds on each
// node for itself, as rate limits do.
func Alone() Option { return func(s *Server) { s.alone = true } }

// Clocks gives each node of a cluster a clock of its own.
func Clocks(first, second func() time.Time) Option {
	return func(s *Server) { s.clocks = [2]func() time.Time{first, second} }
}

// NewCluster starts two nodes whatever the run is about.
func NewCluster(t testing.TB, options ...Option) *Server {
	t.Helper()
	enginetest.Once(t)
	return New(t, append(options, func(s *Server) { s.cluster = true })...)
}

// New starts a server that stops with the test. Rate limits are off unless With
// says otherwise.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{t: t, Data: t.TempDir(), args: []string{"--listen", "127.0.0.1:0", "--rate-limits", "off", "--log-level", "warn"}}
	s.opts.Logs = testLog{t}
	for _, o := range options {
		o(s)
	}
	if s.cluster = s.cluster || enginetest.Wanted(t) == enginetest.Cluster && !s.alone; s.cluster {
		s.NATS = natstest.Start(t, s.onNATS...)
		s.args = append(s.args, "--database", pgtest.Database(t), "--nats", s.NATS.URL)
		s.balancer = NewBalancer(t)
	} else {
		s.args = append(s.args, enginetest.Database(t, s.Data)...)
	}
	s.start()
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) start() {
	s.t.Helper()
	s.StartNode(0)
	s.URL = s.NodeURL(0)
	if s.cluster {
		s.StartNode(1)
		s.balancer.To(s.NodeURL(0), s.NodeURL(1))
		s.URL = s.balancer.URL
	}
}

// Nodes is how many nodes there are.
func (s *Server) Nodes() int {
	if s.cluster {
		return 2
	}
	return 1
}

// NodeAt is a node by number: 0, or 1 in a cluster.
func (s *Server) NodeAt(i int) *app.Node { return s.running[i].node }

// NodeURL reaches one node. It stays when the node is stopped and started again.
func (s *Server) NodeURL(i int) string { return s.running[i].url }

// StartNode starts a node that was stopped, on the address that it had.
func (s *Server) StartNode(i int) {
	s.t.Helper()
	s.startNode(i)
	if i == 0 {
		s.Node = s.running[i].node
	} else {
		s.Second = s.running[i].node
	}
}

// StopNode stops one node in good order.
func (s *Server) StopNode(i int) {
	if r := s.running[i]; r != nil && r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

// Config is what the nodes run with.
func (s *Server) Config() config.Config {
	s.t.Helper()
	cfg, err := config.Load(append(s.args, "--data", s.Data), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return cfg
}

func (s *Server) startNode(i int) {
	s.t.Helper()
	cfg, opts := s.Config(), s.opts
	if before := s.running[i]; before != nil {
		cfg.Listen = strings.TrimPrefix(before.url, "http://")
	}
	if s.clocks[i] != nil {
		opts.Clock = s.clocks[i]
	}
	n, err := app.New(context.Background(), cfg, opts)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- lifecycle.Run(ctx, 10*time.Second, func() { close(ready) }, n.Parts()...)
	}()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		s.t.Fatalf("the server did not start: %v", err)
	}
	s.running[i] = &running{node: n, url: n.URL(), stop: func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the server did not stop in good order: %v", err)
		}
	}}
}

// Stop stops the server.
func (s *Server) Stop() {
	s.StopNode(1)
	s.StopNode(0)
}

// Restart stops the server and starts it again on the same data and address.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.start()
}

// Person is somebody with an account and a session.
type Person struct {
	chat.Actor
	Name  string
	Token string // good for 15 minutes
}

var people atomic.Int64

// Person makes an account and signs it in, without the time that hashing a
// password takes. Names are made unique; Name is the username.
func (s *Server) Person(name string) *Person {
	s.t.Helper()
	ctx := context.Background()
	u, err := s.Chat.UpsertExternal(ctx, fmt.Sprintf("test-%d", people.Add(1)), chat.ExternalProfile{Name: new(name)})
	if err != nil {
		s.t.Fatal(err)
	}
	username := fmt.Sprintf("%s%d", strings.ToLower(name), people.Add(1))
	a := chat.Actor{ID: u.ID}
	if _, err := s.Chat.UpdateProfile(ctx, a, chat.ProfilePatch{Username: &username}); err != nil {
		s.t.Fatal(err)
	}
	in, err := s.Auth.OpenSession(ctx, u.ID, auth.Device{UserAgent: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	a.Session = in.Session
	return &Person{a, username, in.AccessToken}
}

// testLog writes what the server logs into the test's log.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	if os.Getenv("PARLEY_TEST_LOG") != "" {
		l.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}
