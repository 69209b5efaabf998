// Package natstest runs a real NATS server within a test.
package natstest

import (
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a NATS server that can go away and come back.
type Server struct {
	URL string
	// User and Password are asked for from the next Start on, if there are any.
	User, Password string
	// Keeping makes streams of JetStream possible, from the next Start on.
	Keeping bool

	t      testing.TB
	port   int
	folder string // of what is kept
	now    *server.Server
}

// Start runs a server on a free port until the test ends.
func Start(t testing.TB, options ...func(*Server)) *Server {
	t.Helper()
	s := &Server{t: t, port: -1}
	for _, o := range options {
		o(s)
	}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start starts the server where it was.
func (s *Server) Start() {
	s.t.Helper()
	o := &server.Options{
		Host: "127.0.0.1", Port: s.port, NoLog: true, NoSigs: true,
		Username: s.User, Password: s.Password,
	}
	if s.Keeping {
		if s.folder == "" {
			s.folder = s.t.TempDir()
		}
		o.JetStream, o.StoreDir = true, s.folder
	}
	now, err := server.NewServer(o)
	if err != nil {
		s.t.Fatal(err)
	}
	go now.Start()
	if !now.ReadyForConnections(10 * time.Second) {
		s.t.Fatal("NATS did not start")
	}
	s.now, s.URL = now, now.ClientURL()
	s.port = now.Addr().(*net.TCPAddr).Port
}

// Stop ends the server and cuts its clients.
func (s *Server) Stop() {
	if s.now != nil {
		s.now.Shutdown()
		s.now.WaitForShutdown()
		s.now = nil
	}
}
