package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "parley.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, args, environ []string) Config {
	t.Helper()
	c, err := Load(args, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	c := load(t, nil, nil)
	per := func(limit int, per time.Duration) Rate { return Rate{Limit: limit, Per: per} }
	want := Config{
		Listen: "127.0.0.1:8080", Data: "./data", LogLevel: "info", LogFormat: "text", Registration: "open", UserIDs: "own",
		Chat:       Chat{MaxMessageLength: 10000, MaxFileSizeMB: 25, TypingIndicatorTTLSecs: 5, PresenceStaleMinutes: 5},
		Log:        Log{KeepDays: 90},
		Presence:   Presence{Scope: "shared"},
		Rooms:      Rooms{Enabled: Switch{On: true}, DefaultTTL: 600, MaxTTL: 86400, MaxLife: 86400, MemoryMB: 256, MaxOpen: 10000},
		RateLimits: Switch{On: true},
		Limits: Limits{
			Send: per(30, time.Minute), Edit: per(60, time.Minute), Commands: per(1200, time.Minute), Upload: per(10, time.Minute), ToolkitSend: per(100, time.Minute), ToolkitUpload: per(20, time.Hour), Reaction: per(60, time.Minute), Typing: per(60, time.Minute), Draft: per(60, time.Minute), Profile: per(30, time.Hour),
			CreateConversation: per(10, time.Hour), Search: per(30, time.Minute), REST: per(600, time.Minute),
			Login: per(10, time.Minute), Register: per(20, time.Hour),
			RoomCreate: per(30, time.Hour), RoomJoin: per(20, time.Minute), RoomPass: per(5, time.Minute), RoomLook: per(120, time.Minute), RoomReport: per(5, time.Hour), RoomSend: per(60, time.Minute),
		},
	}
	if diff := cmp.Diff(want, c, cmp.FilterPath(isUnexported, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if len(c.Warnings()) > 0 {
		t.Error(c.Warnings())
	}
}

func isUnexported(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && !strings.ContainsAny(field.Name()[:1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

func TestSourcesInOrder(t *testing.T) {
	path := write(t, "listen: file:1\ndata: file\nlog-level: warn\nlog-format: json\n")
	args := []string{"--config", path, "--listen", "flag:1"}
	environ := []string{"PARLEY_LISTEN=env:1", "PARLEY_DATA=env", "PARLEY_LOG_LEVEL=", "PORT=99"}
	c := load(t, args, environ)
	got := []string{c.Listen, c.Data, c.LogLevel, c.LogFormat, c.Registration}
	if diff := cmp.Diff([]string{"flag:1", "env", "warn", "json", "open"}, got); diff != "" {
		t.Error(diff)
	}
	origins := []string{c.origin("listen"), c.origin("data"), c.origin("log-level"), c.origin("registration")}
	if diff := cmp.Diff([]string{"--listen", "PARLEY_DATA", path, "default"}, origins); diff != "" {
		t.Error(diff)
	}
}

func TestOlderNamesAndFallbacks(t *testing.T) {
	older := write(t, "app:\n  chat:\n    max-message-length: 7\n    max-file-size-mb: 8\n")
	both := write(t, "app.chat.max-message-length: 7\nchat.max-message-length: 6\n")
	tests := []struct {
		name          string
		args, environ []string
		get           func(Config) any
		want          any
	}{
		{"file", []string{"--config", older}, nil, func(c Config) any { return c.Chat.MaxMessageLength }, 7},
		{"file named by the environment", nil, []string{"PARLEY_CONFIG=" + older}, func(c Config) any { return c.Chat.MaxFileSizeMB }, 8},
		{"own name before the older one", []string{"--config", both}, nil, func(c Config) any { return c.Chat.MaxMessageLength }, 6},
		{"older variable before the older key", []string{"--config", older}, []string{"APP_CHAT_MAX_MESSAGE_LENGTH=5"}, func(c Config) any { return c.Chat.MaxMessageLength }, 5},
		{"own key before the older variable", []string{"--config", both}, []string{"APP_CHAT_MAX_MESSAGE_LENGTH=5"}, func(c Config) any { return c.Chat.MaxMessageLength }, 6},
		{"typing", nil, []string{"APP_CHAT_TYPING_INDICATOR_TTL_SECONDS=9"}, func(c Config) any { return c.Chat.TypingIndicatorTTLSecs }, 9},
		{"presence", nil, []string{"APP_CHAT_PRESENCE_STALE_THRESHOLD_MINUTES=9"}, func(c Config) any { return c.Chat.PresenceStaleMinutes }, 9},
		{"port", nil, []string{"PORT=3000"}, func(c Config) any { return c.Listen }, ":3000"},
		{"own name before the port", nil, []string{"PORT=3000", "PARLEY_LISTEN=:4000"}, func(c Config) any { return c.Listen }, ":4000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.get(load(t, tt.args, tt.environ)); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestEveryFormOfValue(t *testing.T) {
	path := write(t, `
rate-limits: off
allowed-origins: [https://a.example, "http://b.example:8080"]
trusted-proxies:
  - 10.0.0.0/8
  - 192.0.2.1
chat:
  members-can-invite: true
  edit-window-minutes: 15
limits: {send: 5/10s, rest: off}
presence:
public-url:
`)
	c := load(t, []string{"--config=" + path, "--limits.login", "3/1m"}, []string{"PARLEY_LIMITS_CREATE_CONVERSATION=1/24h"})
	if c.RateLimits.On || !c.Chat.MembersCanInvite.On || c.Chat.EditWindowMinutes != 15 {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff([]string{"https://a.example", "http://b.example:8080"}, c.AllowedOrigins); diff != "" {
		t.Error(diff)
	}
	rates := []string{c.Limits.Send.String(), c.Limits.REST.String(), c.Limits.Login.String(), c.Limits.CreateConversation.String()}
	if diff := cmp.Diff([]string{"5/10s", "off", "3/1m", "1/24h"}, rates); diff != "" {
		t.Error(diff)
	}
	lists := load(t, []string{"--allowed-origins", "https://a.example,https://b.example"}, []string{"PARLEY_TRUSTED_PROXIES=::1,10.0.0.0/8"})
	if len(lists.AllowedOrigins) != 2 || len(lists.TrustedProxies) != 2 {
		t.Errorf("%v, %v", lists.AllowedOrigins, lists.TrustedProxies)
	}
}

func TestTrustsProxy(t *testing.T) {
	c := load(t, []string{"--trusted-proxies", "10.1.2.3/8,192.0.2.1,fd00::/8"}, nil)
	for addr, want := range map[string]bool{
		"10.9.9.9": true, "11.0.0.1": false, "192.0.2.1": true, "192.0.2.2": false,
		"::ffff:10.0.0.1": true, "fd12::1": true, "fe80::1%eth0": false,
	} {
		if got := c.TrustsProxy(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	nobody := load(t, nil, nil)
	if nobody.TrustsProxy(netip.MustParseAddr("127.0.0.1")) || nobody.TrustsProxy(netip.Addr{}) {
		t.Error("somebody is trusted by default")
	}
}

func TestUnknownKeysInTheFile(t *testing.T) {
	for key, want := range map[string]string{
		"lisen":                     `unknown key "lisen" in FILE (the nearest known one is "listen")`,
		"chat.max-mesage-length":    `(the nearest known one is "chat.max-message-length")`,
		"config":                    `unknown key "config"`,
		"app.chat.members":          `unknown key "app.chat.members"`,
		"app.chat.typing-indicator": `unknown key`,
	} {
		path := write(t, key+": 1\ndata: x\n")
		_, err := Load([]string{"--config", path}, nil)
		if err == nil || !strings.Contains(err.Error(), strings.Replace(want, "FILE", path, 1)) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	paths := map[string]string{
		"missing":   filepath.Join(t.TempDir(), "missing.yaml"),
		"broken":    write(t, "listen: [\n"),
		"no map":    write(t, "- a\n- b\n"),
		"twice":     write(t, "data: a\ndata: b\n"),
		"directory": t.TempDir(),
	}
	for name, path := range paths {
		if _, err := Load([]string{"--config", path}, nil); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load([]string{"--config", write(t, "")}, nil); err != nil {
		t.Errorf("empty: %v", err)
	}
}

func TestUnknownVariablesAreWarnings(t *testing.T) {
	c := load(t, nil, []string{"PARLEY_LISTN=x", "PARLEY_CONFIG=", "PARLEY_EMPTY=", "PARLEYX=1", "HOME=/", "PARLEY_A=b", "broken"})
	want := []string{
		"unknown environment variable PARLEY_A (the nearest known one is PARLEY_DATA)",
		"unknown environment variable PARLEY_LISTN (the nearest known one is PARLEY_LISTEN)",
	}
	if diff := cmp.Diff(want, c.Warnings()); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsNameSettingSourceAndValue(t *testing.T) {
	path := write(t, "registration: opne\nchat.max-message-length: 0\nlimits.send: many\n")
	tests := []struct {
		name          string
		args, environ []string
		want          []string
	}{
		{"variable", nil, []string{"PARLEY_CHAT_MAX_FILE_SIZE_MB=big"}, []string{"chat.max-file-size-mb", "PARLEY_CHAT_MAX_FILE_SIZE_MB", `"big"`}},
		{"rate in the file", []string{"--config", path}, nil, []string{"limits.send", path, `"many"`}},
		{"rate in a flag", []string{"--limits.send=many"}, nil, []string{"--limits.send", `"many"`}},
		{"number in a flag", []string{"--chat.max-message-length=x"}, nil, []string{"--chat.max-message-length", `"x"`}},
		{"switch", nil, []string{"PARLEY_RATE_LIMITS=maybe"}, []string{"rate-limits", "PARLEY_RATE_LIMITS", `"maybe"`}},
		{"network", nil, []string{"PARLEY_TRUSTED_PROXIES=10.0.0.0/8,proxy"}, []string{"trusted-proxies", "PARLEY_TRUSTED_PROXIES", `"proxy"`}},
		{"one of several", nil, []string{"PARLEY_REGISTRATION=opne"}, []string{"registration", "PARLEY_REGISTRATION", `"opne"`, "open, invite, closed"}},
		{"one of several in a flag", []string{"--log-level", "loud"}, nil, []string{"log-level", "--log-level", `"loud"`}},
		{"too great", nil, []string{"PARLEY_CHAT_MAX_MESSAGE_LENGTH=50001"}, []string{"chat.max-message-length", "50001", "between 1 and 50000"}},
		{"older name", nil, []string{"APP_CHAT_MAX_FILE_SIZE_MB=0"}, []string{"chat.max-file-size-mb", "APP_CHAT_MAX_FILE_SIZE_MB", "0"}},
		{"port", nil, []string{"PORT=http"}, []string{"listen", "PORT", `":http"`}},
		{"several at once", nil, []string{"PARLEY_RATE_LIMITS=x", "PARLEY_LIMITS_SEND=y"}, []string{`"x"`, `"y"`}},
		{"unknown flag", []string{"--lisen=x"}, nil, []string{"--lisen"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.args, tt.environ)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not mention %s", err, want)
				}
			}
		})
	}
}

func TestInsideACommandLine(t *testing.T) {
	var cli struct {
		Serve struct {
			Config
		} `cmd:""`
		Check struct {
			Settings Config `embed:""`
			Strict   bool
		} `cmd:""`
	}
	var help strings.Builder
	parser := kong.Must(&cli, kong.Name("parley"), kong.Writers(&help, &help), kong.Exit(func(int) {}), From([]string{"PARLEY_DATA=/srv", "PARLEY_X=1"}))
	if _, err := parser.Parse([]string{"serve", "--listen", ":1"}); err != nil {
		t.Fatal(err)
	}
	if c := cli.Serve.Config; c.Listen != ":1" || c.Data != "/srv" || len(c.Warnings()) != 1 {
		t.Errorf("%+v", c)
	}
	if _, err := parser.Parse([]string{"check", "--strict", "--user-ids=external"}); err == nil || !strings.Contains(err.Error(), "user-ids (from --user-ids)") {
		t.Error(err)
	}
	_, _ = parser.Parse([]string{"serve", "--help"})
	unwrapped := strings.Join(strings.Fields(help.String()), " ")
	for _, want := range []string{"--limits.send=30/1m", "[$PARLEY_LIMITS_SEND]", "One of open, invite, closed.", "Rate limits"} {
		if !strings.Contains(unwrapped, want) {
			t.Errorf("help does not mention %s:\n%s", want, &help)
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{"listen: :1", "chat: {}", "chat:\n  max-message-length: 5", "app.chat: ~", "limits: [1]", "trusted-proxies: [1, {a: b}]", "? [a]\n: b", "data: 2020-01-01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "parley.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load([]string{"--config", path}, nil)
		if err == nil && c.Validate() != nil {
			t.Errorf("loaded, but %v", c.Validate())
		}
	})
}
