package topics

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"parley/internal/chat"
	"parley/internal/gateway/websocket"
	"parley/internal/topics"
)

// maxFrame is what a consumer's frame may have.
const maxFrame = 64 << 10

// badInARow is how many frames in a row may be beyond understanding.
const badInARow = 3

// socket is one consumer's WebSocket.
type socket struct {
	handler *Handler
	conn    *websocket.Conn
	ctx     context.Context

	writing sync.Mutex

	mu   sync.Mutex
	subs map[string]*delivery
	done sync.WaitGroup
}

func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Upgrade(w, r, websocket.Options{Subprotocols: []string{Subprotocol}, MaxFrame: maxFrame})
	if err != nil {
		h.leave()
		return // it has been answered
	}
	// The request's context ends with the handler.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	go func() {
		defer h.leave()
		h.serve(conn, r)
	}()
}

func (h *Handler) serve(conn *websocket.Conn, r *http.Request) {
	ctx, cancel := context.WithCancel(h.ctx)
	s := &socket{handler: h, conn: conn, ctx: ctx, subs: map[string]*delivery{}}
	s.done.Go(func() { h.watch(ctx, r, func(err error) { conn.Close(closeUnauthorized, chat.Explain(err).Message) }) })
	stop := context.AfterFunc(h.ctx, func() { conn.Close(closeShutdown, "shutdown") })
	s.read()
	stop()
	cancel()
	s.done.Wait()
	conn.Close(closeShutdown, "")
}

func (s *socket) read() {
	for bad := 0; ; {
		frame, err := s.conn.Read()
		if err != nil {
			return
		}
		err = s.handle(frame)
		if bad++; err == nil {
			bad = 0
		}
		if bad == badInARow {
			s.conn.Close(closeBadFrames, "bad frames")
			return
		}
	}
}

// request is a frame of a consumer.
type request struct {
	Type         string `json:"type"` // subscribe, unsubscribe, ack
	ID           string `json:"id"`
	Subscription string `json:"subscription"`
	Offset       string `json:"offset"`
	wanted
}

// handle does what a frame asks. Its error is a frame that is beyond understanding.
func (s *socket) handle(frame []byte) error {
	var q request
	if err := json.Unmarshal(frame, &q); err != nil {
		s.refuse("", chat.Errorf("bad_frame", "The frame cannot be read"))
		return err
	}
	var err error
	switch q.Type {
	case "subscribe":
		err = s.subscribe(q)
	case "unsubscribe":
		err = s.unsubscribe(q.ID)
	case "ack":
		err = s.acknowledge(q)
	default:
		err = chat.Errorf("bad_frame", "type must be subscribe, unsubscribe or ack")
		s.refuse(q.ID, err)
		return err
	}
	if err != nil {
		s.refuse(q.ID, err)
	}
	return nil
}

func (s *socket) subscribe(q request) error {
	if q.ID == "" || len(q.ID) > 64 {
		return chat.Invalid("id", "id must have 1 to 64 bytes")
	}
	wanted, err := q.subscription()
	if err != nil {
		return err
	}
	s.mu.Lock()
	known, n := s.subs[q.ID] != nil, len(s.subs)
	s.mu.Unlock()
	if known {
		return chat.Errorf(chat.AlreadyExists, "There is a subscription %q", q.ID)
	}
	if n >= maxSubscriptions {
		return chat.Errorf(chat.RateLimited, "At most %d subscriptions on one connection", maxSubscriptions)
	}
	c, err := s.handler.Topics.Subscribe(s.ctx, wanted)
	if err != nil {
		return err
	}
	d := newDelivery(s, q.ID, c, wanted.Group != "")
	s.mu.Lock()
	s.subs[q.ID] = d
	s.mu.Unlock()
	s.write(struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}{"subscribed", q.ID})
	s.done.Go(d.run)
	return nil
}

func (s *socket) unsubscribe(id string) error {
	s.mu.Lock()
	d := s.subs[id]
	delete(s.subs, id)
	s.mu.Unlock()
	if d == nil {
		return chat.Errorf(chat.NotFound, "There is no subscription %q", id)
	}
	d.stop()
	return nil
}

func (s *socket) acknowledge(q request) error {
	offset, err := strconv.ParseInt(q.Offset, 10, 64)
	if err != nil || offset <= 0 {
		return chat.Invalid("offset", "offset must be that of a message")
	}
	s.mu.Lock()
	d := s.subs[q.Subscription]
	s.mu.Unlock()
	if d == nil {
		return chat.Errorf(chat.NotFound, "There is no subscription %q", q.Subscription)
	}
	d.acknowledged(chat.Position(offset))
	return nil
}

func (s *socket) refuse(id string, err error) {
	e := chat.Explain(err)
	if e.Code == chat.Internal && s.ctx.Err() == nil {
		s.handler.Log.Error("a consumer of topics", "error", err)
	}
	s.write(struct {
		Type  string    `json:"type"`
		ID    string    `json:"id,omitempty"`
		Code  chat.Code `json:"code"`
		Error string    `json:"error"`
		Field string    `json:"field,omitempty"`
	}{"error", id, e.Code, e.Message, e.Field})
}

func (s *socket) write(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.handler.Log.Error("writing to a consumer of topics", "error", err)
		return
	}
	_ = s.send([][]byte{b}) // the reader sees that the connection is gone
}

func (s *socket) send(frames [][]byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.conn.Write(frames)
}

func frames(subscription string, list []topics.Message) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i, m := range list {
		f := message{Type: "message", Subscription: subscription, Topic: m.Topic, Payload: m.Payload}
		if m.Offset != 0 {
			f.Offset = new(strconv.FormatInt(int64(m.Offset), 10))
		}
		var err error
		if out[i], err = json.Marshal(f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isEnd says that an error is only the end of the connection.
func isEnd(err error) bool { return errors.Is(err, context.Canceled) }
