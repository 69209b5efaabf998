package room

import (
	"encoding/json"
	"strconv"
	"strings"
)

// framing is how events are written.
type framing interface {
	dialect() string
	open(id string) []byte
	event(id, name string, data []byte) []byte
	ping(id string) []byte
}

// eventStream writes Server-Sent Events.
type eventStream struct{}

func (eventStream) dialect() string { return "room-sse" }

func (eventStream) open(id string) []byte {
	return []byte("retry: " + strconv.FormatInt(retry.Milliseconds(), 10) + "\n" + idLine(id) + ": connected\n\n")
}

// event's data is JSON, which has no line breaks.
func (eventStream) event(id, name string, data []byte) []byte {
	var b strings.Builder
	b.Grow(len(data) + len(id) + 32)
	b.WriteString(idLine(id))
	b.WriteString("event: " + name + "\ndata: ")
	b.Write(data)
	b.WriteString("\n\n")
	return []byte(b.String())
}

func (eventStream) ping(id string) []byte { return []byte(": ping\n" + idLine(id) + "\n") }

func idLine(id string) string {
	if id == "" {
		return ""
	}
	return "id: " + id + "\n"
}

// frames writes frames of a WebSocket.
type frames struct{}

func (frames) dialect() string { return "room-ws" }

func (f frames) open(id string) []byte { return f.event(id, "ready", []byte("{}")) }

func (frames) event(id, name string, data []byte) []byte {
	b, err := json.Marshal(struct {
		ID    string          `json:"id,omitempty"`
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}{id, name, data})
	if err != nil {
		return []byte("{}") // it was JSON already: this cannot fail
	}
	return b
}

func (f frames) ping(id string) []byte { return f.event(id, "ping", []byte("{}")) }
