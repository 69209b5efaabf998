package chatcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"parley/client"
)

// maxPiped is how much of standard input becomes a message; the server sets its
// own, lower bound.
const maxPiped = 256 << 10

// find returns the conversation that a user means: its id, its name, or @ and
// the username of the other side.
func (v *visitor) find(ctx context.Context, target string) (client.Conversation, error) {
	if name, direct := strings.CutPrefix(target, "@"); direct {
		u, err := v.UserNamed(ctx, name)
		if err != nil {
			return client.Conversation{}, err
		}
		return v.OpenDirect(ctx, u.ID)
	}
	if id, err := strconv.ParseInt(target, 10, 64); err == nil {
		return v.Conversation(ctx, id)
	}
	all, err := v.conversations(ctx, "all")
	if err != nil {
		return client.Conversation{}, err
	}
	return choose(all, target)
}

// choose finds a conversation by its name, without case.
func choose(all []client.Conversation, name string) (client.Conversation, error) {
	same := func(c client.Conversation) bool {
		return strings.EqualFold(strings.TrimSpace(c.Name), strings.TrimSpace(name))
	}
	first := slices.IndexFunc(all, same)
	if first < 0 {
		return client.Conversation{}, fmt.Errorf("no conversation is called %q: see parley chat list", name)
	}
	if second := slices.IndexFunc(all[first+1:], same); second >= 0 {
		return client.Conversation{}, fmt.Errorf("several conversations are called %q: use an id, such as %d or %d", name, all[first].ID, all[first+1+second].ID)
	}
	return all[first], nil
}

// conversations returns all of them.
func (v *visitor) conversations(ctx context.Context, archived string) ([]client.Conversation, error) {
	const size = 500
	var all []client.Conversation
	for n := 0; ; n++ {
		p, err := v.Conversations(ctx, client.ConversationFilter{Page: n, Size: size, Archived: archived})
		if err != nil {
			return nil, err
		}
		if all = append(all, p.Conversations...); !p.HasMore {
			return all, nil
		}
	}
}

type listCmd struct {
	All bool `help:"Archived ones too."`
}

func (l *listCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		archived := "false"
		if l.All {
			archived = "all"
		}
		all, err := v.conversations(ctx, archived)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			v.note("No conversations yet: begin one with %s\n", c.hint("talk @USERNAME"))
			return nil
		}
		rows := []row{{faint, []string{"ID", "UNREAD", "NAME", "NEWEST"}}}
		for i := range all {
			rows = append(rows, listRow(&all[i]))
		}
		v.table(rows)
		return nil
	})
}

func listRow(c *client.Conversation) row {
	r := row{cells: []string{strconv.FormatInt(c.ID, 10), unread(c), title(c), ""}}
	if m := c.LastMessage; m != nil {
		r.cells[3] = clock(m.CreatedAt) + " " + short(summary(m), 60)
	}
	if c.UnreadCount > 0 && !c.IsMuted {
		r.style = coral
	}
	return r
}

func unread(c *client.Conversation) string {
	switch {
	case c.UnreadCount == 0:
		return ""
	case c.MentionCount > 0:
		return fmt.Sprintf("%d (@%d)", c.UnreadCount, c.MentionCount)
	}
	return strconv.FormatInt(c.UnreadCount, 10)
}

// title is what a conversation is called in a terminal.
func title(c *client.Conversation) string {
	name := clean(c.Name)
	switch {
	case name == "":
		name = fmt.Sprintf("conversation %d", c.ID)
	case c.Type == client.Channel:
		name = "#" + name
	}
	if c.IsPinned {
		name += " (pinned)"
	}
	if c.IsMuted {
		name += " (muted)"
	}
	return name
}

// summary is a message on one line.
func summary(m *client.Message) string {
	switch {
	case m.Type == client.System:
		return m.SenderName + " " + content(m) // its text lacks the subject
	case m.IsDeleted:
		return m.SenderName + " deleted a message"
	}
	return m.SenderName + ": " + content(m)
}

