package chatcmd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"parley/client"
)

// remembered is how many messages a printer can quote.
const remembered = 500

// printer turns what a stream tells into lines for a terminal, free of control
// characters that are not its own.
type printer struct {
	console
	me        int64
	showWhere bool // several conversations are mixed
	location  *time.Location

	names  map[int64]string // of users
	titles map[int64]string // of conversations
	said   map[int64]string // messages by id, in short
	order  []int64          // of said, the oldest first
	typing map[[2]int64]bool
	day    string // of the last line

	offline bool // it was said that the connection broke
}

func newPrinter(c console, me int64) *printer {
	return &printer{
		console: c, me: me, location: time.Local,
		names: map[int64]string{}, titles: map[int64]string{}, said: map[int64]string{}, typing: map[[2]int64]bool{},
	}
}

// know remembers the names in a conversation.
func (p *printer) know(c *client.Conversation) {
	if c.Name != "" {
		plain := client.Conversation{ID: c.ID, Type: c.Type, Name: c.Name}
		p.titles[c.ID] = title(&plain)
	}
	for _, other := range c.Participants {
		p.names[other.UserID] = clean(other.Name)
	}
}

// lines returns what to print for an update, which may be nothing.
func (p *printer) lines(u client.Update) []string {
	switch u := u.(type) {
	case *client.Event:
		return p.event(u)
	case *client.Typing:
		return p.types(u)
	case *client.Gap:
		return p.gap(u)
	case *client.Ready:
		if p.offline {
			p.offline = false
			return []string{p.paint(faint, "-- online again --")}
		}
	case *client.Interruption:
		p.offline = true
		return []string{p.paint(faint, "-- offline, trying again in "+u.RetryIn.Round(time.Second/10).String()+" --")}
	case *client.Error:
		return []string{p.paint(faint, "-- "+clean(u.Message)+" --")}
	}
	return nil
}

func (p *printer) gap(g *client.Gap) []string {
	if g.ConversationID == 0 {
		return []string{p.paint(faint, "-- too much happened while offline: see parley chat list --")}
	}
	return []string{p.paint(faint, fmt.Sprintf("-- too much was said in %s while offline: see parley chat read %d --", p.where(g.ConversationID), g.ConversationID))}
}

func (p *printer) event(e *client.Event) []string {
	switch what := e.Payload.(type) {
	case *client.Message:
		return p.messageEvent(e, what)
	case *client.ReactionChange:
		return p.reaction(e, what)
	case *client.Joined:
		p.know(&what.Conversation)
		if what.Conversation.Type == client.Direct || !p.showWhere {
			return nil
		}
		return p.remark(e.At, what.Conversation.ID, "you are in "+p.where(what.Conversation.ID)+" now")
	case *client.Left:
		if e.Type != client.ConversationLeft {
			return nil
		}
		return p.remark(e.At, what.ConversationID, "you are not in "+p.where(what.ConversationID)+" any more")
	case *client.Conversation:
		p.know(what)
	case *client.ParticipantChange:
		p.names[what.UserID] = clean(what.Name)
	}
	return nil
}

func (p *printer) messageEvent(e *client.Event, m *client.Message) []string {
	delete(p.typing, [2]int64{m.ConversationID, m.SenderID})
	switch e.Type {
	case client.MessageCreated:
		return p.message(m)
	case client.MessageUpdated:
		before, known := p.said[m.ID]
		p.remember(m)
		if known && before == p.said[m.ID] {
			return nil // its thread or a preview has changed, not its text
		}
		return p.remark(e.At, m.ConversationID, p.who(m.SenderID, m.SenderName)+" edited: "+clean(content(m)))
	}
	what := "deleted a message"
	if text := p.said[m.ID]; text != "" {
		what = "deleted " + quote(text)
	}
	p.remember(m)
	return p.remark(e.At, m.ConversationID, p.who(e.ActorID, "")+" "+what)
}

