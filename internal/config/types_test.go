package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNeverShown(t *testing.T) {
	type holder struct {
		Secret  Secret
		Address SecretURL
	}
	h := holder{"hunter2", "postgres://ann:hunter2@db:5432/parley?password=hunter2"}
	shown := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown[verb] = fmt.Sprintf(verb, h)
		shown["pointer "+verb] = fmt.Sprintf(verb, &h)
		shown["plain "+verb] = fmt.Sprintf(verb+" "+verb, h.Secret, h.Address)
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	shown["JSON"] = string(encoded)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", h.Secret, "address", h.Address, "all", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", h.Secret, "address", h.Address, "all", h)
	shown["log"] = log.String()
	for how, text := range shown {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") || !strings.Contains(text, "***") {
			t.Errorf("%s: %s", how, text)
		}
	}
	if string(h.Secret) != "hunter2" {
		t.Error("the secret cannot be used")
	}
}

func TestSecretURL(t *testing.T) {
	tests := []struct {
		in   SecretURL
		want string
	}{
		{"", ""},
		{"postgres://db/parley", "postgres://db/parley"},
		{"postgres://ann:secret@db:5432/parley?sslmode=disable", "postgres://***@db:5432/parley?***"},
		{"nats://token@bus", "nats://***@bus"},
		{"/srv/files", "/srv/files"},
		{"host=db password=secret", "***"},
		{"ann:secret@db", "***"},
		{"postgres://ann:secret@db:port/x", "***"},
	}
	for _, tt := range tests {
		if got := tt.in.String(); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", string(tt.in), got, tt.want)
		}
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"10.1.2.3/8": "10.0.0.0/8", "10.0.0.1": "10.0.0.1", "fd00::1/8": "fd00::/8",
		" ::1 ":           "::1", //nolint:gocritic // that spaces are trimmed is tested
		"::ffff:10.0.0.1": "10.0.0.1", "0.0.0.0/0": "0.0.0.0/0",
	} {
		var n Network
		if err := n.UnmarshalText([]byte(in)); err != nil || n.String() != want {
			t.Errorf("%q: %v, %v", in, n, err)
		}
	}
	for _, in := range []string{"", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "::ffff:10.0.0.0/104", "*"} {
		var n Network
		if err := n.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q: %v", in, n)
		}
	}
}

func FuzzNetwork(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8", "::1", "fe80::1%eth0", "::ffff:1.2.3.4/120"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n, again Network
		if n.UnmarshalText([]byte(s)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(n.String())); err != nil || again != n {
			t.Errorf("%q is %v, then %v (%v)", s, n, again, err)
		}
	})
}
