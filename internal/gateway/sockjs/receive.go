package sockjs

import (
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// maxStream is after how many bytes an answer ends, since browsers keep all of
	// it. The client comes back at once.
	maxStream    = 128 << 10
	writeTimeout = 10 * time.Second
)

// manner is how a waiting request is answered.
type manner struct {
	contentType   string
	prelude       string
	before, after string // around each frame
	one           bool   // the answer ends behind one frame
}

var (
	polling   = manner{contentType: "application/javascript; charset=UTF-8", after: "\n", one: true}
	streaming = manner{contentType: "application/javascript; charset=UTF-8", after: "\n", prelude: strings.Repeat("h", 2048) + "\n"}
	// Browsers need a line end first (SockJS protocol, "EventSource").
	eventSource = manner{contentType: "text/event-stream; charset=UTF-8", prelude: "\r\n", before: "data: ", after: "\r\n\r\n"}
)

func receive(m manner) func(*handler, http.ResponseWriter, *http.Request, string) {
	return func(h *handler, w http.ResponseWriter, r *http.Request, id string) {
		s, isNew := h.sessions.enter(id, r)
		if s == nil {
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Too many sessions", http.StatusServiceUnavailable)
			return
		}
		if isNew {
			run := h.Open(r)
			go run(s)
		}
		x := &receiver{manner: m, session: s, w: w, control: http.NewResponseController(w), r: r}
		x.serve(h.sessions.lonely)
	}
}

// receiver is one request that waits for what a session says.
type receiver struct {
	manner
	session *session
	w       http.ResponseWriter
	control *http.ResponseController
	r       *http.Request
	sent    int
}

func (x *receiver) serve(lonely time.Duration) {
	refusal, open := x.session.attach(x.hurry)
	x.begin()
	if refusal != nil {
		_ = x.write(refusal) // who does not hear it asks again
		return
	}
	defer func() { x.session.detach(lonely) }()
	if open && !x.say(frameOpen) || x.full() {
		return
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for x.next(beat.C) && !x.full() {
	}
}

func (x *receiver) begin() {
	// The server's own deadlines are for requests that are answered at once. Not
	// every ResponseWriter has deadlines.
	_ = x.control.SetReadDeadline(time.Time{})
	h := x.w.Header()
	fresh(h)
	h.Set("Content-Type", x.contentType)
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold frames back
	_ = x.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	x.w.WriteHeader(http.StatusOK)
	if x.prelude != "" {
		_, _ = io.WriteString(x.w, x.prelude) // if it fails, so does the frame behind it
		_ = x.control.Flush()
	}
}

// full says that the answer has to end.
func (x *receiver) full() bool { return x.sent >= maxStream || x.one && x.sent > 0 }

// next says what the session has to say next, and reports whether there is more.
func (x *receiver) next(beat <-chan time.Time) bool {
	select {
	case frames := <-x.session.out:
		err := x.write(encode(nil, frames))
		if err != nil {
			x.interrupted()
		}
		x.session.wrote <- err
		return err == nil
	case <-beat:
		return x.say(frameBeat)
	case <-x.session.ended:
		_ = x.write(x.session.farewell()) // there is nobody else to tell
		return false
	case <-x.r.Context().Done():
		x.interrupted()
		return false
	}
}

func (x *receiver) say(frame []byte) bool {
	if x.write(frame) == nil {
		return true
	}
	x.interrupted()
	return false
}

// interrupted ends the session: how much of what it said arrived is unknown.
func (x *receiver) interrupted() {
	x.session.end(errInterrupted, interruption)
}

// parting is how long a client has to take what is left when its session is over.
const parting = 2 * time.Second

func (x *receiver) hurry() { _ = x.control.SetWriteDeadline(time.Now().Add(parting)) }

func (x *receiver) write(frame []byte) error {
	_ = x.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if x.session.farewell() != nil { // looked at after the deadline was set: an end that comes later sets its own
		x.hurry()
	}
	n, err := x.w.Write(append(append([]byte(x.before), frame...), x.after...))
	x.sent += n
	if err != nil {
		return err
	}
	return x.control.Flush()
}
