package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/search"
	"parley/internal/store/sqlite"
)

// Not even the tokens of a deleted message are left in any file (promise P7), and
// the index stays sound.
func TestErasedTokensAreGone(t *testing.T) {
	t.Parallel()
	dir, ctx, now := t.TempDir(), t.Context(), time.Now()
	path := filepath.Join(dir, "parley.db")
	st, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	u := &chat.User{Username: "ann", Kind: chat.Member, CreatedAt: now}
	c := &chat.Conversation{Kind: chat.Group, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, Metadata: chat.EmptyObject}
	err = st.Write(ctx, func(tx chat.Tx) error {
		return firstError(tx.InsertUser(ctx, u), tx.InsertConversation(ctx, c),
			tx.InsertParticipant(ctx, &chat.Participant{ConversationID: c.ID, UserID: u.ID, Role: chat.Owner, JoinedAt: now}))
	})
	if err != nil {
		t.Fatal(err)
	}
	var sent []*chat.Message
	send := func(content string) {
		a := &chat.Append{
			Message: &chat.Message{ConversationID: c.ID, SenderID: u.ID, Type: chat.TypeText, Content: content, Metadata: chat.EmptyObject, CreatedAt: now},
			Admit:   func(chat.AppendContext) error { return nil },
		}
		if err := st.Append(ctx, a); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, a.Message)
	}
	const secret = "terriblesecretword"
	for i := range 300 {
		send(fmt.Sprintf("message %d of many", i))
	}
	send(secret + " of many")
	var events []*chat.Event
	err = st.Read(ctx, func(r chat.Reader) (err error) {
		events, _, err = r.LogAfter(ctx, 0, 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	write, err := search.Indexer(st).Prepare(ctx, events)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Write(ctx, func(tx chat.Tx) error { return write(context.WithoutCancel(ctx), tx) }); err != nil {
		t.Fatal(err)
	}
	if len(filesWith(t, dir, "w"+secret)) == 0 {
		t.Fatal("the token was never in a file: the test looks in the wrong place")
	}
	m := sent[300]
	m.DeletedAt = now
	if err := st.Write(ctx, func(tx chat.Tx) error { return tx.EraseMessage(ctx, m) }); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; send("life goes on") {
		// The index cuts what a token has in common with the one before it.
		if len(filesWith(t, dir, secret)) == 0 && len(filesWith(t, dir, secret[4:])) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute still in %v", filesWith(t, dir, secret[4:]))
		}
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)`); err != nil {
		t.Errorf("the index is damaged: %v", err)
	}
}
