package config

import (
	"strings"
	"testing"
)

func TestValidateAccepts(t *testing.T) {
	accepted := [][]string{
		{"--listen=:0"}, {"--listen=[::1]:8080"}, {"--listen=localhost:80", "--admin-listen=localhost:81"},
		{"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"},
		{"--public-url=https://chat.example.com"}, {"--public-url=http://localhost:8080/chat/"},
		{"--blobs=/srv/files"}, {"--allowed-origins=https://www.example.com,http://localhost:3000"},
		{"--user-ids=own"}, {"--registration=closed"},
		{"--database=postgres://ann@localhost:5432/parley?sslmode=disable"}, {"--database=postgresql://localhost/parley"},
		{"--database=postgres://localhost/parley", "--nats=nats://a:4222,nats://b:4222"},
	}
	for _, args := range accepted {
		if _, err := Load(args, nil); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	tests := []struct{ arg, want string }{
		{"--listen=", "listen"},
		{"--listen=8080", "listen"},
		{"--listen=:65536", "listen"},
		{"--listen=:http", "listen"},
		{"--admin-listen=localhost", "admin-listen"},
		{"--admin-listen=127.0.0.1:8080", "where everything else listens"},
		{"--data=", "data"},
		{"--public-url=chat.example.com", "public-url"},
		{"--public-url=ftp://chat.example.com", "public-url"},
		{"--public-url=https://", "public-url"},
		{"--public-url=https://a:b@c", "public-url"},
		{"--public-url=https://c?x", "public-url"},
		{"--allowed-origins=*", "allowed-origins"},
		{"--allowed-origins=www.example.com", "allowed-origins"},
		{"--allowed-origins=https://www.example.com/", "allowed-origins"},
		{"--allowed-origins=https://WWW.example.com", "allowed-origins"},
		{"--presence.scope=none", "presence.scope"},
		{"--chat.edit-window-minutes=-1", "chat.edit-window-minutes"},

		{"--database=mysql://localhost/parley", "postgres://"},
		{"--database=postgres://localhost", "postgres://"},
		{"--nats=nats://localhost", "PostgreSQL"},
		{"--topics.nats-prefix=parley", "--nats has to name it"},
		{"--topics.nats-prefix=$SYS", "no subject"},
		{"--topics.nats-prefix=a..b", "no subject"},
		{"--topics.nats-prefix=a.>", "no subject"},
		{"--blobs=s3://bucket", "not supported yet"},
		{"--jwt-secret=x", "not supported yet"},
		{"--jwks-url=https://example.com/jwks", "not supported yet"},
		{"--user-ids=external", "not supported yet"},
	}
	for _, tt := range tests {
		_, err := Load([]string{tt.arg}, nil)
		name, _, _ := strings.Cut(strings.TrimPrefix(tt.arg, "--"), "=")
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), name+" (from --"+name+")") {
			t.Errorf("%s: %v", tt.arg, err)
		}
	}
}

func TestErrorsKeepSecrets(t *testing.T) {
	_, err := Load([]string{"--jwt-secret=hunter2"}, []string{"DATABASE_URL=mysql://ann:hunter2@db/parley", "PARLEY_NATS=nats://hunter2@bus", "PARLEY_BLOBS=s3://hunter2@x"})
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "database (from DATABASE_URL)") {
		t.Error(err)
	}
}
