package chatcmd

import (
	"context"
	"strings"
	"time"

	"parley/client"
)

// farewell is how long it may take to end a session that is replaced.
const farewell = 3 * time.Second

type registerCmd struct {
	Username      string `arg:"" help:"2 to 32 letters, digits, '.', '_' or '-'."`
	Name          string `help:"The name that others see."`
	Email         string `help:"E-mail address."`
	Invite        string `help:"The invitation, where one is needed."`
	PasswordStdin bool   `help:"Read the password from standard input."`
}

func (r *registerCmd) Run(ctx context.Context, c *Cmd) error {
	password, err := c.console.password(r.PasswordStdin, true)
	if err != nil {
		return err
	}
	return c.signIn(ctx, func(cl *client.Client) (client.User, error) {
		return cl.Register(ctx, client.Registration{
			Username: r.Username, Password: password, DisplayName: r.Name, Email: r.Email, Invite: r.Invite,
		})
	})
}

type loginCmd struct {
	Username      string `arg:"" help:"Username or e-mail address."`
	PasswordStdin bool   `help:"Read the password from standard input."`
}

func (l *loginCmd) Run(ctx context.Context, c *Cmd) error {
	password, err := c.console.password(l.PasswordStdin, false)
	if err != nil {
		return err
	}
	return c.signIn(ctx, func(cl *client.Client) (client.User, error) { return cl.Login(ctx, l.Username, password) })
}

// signIn begins a session and remembers it. One that the profile held before is
// ended.
func (c *Cmd) signIn(ctx context.Context, begin func(*client.Client) (client.User, error)) error {
	server := strings.TrimRight(c.Server, "/")
	before, err := c.profile.load()
	hadOne := err == nil
	if server == "" && hadOne {
		server = before.Server
	}
	if server == "" {
		server = defaultServer
	}
	cl := client.New(server)
	defer cl.Close()
	u, err := begin(cl)
	if err != nil {
		return c.readable(err)
	}
	if err := c.profile.save(session{Server: server, UserID: u.ID, Username: u.Username, Tokens: cl.Tokens()}); err != nil {
		return err
	}
	if hadOne {
		old := client.New(before.Server, client.WithTokens(before.Tokens), client.WithTimeout(farewell))
		defer old.Close()
		_ = old.Logout(ctx) // nobody holds it any more; it ends by itself too
	}
	c.console.print("Logged in at %s as %s.\n", clean(server), clean(u.Username))
	return nil
}

type logoutCmd struct{}

func (logoutCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		err := v.Logout(ctx)
		if forgotten := c.profile.forget(); forgotten != nil {
			return forgotten
		}
		if err != nil {
			v.note("The server could not be told: %s\n", c.readable(err))
		}
		v.print("Logged out.\n")
		return nil
	})
}

type whoamiCmd struct{}

func (whoamiCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		u, err := v.Me(ctx)
		if err != nil {
			return err
		}
		v.print("%s (%s), user %d at %s\n", clean(u.Username), clean(u.DisplayName), u.ID, clean(v.session.Server))
		return nil
	})
}

type peopleCmd struct {
	Query string `arg:"" optional:"" help:"Beginnings of names; without any, everybody."`
	Limit int    `default:"20" help:"How many to show at most, up to 50."`
}

func (p *peopleCmd) Run(ctx context.Context, c *Cmd) error {
	return c.as(func(v *visitor) error {
		found, err := v.SearchPeople(ctx, p.Query, p.Limit)
		if err != nil {
			return err
		}
		rows := make([]row, len(found))
		for i, u := range found {
			rows[i] = row{cells: []string{"@" + clean(u.Username), clean(u.DisplayName)}}
		}
		v.table(rows)
		return nil
	})
}
