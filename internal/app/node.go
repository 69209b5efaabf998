// Package app wires everything together. It is the only package that knows all
// others.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"time"

	"parley/internal/auth"
	"parley/internal/blob"
	"parley/internal/bus"
	"parley/internal/bus/nats"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/files"
	"parley/internal/follow"
	"parley/internal/gateway"
	"parley/internal/hub"
	"parley/internal/jobs"
	"parley/internal/lifecycle"
	"parley/internal/presence"
	"parley/internal/ratelimit"
	"parley/internal/rest"
	"parley/internal/search"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/sqlite"
)

// Options of a node beside its configuration. All may be left out.
type Options struct {
	Version string
	Ready   io.Writer // gets one line with the address when the server is ready
	Logs    io.Writer // gets the log
	// Bus stands before the bus; for tests that try what a bad one does.
	Bus func(chat.Bus) chat.Bus
	// Clock is the time that is written down and compared with what was written
	// down; nil: the machine's. For tests of nodes whose clocks differ.
	Clock func() time.Time
	// Blobs stands before the store of files; for tests of what a full one does.
	Blobs func(blob.Store) blob.Store
}

// Node is one Parley server.
type Node struct {
	Chat     *chat.Service
	Auth     *auth.Service
	Hub      *hub.Hub
	Presence *presence.Tracker
	Gateway  *gateway.Server

	files       *files.Service
	blobs       *blob.Disk
	typing      *presence.Typing
	followers   []*follow.Follower
	unsubscribe []func()

	config  config.Config
	log     *slog.Logger
	version string
	store   *store.Store
	jobs    *jobs.Runner
	cluster *nats.Bus // nil: this is the only node
	rest    *rest.API
	http    *listener
	admin   *listener // nil: none
	figures *figures
	leaving atomic.Bool
}

// stopWithin is what a shutdown may take (contracts/core.md, "Running it").
const stopWithin = 9 * time.Second

// Run serves until ctx is done, then drains and returns nil.
func Run(ctx context.Context, cfg config.Config, o Options) error {
	n, err := New(ctx, cfg, o)
	if err != nil {
		return err
	}
	ready := func() {
		n.log.Info("ready", "address", n.URL(), "version", o.Version)
		if o.Ready != nil {
			fmt.Fprintf(o.Ready, "Parley is ready at %s\n", n.URL())
		}
	}
	err = lifecycle.Run(ctx, stopWithin, ready, n.Parts()...)
	n.log.Info("stopped")
	return err
}

// New builds a node on its database. It serves when its Parts have started.
func New(ctx context.Context, cfg config.Config, o Options) (*Node, error) {
	n := &Node{config: cfg, log: newLogger(cfg, o.Logs), version: o.Version}
	for _, w := range cfg.Warnings() {
		n.log.Warn(w)
	}
	var err error
	if n.store, err = openStore(ctx, cfg, n.log); err != nil {
		return nil, err
	}
	b, err := n.connect(ctx)
	if err != nil {
		return nil, errors.Join(err, n.store.Close())
	}
	if o.Bus != nil {
		b = o.Bus(b)
	}
	if err := n.build(ctx, b, o); err != nil {
		return nil, errors.Join(err, n.closeBus(ctx), n.store.Close())
	}
	return n, nil
}

// connect makes the bus: between nodes if there are several.
func (n *Node) connect(ctx context.Context) (chat.Bus, error) {
	if n.config.NATS == "" {
		return bus.NewLocal(), nil
	}
	name, err := clusterName(ctx, n.store)
	if err != nil {
		return nil, err
	}
	n.cluster, err = nats.New(nats.Options{URL: string(n.config.NATS), Prefix: "parley." + name, Log: n.log})
	return n.cluster, err
}

// clusterName tells the deployments on one NATS apart. It is made at the first
// start and kept in the database that the nodes share.
func clusterName(ctx context.Context, st *store.Store) (name string, err error) {
	err = st.WriteAccounts(ctx, func(tx auth.Tx) (err error) {
		name, err = tx.ServerKey(ctx, "cluster", rand.Text(), time.Now())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the cluster's name: %w", err)
	}
	return name, nil
}

func (n *Node) closeBus(ctx context.Context) error {
	if n.cluster == nil {
		return nil
	}
	return n.cluster.Close(ctx)
}

func newLogger(cfg config.Config, to io.Writer) *slog.Logger {
	if to == nil {
		return slog.New(slog.DiscardHandler)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, o))
	}
	return slog.New(slog.NewTextHandler(to, o))
}

// openStore opens the deployment's database and brings its schema up to date.
func openStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*store.Store, error) {
	return openDatabase(ctx, cfg, log, false)
}

// lookInto opens the deployment's database and changes nothing.
func lookInto(ctx context.Context, cfg config.Config, log *slog.Logger) (*store.Store, error) {
	return openDatabase(ctx, cfg, log, true)
}

