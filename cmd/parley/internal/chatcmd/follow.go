package chatcmd

import (
	"context"
	"errors"

	"parley/client"
)

type followCmd struct {
	Conversation string `arg:"" optional:"" help:"A conversation's id or name, or @ and a username; otherwise all of them."`
}

func (f *followCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		only, p, err := v.scope(ctx, f.Conversation)
		if err != nil {
			return err
		}
		s, err := v.Stream(ctx, client.StreamOptions{Device: "terminal"})
		if err != nil {
			return err
		}
		defer s.Close()
		v.note("Following as %s. Ctrl+C ends.\n", clean(v.session.Username))
		return v.follow(ctx, s, p, only)
	})
}

// scope says what to follow, and makes a printer that knows the names in it. 0
// is everything.
func (v *visitor) scope(ctx context.Context, target string) (only int64, p *printer, err error) {
	p = newPrinter(v.console, v.session.UserID)
	if target != "" {
		found, err := v.find(ctx, target)
		if err != nil {
			return 0, nil, err
		}
		p.know(&found)
		return found.ID, p, nil
	}
	all, err := v.conversations(ctx, "all")
	if err != nil {
		return 0, nil, err
	}
	for i := range all {
		p.know(&all[i])
	}
	p.showWhere = true
	return 0, p, nil
}

// follow prints what the stream tells until it ends or ctx does.
func (v *visitor) follow(ctx context.Context, s *client.Stream, p *printer, only int64) error {
	for {
		u, err := s.Next(ctx)
		if errors.Is(err, client.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if only != 0 && conversationOf(u) != 0 && conversationOf(u) != only {
			continue
		}
		to := v.out
		if isStatus(u) && !v.terminal {
			to = v.err // not among the messages that a script reads
		}
		for _, line := range p.lines(u) {
			if _, err := to.Write([]byte(line + "\n")); err != nil {
				return err
			}
		}
	}
}

// conversationOf is what an update is about; 0 if it concerns all.
func conversationOf(u client.Update) int64 {
	switch u := u.(type) {
	case *client.Event:
		switch what := u.Payload.(type) {
		case *client.Joined:
			return what.Conversation.ID
		case *client.Left:
			return what.ConversationID
		}
		return u.ConversationID
	case *client.Gap:
		return u.ConversationID
	case *client.Typing:
		return u.ConversationID
	}
	return 0
}

// isStatus says that an update is about the connection.
func isStatus(u client.Update) bool {
	switch u.(type) {
	case *client.Interruption, *client.Gap, *client.Error:
		return true
	}
	return false
}
