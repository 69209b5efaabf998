package gateway_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/native"
	"parley/internal/sanitize"
)

const (
	ann  = gatewaytest.Ann
	bob  = gatewaytest.Bob
	team = gatewaytest.Team
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// story runs fn with a new world, on a clock of its own.
func story(t *testing.T, c gateway.Config, fn func(t *testing.T, w *gatewaytest.World)) {
	synctest.Test(t, func(t *testing.T) {
		w, done := gatewaytest.NewWorld(c)
		defer done()
		fn(t, w)
	})
}

// client is one native connection.
type client struct {
	*gatewaytest.Pipe
	t     *testing.T
	ended chan error
}

func speak() gateway.Protocol { return native.New(chatapi.Mapper{Mode: sanitize.None}) }

func connect(t *testing.T, w *gatewaytest.World, p gateway.Protocol, who gateway.Identity) *client {
	c := &client{Pipe: gatewaytest.NewPipe(), t: t, ended: make(chan error, 1)}
	go func() { c.ended <- w.Server.Serve(c.Pipe, p, who) }()
	synctest.Wait()
	return c
}

// dial connects a user and says hello with the cursors, a JSON object.
func dial(t *testing.T, w *gatewaytest.World, u chat.UserID, cursors string) *client {
	c := connect(t, w, speak(), gatewaytest.As(u))
	c.Send(`{"type":"hello","cursors":` + cursors + `}`)
	c.got()
	return c
}

// hangUp ends the connection and waits until the server is done with it.
func (c *client) hangUp() {
	c.HangUp()
	if err := <-c.ended; err != nil {
		c.t.Error(err)
	}
}

type frame struct {
	Type           string
	ConversationID chat.ConversationID
	Rev            int64
	Event          chat.EventType
	Code           string
	AfterMs        int64
	UserID         chat.UserID
	Status         string
	ID             any
	Data           struct {
		Content string
		TempID  string
		Hidden  bool
	}
}

// got returns the frames since it was last called.
func (c *client) got() []frame {
	c.t.Helper()
	synctest.Wait()
	var frames []frame
	for _, raw := range c.Take() {
		var f frame
		if err := json.Unmarshal([]byte(raw), &f); err != nil {
			c.t.Fatalf("%s: %v", raw, err)
		}
		frames = append(frames, f)
	}
	return frames
}

// types are what the frames are, as "event 3" or "bye slow_consumer".
func types(frames []frame) string {
	var s []string
	for _, f := range frames {
		switch f.Type {
		case "event":
			s = append(s, f.Type+" "+string(f.Event))
		case "bye", "error":
			s = append(s, f.Type+" "+f.Code)
		default:
			s = append(s, f.Type)
		}
	}
	return strings.Join(s, ", ")
}

func revs(frames []frame) (list []int64) {
	for _, f := range frames {
		list = append(list, f.Rev)
	}
	return list
}

func wantRevs(t *testing.T, frames []frame, from, to int64) {
	t.Helper()
	var want []int64
	for rev := from; rev <= to; rev++ {
		want = append(want, rev)
	}
	if got := revs(frames); !slices.Equal(got, want) {
		t.Errorf("got revs %v, want %d to %d", got, from, to)
	}
}
