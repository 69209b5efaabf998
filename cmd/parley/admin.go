package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"parley/internal/admin"
	"parley/internal/app"
	"parley/internal/chat"
)

type userResetCmd struct{ someone }

func (c *userResetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		password, err := a.Auth.ResetPassword(ctx, chat.Operator, u.ID)
		return said(err, "%s", password)
	})
}

type userSessionsCmd struct {
	someone
	End     bool  `help:"End all of them."`
	Session int64 `placeholder:"ID" help:"End this one."`
}

func (c *userSessionsCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		switch {
		case c.Session != 0:
			return said(a.Auth.EndSession(ctx, chat.Operator, u.ID, chat.SessionID(c.Session)), "Session %d of %s is ended.", c.Session, u.Username)
		case c.End:
			return said(a.Auth.EndSession(ctx, chat.Operator, u.ID, 0), "All sessions of %s are ended.", u.Username)
		}
		list, err := a.Auth.SessionsOf(ctx, u.ID)
		if err != nil {
			return err
		}
		t := newTable("ID", "KIND", "SINCE", "LAST USED", "NETWORK", "PROGRAM")
		for _, s := range list {
			t.row(s.ID, s.Kind, moment(s.CreatedAt), moment(s.LastUsedAt), s.IPPrefix, s.UserAgent)
		}
		return t.flush()
	})
}

// sure asks for a flag before what cannot be taken back.
type sure struct {
	Yes bool `help:"Do it; there is no way back."`
}

func (s sure) check() error {
	if !s.Yes {
		return errors.New("there is no way back: say --yes to do it")
	}
	return nil
}

type userEraseCmd struct {
	someone
	sure
}

func (c *userEraseCmd) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.with(ctx, func(a *app.Accounts, u *chat.User) error {
		return said(a.Chat.EraseUser(ctx, chat.Operator, u.ID), "%s is erased; a running server empties the messages in the background.", u.Username)
	})
}

type groupCmd struct {
	List   groupListCmd   `cmd:"" help:"List groups and channels."`
	Owner  groupOwnerCmd  `cmd:"" help:"Hand a group or channel over to a participant."`
	Delete groupDeleteCmd `cmd:"" help:"Delete a group or channel for everybody."`
}

type groupListCmd struct {
	place
	Query string `arg:"" optional:"" help:"Words of the name."`
	Order string `enum:"activity,name,created,participants,messages" default:"activity" help:"By activity, name, created, participants or messages."`
	Limit int    `default:"50" help:"How many at most."`
}

func (c *groupListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		t := newTable("ID", "TYPE", "NAME", "OWNER", "PEOPLE", "MESSAGES", "FILES", "LAST MESSAGE")
		f := admin.GroupFilter{Query: c.Query, Order: c.Order}
		for more, left := true, max(1, c.Limit); more && left > 0; {
			f.Limit = min(left, admin.MaxPage)
			page, further, err := a.Admin.Groups(ctx, f)
			if err != nil {
				return err
			}
			for i := range page {
				g := &page[i]
				f.After = &g.At
				t.row(g.ID, g.Kind, g.Name, g.OwnerName, g.ParticipantCount, g.LastCount, size(g.FileBytes), moment(g.LastMessageAt))
			}
			more, left = further, left-len(page)
		}
		return t.flush()
	})
}

// aGroup names the group that a command is about.
type aGroup struct {
	place
	ID int64 `arg:"" help:"The number of the group or channel."`
}

type groupOwnerCmd struct {
	aGroup
	Username string `arg:"" help:"Who owns it from now on."`
}

func (c *groupOwnerCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		u, err := a.UserNamed(ctx, c.Username)
		if err != nil {
			return err
		}
		return said(a.Chat.HandOver(ctx, chat.Operator, chat.ConversationID(c.ID), u.ID), "%s owns %d.", u.Username, c.ID)
	})
}

type groupDeleteCmd struct {
	aGroup
	sure
}

func (c *groupDeleteCmd) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.with(ctx, func(a *app.Accounts) error {
		return said(a.Chat.DeleteConversation(ctx, chat.Operator, chat.ConversationID(c.ID)), "%d is deleted; a running server erases what was in it in the background.", c.ID)
	})
}