func openDatabase(ctx context.Context, cfg config.Config, log *slog.Logger, asItIs bool) (st *store.Store, err error) {
	if cfg.Database != "" {
		st, err = postgres.Open(ctx, string(cfg.Database), postgres.Options{Log: log, AsItIs: asItIs})
	} else {
		st, err = sqlite.Open(ctx, databasePath(cfg), sqlite.Options{Log: log, AsItIs: asItIs})
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return st, nil
}

func databasePath(cfg config.Config) string { return filepath.Join(cfg.Data, "parley.db") }

// Migrate brings the database's schema up to date and returns its version.
func Migrate(ctx context.Context, cfg config.Config) (int64, error) {
	if cfg.Database != "" {
		return postgres.Migrate(ctx, string(cfg.Database))
	}
	return sqlite.Migrate(ctx, databasePath(cfg))
}

func newChat(st chat.Store, b chat.Bus, cfg config.Config, clock func() time.Time, log *slog.Logger) *chat.Service {
	return chat.New(st, b, chat.Options{
		Rules: chat.Rules{
			MaxMessageLength: cfg.Chat.MaxMessageLength, MaxFileSizeMb: cfg.Chat.MaxFileSizeMB,
			UserQuota:        int64(cfg.Chat.UserQuotaMB) << 20,
			MembersCanInvite: cfg.Chat.MembersCanInvite.On, EditWindow: time.Duration(cfg.Chat.EditWindowMinutes) * time.Minute,
			PresenceOfAll: cfg.Presence.Scope == "all",
		},
		Limits: chat.Limits{
			Send: limit[chat.UserID](cfg, cfg.Limits.Send), Edit: limit[chat.UserID](cfg, cfg.Limits.Edit), React: limit[chat.UserID](cfg, cfg.Limits.Reaction),
			Typing: limit[chat.UserID](cfg, cfg.Limits.Typing), CreateConversation: limit[chat.UserID](cfg, cfg.Limits.CreateConversation), Upload: limit[chat.UserID](cfg, cfg.Limits.Upload),
		},
		Clock: clock, Log: log,
	})
}

// limit makes a limiter of a setting; nil, which allows everything, if limits
// are off.
func limit[K comparable](cfg config.Config, r config.Rate) *ratelimit.Limiter[K] {
	if !cfg.RateLimits.On {
		return nil
	}
	return ratelimit.New[K](ratelimit.Rate{Limit: r.Limit, Per: r.Per, Burst: r.Limit})
}

func newAuth(ctx context.Context, st *store.Store, b chat.Bus, cfg config.Config, clock func() time.Time, log *slog.Logger) (*auth.Service, error) {
	return auth.New(ctx, st, b, auth.Options{Registration: cfg.Registration, Clock: clock, Log: log})
}

func (n *Node) build(ctx context.Context, b chat.Bus, o Options) (err error) {
	cfg := n.config
	n.figures = newFigures()
	n.Chat = newChat(n.store, b, cfg, o.Clock, n.log)
	if n.Auth, err = newAuth(ctx, n.store, b, cfg, o.Clock, n.log); err != nil {
		return err
	}
	n.jobs, err = jobs.New(n.store.Queue(), jobs.Services{
		Chat: n.Chat, Auth: n.Auth, KeepLog: time.Duration(cfg.Log.KeepDays) * 24 * time.Hour,
	}, jobs.Options{Log: n.log, Alone: cfg.Database == ""})
	if err != nil {
		return err
	}
	hubOptions := hub.Options{Log: n.log}
	if n.cluster != nil {
		hubOptions.Interest = n.cluster
		hubOptions.Blind = func() bool { return !n.cluster.Connected() }
	}
	n.Hub = hub.New(n.Chat, hubOptions)
	n.Presence = presence.New(b, n.Chat, time.Duration(cfg.Chat.PresenceStaleMinutes)*time.Minute, n.log)
	if n.cluster != nil {
		n.cluster.OnLost(func() {
			n.Hub.Lost()
			n.Presence.Lost()
		})
	}
	n.typing = presence.NewTyping(n.typingTTL())
	if n.blobs, err = blob.OpenDisk(blobsPath(cfg)); err != nil {
		return err
	}
	var blobs blob.Store = n.blobs
	if o.Blobs != nil {
		blobs = o.Blobs(blobs)
	}
	n.files = files.New(files.Options{Chat: n.Chat, Store: n.store, Blobs: blobs, Key: n.Auth.Key("url"), Log: n.log})
	n.followers = []*follow.Follower{follow.New(search.Indexer(n.store), n.store, func() bool { return n.store.Waiting() > 0 }, n.log)}
	n.subscribe(b)
	n.Gateway = n.newGateway()
	n.rest = rest.New(rest.Options{
		Chat: n.Chat, Auth: n.Auth, Presence: n.Presence, Files: n.files,
		Limits: rest.Limits{
			Total: limit[chat.UserID](cfg, cfg.Limits.REST), Search: limit[chat.UserID](cfg, cfg.Limits.Search),
			Login: limit[netip.Prefix](cfg, cfg.Limits.Login), Register: limit[netip.Prefix](cfg, cfg.Limits.Register),
		},
		TrustsProxy: cfg.TrustsProxy, AllowedOrigins: cfg.AllowedOrigins, PublicURL: cfg.PublicURL,
		Log: n.log, Version: o.Version, Observe: n.figures.observe, Shutdown: n.leaving.Load,
	})
	n.http = newListener("http", cfg.Listen, n.handler())
	if cfg.AdminListen != "" {
		n.admin = newListener("admin", cfg.AdminListen, n.adminHandler())
	}
	return nil
}

func (n *Node) typingTTL() time.Duration {
	return time.Duration(n.config.Chat.TypingIndicatorTTLSecs) * time.Second
}

// tokens lets the gateway ask auth.
type tokens struct{ auth *auth.Service }

func (t tokens) Authenticate(ctx context.Context, token string) (gateway.Identity, error) {
	id, err := t.auth.Authenticate(ctx, token)
	return gateway.Identity{Actor: id.Actor, Expires: id.Expires, Again: func(ctx context.Context) error {
		_, err := t.auth.Authenticate(ctx, token)
		return err
	}}, err
}
