package test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parley/client"
	"parley/internal/store/enginetest"
	"parley/internal/store/postgres/pgtest"
)

// parley runs a command of the binary and returns what it printed.
func parley(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary(t), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("parley %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// underLoad has people send for as long as fn takes. Messages acknowledged before
// fn began are in before; when it returns all senders have stopped.
func underLoad(t *testing.T, url string, people []person, group int64, fn func()) (before *ledger) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	acked := &ledger{ids: map[string]int64{}}
	var quiet sync.RWMutex
	var sending sync.WaitGroup
	for i, who := range people {
		c := clientOf(t, url, who.token)
		sending.Go(func() { keepSending(ctx, t, &quiet, c.SendMessage, group, i, acked) })
	}
	acked.wait(t, 100)
	acked.mu.Lock()
	before = &ledger{ids: map[string]int64{}}
	for tempID, id := range acked.ids {
		before.ids[tempID] = id
	}
	acked.mu.Unlock()
	fn()
	acked.wait(t, before.len()+20) // they went on meanwhile
	stop()
	sending.Wait()
	return before
}

// Promise P8: a backup taken while people write holds one moment. Restored, it
// has every message acknowledged before it began, each once and without holes; a
// client that saw more is told to reload, and life goes on.
func TestABackupTakenWhileRunningRestores(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	data := t.TempDir()
	people, group := populateOn(t, data, "", 4)
	p := startProcess(t, data, "127.0.0.1:0")
	archive := filepath.Join(t.TempDir(), "backup.tar")
	file := uploadFile(t, p.url, people[0].token, "holiday.png", holidayPicture(t))
	_, err := clientOf(t, p.url, people[0].token).SendMessage(t.Context(), client.Draft{ConversationID: group, AttachmentIDs: []int64{int64(file)}})
	if err != nil {
		t.Fatal(err)
	}
	before := underLoad(t, p.url, people, group, func() { parley(t, "backup", "--data", data, archive) })
	if out := parley(t, "health", "--data", data); !strings.Contains(out, "backup: the last by parley backup holds ") {
		t.Errorf("nobody knows of the backup:\n%s", out)
	}
	newest := wholeHistory(t, clientOf(t, p.url, people[0].token), group)
	key := fmt.Sprint(group)
	seen := map[string]int64{key: next[*client.Ready](t, stream(t, clientOf(t, p.url, people[0].token), client.StreamOptions{})).Heads[key]}
	p.kill()

	restored := filepath.Join(t.TempDir(), "restored")
	parley(t, "restore", "--data", restored, archive)
	if out := parley(t, "doctor", "--data", restored); strings.Contains(out, "FAIL") {
		t.Errorf("the restored deployment is not sound:\n%s", out)
	}
	p = startProcess(t, restored, "127.0.0.1:0")
	c := clientOf(t, p.url, people[0].token)
	history := wholeHistory(t, c, group)
	before.check(t, history)
	if bytes := download(t, fmt.Sprintf("%s/api/chat/attachments/%d", p.url, file), people[1].token); len(bytes) == 0 {
		t.Error("the file is empty")
	}
	if len(history) >= len(newest) {
		t.Errorf("%d messages restored, %d were there when the server ended: the backup was not taken in between", len(history), len(newest))
	}
	s := stream(t, c, client.StreamOptions{Cursors: seen})
	if g := next[*client.Gap](t, s); g.ConversationID != group {
		t.Errorf("gap %+v", g)
	}
	sent, err := c.SendMessage(t.Context(), client.Draft{ConversationID: group, Content: "after the flood"})
	if err != nil || sent.Seq != int64(len(history)+1) {
		t.Errorf("the next message has number %d after %d, %v", sent.Seq, len(history), err)
	}
	p.stop()
}

// A backup replaces nothing, a restore neither.
func TestBackupsReplaceNothing(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	data := t.TempDir()
	populateOn(t, data, "", 1)
	archive := filepath.Join(t.TempDir(), "backup.tar")
	parley(t, "backup", "--data", data, archive)
	for _, args := range [][]string{{"backup", "--data", data, archive}, {"restore", "--data", data, archive}} {
		out, err := exec.CommandContext(t.Context(), binary(t), args...).CombinedOutput()
		if err == nil {
			t.Errorf("parley %v: %s", args, out)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(archive), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// With PostgreSQL the standard tools do it: a dump taken while people write
// restores to one moment.
func TestADumpTakenWhileRunningRestores(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	needsTools(t, "pg_dump", "pg_restore")
	from, to := pgtest.Database(t), pgtest.Empty(t)
	people, group := populateOn(t, t.TempDir(), from, 4)
	p := startProcess(t, t.TempDir(), "127.0.0.1:0", "--database", from)
	dump := filepath.Join(t.TempDir(), "parley.dump")
	before := underLoad(t, p.url, people, group, func() { standardTool(t, "pg_dump", "--format=custom", "--file="+dump, from) })
	p.stop()

	standardTool(t, "pg_restore", "--no-owner", "--exit-on-error", "--dbname="+to, dump)
	p = startProcess(t, t.TempDir(), "127.0.0.1:0", "--database", to)
	c := clientOf(t, p.url, people[0].token)
	history := wholeHistory(t, c, group)
	before.check(t, history)
	none := filepath.Join(t.TempDir(), "none")
	if out := parley(t, "doctor", "--data", none, "--database", to); strings.Contains(out, "FAIL") {
		t.Errorf("the restored deployment is not sound:\n%s", out)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("the doctor has made a folder")
	}
	sent, err := c.SendMessage(t.Context(), client.Draft{ConversationID: group, Content: "after the flood"})
	if err != nil || sent.Seq != int64(len(history)+1) {
		t.Errorf("the next message has number %d after %d, %v", sent.Seq, len(history), err)
	}
	p.stop()
}

func standardTool(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// A doctor finds a hole.
func TestTheDoctorFindsAHole(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	address := pgtest.Database(t)
	data := t.TempDir()
	_, group := populateOn(t, data, address, 2)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	standardToolOrSkip(t, "psql", u.String(), "-c", fmt.Sprintf("UPDATE conversations SET last_seq = last_seq + 1 WHERE id = %d", group))
	out, err := exec.CommandContext(t.Context(), binary(t), "doctor", "--data", data, "--database", address).CombinedOutput()
	if err == nil || !strings.Contains(string(out), fmt.Sprintf("conversation %d", group)) {
		t.Errorf("the doctor said, with %v:\n%s", err, out)
	}
}

func standardToolOrSkip(t *testing.T, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil && os.Getenv(pgtest.Require) == "" {
		t.Skip(err)
	}
	standardTool(t, name, args...)
}

// needsTools skips a test where a program that it needs is missing; where nothing may
// skip it fails.
func needsTools(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv(pgtest.Require) != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}
