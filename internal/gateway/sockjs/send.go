package sockjs

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// sendWithin is how long messages of a client may wait until those before them
// have been taken.
const sendWithin = 20 * time.Second

// send takes messages of a client. It answers when the session has taken them, so
// who sends too fast waits.
func (h *handler) send(w http.ResponseWriter, r *http.Request, id string) {
	fresh(w.Header())
	s := h.sessions.find(id)
	if s == nil {
		http.NotFound(w, r)
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "Payload too large.", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "The body cannot be read.", http.StatusBadRequest)
		return
	case len(payload) == 0:
		http.Error(w, "Payload expected.", http.StatusInternalServerError)
		return
	}
	messages, err := decode(payload)
	if err != nil || payload[0] == '"' {
		http.Error(w, brokenJSON, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(s.take(r, messages))
}

// take hands on the messages in their order, behind those of a request before.
func (s *session) take(r *http.Request, messages [][]byte) (status int) {
	late := time.NewTimer(sendWithin)
	defer late.Stop()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-s.ended:
		return http.StatusNotFound
	case <-late.C:
		return http.StatusServiceUnavailable
	case <-r.Context().Done():
		return http.StatusBadRequest
	}
	for _, m := range messages {
		select {
		case s.in <- m:
		case <-s.ended:
			return http.StatusNotFound
		case <-late.C: // a part was taken, so what comes next would lack its beginning
			s.Close(1008, "Too much was sent at once")
			return http.StatusServiceUnavailable
		case <-r.Context().Done():
			s.end(errInterrupted, interruption)
			return http.StatusBadRequest
		}
	}
	return http.StatusNoContent
}
