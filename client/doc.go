// Package client talks to a Parley server: its REST interface, typed, and its
// native stream, which gives every event of every conversation exactly once and
// in order, across broken connections.
//
// A Client holds one session. It gets access tokens when they are needed and
// replaces them before they expire:
//
//	c := client.New("http://127.0.0.1:8080")
//	me, err := c.Login(ctx, "ann", "correct horse battery")
//
// A Stream follows everything that its user may see, until its context ends:
//
//	s, err := c.Stream(ctx, client.StreamOptions{})
//	for u := range s.Updates() {
//		if m, ok := client.NewMessage(u); ok && m.SenderID != me.ID {
//			_, err := s.Send(ctx, client.Draft{ConversationID: m.ConversationID, Content: "You said: " + m.Content})
//		}
//	}
//
// Texts come as they were written, not sanitised: escape them for where they are
// shown.
//
// What a server refuses is an *Error; everything else that goes wrong is the
// error of the network or of the context. All methods are safe for concurrent
// use.
package client