type settingCmd struct {
	List  settingListCmd  `cmd:"" help:"List what may be changed while the server runs."`
	Set   settingSetCmd   `cmd:"" help:"Change a setting; running servers take it over within a second."`
	Reset settingResetCmd `cmd:"" help:"Go back to the configured value."`
}

type settingListCmd struct{ place }

func (c *settingListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		list, err := a.Admin.Settings.List(ctx)
		if err != nil {
			return err
		}
		t := newTable("SETTING", "VALUE", "CONFIGURED", "FROM", "CHANGED")
		for _, s := range list {
			changed := "no"
			switch {
			case s.Pinned:
				changed = "pinned"
			case s.Changed != nil:
				changed = moment(s.Changed.At)
			}
			t.row(s.Name, s.Value, s.Configured, s.Source, changed)
		}
		return t.flush()
	})
}

type settingSetCmd struct {
	place
	Name  string `arg:"" help:"The setting, as in the configuration."`
	Value string `arg:"" help:"What it shall be."`
}

func (c *settingSetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		s, err := a.Admin.Settings.Set(ctx, chat.Operator, c.Name, c.Value)
		if err != nil {
			return err
		}
		return said(nil, "%s is %s.", s.Name, s.Value)
	})
}

type settingResetCmd struct {
	place
	Name string `arg:"" help:"The setting."`
}

func (c *settingResetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		s, err := a.Admin.Settings.Reset(ctx, chat.Operator, c.Name)
		if err != nil {
			return err
		}
		return said(nil, "%s is %s, as configured.", s.Name, s.Value)
	})
}

type auditCmd struct {
	place
	Action string        `help:"Only this action, or a kind as user. with its dot; file.accessed is who looked at files."`
	By     string        `placeholder:"USERNAME" help:"Only what this user did."`
	Kind   string        `enum:",user,invitation,apikey,setting,conversation,file,log" default:"" help:"Only what was done to a user, invitation, apikey, setting, conversation, file or log."`
	Target int64         `placeholder:"ID" help:"Only what was done to the one with this number; say of which kind it is."`
	Since  time.Duration `help:"Only what was done within this time, as 24h."`
	Limit  int           `default:"50" help:"How many at most."`
}

func (c *auditCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		f := admin.DeedFilter{Action: c.Action, Kind: c.Kind, Target: c.Target}
		if c.By != "" {
			u, err := a.UserNamed(ctx, c.By)
			if err != nil {
				return err
			}
			f.By = &u.ID
		}
		if c.Since > 0 {
			f.From = time.Now().Add(-c.Since)
		}
		t := newTable("TIME", "BY", "ACTION", "TARGET", "DETAIL")
		for more, left := true, max(1, c.Limit); more && left > 0; {
			f.Limit = min(left, admin.MaxPage)
			page, further, err := a.Admin.Deeds(ctx, f)
			if err != nil {
				return err
			}
			for i := range page {
				d := &page[i]
				f.Before = d.ID
				t.row(moment(d.At), author(d), d.Action, target(d), string(d.Detail))
			}
			more, left = further, left-len(page)
		}
		return t.flush()
	})
}

func author(d *admin.LoggedDeed) string {
	switch {
	case d.By != 0 && d.Key != 0:
		return fmt.Sprintf("%s (%d) by key %d", d.ByName, d.By, d.Key)
	case d.By != 0:
		return fmt.Sprintf("%s (%d)", d.ByName, d.By)
	case d.Key != 0:
		return fmt.Sprintf("key %d", d.Key)
	}
	return "operator"
}

func target(d *admin.LoggedDeed) string {
	if d.Target == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", admin.TargetKind(d.Action), d.Target, d.TargetName))
}

type statsCmd struct {
	place
	Days int `default:"14" help:"How many days, up to 90."`
}

