// Package config is every setting of Parley: its name, default, meaning and
// sources. A setting is one field below; flags, environment variables, file
// keys and the documentation all follow from its tags.
package config

import (
	"net/netip"
	"slices"
	"strings"
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
	PinnedSettings []string  `name:"pinned-settings" group:"Access" placeholder:"SETTING" help:"Settings that administrators may not change while the server runs, of registration, chat.members-can-invite, chat.edit-window-minutes, chat.user-quota-mb, presence.scope; all is all of them, none by default."`
	AllowedOrigins []string  `name:"allowed-origins" group:"Access" placeholder:"ORIGIN" help:"Origins of other sites whose pages may use the API, as https://www.example.com; by default only the server's own."`
	TrustedProxies []Network `name:"trusted-proxies" group:"Access" placeholder:"NETWORK" help:"Addresses or networks (CIDR) of the proxies whose X-Forwarded headers are believed; none by default."`

	Chat     Chat     `embed:"" prefix:"chat." group:"Chat"`
	Log      Log      `embed:"" prefix:"log." group:"Log of events"`
	Presence Presence `embed:"" prefix:"presence." group:"Presence"`
	Topics   Topics   `embed:"" prefix:"topics." group:"Topics"`

	SocketIO SocketIO `embed:"" prefix:"socketio." group:"Socket.IO"`
	Rooms    Rooms    `embed:"" prefix:"rooms." group:"Rooms"`

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
	LinkPreviews           Switch `name:"link-previews" default:"off" help:"Whether the server looks up links in messages and shows title, text and image of the pages: on or off. It then asks addresses that its users name, on the public internet only; who does not want that for his links can say so."`
	EditWindowMinutes      int    `name:"edit-window-minutes" default:"0" min:"0" max:"5256000" help:"Minutes in which a message can be edited; 0 is for ever."`
}

// Log says how long events are kept for clients that were away.
type Log struct {
	KeepDays int `name:"keep-days" default:"90" min:"90" max:"36500" help:"Days that events are kept for clients that were away; the newest 1,000 of a conversation always are. Messages are not touched."`
}

// Topics says where programs outside hear what happens.
type Topics struct {
	NATSPrefix string `name:"nats-prefix" placeholder:"SUBJECT" help:"What stands before the names of topics on NATS, as parley: then messages of all conversations are published there, as parley.chat.message.new. By default nothing is. Needs nats."`
}

// Presence holds the rules of who is seen online.
type Presence struct {
	Scope string `name:"scope" default:"shared" values:"shared,all" help:"Who sees somebody's presence: people who share a conversation, or all."`
}

// SocketIO holds what concerns clients of Socket.IO.
type SocketIO struct {
	Recovery Switch `name:"recovery" default:"off" help:"Whether clients recover what they missed after a short cut: on or off. Durable events then have one argument more, their offset, which handlers for any event see."`
}

// Rooms says who may make disposable rooms, and how long they may live.
type Rooms struct {
	Enabled      Switch `name:"enabled" default:"on" help:"Whether there are disposable rooms: on or off. Off does not end those that there are; their time does."`
	MembersOnly  Switch `name:"members-only" default:"off" help:"Whether only who is signed in may make a room: on or off. Joining one needs no account."`
	PassRequired Switch `name:"pass-required" default:"off" help:"Whether every room has to have a pass phrase: on or off."`
	DefaultTTL   int    `name:"default-ttl-seconds" default:"600" min:"60" max:"86400" help:"Seconds that a room lives after its last message, or after it was made, if its maker says nothing else."`
	MaxTTL       int    `name:"max-ttl-seconds" default:"86400" min:"60" max:"86400" help:"The most that its maker may ask for."`
	MaxLife      int    `name:"max-lifetime-seconds" default:"86400" min:"60" max:"2592000" help:"Seconds after which a room ends whatever is said in it."`
	MemoryOnly   Switch `name:"memory-only" default:"off" help:"Whether rooms are in the server's memory alone, and nothing of them in any file: on or off. When the server stops they end, and both sides are told so. One node only."`
	MemoryMB     int    `name:"memory-mb" default:"256" min:"16" max:"4096" help:"MiB of memory that rooms may take with rooms.memory-only: a quarter for what is said, the rest for files."`
	MaxOpen      int    `name:"max-open" default:"10000" min:"1" max:"1000000" help:"Rooms that there may be at once. Each holds at most 5 MiB of messages and 20 MiB of files."`
	ProofOfWork  int    `name:"proof-of-work" default:"0" min:"0" max:"22" help:"Bits of work that a browser does before it makes a room, against those who make many: each bit doubles it. 18 are about a second of one core of a laptop, a few of a phone. 0 is none."`
	AbuseContact string `name:"abuse-contact" placeholder:"TEXT" help:"Whom to tell of abuse of rooms, as an address that people are shown."`
}

