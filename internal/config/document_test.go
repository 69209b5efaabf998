package config

import (
	"strings"
	"testing"
)

func TestDocumentCoversEverySetting(t *testing.T) {
	var doc strings.Builder
	if err := Document(&doc); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings(&Config{}) {
		if strings.Count(doc.String(), "| `"+s.Name+"` | `"+s.env()+"` |") != 1 {
			t.Errorf("%s is not documented once", s.Name)
		}
		if s.Help == "" || s.Group == nil || !strings.HasSuffix(s.Help, ".") {
			t.Errorf("%s has no description or group", s.Name)
		}
	}
	for _, want := range []string{
		"| `listen` | `PARLEY_LISTEN` | `127.0.0.1:8080` |", "If nothing sets it, `PORT` does.",
		"Also `app.chat.max-file-size-mb` in the file and `APP_CHAT_MAX_FILE_SIZE_MB`.", "From 1 to 50000.",
		"One of debug, info, warn, error.", "## Rate limits", "| `limits.send` | `PARLEY_LIMITS_SEND` | `30/1m` | Messages. |",
	} {
		if !strings.Contains(doc.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// The example in the documentation is one that works.
func TestDocumentedExample(t *testing.T) {
	_, example, _ := strings.Cut(introduction, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	c := load(t, []string{"--config", write(t, example)}, nil)
	if c.Listen != "0.0.0.0:8080" || c.Chat.MaxFileSizeMB != 100 || c.Limits.Send.Limit != 60 || len(c.TrustedProxies) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestShow(t *testing.T) {
	c := load(t, []string{"--listen=:1", "--trusted-proxies=10.0.0.0/8,::1"}, []string{"PARLEY_LIMITS_SEND=5/1s"})
	c.JWTSecret = "hunter2"
	var out strings.Builder
	if err := Show(&out, c); err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(out.String()) {
		name, rest, _ := strings.Cut(line, " ")
		lines[name] = strings.Join(strings.Fields(rest), " ")
	}
	for name, want := range map[string]string{
		"listen": ":1 --listen", "trusted-proxies": "10.0.0.0/8,::1 --trusted-proxies", "limits.send": "5/1s PARLEY_LIMITS_SEND",
		"limits.register": "20/1h default", "jwt-secret": "*** default", "rate-limits": "on default", "chat.max-message-length": "10000 default",
	} {
		if lines[name] != want {
			t.Errorf("%s: %q, want %q", name, lines[name], want)
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("a secret is shown")
	}
}