// content is what a message says, or what it is if that cannot be shown here.
func content(m *client.Message) string {
	var parts []string
	switch {
	case m.IsDeleted:
		return "(deleted)"
	case m.Encrypted != "":
		parts = append(parts, "(encrypted)")
	case m.Content != "":
		parts = append(parts, m.Content)
	}
	for _, a := range m.Attachments {
		parts = append(parts, fmt.Sprintf("[%s, %d bytes]", a.FileName, a.FileSize))
	}
	return strings.Join(parts, " ")
}

type openCmd struct {
	Username string `arg:"" help:"The other side, with or without @."`
}

func (o *openCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		found, err := v.find(ctx, "@"+strings.TrimPrefix(o.Username, "@"))
		if err != nil {
			return err
		}
		v.print("%d  %s\n", found.ID, title(&found))
		return nil
	})
}

type groupCmd struct {
	Name      string   `arg:"" help:"What the group is called."`
	Usernames []string `arg:"" optional:"" help:"Whom to add, with or without @."`
}

func (g *groupCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		n := client.NewConversation{Name: g.Name}
		for _, name := range g.Usernames {
			u, err := v.UserNamed(ctx, strings.TrimPrefix(name, "@"))
			if err != nil {
				return err
			}
			n.ParticipantIDs = append(n.ParticipantIDs, u.ID)
		}
		made, skipped, err := v.CreateConversation(ctx, n)
		if err != nil {
			return err
		}
		v.print("%d  %s\n", made.ID, title(&made))
		if len(skipped) > 0 {
			v.note("%d of them could not be added.\n", len(skipped))
		}
		return nil
	})
}

type sendCmd struct {
	To   string   `arg:"" help:"A conversation's id or name, or @ and a username."`
	Text []string `arg:"" help:"What to say; - reads it from standard input."`
}

func (s *sendCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		text, err := v.textOf(s.Text)
		if err != nil {
			return err
		}
		to, err := v.find(ctx, s.To)
		if err != nil {
			return err
		}
		m, err := v.SendMessage(ctx, client.Draft{ConversationID: to.ID, Content: text})
		if err != nil {
			return err
		}
		v.note("Sent to %s as message %d.\n", title(&to), m.ID)
		return nil
	})
}

func (v *visitor) textOf(words []string) (string, error) {
	if len(words) != 1 || words[0] != "-" {
		return strings.Join(words, " "), nil
	}
	text, err := io.ReadAll(io.LimitReader(v.in, maxPiped+1))
	if err != nil {
		return "", fmt.Errorf("reading the message: %w", err)
	}
	if len(text) > maxPiped {
		return "", errors.New("standard input is too long for a message")
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

type readCmd struct {
	Conversation string `arg:"" help:"A conversation's id or name, or @ and a username."`
	Last         int    `short:"n" default:"20" help:"How many messages, up to 100."`
	KeepUnread   bool   `help:"Do not mark them as read."`
}

func (r *readCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		found, err := v.find(ctx, r.Conversation)
		if err != nil {
			return err
		}
		p := newPrinter(v.console, v.session.UserID)
		p.know(&found)
		newest, err := v.history(ctx, p, found.ID, r.Last)
		if err != nil || r.KeepUnread || newest == 0 {
			return err
		}
		_, err = v.MarkRead(ctx, found.ID, newest)
		return err
	})
}

// history prints the newest messages and returns the id of the last one.
func (v *visitor) history(ctx context.Context, p *printer, conversationID int64, n int) (newest int64, err error) {
	page, err := v.Messages(ctx, conversationID, client.Page{Limit: n})
	if err != nil {
		return 0, err
	}
	for i := range page.Messages {
		m := &page.Messages[i]
		newest = m.ID
		for _, line := range p.message(m) {
			v.print("%s\n", line)
		}
	}
	return newest, nil
}
