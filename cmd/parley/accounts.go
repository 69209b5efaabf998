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
	"time"

	"golang.org/x/term"

	"parley/internal/admin"
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
	Reset    userResetCmd    `cmd:"" help:"Print a new password, this once, and end all sessions."`
	Sessions userSessionsCmd `cmd:"" help:"List somebody's sessions, or end them."`
	Erase    userEraseCmd    `cmd:"" help:"Erase an account and what it wrote; there is no way back."`
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
	passwordFrom
}

func (c *userCreateCmd) Run(ctx context.Context) error {
	return c.withOpened(ctx, app.OpenNewAccounts, func(a *app.Accounts) error {
		password, err := c.newPassword()
		if err != nil {
			return err
		}
		n := auth.NewUser{By: chat.Operator, Username: c.Username, DisplayName: c.Name, Email: c.Email, Password: password}
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
	Query string `arg:"" optional:"" help:"Words of the name or the e-mail address."`
	Role  string `enum:",admin,supervisor,agent,member" default:"" help:"Only those with the role: admin, supervisor, agent; member is none."`
	State string `enum:",active,disabled,deleted" default:"" help:"Only accounts that are active, disabled or deleted."`
}

func (c *userListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		t := newTable("ID", "USERNAME", "NAME", "ROLES", "SINCE", "LAST SEEN", "DEVICES", "FILES", "STATE")
		f := admin.PeopleFilter{Query: c.Query, Role: c.Role, State: c.State, Order: admin.ByCreation, Limit: admin.MaxPage}
		for more := true; more; {
			page, further, err := a.Admin.People(ctx, f)
			if err != nil {
				return err
			}
			for i := range page {
				u := &page[i]
				f.After = &u.At
				t.row(u.ID, u.Username, u.DisplayName, strings.Join(u.Roles, ","), u.CreatedAt.Format(time.DateOnly),
					moment(u.LastSeenAt), u.Sessions, size(u.FileBytes), admin.StateOf(&u.User))
			}
			more = further
		}
		return t.flush()
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

type userPasswordCmd struct {
	someone
	passwordFrom
}

func (c *userPasswordCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		password, err := c.newPassword()
		if err != nil {
			return err
		}
		return said(a.Auth.SetPassword(ctx, chat.Operator, u.ID, password), "%s has a new password; all sessions are ended.", u.Username)
	})
}

type userRoleCmd struct {
	someone
	Roles []string `arg:"" optional:"" help:"The roles from now on; none for an ordinary member."`
}

func (c *userRoleCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Auth.SetRoles(ctx, chat.Operator, u.ID, c.Roles), "%s has the roles %v.", u.Username, c.Roles)
	})
}

type userDisableCmd struct{ someone }

func (c *userDisableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Auth.SetDisabled(ctx, chat.Operator, u.ID, true), "%s is disabled; all sessions are ended.", u.Username)
	})
}

type userEnableCmd struct{ someone }

func (c *userEnableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Auth.SetDisabled(ctx, chat.Operator, u.ID, false), "%s may sign in again.", u.Username)
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
	Uses int    `default:"1" help:"How many accounts it is good for."`
	Days int    `default:"7" help:"How many days it is good for."`
	URL  string `name:"public-url" placeholder:"URL" help:"Where people reach the server, for the link; otherwise as the server's file or PARLEY_PUBLIC_URL says."`
}

func (c *userInviteCmd) Run(ctx context.Context) error {
	var more []string
	if c.URL != "" {
		more = []string{"--public-url", c.URL}
	}
	cfg, err := c.config(more...)
	if err != nil {
		return err
	}
	return c.with(ctx, func(a *app.Accounts) error {
		code, i, err := a.Auth.CreateInvitation(ctx, chat.Operator, c.Uses, time.Duration(c.Days)*24*time.Hour)
		if err != nil {
			return err
		}
		accounts := "one account"
		if i.UsesLeft > 1 {
			accounts = fmt.Sprintf("%d accounts", i.UsesLeft)
		}
		fmt.Fprintf(os.Stderr, "Good for %s until %s. The link to send, and the code in it:\n%s/sign-up?invite=%s\n",
			accounts, i.ExpiresAt.Format(time.DateTime), cfg.Address(), code)
		if cfg.PublicURL == "" {
			fmt.Fprintln(os.Stderr, "(public-url is not known here, so this is where the server listens: give --public-url, or --config for the server's file.)")
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
		secret, key, err := a.Auth.CreateKey(ctx, chat.Operator, c.Name, c.Scopes)
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
		t := newTable("ID", "NAME", "KEY", "SCOPES", "SINCE", "LAST USED", "STATE")
		for _, k := range keys {
			state := "good"
			if !k.RevokedAt.IsZero() {
				state = "revoked"
			}
			t.row(k.ID, k.Name, k.Hint+"…", strings.Join(k.Scopes, ","), k.CreatedAt.Format(time.DateOnly), moment(k.LastUsedAt), state)
		}
		return t.flush()
	})
}

type apikeyRevokeCmd struct {
	place
	ID int64 `arg:"" help:"The key's number."`
}

func (c *apikeyRevokeCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		return said(a.Auth.RevokeKey(ctx, chat.Operator, c.ID), "Key %d is revoked.", c.ID)
	})
}

type passwordFrom struct {
	PasswordStdin bool `help:"Read the password from the first line of standard input, also on a terminal."`
}

// newPassword asks twice on a terminal, and reads one line of standard input
// otherwise.
func (p passwordFrom) newPassword() (string, error) {
	if p.PasswordStdin || !term.IsTerminal(int(os.Stdin.Fd())) {
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
