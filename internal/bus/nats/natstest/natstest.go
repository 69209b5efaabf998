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

	t    testing.TB
	port int
	now  *server.Server
}

// Start runs a server on a free port until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, port: -1}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start starts the server where it was.
func (s *Server) Start() {
	s.t.Helper()
	now, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: s.port, NoLog: true, NoSigs: true,
		Username: s.User, Password: s.Password,
	})
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
