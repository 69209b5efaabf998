package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"parley/internal/blob"
	"parley/internal/bus/nats"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/store"
	"parley/internal/store/sqlite"
)

// Grade is what a check came to.
type Grade string

const (
	Good     Grade = "ok"
	Doubtful Grade = "warn"
	Bad      Grade = "FAIL"
)

// Finding is one line of Examine.
type Finding struct {
	Grade Grade
	What  string
	Says  string
}

// examineWithin bounds each check that waits for something.
const examineWithin = 10 * time.Second

// Examine looks for trouble in a deployment. It changes nothing and may run
// beside the server.
func Examine(ctx context.Context, cfg config.Config) (findings []Finding) {
	note := func(g Grade, what, says string, args ...any) {
		findings = append(findings, Finding{g, what, fmt.Sprintf(says, args...)})
	}
	note(Good, "configuration", "valid")
	for _, w := range cfg.Warnings() {
		note(Doubtful, "configuration", "%s", w)
	}
	examineFolder(cfg, note)
	examineDatabase(ctx, cfg, note)
	examineBus(cfg, note)
	examineServer(ctx, cfg, note)
	return findings
}

type noteFunc func(g Grade, what, says string, args ...any)

// Below these the disk is nearly full.
const (
	lowSpace  = 1 << 30
	tinySpace = 100 << 20
)

func examineFolder(cfg config.Config, note noteFunc) {
	info, err := os.Stat(cfg.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist) && cfg.Database != "":
		note(Good, "data folder", "%s is not there; a server with these settings makes it when it starts", cfg.Data)
		return
	case err != nil:
		note(Bad, "data folder", "%v", err)
		return
	case info.Mode().Perm()&0o007 != 0:
		note(Doubtful, "data folder", "%s is open to everybody on this machine (%v): chmod 700", cfg.Data, info.Mode().Perm())
	default:
		note(Good, "data folder", "%s", cfg.Data)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(cfg.Data, &disk); err != nil {
		note(Doubtful, "disk", "%v", err)
		return
	}
	free := disk.Bavail * uint64(disk.Bsize)
	grade := Good
	if free < lowSpace {
		grade = Doubtful
	}
	if free < tinySpace {
		grade = Bad
	}
	note(grade, "disk", "%d MiB free", free>>20)
}

func examineDatabase(ctx context.Context, cfg config.Config, note noteFunc) {
	if cfg.Database == "" {
		if _, err := os.Stat(databasePath(cfg)); err != nil {
			note(Bad, "database", "there is none in %s", cfg.Data)
			return
		}
		if err := sqlite.Check(ctx, databasePath(cfg)); err != nil {
			note(Bad, "database", "%v", err)
			return
		}
		note(Good, "database", "%s is sound", databasePath(cfg))
	}
	openWithin, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	st, err := lookInto(openWithin, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		note(Bad, "database", "%v", err)
		return
	}
	defer st.Close()
	if cfg.Database != "" {
		note(Good, "database", "%s answers", cfg.Database)
	}
	examineLog(ctx, st, note)
	examineFiles(ctx, cfg, st, note)
}

// examineFiles looks for files whose bytes are missing.
func examineFiles(ctx context.Context, cfg config.Config, st *store.Store, note noteFunc) {
	var disk *blob.Disk // nil: there is no such folder, and none is made here
	if _, err := os.Stat(blobsPath(cfg)); err == nil {
		if disk, err = blob.OpenDisk(blobsPath(cfg)); err != nil {
			note(Bad, "files", "%v", err)
			return
		}
		defer disk.Close()
	}
	checked, missing := 0, 0
	for after := chat.FileID(0); ; {
		page, err := st.Files(ctx, after, 500)
		if err != nil {
			note(Bad, "files", "%v", err)
			return
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			after = page[i].ID
			checked++
			if !hasBytes(ctx, disk, &page[i]) {
				missing++
			}
		}
	}
	if missing > 0 {
		note(Bad, "files", "the bytes of %d of %d files are missing in %s", missing, checked, blobsPath(cfg))
		return
	}
	note(Good, "files", "the bytes of %d files are there", checked)
}

func hasBytes(ctx context.Context, disk *blob.Disk, f *chat.File) bool {
	if disk == nil {
		return false
	}
	for _, key := range f.Keys() {
		b, err := disk.Open(ctx, key)
		if err != nil {
			return false
		}
		_ = b.Close()
	}
	return true
}

// examineBus tries to reach NATS.
func examineBus(cfg config.Config, note noteFunc) {
	if cfg.NATS == "" {
		return
	}
	if err := nats.Reach(string(cfg.NATS), examineWithin); err != nil {
		note(Bad, "NATS", "%s: %v", cfg.NATS, err)
		return
	}
	note(Good, "NATS", "%s answers", cfg.NATS)
}

// examineLog proves that no conversation's numbers have a hole.
func examineLog(ctx context.Context, st *store.Store, note noteFunc) {
	checked, wrong := 0, []string{}
	for after := chat.ConversationID(0); ; {
		page, err := st.Audit(ctx, after, 500)
		if err != nil {
			note(Bad, "log", "%v", err)
			return
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			after = c.ID
			checked++
			if c.Trouble != "" {
				wrong = append(wrong, fmt.Sprintf("conversation %d: %s", c.ID, c.Trouble))
			}
		}
	}
	if len(wrong) > 0 {
		note(Bad, "log", "%d of %d conversations have holes: %s", len(wrong), checked, strings.Join(wrong[:min(3, len(wrong))], "; "))
		return
	}
	note(Good, "log", "the numbers of %d conversations have no holes", checked)
}

// examineServer asks the server itself, by the way that people reach it.
func examineServer(ctx context.Context, cfg config.Config, note noteFunc) {
	address := cfg.Address()
	res, err := ask(ctx, address+"/readyz", http.Header{})
	switch {
	case err != nil:
		note(Doubtful, "server", "%s does not answer: it is not running, or --public-url or --listen names another place", address)
		return
	case res.status != http.StatusOK:
		note(Bad, "server", "%s/readyz says %d", address, res.status)
		return
	}
	note(Good, "server", "%s is ready", address)
	// Without a token the stream refuses with 401; a proxy that does not let
	// WebSockets through answers something else.
	res, err = ask(ctx, address+"/api/realtime", http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"cGFybGV5IGRvY3RvciBvaw=="},
	})
	switch {
	case err != nil:
		note(Bad, "stream", "%v", err)
	case !res.ours && res.status != http.StatusSwitchingProtocols:
		note(Bad, "stream", "%s/api/realtime is answered by something in between (%d): its proxy has to pass on WebSocket upgrades", address, res.status)
	default:
		note(Good, "stream", "WebSocket requests reach the server")
	}
}

// reply is what is looked at of an answer.
type reply struct {
	status int
	ours   bool // it comes from Parley, not from a proxy
}

func ask(ctx context.Context, address string, header http.Header) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return reply{}, err
	}
	r.Header = header
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{}, err
	}
	return reply{res.StatusCode, res.Header.Get("X-Request-Id") != ""}, res.Body.Close()
}
