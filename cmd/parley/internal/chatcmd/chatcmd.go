// Package chatcmd is `parley chat`: a client for the terminal, made of package
// client alone.
package chatcmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/client"
)

const defaultServer = "http://127.0.0.1:8080"

// Cmd is the command with its subcommands, for kong. Their Run methods need a
// context.Context to be bound, and end with it.
type Cmd struct {
	Server  string `env:"PARLEY_SERVER" placeholder:"URL" help:"Address of the server; otherwise the one of the last login, or http://127.0.0.1:8080."`
	Profile string `env:"PARLEY_PROFILE" default:"default" placeholder:"NAME" help:"Which of several logins on this machine to use."`

	Register registerCmd `cmd:"" help:"Make an account and log in."`
	Login    loginCmd    `cmd:"" help:"Log in."`
	Logout   logoutCmd   `cmd:"" help:"Log out and forget the session."`
	Whoami   whoamiCmd   `cmd:"" help:"Show who is logged in, and where."`
	People   peopleCmd   `cmd:"" help:"Search people."`
	List     listCmd     `cmd:"" help:"List conversations, with what is unread."`
	Open     openCmd     `cmd:"" help:"Open the direct conversation with somebody."`
	Group    groupCmd    `cmd:"" help:"Make a group."`
	Read     readCmd     `cmd:"" help:"Show the newest messages of a conversation and mark them as read."`
	Send     sendCmd     `cmd:"" help:"Send a message."`
	Follow   followCmd   `cmd:"" help:"Show what happens, live, until Ctrl+C."`
	Talk     talkCmd     `cmd:"" help:"Chat in a conversation: each line is a message, until Ctrl+D."`

	console console
	profile profile
}

// AfterApply prepares what the subcommands share. kong calls it.
func (c *Cmd) AfterApply() error {
	if c.console.out == nil {
		c.console = standardConsole()
	}
	var err error
	c.profile, err = openProfile(c.Profile)
	return err
}

// visitor is a logged-in user of the command line.
type visitor struct {
	*client.Client
	console
	session session
}

// as runs fn with the session of the profile.
func (c *Cmd) as(fn func(v *visitor) error) error {
	s, err := c.profile.load()
	if err != nil {
		return err
	}
	if c.Server != "" && c.Server != s.Server {
		return fmt.Errorf("logged in at %s, not at %s: run %s", s.Server, c.Server, c.hint("login --server "+c.Server))
	}
	v := &visitor{console: c.console, session: s}
	v.Client = client.New(s.Server, client.WithTokens(s.Tokens), client.WithRenewal(c.profile.renew))
	defer v.Close()
	return c.readable(fn(v))
}

// hint is a command for the user to run, with the profile that he has chosen.
func (c *Cmd) hint(command string) string {
	if c.Profile != "" && c.Profile != defaultProfile {
		command += " --profile " + c.Profile
	}
	return "parley chat " + command
}

// readable is an error as a person reads it, and safe to print: its text may
// come from a server.
func (c *Cmd) readable(err error) error {
	var refused *client.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return errors.New(c.explain(refused))
	case errors.Is(err, context.Canceled):
		return nil // Ctrl+C
	}
	return errors.New(clean(err.Error()))
}

func (c *Cmd) explain(e *client.Error) string {
	switch e.Code {
	case client.CodeUnauthenticated, client.CodeTokenExpired, client.CodeTokenInvalid:
		if e.Message != "" && e.Code == client.CodeUnauthenticated {
			return clean(e.Message)
		}
		return "the session has ended: run " + c.hint("login")
	}
	text := clean(e.Message)
	if text == "" {
		text = clean(e.Error())
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(" (try again in %s)", e.RetryAfter.Round(time.Second))
	}
	return text
}
