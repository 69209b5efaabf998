// Package config is every setting of Parley: its name, default, meaning and
// sources. A setting is one field below; flags, environment variables, file
// keys and the documentation all follow from its tags.
package config

import (
	"net/netip"
	"slices"
)

// Config is what the server runs with. Embedded into a kong command, with the
// option From, it reads all its sources and refuses what is not valid.
//
// Tags besides kong's: values lists what a string may be, min and max bound a
// number, also is an older name in file and environment, fallback a variable
// that hosting platforms set.
type Config struct {
	File string `name:"config" group:"General" placeholder:"PATH" help:"Configuration file (YAML). Its keys are the names of the settings, flat or nested at the dots."`

	Listen      string    `name:"listen" group:"General" default:"127.0.0.1:8080" fallback:"PORT" help:"Address that serves everything, as host:port. Without a host it is every address of the machine."`
	AdminListen string    `name:"admin-listen" group:"General" placeholder:"HOST:PORT" help:"Address for metrics and profiling; none by default."`
	PublicURL   string    `name:"public-url" group:"General" placeholder:"URL" help:"Where people reach the server, as https://chat.example.com."`
	Data        string    `name:"data" group:"General" default:"./data" help:"Folder for everything that is kept."`
	Database    SecretURL `name:"database" group:"General" fallback:"DATABASE_URL" placeholder:"URL" help:"PostgreSQL database, as postgres://user@host:5432/parley; by default SQLite in the data folder."`
	NATS        SecretURL `name:"nats" group:"General" placeholder:"URL" help:"NATS server that connects several nodes, as nats://…; by default there is one node."`
	Blobs       SecretURL `name:"blobs" group:"General" placeholder:"PATH" help:"Where files are stored: a folder or s3://…; by default in the data folder."`
	LogLevel    string    `name:"log-level" group:"General" default:"info" values:"debug,info,warn,error" help:"The least important messages that are logged."`
	LogFormat   string    `name:"log-format" group:"General" default:"text" values:"text,json" help:"Form of the log."`

	Registration   string    `name:"registration" group:"Access" default:"open" values:"open,invite,closed" help:"Who may create an account: everybody, people with an invitation, or nobody."`
	UserIDs        string    `name:"user-ids" group:"Access" default:"own" values:"own,external" help:"Whether user ids are Parley's own or those in an application's tokens."`
	JWTSecret      Secret    `name:"jwt-secret" group:"Access" placeholder:"SECRET" help:"Secret that an application signs its users' tokens with (HS256)."`
	JWKSURL        string    `name:"jwks-url" group:"Access" placeholder:"URL" help:"Where an application publishes the keys of its users' tokens."`
	AllowedOrigins []string  `name:"allowed-origins" group:"Access" placeholder:"ORIGIN" help:"Origins of other sites whose pages may use the API, as https://www.example.com; by default only the server's own."`
	TrustedProxies []Network `name:"trusted-proxies" group:"Access" placeholder:"NETWORK" help:"Addresses or networks (CIDR) of the proxies whose X-Forwarded headers are believed; none by default."`

	Chat     Chat     `embed:"" prefix:"chat." group:"Chat"`
	Log      Log      `embed:"" prefix:"log." group:"Log of events"`
	Presence Presence `embed:"" prefix:"presence." group:"Presence"`

	RateLimits Switch `name:"rate-limits" group:"Rate limits" default:"on" help:"Whether the limits below apply: on or off."`
	Limits     Limits `embed:"" prefix:"limits." group:"Rate limits"`

	origins  map[string]string // where a setting's value comes from, if not its default
	warnings []string
}

// Chat holds the rules of conversations.
type Chat struct {
	MaxMessageLength       int    `name:"max-message-length" default:"10000" min:"1" max:"50000" also:"app.chat.max-message-length" help:"Longest message, in characters (Unicode code points)."`
	MaxFileSizeMB          int    `name:"max-file-size-mb" default:"25" min:"1" max:"102400" also:"app.chat.max-file-size-mb" help:"Largest file, in MiB."`
	UserQuotaMB            int    `name:"user-quota-mb" default:"0" min:"0" max:"104857600" help:"MiB of files that one user may have; 0 is as many as he likes."`
	TypingIndicatorTTLSecs int    `name:"typing-indicator-ttl-seconds" default:"5" min:"1" max:"300" also:"app.chat.typing-indicator-ttl-seconds" help:"Seconds without a repeat after which somebody no longer types."`
	PresenceStaleMinutes   int    `name:"presence-stale-threshold-minutes" default:"5" min:"1" max:"1440" also:"app.chat.presence-stale-threshold-minutes" help:"Minutes without activity after which somebody counts as away."`
	MembersCanInvite       Switch `name:"members-can-invite" default:"off" help:"Whether in new groups every member may add people: on or off."`
	EditWindowMinutes      int    `name:"edit-window-minutes" default:"0" min:"0" max:"5256000" help:"Minutes in which a message can be edited; 0 is for ever."`
}

// Log says how long events are kept for clients that were away.
type Log struct {
	KeepDays int `name:"keep-days" default:"90" min:"90" max:"36500" help:"Days that events are kept for clients that were away; the newest 1,000 of a conversation always are. Messages are not touched."`
}

// Presence holds the rules of who is seen online.
type Presence struct {
	Scope string `name:"scope" default:"shared" values:"shared,all" help:"Who sees somebody's presence: people who share a conversation, or all."`
}

// Limits holds the rate limits, per user where nothing else is said.
type Limits struct {
	Send               Rate `name:"send" default:"30/1m" help:"Messages."`
	Edit               Rate `name:"edit" default:"60/1m" help:"Edits of messages."`
	Commands           Rate `name:"commands" default:"1200/1m" help:"Commands over streams in total."`
	Upload             Rate `name:"upload" default:"10/1m" help:"Uploads."`
	Reaction           Rate `name:"reaction" default:"60/1m" help:"Reactions added or toggled."`
	Typing             Rate `name:"typing" default:"60/1m" help:"Typing signals."`
	CreateConversation Rate `name:"create-conversation" default:"10/1h" help:"New conversations."`
	Search             Rate `name:"search" default:"30/1m" help:"Searches."`
	REST               Rate `name:"rest" default:"600/1m" help:"REST requests in total."`
	Login              Rate `name:"login" default:"10/1m" help:"Attempts to log in, per address."`
	Register           Rate `name:"register" default:"20/1h" help:"New accounts, per address."`
}

// Warnings tells what is suspicious about the sources, but no reason not to
// start.
func (c *Config) Warnings() []string {
	return c.warnings
}

// TrustsProxy reports whether a peer's X-Forwarded headers are to be believed.
func (c *Config) TrustsProxy(peer netip.Addr) bool {
	peer = peer.Unmap().WithZone("")
	return slices.ContainsFunc(c.TrustedProxies, func(n Network) bool { return n.Contains(peer) })
}
