package chatcmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// screen is where a talk happens: lines are typed below while others appear
// above.
type screen interface {
	io.Writer
	// readLine returns the next line; key is called for each key while it is
	// typed, where that can be seen.
	readLine(key func()) (string, error)
	// prompt changes what stands before the line that is being typed.
	prompt(text string)
	close()
}

func openScreen(c console) (screen, error) {
	in, isFile := c.in.(*os.File)
	if !c.terminal || !isFile {
		return &plainScreen{c.out, bufio.NewReader(c.in)}, nil
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("preparing the terminal: %w", err)
	}
	s := &lineScreen{fd: int(in.Fd()), before: before, out: c.out}
	s.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{c.in, c.out}, defaultPrompt)
	s.resize()
	return s, nil
}

const defaultPrompt = "> "

// lineScreen keeps the line that is being typed intact while others are printed.
type lineScreen struct {
	fd       int
	before   *term.State
	out      io.Writer
	terminal *term.Terminal
	current  string // the prompt's text
}

// resize follows the window: there is no portable way to be told.
func (s *lineScreen) resize() {
	if width, height, err := term.GetSize(s.fd); err == nil && width > 0 {
		_ = s.terminal.SetSize(width, height) // fails only as a write does
	}
}

func (s *lineScreen) Write(text []byte) (int, error) {
	s.resize()
	return s.terminal.Write(text)
}

func (s *lineScreen) readLine(key func()) (string, error) {
	s.terminal.AutoCompleteCallback = func(string, int, rune) (string, int, bool) {
		key()
		return "", 0, false
	}
	line, err := s.terminal.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}

func (s *lineScreen) prompt(text string) {
	if text == s.current {
		return
	}
	s.current = text
	s.terminal.SetPrompt(text + defaultPrompt)
	_, _ = s.Write(nil) // draws the prompt again
}

func (s *lineScreen) close() {
	_, _ = s.out.Write([]byte("\r\n")) // what comes next begins on a line of its own
	_ = term.Restore(s.fd, s.before)   // nothing is left to be done about it
}
