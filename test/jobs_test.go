package test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// database opens what a server keeps, beside it: in its folder, or at an address.
func database(t *testing.T, data, address string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if address == "" {
		driver, address = "sqlite", "file:"+filepath.Join(data, "parley.db")+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a query answers something other than 0.
func eventually(t *testing.T, db *sql.DB, query string, args ...any) (answer int64) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < within; time.Sleep(20 * time.Millisecond) {
		if err := db.QueryRowContext(t.Context(), query, args...).Scan(&answer); err != nil {
			t.Fatal(err)
		}
		if answer != 0 {
			return answer
		}
	}
	t.Fatalf("nothing after %v: %s", within, query)
	return 0
}

// Promise P4: what was pruned is told as a gap, never passed over; who is no more
// than 1,000 events behind gets each of them, however old.
func TestPrunedLogIsToldAsAGap(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("Ann"), s.Person("Bob")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "old", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	for range 20 {
		busy.Go(func() {
			for n := range 80 {
				var err error
				if n%4 == 0 {
					_, err = s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "a message stays"})
				} else {
					_, err = s.Chat.UpdateConversation(t.Context(), ann.Actor, v.ID, chat.ConversationPatch{Name: new(fmt.Sprint("name ", time.Now()))})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	busy.Wait()

	db := database(t, s.Data, string(s.Config().Database))
	eventually(t, db, `SELECT CASE WHEN EXISTS (SELECT 1 FROM participants WHERE read_seq > announced_seq) THEN 0 ELSE 1 END`)
	head, err := s.Chat.Head(t.Context(), v.ID.Stream())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, db, `SELECT COUNT(*) FROM river_job WHERE kind = 'prune_log' AND state = 'completed'`)
	eventually(t, db, `SELECT COUNT(*) FROM (SELECT MIN(pos) AS pos FROM followers) AS f WHERE f.pos >= (SELECT MAX(e.pos) FROM events e)`)
	execute(t, db, fmt.Sprint(`UPDATE events SET at = at - `, (91*24*time.Hour).Milliseconds()))
	execute(t, db, `DELETE FROM river_job`) // it was done today
	s.Restart()
	pruned := eventually(t, db, `SELECT COALESCE(MAX(rev), 0) FROM pruned WHERE stream = $1`, int64(v.ID))
	eventually(t, db, `SELECT COUNT(*) FROM river_job WHERE kind = 'prune_log' AND state = 'completed'`)
	pruned = max(pruned, eventually(t, db, `SELECT MAX(rev) FROM pruned WHERE stream = $1`, int64(v.ID)))
	if pruned >= head-1000 || pruned < head-1010 {
		t.Errorf("pruned up to %d of %d", pruned, head)
	}

	key := fmt.Sprint(int64(v.ID))
	c := clientFor(t, s, bob)
	for _, at := range []int64{1, pruned - 1, pruned} {
		if at >= head-1000 {
			continue
		}
		st := stream(t, c, client.StreamOptions{Cursors: map[string]int64{key: at}})
		if g := next[*client.Gap](t, st); g.ConversationID != int64(v.ID) || g.Head != head {
			t.Errorf("from %d: %+v, want a gap up to %d", at, g, head)
		}
		st.Close()
	}
	st := stream(t, c, client.StreamOptions{Cursors: map[string]int64{key: head - 1000}})
	for rev := head - 999; rev <= head; rev++ {
		if e := next[*client.Event](t, st); e.ConversationID != int64(v.ID) || e.Rev != rev {
			t.Fatalf("got %d of %d, want %d", e.Rev, e.ConversationID, rev)
		}
	}
	if n := len(wholeHistory(t, c, int64(v.ID))); n < 20*20 {
		t.Errorf("%d messages are left of %d", n, 20*20)
	}
	if out := parley(t, "doctor", "--data", s.Data, "--database", string(s.Config().Database)); strings.Contains(out, "FAIL") {
		t.Errorf("the doctor is not content:\n%s", out)
	}
}

// What was deleted is erased, although the server is killed before or in the
// middle of it.
func TestKilledServerGoesOnErasing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	people, group := populateOn(t, data, "", 2) // SQLite: elsewhere it takes minutes to know a dead node
	p := startProcess(t, data, "127.0.0.1:0")
	addr := p.addr()
	const messages = 900
	var sending sync.WaitGroup
	for i := range 30 {
		sending.Go(func() {
			c := clientOf(t, p.url, people[0].token)
			for n := range messages / 30 {
				if _, err := c.SendMessage(t.Context(), client.Draft{ConversationID: group, Content: fmt.Sprintf("secret %d.%d", i, n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	sending.Wait()
	if err := clientOf(t, p.url, people[0].token).DeleteMe(t.Context()); err != nil {
		t.Fatal(err)
	}
	db := database(t, data, "")
	for range 4 {
		p.kill()
		var left int
		if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM messages WHERE content LIKE 'secret%'`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		t.Log(left, "messages are left")
		p = startProcess(t, data, addr)
		eventually(t, db, `SELECT CASE WHEN COUNT(*) < $1 OR $1 = 0 THEN 1 ELSE 0 END FROM messages WHERE content LIKE 'secret%'`, left)
	}
	eventually(t, db, `SELECT erased_at FROM users WHERE deleted_at <> 0`)
	if n := eventually(t, db, `SELECT COUNT(*) FROM messages WHERE deleted_at <> 0`); n != messages {
		t.Errorf("%d messages are tombstones, want %d", n, messages)
	}
	for _, m := range wholeHistory(t, clientOf(t, p.url, people[1].token), group) {
		if m.Content != "" && m.Type != client.System {
			t.Fatalf("%d still says %q", m.ID, m.Content)
		}
	}
	p.stop()
}
