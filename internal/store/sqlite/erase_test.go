package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/store/sqlite"
)

// filesWith returns the files of a folder in which the bytes stand.
func filesWith(t *testing.T, dir, secret string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(secret)) {
			found = append(found, filepath.Base(f))
		}
	}
	return found
}

// What was erased is in no file of the database any more, its write-ahead log
// included, while others go on writing (promise P7: within 60 s).
func TestErasedBytesAreGone(t *testing.T) {
	t.Parallel()
	dir, ctx, now := t.TempDir(), t.Context(), time.Now()
	st, err := sqlite.Open(ctx, filepath.Join(dir, "parley.db"), sqlite.Options{})
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
	send := func(content string) *chat.Message {
		a := &chat.Append{
			Message: &chat.Message{ConversationID: c.ID, SenderID: u.ID, Type: chat.TypeText, Content: content, Metadata: chat.EmptyObject, CreatedAt: now},
			Admit:   func(chat.AppendContext) error { return nil },
		}
		if err := st.Append(ctx, a); err != nil {
			t.Fatal(err)
		}
		return a.Message
	}
	const secret = "the-combination-is-7-13-42"
	m := send(secret)
	if len(filesWith(t, dir, secret)) == 0 {
		t.Fatal("the secret was never in a file: the test looks in the wrong place")
	}
	m.DeletedAt = now
	if err := st.Write(ctx, func(tx chat.Tx) error { return tx.EraseMessage(ctx, m) }); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(filesWith(t, dir, secret)) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute still in %v", filesWith(t, dir, secret))
		}
		send("life goes on")
	}
}
