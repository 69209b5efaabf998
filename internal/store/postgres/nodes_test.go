package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/chat"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/postgres/pgtest"
)

func admitAll(chat.AppendContext) error { return nil }

func message(c chat.ConversationID, from chat.UserID, tempID string) *chat.Append {
	return &chat.Append{
		Message: &chat.Message{
			ConversationID: c, SenderID: from, Type: chat.TypeText, Content: "hello", TempID: tempID,
			Metadata: chat.EmptyObject, CreatedAt: time.Now().UTC().Truncate(time.Millisecond),
		},
		Admit: admitAll,
	}
}

// group makes a user and n conversations of his.
func group(t *testing.T, st *store.Store, n int) (chat.UserID, []chat.ConversationID) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	u, ids := &chat.User{Username: "ann", Kind: chat.Member, CreatedAt: now}, make([]chat.ConversationID, n)
	err := st.Write(ctx, func(tx chat.Tx) error {
		if err := tx.InsertUser(ctx, u); err != nil {
			return err
		}
		for i := range ids {
			c := chat.Conversation{Kind: chat.Group, CreatedBy: u.ID, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, Metadata: chat.EmptyObject}
			if err := tx.InsertConversation(ctx, &c); err != nil {
				return err
			}
			if err := tx.InsertParticipant(ctx, &chat.Participant{ConversationID: c.ID, UserID: u.ID, Role: chat.Owner, JoinedAt: now}); err != nil {
				return err
			}
			ids[i] = c.ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u.ID, ids
}

func log(t *testing.T, st *store.Store, c chat.ConversationID) (events []*chat.Event) {
	t.Helper()
	err := st.Read(t.Context(), func(r chat.Reader) (err error) {
		events, err = r.EventsAfter(t.Context(), c.Stream(), 0, 1<<20)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// checkLog fails unless revs have no holes and positions grow with them.
func checkLog(t *testing.T, st *store.Store, c chat.ConversationID, want int) {
	t.Helper()
	events := log(t, st, c)
	if len(events) != want {
		t.Errorf("conversation %d: %d events, want %d", c, len(events), want)
	}
	for i, e := range events {
		if e.Rev != int64(i+1) || i > 0 && e.Pos <= events[i-1].Pos {
			t.Fatalf("conversation %d: event %d has rev %d and position %d after %d", c, i, e.Rev, e.Pos, events[max(0, i-1)].Pos)
		}
	}
}

// Nodes that write into the same conversations at once, with messages and with
// functions, leave one log without holes in each.
func TestSeveralNodesWriteOneLog(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	nodes := []*store.Store{open(t, url), open(t, url), open(t, url)}
	ann, convs := group(t, nodes[0], 5)
	const each = 60
	var wg sync.WaitGroup
	for n, st := range nodes {
		for w := range 4 {
			wg.Go(func() {
				for i := range each {
					c := convs[(i+w)%len(convs)]
					var err error
					if i%6 == 5 {
						err = st.Write(t.Context(), func(tx chat.Tx) error {
							if _, err := tx.Conversation(t.Context(), c); err != nil {
								return err
							}
							return tx.Emit(t.Context(), &chat.Event{Stream: c.Stream(), Type: chat.ConversationUpdated, At: time.Now()})
						})
					} else {
						err = st.Append(t.Context(), message(c, ann, fmt.Sprintf("%d.%d.%d", n, w, i)))
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	for _, c := range convs {
		checkLog(t, nodes[0], c, len(nodes)*4*each/len(convs))
	}
}

// The same send on several nodes at once is one message.
func TestTheSameTempIDOnSeveralNodes(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	nodes := []*store.Store{open(t, url), open(t, url), open(t, url)}
	ann, convs := group(t, nodes[0], 1)
	for round := range 20 {
		ids := make([]chat.MessageID, len(nodes))
		duplicates := make([]bool, len(nodes))
		var wg sync.WaitGroup
		for n, st := range nodes {
			wg.Go(func() {
				a := message(convs[0], ann, fmt.Sprint("t", round))
				if err := st.Append(t.Context(), a); err != nil {
					t.Error(err)
				}
				ids[n], duplicates[n] = a.Message.ID, a.Duplicate
			})
		}
		wg.Wait()
		first := 0
		for n := range nodes {
			if ids[n] != ids[0] {
				t.Fatalf("round %d: ids %v", round, ids)
			}
			if !duplicates[n] {
				first++
			}
		}
		if first != 1 {
			t.Fatalf("round %d: %d firsts", round, first)
		}
	}
	checkLog(t, nodes[0], convs[0], 20)
}

// late is a transaction of another node that has drawn a position and does not
// commit yet.
type late struct {
	tx       pgx.Tx
	position int64
}

// drawLate draws as a node does. It also writes an event there.
func drawLate(t *testing.T, url string, stream chat.StreamID) late {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(ctx) })
	tx, err := c.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	l := late{tx: tx}
	if err := tx.QueryRow(ctx, postgres.DrawStatement(), 1).Scan(&l.position); err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO events (pos, stream, rev, type, actor, ref, seq, detail, at) VALUES ($1, $2, 1000, 'late', 0, 0, 0, '', 0)`, l.position, int64(stream))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newest(t *testing.T, st *store.Store) (pos chat.Position) {
	t.Helper()
	err := st.Read(t.Context(), func(r chat.Reader) (err error) {
		_, pos, err = r.HeadsSince(t.Context(), 1<<53)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

// A transaction that drew its positions early and commits late is not passed
// over: until it ends, the log is complete only up to before its positions.
func TestALateCommitHoldsTheHorizon(t *testing.T) {
	url := pgtest.Database(t)
	st := open(t, url)
	ann, convs := group(t, st, 1)
	first := drawLate(t, url, 4711)
	second := drawLate(t, url, 4712)
	for i := range 5 {
		if err := st.Append(t.Context(), message(convs[0], ann, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if h := newest(t, st); int64(h) >= first.position {
		t.Fatalf("the log is said to be complete up to %d, but %d may still come", h, first.position)
	}
	if err := first.tx.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	if h := newest(t, st); int64(h) < first.position || int64(h) >= second.position {
		t.Fatalf("complete up to %d; %d was committed, %d is still open", h, first.position, second.position)
	}
	if err := second.tx.Rollback(context.Background()); err != nil {
		t.Fatal(err)
	}
	events := log(t, st, convs[0])
	if h := newest(t, st); h != events[len(events)-1].Pos {
		t.Fatalf("complete up to %d with nothing under way; the newest is %d", h, events[len(events)-1].Pos)
	}
}

// Reading up to the horizon again and again while nodes write finds everything,
// in order of position, once.
func TestFollowingToTheHorizonMissesNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	nodes := []*store.Store{open(t, url), open(t, url)}
	ann, convs := group(t, nodes[0], 6)
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	const each = 100
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		var wg sync.WaitGroup
		for n, st := range nodes {
			for w := range 3 {
				wg.Go(func() {
					for i := range each {
						if err := st.Append(t.Context(), message(convs[(i+n*w)%len(convs)], ann, fmt.Sprintf("%d.%d.%d", n, w, i))); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
	}()
	found, at := map[int64]bool{}, int64(0)
	for done := false; !done; {
		select {
		case <-writing:
			done = true
		default:
		}
		horizon := int64(newest(t, nodes[0]))
		rows, err := c.Query(t.Context(), `SELECT id FROM messages WHERE id > $1 AND id <= $2`, at, horizon)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			found[id] = true
		}
		at = max(at, horizon)
	}
	if len(found) != 2*3*each {
		t.Fatalf("following found %d messages of %d", len(found), 2*3*each)
	}
}

// Nodes that start together on an empty database bring its schema up once.
func TestSeveralNodesStartTogether(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := postgres.Migrate(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	group(t, open(t, url), 1)
}

// A server that ends all connections, as a restart does, costs a pause: what was
// acknowledged is there once, and nothing fails.
func TestLostConnectionsCostAPause(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	st := open(t, url)
	ann, convs := group(t, st, 3)
	ctx := t.Context()
	killer, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer killer.Close(context.Background())
	sent, acked := make(chan struct{}), make(chan struct{}, 1000)
	go func() {
		defer close(sent)
		var wg sync.WaitGroup
		for w := range 6 {
			wg.Go(func() {
				for i := range 30 {
					// Without a tempId: a repeat would be seen.
					if err := st.Append(ctx, message(convs[w%len(convs)], ann, "")); err != nil {
						t.Errorf("%d.%d: %v", w, i, err)
					}
					err := st.Read(ctx, func(r chat.Reader) error {
						_, err := r.Conversation(ctx, convs[0])
						return err
					})
					if err != nil {
						t.Errorf("%d.%d: read: %v", w, i, err)
					}
					acked <- struct{}{}
				}
			})
		}
		wg.Wait()
	}()
	// The next cut comes when something has succeeded since the last, at any moment
	// of what is under way then.
	kills := 0
	for done := false; !done; {
		select {
		case <-sent:
			done = true
		case <-acked:
			for range rand.IntN(3) {
				select {
				case <-acked:
				case <-sent:
				}
			}
			n := 0
			err := killer.QueryRow(ctx, `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			kills += n
		}
	}
	if kills == 0 {
		t.Fatal("nothing was cut")
	}
	t.Log(kills, "connections cut")
	for _, c := range convs {
		checkLog(t, st, c, 2*30)
	}
}