// Limits holds the rate limits, per user where nothing else is said.
type Limits struct {
	Send               Rate `name:"send" default:"30/1m" help:"Messages."`
	Edit               Rate `name:"edit" default:"60/1m" help:"Edits of messages."`
	Commands           Rate `name:"commands" default:"1200/1m" help:"Commands over streams in total."`
	Upload             Rate `name:"upload" default:"10/1m" help:"Uploads."`
	ToolkitSend        Rate `name:"toolkit-send" default:"100/1m" help:"Messages over Socket.IO, instead of limits.send."`
	ToolkitUpload      Rate `name:"toolkit-upload" default:"20/1h" help:"Uploads by POST /upload, instead of limits.upload."`
	Reaction           Rate `name:"reaction" default:"60/1m" help:"Reactions added or toggled."`
	Typing             Rate `name:"typing" default:"60/1m" help:"Typing signals."`
	Draft              Rate `name:"draft" default:"60/1m" help:"Drafts saved."`
	Profile            Rate `name:"profile" default:"30/1h" help:"Changes of one's name or picture."`
	CreateConversation Rate `name:"create-conversation" default:"10/1h" help:"New conversations."`
	Search             Rate `name:"search" default:"30/1m" help:"Searches."`
	REST               Rate `name:"rest" default:"600/1m" help:"REST requests in total."`
	Login              Rate `name:"login" default:"10/1m" help:"Attempts to log in, per address."`
	Register           Rate `name:"register" default:"20/1h" help:"New accounts, per address."`
	RoomCreate         Rate `name:"room-create" default:"30/1h" help:"New rooms, per address (the /24 or /64 that it is in)."`
	RoomJoin           Rate `name:"room-join" default:"20/1m" help:"Attempts to take a seat in a room, per address."`
	RoomPass           Rate `name:"room-pass" default:"5/1m" help:"Attempts at the pass phrase of a room, per room and address."`
	RoomLook           Rate `name:"room-look" default:"120/1m" help:"Looks at rooms from outside, per address."`
	RoomReport         Rate `name:"room-report" default:"5/1h" help:"Reports from rooms to the operator, per address."`
	RoomSend           Rate `name:"room-send" default:"60/1m" help:"Messages in a room, per seat, instead of limits.send."`
}

// Warnings tells what is suspicious about the sources, but no reason not to
// start.
func (c *Config) Warnings() []string {
	return c.warnings
}

// Address is where people reach the server: the public URL, or where it listens.
func (c *Config) Address() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	if strings.HasPrefix(c.Listen, ":") {
		return "http://localhost" + c.Listen
	}
	return "http://" + c.Listen
}

// TrustsProxy reports whether a peer's X-Forwarded headers are to be believed.
func (c *Config) TrustsProxy(peer netip.Addr) bool {
	peer = peer.Unmap().WithZone("")
	return slices.ContainsFunc(c.TrustedProxies, func(n Network) bool { return n.Contains(peer) })
}
