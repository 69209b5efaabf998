// Package parleytest starts a whole Parley in a test: the real server on a real
// port with a real database, and nothing faked.
package parleytest

import (
	"context"
	"fmt"
	"os"
	"slices"
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
)

// Server is a running Parley: one node, or two behind a balancer that gives each
// connection to the other one (see enginetest.Topology). The embedded Node is the
// first; URL reaches both.
type Server struct {
	*app.Node
	URL    string
	Data   string
	Second *app.Node // nil: there is only one

	t        testing.TB
	alone    bool
	args     []string
	opts     app.Options
	balancer *balancer
	stops    []func()
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

// Alone starts one node also where the run is about two: for what holds on each
// node for itself, as rate limits do.
func Alone() Option { return func(s *Server) { s.alone = true } }

// New starts a server that stops with the test. Rate limits are off unless With
// says otherwise.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{t: t, Data: t.TempDir(), args: []string{"--listen", "127.0.0.1:0", "--rate-limits", "off", "--log-level", "warn"}}
	s.opts.Logs = testLog{t}
	for _, o := range options {
		o(s)
	}
	s.args = append(s.args, enginetest.Database(t)...)
	if enginetest.Wanted(t) == enginetest.Cluster && !s.alone {
		s.args = append(s.args, "--nats", natstest.Start(t).URL)
		s.balancer = newBalancer(t)
	}
	s.start()
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) start() {
	s.t.Helper()
	s.Node = s.startNode()
	s.URL = s.Node.URL()
	if s.balancer != nil {
		s.Second = s.startNode()
		s.balancer.to(s.Node.URL(), s.Second.URL())
		s.URL = s.balancer.url
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

func (s *Server) startNode() *app.Node {
	s.t.Helper()
	n, err := app.New(context.Background(), s.Config(), s.opts)
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
	s.stops = append(s.stops, func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the server did not stop in good order: %v", err)
		}
	})
	return n
}

// Stop stops the server.
func (s *Server) Stop() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	s.stops = nil
}

// Restart stops the server and starts it again on the same data and address.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	if s.balancer == nil {
		s.args = append(s.args, "--listen", strings.TrimPrefix(s.URL, "http://"))
	}
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
