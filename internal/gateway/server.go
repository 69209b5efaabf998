// Package gateway runs live connections, whatever protocol they speak and
// whatever pipe carries them. A protocol is a folder below this one that turns
// bytes into requests and outputs into bytes; a pipe implements Conn. Sessions,
// queues, the order of commands and the end of tokens are here, once for all.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/hub"
)

// Service is what clients may ask of the domain. chat.Service implements it.
type Service interface {
	SendMessage(context.Context, chat.Actor, chat.SendMessage) (chat.Sent, error)
	EditMessage(context.Context, chat.Actor, chat.EditMessage) (*chat.Message, error)
	DeleteMessage(context.Context, chat.Actor, chat.MessageID) (*chat.Message, error)
	React(context.Context, chat.Actor, chat.React) (chat.Reacted, error)
	MarkRead(context.Context, chat.Actor, chat.ConversationID, chat.MessageID) (chat.ReadState, error)
	MarkDelivered(context.Context, chat.Actor, chat.ConversationID, chat.MessageID) error
	Typing(context.Context, chat.Actor, chat.ConversationID, bool) error
	Message(context.Context, chat.Actor, chat.MessageID) (*chat.Message, error)
	Messages(context.Context, chat.Actor, chat.ConversationID, chat.Page) (chat.MessagePage, error)
	Conversation(context.Context, chat.Actor, chat.ConversationID) (*chat.ConversationView, error)
	Join(context.Context, chat.Actor, chat.ConversationID) (*chat.ConversationView, error)
	Replay(ctx context.Context, a chat.Actor, st chat.StreamID, after int64, limit int) ([]*chat.Event, error)
}

var _ Service = (*chat.Service)(nil)

// Identity is who a token or a cookie stands for.
type Identity struct {
	Actor   chat.Actor
	Expires time.Time // zero: not by itself
	// Again says whether what proved the identity still does. It is asked once
	// the session can hear of revocations, so that none falls in between. May be
	// nil.
	Again func(context.Context) error
}

// Authenticator knows tokens.
type Authenticator interface {
	// Authenticate returns a *chat.Error for a token that is not accepted.
	Authenticate(ctx context.Context, token string) (Identity, error)
}

// Attendance is one session's part in its user's presence.
type Attendance interface {
	Active() // the client asked for something
	Attend(status chat.PresenceStatus, device string)
	Leave()
}

// Config of New.
type Config struct {
	Hub     *hub.Hub
	Service Service
	Auth    Authenticator
	// Present is called when a session begins; nil: nobody is told.
	Present func(u chat.UserID, device string) Attendance
	Limits  Limits
	// Admit counts a command of a user and returns an error when he sends too
	// many; nil: there is no limit.
	Admit func(chat.UserID) error
	Log   *slog.Logger // nil: nothing is logged
}

// MaxSessions is how many sessions a user may have on a node at a time.
const MaxSessions = 100

// Spread is the time over which clients come back after a shutdown.
const Spread = 5 * time.Second

// Server runs sessions.
type Server struct {
	Metrics Metrics

	hub     *hub.Hub
	service Service
	auth    Authenticator
	present func(chat.UserID, string) Attendance
	limits  Limits
	admit   func(chat.UserID) error
	log     *slog.Logger
	load    load
	ctx     context.Context // of commands; ends when a shutdown takes too long
	abort   context.CancelFunc

	mu       sync.Mutex
	sessions map[*session]struct{}
	byUser   map[chat.UserID]int // sessions that have joined
	closing  bool
	running  sync.WaitGroup
}

// New returns a server without sessions.
func New(c Config) *Server {
	s := &Server{
		hub: c.Hub, service: c.Service, auth: c.Auth, present: c.Present, limits: c.Limits, admit: c.Admit, log: c.Log,
		sessions: map[*session]struct{}{}, byUser: map[chat.UserID]int{},
	}
	if s.present == nil {
		s.present = func(chat.UserID, string) Attendance { return unnoticed{} }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.ctx, s.abort = context.WithCancel(context.Background())
	return s
}

// Serve runs one connection until it ends, and returns why if it was not in good
// order. who may be zero: then the protocol has to log in.
func (s *Server) Serve(conn Conn, p Protocol, who Identity) error {
	sess := newSession(s, conn, p, who)
	if !s.enter(sess) {
		conn.Close(closeShutdown, "shutdown")
		return nil
	}
	defer s.leave(sess)
	defer sess.undo()
	sess.open()
	err := sess.read()
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("gateway: %s from %s: %w", p.Dialect(), conn.RemoteAddr(), err)
}

func (s *Server) enter(sess *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.sessions[sess] = struct{}{}
	s.running.Add(1)
	s.Metrics.count(sess.protocol.Dialect(), 1)
	return true
}

// seat counts one more session of a user, or refuses it.
func (s *Server) seat(u chat.UserID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byUser[u] >= MaxSessions {
		return &chat.Error{Code: chat.RateLimited, Message: "Too many open connections", RetryAfter: time.Minute}
	}
	s.byUser[u]++
	return nil
}

func (s *Server) leave(sess *session) {
	s.mu.Lock()
	delete(s.sessions, sess)
	if u := sess.seated; u != 0 {
		if s.byUser[u]--; s.byUser[u] == 0 {
			delete(s.byUser, u)
		}
	}
	s.mu.Unlock()
	s.Metrics.count(sess.protocol.Dialect(), -1)
	s.running.Done()
}

// Shutdown tells every session to come back a little later, each at another
// time, and waits until all are gone. When ctx ends first, what is left is cut
// off.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, sess := range s.close() {
		sess.bye(Bye{
			Code: ByeShutdown, Reason: "The server is restarting", Reconnect: true,
			After: time.Duration(rand.Int64N(int64(Spread))).Truncate(time.Millisecond),
		}, closeShutdown)
	}
	gone := make(chan struct{})
	go func() { s.running.Wait(); close(gone) }()
	defer s.abort()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.abort()
	for _, sess := range s.close() {
		sess.conn.Close(closeShutdown, "shutdown")
	}
	<-gone
	return fmt.Errorf("gateway: shutdown: %w", ctx.Err())
}

// close lets no session in any more and returns those that are there.
func (s *Server) close() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	all := make([]*session, 0, len(s.sessions))
	for sess := range s.sessions {
		all = append(all, sess)
	}
	return all
}

type unnoticed struct{}

func (unnoticed) Active()                            {}
func (unnoticed) Attend(chat.PresenceStatus, string) {}
func (unnoticed) Leave()                             {}