// message prints a message: time, name, and the text with its lines below one
// another.
func (p *printer) message(m *client.Message) []string {
	p.remember(m)
	if m.SenderName != "" {
		p.names[m.SenderID] = clean(m.SenderName)
	}
	lines := p.dayBefore(m.CreatedAt)
	if m.Type == client.System {
		return append(lines, p.remark(m.CreatedAt, m.ConversationID, clean(summary(m)))...)
	}
	head := p.paint(faint, p.clock(m.CreatedAt)) + " " + p.prefix(m.ConversationID) + p.paint(hueOf(m.SenderID), p.who(m.SenderID, m.SenderName)+":")
	if text, quoted := p.said[m.ParentID]; m.ParentID != 0 {
		if !quoted || text == "" {
			text = fmt.Sprintf("message %d", m.ParentID)
		}
		head += " " + p.paint(faint, "(on "+quote(text)+")")
	}
	text := cleanLines(content(m))
	lines = append(lines, head+" "+text[0])
	for _, more := range text[1:] {
		lines = append(lines, strings.Repeat(" ", len("15:04 "))+more)
	}
	if summary := reactions(m.Reactions); summary != "" {
		lines = append(lines, strings.Repeat(" ", len("15:04 "))+p.paint(faint, summary))
	}
	return lines
}

func reactions(counts map[string]int) string {
	var parts []string
	for _, emoji := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", clean(emoji), counts[emoji]))
	}
	return strings.Join(parts, "  ")
}

func (p *printer) reaction(e *client.Event, r *client.ReactionChange) []string {
	p.names[r.UserID] = clean(r.UserName)
	if r.Emoji == "" {
		return nil // the message was deleted since
	}
	verb := "reacted with " + clean(r.Emoji) + " to "
	if e.Type == client.ReactionRemoved {
		verb = "took back " + clean(r.Emoji) + " from "
	}
	text := fmt.Sprintf("message %d", r.MessageID)
	if known := p.said[r.MessageID]; known != "" {
		text = quote(known)
	}
	return p.remark(e.At, r.ConversationID, p.who(r.UserID, r.UserName)+" "+verb+text)
}

func (p *printer) types(t *client.Typing) []string {
	key := [2]int64{t.ConversationID, t.UserID}
	if !t.Typing {
		delete(p.typing, key)
		return nil
	}
	if p.typing[key] {
		return nil
	}
	p.typing[key] = true
	return []string{p.paint(faint, "      "+p.prefix(t.ConversationID)+p.who(t.UserID, "")+" is typing…")}
}

// remark prints something that is no message.
func (p *printer) remark(at time.Time, conversationID int64, text string) []string {
	return append(p.dayBefore(at), p.paint(faint, p.clock(at)+" "+p.prefix(conversationID)+"* "+text))
}

// dayBefore is a line between days.
func (p *printer) dayBefore(at time.Time) []string {
	day := at.In(p.location).Format("Monday, 2 January 2006")
	if day == p.day {
		return nil
	}
	p.day = day
	return []string{p.paint(faint, "-- "+day+" --")}
}

func (p *printer) clock(at time.Time) string { return at.In(p.location).Format("15:04") }

func clock(at time.Time) string {
	if time.Since(at) > 24*time.Hour {
		return at.Local().Format("2006-01-02")
	}
	return at.Local().Format("15:04")
}

func (p *printer) prefix(conversationID int64) string {
	if !p.showWhere {
		return ""
	}
	return "[" + p.where(conversationID) + "] "
}

func (p *printer) where(conversationID int64) string {
	return cmp.Or(p.titles[conversationID], fmt.Sprintf("conversation %d", conversationID))
}

func (p *printer) who(userID int64, name string) string {
	return cmp.Or(clean(name), p.names[userID], fmt.Sprintf("user %d", userID))
}

// remember keeps a message for quoting.
func (p *printer) remember(m *client.Message) {
	if _, known := p.said[m.ID]; !known {
		if len(p.order) == remembered {
			delete(p.said, p.order[0])
			p.order = p.order[1:]
		}
		p.order = append(p.order, m.ID)
	}
	p.said[m.ID] = short(content(m), 40)
}

func quote(text string) string { return "“" + text + "”" }
