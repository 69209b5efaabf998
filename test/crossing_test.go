package test

import (
	"context"
	"fmt"
	"testing"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// The crossing: every scenario, from each way to say something to each way to
// hear it. With two nodes the one who acts is on one and the one who hears on the
// other; the topology is the run's (enginetest.Topology).

// speaker is who acts, over REST or over his stream.
type speaker struct {
	send   func(context.Context, client.Draft) (client.Message, error)
	edit   func(context.Context, int64, client.Edit) (client.Message, error)
	delete func(context.Context, int64) error
	react  func(context.Context, int64, string) error
	unlike func(context.Context, int64, string) error
	read   func(context.Context, int64, int64) error
	typing func(int64, bool) error
}

func overREST(c *client.Client) speaker {
	return speaker{
		send: c.SendMessage, edit: c.EditMessage, delete: c.DeleteMessage,
		react: func(ctx context.Context, id int64, emoji string) error {
			_, err := c.AddReaction(ctx, id, emoji)
			return err
		},
		unlike: func(ctx context.Context, id int64, emoji string) error {
			_, err := c.RemoveReaction(ctx, id, emoji)
			return err
		},
		read: func(ctx context.Context, g, id int64) error { _, err := c.MarkRead(ctx, g, id); return err },
	}
}

func overStream(s *client.Stream) speaker {
	return speaker{
		send: s.Send, edit: s.Edit, delete: s.Delete,
		react: func(ctx context.Context, id int64, emoji string) error {
			_, err := s.React(ctx, id, emoji, true)
			return err
		},
		unlike: func(ctx context.Context, id int64, emoji string) error {
			_, err := s.React(ctx, id, emoji, false)
			return err
		},
		read:   func(ctx context.Context, g, id int64) error { _, err := s.Read(ctx, g, id); return err },
		typing: s.Typing,
	}
}

// crossing is one pair of ways: Ann acts, Bob hears.
type crossing struct {
	*parleytest.Server
	t     *testing.T
	ann   *parleytest.Person
	bob   *parleytest.Person
	rest  *client.Client // Ann's
	acts  speaker
	live  *client.Stream // Ann's, for what is only said over a stream
	hears hearer
	bobs  *client.Client
	group int64
	far   string // where Bob is

	listen func(c *crossing, cursors map[string]int64) hearer
}

// speakers are the ways to say something; typing is only said over a stream.
var speakers = map[string]func(*crossing) speaker{
	"REST": func(c *crossing) speaker {
		s := overREST(c.rest)
		s.typing = c.live.Typing
		return s
	},
	"WebSocket":            func(c *crossing) speaker { return overStream(c.live) },
	"STOMP over WebSocket": func(c *crossing) speaker { return c.overSTOMP("STOMP over WebSocket") },
	"STOMP over SockJS":    func(c *crossing) speaker { return c.overSTOMP("STOMP over SockJS") },
	"Socket.IO polling":    func(c *crossing) speaker { return c.overSocketIO("Socket.IO polling") },
	"Socket.IO websocket":  func(c *crossing) speaker { return c.overSocketIO("Socket.IO websocket") },
}

func (c *crossing) overSocketIO(way string) speaker {
	return overSocketIO(socketIO(c.t, way, c.Node.URL(), c.ann.Token))
}

func (c *crossing) overSTOMP(way string) speaker {
	return overSTOMP(stomp(c.t, way, c.Node.URL(), c.ann.Token, ""), overREST(c.rest))
}

// hearers are the ways to hear it.
var hearers = map[string]func(*crossing, map[string]int64) hearer{
	"WebSocket": func(c *crossing, cursors map[string]int64) hearer { return c.overStream(client.WebSocket, cursors) },
	"SSE":       func(c *crossing, cursors map[string]int64) hearer { return c.overStream(client.SSE, cursors) },
	"STOMP over WebSocket": func(c *crossing, cursors map[string]int64) hearer {
		return c.hearSTOMP("STOMP over WebSocket", cursors)
	},
	"STOMP over SockJS": func(c *crossing, cursors map[string]int64) hearer { return c.hearSTOMP("STOMP over SockJS", cursors) },
	"Socket.IO polling": func(c *crossing, cursors map[string]int64) hearer {
		return c.hearSocketIO("Socket.IO polling", cursors)
	},
	"Socket.IO websocket": func(c *crossing, cursors map[string]int64) hearer {
		return c.hearSocketIO("Socket.IO websocket", cursors)
	},
}

// hearSocketIO goes on from the offset of the connection before, if there are
// cursors to go on from.
func (c *crossing) hearSocketIO(way string, cursors map[string]int64) hearer {
	before, _ := c.hears.(*socketIOHearer)
	if cursors == nil {
		before = nil
	}
	return hearOverSocketIO(c.t, c.Server, way, c.far, c.bob.Token, before)
}

func (c *crossing) overStream(transport client.Transport, cursors map[string]int64) hearer {
	s := stream(c.t, c.bobs, client.StreamOptions{Transport: transport, Cursors: cursors})
	if cursors == nil {
		next[*client.Ready](c.t, s)
	}
	return s
}

func (c *crossing) hearSTOMP(way string, cursors map[string]int64) hearer {
	return hearOverStomp(c.t, way, c.far, c.bob.Token, cursors)
}

var scenarios = map[string]func(*crossing){
	"send": func(c *crossing) {
		sent := c.say("hello")
		if m := c.hear(client.MessageCreated).Payload.(*client.Message); m.ID != sent.ID || m.Content != "hello" || m.Seq != sent.Seq {
			c.t.Errorf("heard %+v, sent %+v", m, sent)
		}
	},
	"edit": func(c *crossing) {
		sent := c.say("helo")
		_, err := c.acts.edit(c.t.Context(), sent.ID, client.Edit{Content: "hello"})
		c.must(err)
		if m := c.hear(client.MessageUpdated).Payload.(*client.Message); m.ID != sent.ID || m.Content != "hello" || !m.IsEdited {
			c.t.Errorf("heard %+v", m)
		}
	},
	"delete": func(c *crossing) {
		sent := c.say("never mind")
		c.must(c.acts.delete(c.t.Context(), sent.ID))
		if m := c.hear(client.MessageDeleted).Payload.(*client.Message); m.ID != sent.ID || m.Content != "" || !m.IsDeleted {
			c.t.Errorf("heard %+v", m)
		}
	},
	"reaction": func(c *crossing) {
		sent := c.say("like this")
		c.must(c.acts.react(c.t.Context(), sent.ID, "👍"))
		if r := c.hear(client.ReactionAdded).Payload.(*client.ReactionChange); r.MessageID != sent.ID || r.Reactions["👍"] != 1 {
			c.t.Errorf("heard %+v", r)
		}
		c.must(c.acts.unlike(c.t.Context(), sent.ID, "👍"))
		if r := c.hear(client.ReactionRemoved).Payload.(*client.ReactionChange); r.MessageID != sent.ID || len(r.Reactions) != 0 {
			c.t.Errorf("heard %+v", r)
		}
	},
	"read mark": func(c *crossing) {
		sent, err := c.bobs.SendMessage(c.t.Context(), client.Draft{ConversationID: c.group, Content: "did you see?"})
		c.must(err)
		c.must(c.acts.read(c.t.Context(), c.group, sent.ID))
		if r := c.hear(client.ReadMarked).Payload.(*client.ReadMark); r.UserID != int64(c.ann.ID) || r.LastReadMessageID != sent.ID {
			c.t.Errorf("heard %+v", r)
		}
	},
	"typing": func(c *crossing) {
		c.say("hello") // who hears it is live, and hears what is not kept, too
		c.hear(client.MessageCreated)
		c.must(c.acts.typing(c.group, true))
		if u := next[*client.Typing](c.t, c.hears); !u.Typing || u.UserID != int64(c.ann.ID) || u.ConversationID != c.group {
			c.t.Errorf("heard %+v", u)
		}
		c.say("done")
		if u := next[*client.Typing](c.t, c.hears); u.Typing {
			c.t.Errorf("sending does not end typing: %+v", u)
		}
	},
	"presence": func(c *crossing) {
		c.say("hello")
		c.hear(client.MessageCreated)
		_, err := c.rest.SetPresence(c.t.Context(), client.PresenceStatus{Status: "DND"})
		c.must(err)
		for {
			if u := next[*client.Presence](c.t, c.hears); u.UserID == int64(c.ann.ID) && u.Status == "DND" {
				return
			}
		}
	},
	"joining and leaving": func(c *crossing) {
		made, _, err := c.rest.CreateConversation(c.t.Context(), client.NewConversation{Name: "new", ParticipantIDs: []int64{int64(c.bob.ID)}})
		c.must(err)
		if j := c.hear(client.ConversationJoined).Payload.(*client.Joined); j.Conversation.ID != made.ID {
			c.t.Errorf("heard %+v", j)
		}
		_, err = c.acts.send(c.t.Context(), client.Draft{ConversationID: made.ID, Content: "welcome"})
		c.must(err)
		for {
			e := c.hear(client.MessageCreated)
			if m := e.Payload.(*client.Message); e.ConversationID == made.ID && m.Content == "welcome" {
				break
			}
		}
		_, err = c.rest.RemoveParticipant(c.t.Context(), made.ID, int64(c.bob.ID))
		c.must(err)
		if l := c.hear(client.ConversationLeft).Payload.(*client.Left); l.ConversationID != made.ID || l.Reason != "REMOVED" {
			c.t.Errorf("heard %+v", l)
		}
	},
	"resume after a cut": func(c *crossing) {
		c.say("before")
		c.hear(client.MessageCreated)
		cursors := c.hears.Cursors()
		c.hears.Close()
		var missed []int64
		for i := range 30 {
			missed = append(missed, c.say(fmt.Sprint("missed ", i)).ID)
		}
		c.hears = c.listen(c, cursors)
		for _, want := range missed {
			if m := c.hear(client.MessageCreated).Payload.(*client.Message); m.ID != want {
				c.t.Fatalf("heard %d, want %d", m.ID, want)
			}
		}
	},
}

func TestCrossing(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.With("--socketio.recovery", "on"))
	first, second := s.Node.URL(), s.Node.URL()
	if s.Second != nil {
		second = s.Second.URL()
	}
	for name, scenario := range scenarios {
		for way, speak := range speakers {
			for hearing, listen := range hearers {
				t.Run(fmt.Sprintf("%s/%s to %s", name, way, hearing), func(t *testing.T) {
					c := &crossing{Server: s, t: t, listen: listen, far: second, ann: s.Person("ann"), bob: s.Person("bob")}
					v, _, err := s.Chat.CreateConversation(t.Context(), c.ann.Actor, chat.NewConversation{Name: "crossing", ParticipantIDs: []chat.UserID{c.bob.ID}})
					c.must(err)
					c.group = int64(v.ID)
					c.rest, c.bobs = clientOf(t, first, c.ann.Token), clientOf(t, second, c.bob.Token)
					c.live = stream(t, c.rest, client.StreamOptions{})
					next[*client.Ready](t, c.live)
					c.acts, c.hears = speak(c), listen(c, nil)
					scenario(c)
				})
			}
		}
	}
}

func (c *crossing) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *crossing) say(content string) client.Message {
	c.t.Helper()
	m, err := c.acts.send(c.t.Context(), client.Draft{ConversationID: c.group, Content: content})
	c.must(err)
	return m
}

func (c *crossing) hear(typ client.EventType) *client.Event {
	c.t.Helper()
	return nextEvent(c.t, c.hears, typ)
}