func (c *statsCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		f, err := a.Admin.Figures(ctx, c.Days)
		if err != nil {
			return err
		}
		t := f.Totals
		fmt.Printf("users        %d, %d of them disabled, %d administrators; %d devices signed in\n", t.Users, t.Disabled, t.Admins, t.Sessions)
		fmt.Printf("active       %d today, %d in 7 days, %d in 30 days\n", f.Active, f.ActiveWeek, f.ActiveMonth)
		fmt.Printf("groups       %d, and %d channels\n", t.Groups, t.Channels)
		fmt.Printf("messages     %d\n", t.Messages)
		fmt.Printf("storage      database %s, %d files %s\n", size(f.DatabaseBytes), t.Files, size(t.FileBytes))
		for _, k := range t.Stored {
			fmt.Printf("  %-10s %d files %s\n", k.Kind, k.Files, size(k.Bytes))
		}
		if f.DiskTotal > 0 {
			fmt.Printf("disk         %s of %s free where files are kept\n", size(f.DiskFree), size(f.DiskTotal))
		}
		delivery := "–"
		if f.Delivered.Count() > 0 {
			delivery = fmt.Sprintf("median %s ms, 99%% within %s ms", delay(f.Delivered, 0.5), delay(f.Delivered, 0.99))
		}
		fmt.Printf("delivery     %s (24 h)\n", delivery)
		fmt.Printf("connections  %s\n\n", connections(f.Sessions))
		days := newTable("DAY", "MESSAGES", "ACTIVE", "7 DAYS", "PEAK CONNECTIONS", "P99 MS", "DATABASE", "FILES")
		for _, d := range f.Days {
			days.row(time.Unix(d.Day*24*60*60, 0).UTC().Format(time.DateOnly), d.Messages, d.Active, d.ActiveWeek, d.PeakSessions,
				delay(d.Delivered, 0.99), size(d.DatabaseBytes), size(d.FileBytes))
		}
		return days.flush()
	})
}

// delay is how long a part of what was delivered took, in milliseconds.
func delay(h admin.Histogram, part float64) string {
	if h.Count() == 0 {
		return "–" // which is not 0
	}
	return fmt.Sprintf("%.1f", h.Quantile(part))
}

func connections(sessions map[string]int64) string {
	all, parts := int64(0), []string{}
	for _, name := range slices.Sorted(maps.Keys(sessions)) {
		all += sessions[name]
		parts = append(parts, fmt.Sprintf("%s %d", name, sessions[name]))
	}
	if len(parts) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", all, strings.Join(parts, ", "))
}

type healthCmd struct {
	place
	Check bool `help:"Look at the numbers of all conversations now, and wait for it."`
}

func (c *healthCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.Accounts) error {
		if c.Check {
			if err := a.Admin.CheckLog(ctx); err != nil {
				return err
			}
		}
		h, err := a.Admin.Health(ctx)
		if err != nil {
			return err
		}
		printHealth(h)
		if n := len(h.Troubles); n > 0 {
			return fmt.Errorf("%d troubles: %s", n, strings.Join(h.Troubles, "; "))
		}
		return nil
	})
}

func printHealth(h *admin.Health) {
	for _, n := range h.Nodes {
		fmt.Printf("node %s: version %s, since %s, last heard %s, connections %s\n", n.Name, n.Version, moment(n.StartedAt), moment(n.SeenAt), connections(n.Sessions))
	}
	for _, f := range h.Followers {
		fmt.Printf("follower %s: %d behind the log\n", f.Name, f.Lag)
	}
	for _, k := range h.Jobs {
		fmt.Printf("jobs %s: %d waiting, %d running, %d failed and tried again, %d given up\n", k.Kind, k.Waiting, k.Running, k.Retrying, k.Lost)
	}
	if h.Backup != nil {
		fmt.Printf("backup: the last by parley backup holds %s\n", moment(h.Backup.At))
	}
	printCheck("log", h.Check)
	printCheck("log, under way", h.Checking)
}

func printCheck(what string, c *admin.LogCheck) {
	if c == nil {
		return
	}
	fmt.Printf("%s: looked at since %s, %d conversations checked, %d of them wrong\n", what, moment(c.StartedAt), c.Checked, c.Wrong)
	for _, e := range c.Examples {
		fmt.Printf("  conversation %d: %s\n", e.ID, e.Trouble)
	}
}
