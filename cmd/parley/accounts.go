package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"parley/internal/app"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/config"
)

type userCmd struct {
	Create   userCreateCmd   `cmd:"" help:"Make an account, however registration is set."`
	List     userListCmd     `cmd:"" help:"List accounts."`
	Password userPasswordCmd `cmd:"" help:"Set a password and end all sessions."`
	Role     userRoleCmd     `cmd:"" help:"Set the server roles: admin, supervisor, agent."`
	Disable  userDisableCmd  `cmd:"" help:"Keep somebody out; ends all sessions at once."`
	Enable   userEnableCmd   `cmd:"" help:"Let somebody in again."`
	Invite   userInviteCmd   `cmd:"" help:"Make an invitation to register."`
	Token    userTokenCmd    `cmd:"" help:"Open a session for a user and print its tokens, for bots and scripts."`
}

// with opens the accounts of a deployment for one command.
func (p place) with(ctx context.Context, fn func(*app.Accounts) error) error {
	return p.withOpened(ctx, app.OpenAccounts, fn)
}

func (p place) withOpened(ctx context.Context, open func(context.Context, config.Config) (*app.Accounts, error), fn func(*app.Accounts) error) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	accounts, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(shown(fn(accounts)), accounts.Close())
}

// shown is an error as a person reads it.
func shown(err error) error {
	var e *chat.Error
	if errors.As(err, &e) && e.Err == nil {
		return errors.New(e.Message)
	}
	return err
}

// said tells what was done, unless it was not.
func said(err error, format string, args ...any) error {
	if err == nil {
		fmt.Printf(format+"\n", args...)
	}
	return err
}

type userCreateCmd struct {
	place
	Username string `arg:"" help:"2 to 32 letters, digits, '.', '_' or '-'."`
	Name     string `help:"The name that others see."`
	Email    string `help:"E-mail address."`
	Admin    bool   `help:"Make the account an administrator's."`
}

func (c *userCreateCmd) Run(ctx context.Context) error {
	return c.withOpened(ctx, app.OpenNewAccounts, func(a *app.Accounts) error {
		password, err := newPassword()
		if err != nil {
			return err
		}
		n := auth.NewUser{Username: c.Username, DisplayName: c.Name, Email: c.Email, Password: password}
		if c.Admin {
			n.Roles = []string{chat.RoleServerAdmin}
		}
		u, err := a.Auth.CreateUser(ctx, n)
		if err != nil {
			return err
		}
		fmt.Printf("Account %d, %s, was created.\n", u.ID, u.Username)
		return nil
	})
}

type userListCmd struct {
	place
	Query string `arg:"" optional:"" help:"Words of the name."`
}

func (c *userListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		list, err := a.Users(ctx, c.Query)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tUSERNAME\tNAME\tROLES\tSINCE\tSTATE")
		for _, u := range list {
			state := "active"
			if !u.Active() {
				state = "disabled"
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", u.ID, u.Username, u.DisplayName, strings.Join(u.Roles, ","), u.CreatedAt.Format(time.DateOnly), state)
		}
		return table.Flush()
	})
}

// someone names the account that a command is about.
type someone struct {
	place
	Username string `arg:"" help:"Whose account."`
}

func (s someone) with(ctx context.Context, fn func(*app.Accounts, *chat.User) error) error {
	return s.place.with(ctx, func(a *app.Accounts) error {
		u, err := a.UserNamed(ctx, s.Username)
		if err != nil {
			return err
		}
		return fn(a, u)
	})
}

type userPasswordCmd struct{ someone }

func (c *userPasswordCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		password, err := newPassword()
		if err != nil {
			return err
		}
		return said(a.Auth.SetPassword(ctx, u.ID, password), "%s has a new password; all sessions are ended.", u.Username)
	})
}

type userRoleCmd struct {
	someone
	Roles []string `arg:"" optional:"" help:"The roles from now on; none for an ordinary member."`
}

func (c *userRoleCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Auth.SetRoles(ctx, u.ID, c.Roles), "%s has the roles %v.", u.Username, c.Roles)
	})
}

type userDisableCmd struct{ someone }

func (c *userDisableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Auth.SetDisabled(ctx, u.ID, true), "%s is disabled; all sessions are ended.", u.Username)
	})
}

type userEnableCmd struct{ someone }

func (c *userEnableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Auth.SetDisabled(ctx, u.ID, false), "%s may sign in again.", u.Username)
	})
}

type userTokenCmd struct{ someone }

func (c *userTokenCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		in, err := a.Auth.OpenSession(ctx, u.ID, auth.Device{UserAgent: "parley user token"})
		if err != nil {
			return err
		}
		fmt.Printf("accessToken   %s\nrefreshToken  %s\nexpiresIn     %d\n", in.AccessToken, in.RefreshToken, int(in.ExpiresIn.Seconds()))
		return nil
	})
}

type userInviteCmd struct {
	place
	Uses int `default:"1" help:"How many accounts it is good for."`
	Days int `default:"7" help:"How many days it is good for."`
}

func (c *userInviteCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		code, err := a.Auth.CreateInvitation(ctx, 0, c.Uses, time.Duration(c.Days)*24*time.Hour)
		if err != nil {
			return err
		}
		fmt.Println(code)
		return nil
	})
}

type apikeyCmd struct {
	Create apikeyCreateCmd `cmd:"" help:"Make a key and print its secret, this once."`
	List   apikeyListCmd   `cmd:"" help:"List keys."`
	Revoke apikeyRevokeCmd `cmd:"" help:"Make a key useless."`
}

type apikeyCreateCmd struct {
	place
	Name   string   `arg:"" help:"What the key is for."`
	Scopes []string `required:"" help:"What it may do: users:write, chat:act, events:read, admin."`
}

func (c *apikeyCreateCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		secret, key, err := a.Auth.CreateKey(ctx, 0, c.Name, c.Scopes)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "Key %d for %s. Its secret is shown only now:\n", key.ID, key.Name)
		fmt.Println(secret)
		return nil
	})
}

type apikeyListCmd struct{ place }

func (c *apikeyListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		keys, err := a.Auth.Keys(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tKEY\tSCOPES\tSINCE\tLAST USED\tSTATE")
		for _, k := range keys {
			state, used := "good", "never"
			if !k.RevokedAt.IsZero() {
				state = "revoked"
			}
			if !k.LastUsedAt.IsZero() {
				used = k.LastUsedAt.Format(time.DateTime)
			}
			fmt.Fprintf(table, "%d\t%s\t%s…\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Hint, strings.Join(k.Scopes, ","), k.CreatedAt.Format(time.DateOnly), used, state)
		}
		return table.Flush()
	})
}

type apikeyRevokeCmd struct {
	place
	ID int64 `arg:"" help:"The key's number."`
}

func (c *apikeyRevokeCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		return said(a.Auth.RevokeKey(ctx, c.ID), "Key %d is revoked.", c.ID)
	})
}

// newPassword asks twice on a terminal, and reads one line of standard input
// otherwise.
func newPassword() (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var typed [2][]byte
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(os.Stderr, prompt)
		var err error
		typed[i], err = term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
	}
	if !slices.Equal(typed[0], typed[1]) {
		return "", errors.New("the two passwords differ")
	}
	return string(typed[0]), nil
}
