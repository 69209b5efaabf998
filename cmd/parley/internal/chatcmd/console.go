package chatcmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	colour   bool // out understands escape sequences
	terminal bool // a person sits at in and out
}

func standardConsole() console {
	c := console{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}
	outIsTerminal := term.IsTerminal(int(os.Stdout.Fd()))
	c.terminal = outIsTerminal && term.IsTerminal(int(os.Stdin.Fd()))
	c.colour = outIsTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return c
}

// style is an SGR parameter.
type style string

const (
	bold  style = "1"
	faint style = "2"
	coral style = "38;5;203" // for what is unread, and only that
)

// hues are for people's names, apart from coral.
var hues = []style{"36", "32", "34", "35", "33", "38;5;73"}

func hueOf(userID int64) style { return hues[int(userID%int64(len(hues)))] }

// paint styles a text that holds no escape sequences.
func (c console) paint(s style, text string) string {
	if !c.colour || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func (c console) print(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// note tells the person something that is no result.
func (c console) note(format string, args ...any) { fmt.Fprintf(c.err, format, args...) }

var errNoPassword = errors.New("no password: set PARLEY_PASSWORD, pipe it with --password-stdin, or run this in a terminal")

// password asks for a password; a new one twice.
func (c console) password(fromStdin, isNew bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(c.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	if p := c.getenv("PARLEY_PASSWORD"); p != "" {
		return p, nil
	}
	file, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errNoPassword
	}
	first, err := c.prompt(file, "Password: ")
	if err != nil || !isNew {
		return first, err
	}
	second, err := c.prompt(file, "Password again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the passwords differ")
	}
	return first, nil
}

func (c console) prompt(file *os.File, text string) (string, error) {
	c.note("%s", text)
	secret, err := term.ReadPassword(int(file.Fd()))
	c.note("\n")
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	return string(secret), nil
}
