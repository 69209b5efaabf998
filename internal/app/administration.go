package app

import (
	"cmp"
	"crypto/rand"
	"os"
	"strconv"
	"syscall"
	"time"

	"parley/internal/admin"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/gateway"
)

// changeables are the settings that an administrator may change while the server
// runs, and what makes them hold.
func changeables(cfg *config.Config, c *chat.Service, a *auth.Service) (list []admin.Setting) {
	rule := func(change func(*chat.Rules, string)) func(string) {
		return func(value string) { c.ChangeRules(func(r *chat.Rules) { change(r, value) }) }
	}
	number := func(value string) int64 {
		n, _ := strconv.ParseInt(value, 10, 64) // it was checked
		return n
	}
	apply := map[string]func(string){
		"registration":            a.SetRegistration,
		"chat.members-can-invite": rule(func(r *chat.Rules, v string) { r.MembersCanInvite = v == "on" }),
		"chat.edit-window-minutes": rule(func(r *chat.Rules, v string) {
			r.EditWindow = time.Duration(number(v)) * time.Minute
		}),
		"chat.user-quota-mb": rule(func(r *chat.Rules, v string) { r.UserQuota = number(v) << 20 }),
		"presence.scope":     rule(func(r *chat.Rules, v string) { r.PresenceOfAll = v == "all" }),
	}
	for _, v := range cfg.Changeables() {
		list = append(list, admin.Setting{
			Name: v.Name, Help: v.Help, Values: v.Values, Least: v.Least, Greatest: v.Greatest,
			Configured: v.Value, Source: v.Source, Pinned: v.Pinned, Apply: apply[v.Name],
		})
	}
	return list
}

// buildAdmin makes what administrators look at, and what counts for them.
func (n *Node) buildAdmin(b chat.Bus, o Options) {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	n.Admin = admin.New(n.store, b, changeables(&n.config, n.Chat, n.Auth), admin.Options{
		Node: host + "-" + rand.Text()[:6], Version: cmp.Or(o.Version, "dev"), Alone: n.config.Database == "",
		Observe: n.observed, Disk: diskOf(n.config), Clock: o.Clock, Log: n.log,
	})
	n.follow(admin.Counter(n.store))
}

// observed is what this node sees of its connections.
func (n *Node) observed() admin.Observed {
	seen := admin.Observed{Sessions: n.Gateway.Metrics.Sessions(), Delivered: admin.Histogram{}}
	counts, _ := n.Gateway.Metrics.Delivered.Counts()
	for i, count := range counts {
		bound := int64(0) // beyond all
		if i < len(gateway.DelayBounds) {
			bound = gateway.DelayBounds[i].Milliseconds()
		}
		if count > 0 {
			seen.Delivered[bound] = count
		}
	}
	return seen
}

// diskOf tells how much room there is where files are kept; 0 if that is not here.
func diskOf(cfg config.Config) func() (free, total int64) {
	return func() (free, total int64) {
		var disk syscall.Statfs_t
		if err := syscall.Statfs(blobsPath(cfg), &disk); err != nil {
			return 0, 0
		}
		return int64(disk.Bavail * uint64(disk.Bsize)), int64(disk.Blocks * uint64(disk.Bsize))
	}
}
