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
	"net"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"time"

	"parley/internal/admin"
	"parley/internal/auth"
	"parley/internal/blob"
	"parley/internal/bus"
	"parley/internal/bus/nats"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/files"
	"parley/internal/follow"
	"parley/internal/gateway"
	topicsgateway "parley/internal/gateway/topics"
	"parley/internal/hub"
	"parley/internal/jobs"
	"parley/internal/lifecycle"
	"parley/internal/presence"
	"parley/internal/preview"
	"parley/internal/ratelimit"
	"parley/internal/rest"
	"parley/internal/search"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/sqlite"
	"parley/internal/topics"
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
	// AllowLink says which addresses are asked for previews; nil: those of the public
	// internet. For tests.
	AllowLink func(netip.AddrPort) error

	within *Node // of which this is the memory; nil: this is a whole one
}

// Node is one Parley server.
type Node struct {
	Chat     *chat.Service
	Auth     *auth.Service
	Admin    *admin.Service
	Hub      *hub.Hub
	Presence *presence.Tracker
	Gateway  *gateway.Server

	files       *files.Service
	blobs       *blob.Disk       // nil: in memory
	previews    *preview.Service // nil: links are not looked up
	typing      *presence.Typing
	names       *names
	rooms       *rooms
	memory      *Node // where rooms are that are only in memory; nil: here
	topics      *topics.Service
	consumers   *topicsgateway.Handler
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
	if err := errors.Join(canListen(ctx, cfg.Listen), canListen(ctx, cfg.AdminListen)); err != nil {
		return err
	}
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
	if err := lifecycle.Run(ctx, stopWithin, ready, n.Parts()...); err != nil {
		n.log.Error("stopped", "error", err)
		return err
	}
	n.log.Info("stopped")
	return nil
}

// canListen fails at once if an address is taken, before anything else is begun.
func canListen(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	return l.Close()
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

func newChat(st chat.Store, b chat.Bus, cfg config.Config, ownNames []byte, clock func() time.Time, log *slog.Logger) *chat.Service {
	return chat.New(st, b, chat.Options{
		Rules: chat.Rules{
			MaxMessageLength: cfg.Chat.MaxMessageLength, MaxFileSizeMb: cfg.Chat.MaxFileSizeMB,
			UserQuota:        int64(cfg.Chat.UserQuotaMB) << 20,
			MembersCanInvite: cfg.Chat.MembersCanInvite.On, EditWindow: time.Duration(cfg.Chat.EditWindowMinutes) * time.Minute,
			PresenceOfAll: cfg.Presence.Scope == "all",
		},
		Rooms: roomRules(cfg, ownNames),
		Limits: chat.Limits{
			Send: limit[chat.UserID](cfg, cfg.Limits.Send), Edit: limit[chat.UserID](cfg, cfg.Limits.Edit), React: limit[chat.UserID](cfg, cfg.Limits.Reaction),
			Typing: limit[chat.UserID](cfg, cfg.Limits.Typing), Draft: limit[chat.UserID](cfg, cfg.Limits.Draft), Profile: limit[chat.UserID](cfg, cfg.Limits.Profile),
			CreateConversation: limit[chat.UserID](cfg, cfg.Limits.CreateConversation), Upload: limit[chat.UserID](cfg, cfg.Limits.Upload),
			ToolkitSend: limit[chat.UserID](cfg, cfg.Limits.ToolkitSend), ToolkitUpload: limit[chat.UserID](cfg, cfg.Limits.ToolkitUpload),
			RoomSend: limit[chat.UserID](cfg, cfg.Limits.RoomSend),
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
	if o.within != nil {
		n.figures = o.within.figures
	}
	n.Chat = newChat(n.store, b, cfg, n.ownNames(o), o.Clock, n.log)
	if n.Auth, err = newAuth(ctx, n.store, b, cfg, o.Clock, n.log); err != nil {
		return err
	}
	n.buildAdmin(b, o)
	n.jobs, err = jobs.New(n.store.Queue(), jobs.Services{
		Chat: n.Chat, Auth: n.Auth, Admin: n.Admin, KeepLog: time.Duration(cfg.Log.KeepDays) * 24 * time.Hour,
	}, jobs.Options{Log: n.log, Alone: cfg.Database == ""})
	if err != nil {
		return err
	}
	hubOptions := hub.Options{Log: n.log}
	if n.cluster != nil {
		hubOptions.Interest = n.cluster
		hubOptions.Blind = func() bool { return !n.cluster.Connected() }
	}
	n.names = newNames(n.Chat)
	n.Hub = hub.New(namedLog{n.Chat, n.names}, hubOptions)
	n.Presence = presence.New(b, n.Chat, time.Duration(cfg.Chat.PresenceStaleMinutes)*time.Minute, n.log)
	n.typing = presence.NewTyping(n.typingTTL())
	blobs, err := n.openBlobs(o)
	if err != nil {
		return err
	}
	n.files = files.New(files.Options{Chat: n.Chat, Store: n.store, Blobs: blobs, Key: n.Auth.Key("url"), Log: n.log})
	if err := n.buildTopics(o.Clock); err != nil {
		return err
	}
	n.follow(search.Indexer(n.store))
	if err := n.buildPreviews(ctx, blobs, o); err != nil {
		return err
	}
	n.subscribe(b)
	n.buildRooms(b)
	if n.cluster != nil {
		n.cluster.OnLost(func() {
			n.Hub.Lost()
			n.Presence.Lost()
			n.rooms.presence.Lost()
		})
	}
	n.Gateway = n.newGateway()
	if err := n.buildMemory(ctx, o); err != nil {
		return err
	}
	n.rest = rest.New(rest.Options{
		Chat: n.Chat, Auth: n.accounts(o), Presence: n.Presence, Files: n.files, Admin: n.Admin, Shown: n.names.shown,
		Limits: rest.Limits{
			Total: limit[chat.UserID](cfg, cfg.Limits.REST), Search: limit[chat.UserID](cfg, cfg.Limits.Search),
			Login: limit[netip.Prefix](cfg, cfg.Limits.Login), Register: limit[netip.Prefix](cfg, cfg.Limits.Register),
		},
		Rooms:       n.restRooms(o),
		TrustsProxy: cfg.TrustsProxy, AllowedOrigins: cfg.AllowedOrigins, PublicURL: cfg.PublicURL,
		Log: n.log, Version: o.Version, Observe: n.figures.observe, Shutdown: n.leaving.Load,
	})
	n.http = newListener("http", cfg.Listen, n.handler())
	if cfg.AdminListen != "" {
		n.admin = newListener("admin", cfg.AdminListen, n.adminHandler())
	}
	return nil
}

// openBlobs opens where files are.
func (n *Node) openBlobs(o Options) (blobs blob.Store, err error) {
	if o.within != nil {
		return blob.NewMemory(int64(n.config.Rooms.MemoryMB) << 20 * 3 / 4), nil
	}
	if n.blobs, err = blob.OpenDisk(blobsPath(n.config)); err != nil {
		return nil, err
	}
	if o.Blobs != nil {
		return o.Blobs(n.blobs), nil
	}
	return n.blobs, nil
}

func (n *Node) closeBlobs(context.Context) error {
	if n.blobs == nil {
		return nil
	}
	return n.blobs.Close()
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
