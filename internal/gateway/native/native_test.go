package native_test

import (
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/native"
	"parley/internal/sanitize"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func protocol() *native.Protocol { return native.New(chatapi.Mapper{Mode: sanitize.None}) }

// oneMinute is Ann with a token that ends in a minute.
func oneMinute() gateway.Identity {
	who := gatewaytest.As(gatewaytest.Ann)
	who.Expires = time.Now().Add(time.Minute)
	return who
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { gatewaytest.Play(t, file, protocol(), oneMinute) })
	}
}
