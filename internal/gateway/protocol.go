package gateway

import (
	"context"
	"time"

	"parley/internal/chat"
	"parley/internal/hub"
)

// Protocol is what one connection speaks: bytes to requests and outputs to
// bytes. It does no I/O and starts no goroutines. A value belongs to one
// connection and may remember what the client said (a subscription's id, a
// version).
//
// Decode is called by one goroutine, Encode by one at a time, but both may run
// at once: what they share is the protocol's to guard.
type Protocol interface {
	// Dialect names the protocol: in metrics, and as part of the key under which
	// encodings are shared.
	Dialect() string
	// Open says how the connection begins.
	Open() Opening
	// Decode turns one frame into what the client asks, in order. An error is a
	// frame that cannot be understood; it is encoded as a Problem. Three in a row
	// end the connection, one that Final returned ends it at once. The frame is
	// only valid during the call.
	Decode(frame []byte) ([]Request, error)
	// Encode appends the frames that say out, if any. What it appends may be
	// shared with other connections and is never changed. out is only valid
	// during the call.
	Encode(frames [][]byte, out Output) [][]byte
}

// Ending is implemented by protocols of connections that end with an event: it is
// the last thing that is said.
type Ending interface{ Ends(e *Event) bool }

// Opening is how a connection begins.
type Opening struct {
	// Now is asked on the client's behalf at once.
	Now []Request
	// Patience is how long the client may take until Hello was asked.
	Patience time.Duration
	// Overdue is asked on the client's behalf when he took longer. Without it the
	// connection is closed.
	Overdue []Request
	// Strikes is how many requests a minute may be refused for coming too often
	// before the client is sent away; 0: any number.
	Strikes int
	// Toolkit says that the toolkit's quotas count (see chat.Actor).
	Toolkit bool
}

// Final marks the error of a frame after which nothing more can be understood.
func Final(err error) error { return &final{err} }

type final struct{ error }

func (f *final) Unwrap() error { return f.error }

// Command names what a client may ask, see the table of commands.
type Command string

// Request is one thing that a client asks.
type Request struct {
	Do Command
	// Conversation keeps requests in order: those about the same one are done
	// one after the other. 0 is an order of its own.
	Conversation chat.ConversationID
	Args         any
	// Tag is whatever the protocol needs to answer.
	Tag any
	// Err refuses the request before it is tried: it was understood, but its
	// arguments were not.
	Err error
}

// Args of the commands that are not a request of package chat.
type (
	// Login is the first or a fresh token of the same user. An empty token means
	// the identity that the handshake brought.
	Login struct {
		Token string
		// Accept refuses somebody who is not whom the client claims to be. It may
		// look him up, and may be nil.
		Accept func(context.Context, chat.UserID) error
	}
	// Await gives the client new time until Hello, as an Opening does.
	Await struct {
		Patience time.Duration
		Overdue  []Request
	}
	// Quit sends the client away because of Err.
	Quit struct{ Err error }
	// Hello begins the delivery of what was missed and of what happens.
	Hello struct {
		Resume hub.Resume
		// ResumeFor stands for Resume when that depends on who the client is; nil: it
		// does not.
		ResumeFor func(chat.UserID) hub.Resume
		Device    string
	}
	// Mark names a message in a conversation, which may be 0: the message's own.
	Mark struct {
		Conversation chat.ConversationID
		Message      chat.MessageID
	}
	// Page is a stretch of a conversation's messages.
	Page struct {
		Conversation chat.ConversationID
		chat.Page
	}
	// Sync asks for what happened in a conversation after a rev.
	Sync struct {
		Conversation chat.ConversationID
		After        int64
	}
	// Typing says that the client's user is typing, or has stopped.
	Typing struct {
		Conversation chat.ConversationID
		Typing       bool
	}
	// Attend says how present this session is; Offline is gone.
	Attend struct {
		Status chat.PresenceStatus
		Device string // "" for no change
	}
	// Again takes up conversations after the revs that a client has of them, while
	// the session goes on.
	Again struct{ Revs map[chat.StreamID]int64 }
)

// Output is one thing to tell a client: *Ready, *Event, *Gap, *Gone, *Signal,
// *Reply, *Problem, *Refresh, *Back, *Beat or *Bye.
type Output interface{ output() }

type (
	// Ready is the answer to Login: everything after these heads will come once
	// Hello was asked.
	Ready struct {
		Request Request // that logged in
		User    chat.UserID
		Session string
		Heads   []hub.Head
		Settled chat.Position // up to which a client that starts at the heads has everything
		Time    time.Time
		Limits  Limits
	}
	// Gap says that the client has to reload a stream, which goes on after Head.
	Gap struct {
		Stream chat.StreamID
		Head   int64
	}
	// Gone says that a stream which the client wants to resume is not his.
	Gone struct{ Stream chat.StreamID }
	// Reply answers a request.
	Reply struct {
		Request Request
		Result  any
		Err     error
	}
	// Problem is an error that stands for itself: it answers no request, or it
	// ends the session, and then Request is the one that failed.
	Problem struct {
		Request Request
		Err     error
	}
	// Refresh answers the command Refresh.
	Refresh struct{ Settled chat.Position }
	// Back says that the events of a stream come again, up to Was those that were
	// given already.
	Back struct {
		Stream chat.StreamID
		Was    int64
	}
	// Beat says nothing but that the server lives, see Pulse.
	Beat struct{}
	// Bye is said before the server closes the connection.
	Bye struct {
		Code      ByeCode
		Reason    string
		Reconnect bool
		After     time.Duration // to wait before reconnecting
	}
)

func (*Ready) output()   {}
func (*Event) output()   {}
func (*Gap) output()     {}
func (*Gone) output()    {}
func (*Signal) output()  {}
func (*Reply) output()   {}
func (*Problem) output() {}
func (*Refresh) output() {}
func (*Back) output()    {}
func (*Beat) output()    {}
func (*Bye) output()     {}

// ByeCode says why the server closes a connection.
type ByeCode string

const (
	ByeSlow         ByeCode = "slow_consumer"
	ByeShutdown     ByeCode = "shutdown"
	ByeUnauthorized ByeCode = "unauthorized"
	ByeSilent       ByeCode = "silent"
	ByeTooOften     ByeCode = "too_often"
)

// Close codes of WebSockets, as far as contracts/stream.md leaves them open.
const (
	closeDone         = 1000
	closeShutdown     = 1001
	closeTooOften     = 1008
	closeInternal     = 1011
	closeBadFrames    = 4400
	closeUnauthorized = 4401
	closeSlow         = 4408
	closeSilent       = 4409
)

// Limits are told to clients that ask what they may do.
type Limits struct {
	MaxMessageLength int
	MaxFileSizeMb    int
	MaxFrameBytes    int
	TypingTTL        time.Duration
}

// BadFrame is the error for a frame that cannot be understood.
const BadFrame chat.Code = "bad_frame"
