package chatcmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"parley/client"
)

const (
	backlog    = 20              // messages shown at the beginning
	typedAhead = 64              // lines that may wait while a message is sent
	typesEvery = 3 * time.Second // how often it is said that one is typing
)

type talkCmd struct {
	With string `arg:"" help:"@ and a username, or a conversation's id or name."`
}

func (t *talkCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		only, p, err := v.scope(ctx, t.With)
		if err != nil {
			return err
		}
		sc, err := openScreen(v.console)
		if err != nil {
			return err
		}
		defer sc.close()
		v.out = sc
		s, err := v.Stream(ctx, client.StreamOptions{Device: "terminal"})
		if err != nil {
			return err
		}
		defer s.Close()
		newest, err := v.history(ctx, p, only, backlog)
		if err != nil {
			return err
		}
		return newTalk(v, s, p, sc, only, newest).run(ctx)
	})
}

// talk is one conversation at a terminal.
type talk struct {
	*visitor
	stream  *client.Stream
	printer *printer
	screen  screen
	id      int64
	shown   int64 // newest message of the history: what the stream tells again is skipped
	unread  chan int64

	mu    sync.Mutex
	sent  map[string]bool // TempIDs of lines that stand on the screen as they were typed
	typed time.Time       // when it was last said that one is typing
}

func newTalk(v *visitor, s *client.Stream, p *printer, sc screen, id, shown int64) *talk {
	return &talk{visitor: v, stream: s, printer: p, screen: sc, id: id, shown: shown, unread: make(chan int64, 1), sent: map[string]bool{}}
}

// run ends with the input or with the stream.
func (t *talk) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	t.saw(t.shown)
	tasks.Go(func() { t.markRead(ctx) })
	over := make(chan error, 1)
	tasks.Go(func() { over <- t.listen(ctx) })

	// Reading the keyboard cannot be broken off: at the end of a command this
	// goroutine ends with the process.
	lines := make(chan string, typedAhead)
	go t.readLines(ctx, lines)
	for {
		select {
		case line, more := <-lines:
			if !more {
				return nil
			}
			if err := t.say(ctx, line); err != nil {
				return err
			}
		case err := <-over:
			return err
		}
	}
}

func (t *talk) readLines(ctx context.Context, lines chan<- string) {
	defer close(lines)
	for {
		line, err := t.screen.readLine(t.isTyping)
		if strings.TrimSpace(line) != "" {
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// say sends a line. What the server refuses is said and no reason to stop.
func (t *talk) say(ctx context.Context, line string) error {
	d := client.Draft{ConversationID: t.id, Content: line, TempID: client.NewTempID()}
	t.mu.Lock()
	t.typed = time.Time{}
	if t.terminal {
		t.sent[d.TempID] = true
	}
	t.mu.Unlock()
	_, err := t.stream.Send(ctx, d)
	var refused *client.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		t.print("%s\n", t.paint(faint, "-- not sent: "+clean(refused.Message)+" --"))
	case errors.Is(err, context.DeadlineExceeded):
		t.print("%s\n", t.paint(faint, "-- not sent, as far as is known: "+short(line, 40)+" --"))
	default:
		return err
	}
	return nil
}

// isTyping tells the others, not with every key.
func (t *talk) isTyping() {
	t.mu.Lock()
	soon := time.Since(t.typed) < typesEvery
	if !soon {
		t.typed = time.Now()
	}
	t.mu.Unlock()
	if !soon {
		_ = t.stream.Typing(t.id, true) // of no importance
	}
}

// listen prints what the others do.
func (t *talk) listen(ctx context.Context) error {
	for {
		u, err := t.stream.Next(ctx)
		if err != nil {
			if errors.Is(err, client.ErrClosed) {
				return nil
			}
			return err
		}
		if of := conversationOf(u); of != 0 && of != t.id {
			continue
		}
		if m, ok := client.NewMessage(u); ok {
			if m.ID <= t.shown || t.stands(m) {
				t.printer.remember(m)
				continue
			}
			if m.SenderID != t.session.UserID {
				t.saw(m.ID)
			}
		}
		lines := t.printer.lines(u)
		if _, typing := u.(*client.Typing); typing && t.terminal {
			t.screen.prompt(t.printer.typists(t.id))
			continue
		}
		for _, line := range lines {
			t.print("%s\n", line)
		}
		t.screen.prompt(t.printer.typists(t.id))
	}
}

// stands reports whether a message is on the screen as it was typed.
func (t *talk) stands(m *client.Message) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	stands := m.TempID != "" && t.sent[m.TempID]
	delete(t.sent, m.TempID)
	return stands
}

// saw notes that everything up to a message was shown.
func (t *talk) saw(id int64) {
	if id == 0 {
		return
	}
	select {
	case <-t.unread:
	default:
	}
	t.unread <- id
}

// markRead tells the server what was seen, the newest only.
func (t *talk) markRead(ctx context.Context) {
	for {
		select {
		case id := <-t.unread:
			_, _ = t.stream.Read(ctx, t.id, id) // the next one says the same
		case <-ctx.Done():
			return
		}
	}
}

// plainScreen is a screen for pipes: lines in, lines out.
type plainScreen struct {
	io.Writer
	lines *bufio.Reader
}

func (p *plainScreen) readLine(func()) (string, error) {
	line, err := p.lines.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

func (*plainScreen) prompt(string) {}
func (*plainScreen) close()        {}

// typists says who is typing in a conversation, for the prompt.
func (p *printer) typists(conversationID int64) string {
	var names []string
	for key := range p.typing {
		if key[0] == conversationID {
			names = append(names, p.who(key[1], ""))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " is typing… "
	}
	return fmt.Sprintf("%d people are typing… ", len(names))
}
