package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/store"
	"parley/internal/store/sqlite"
	"parley/internal/store/storetest"
)

func open(t *testing.T, o sqlite.Options) *store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) chat.Store { return open(t, sqlite.Options{}) })
}

func TestStoreInMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) chat.Store {
		st, err := sqlite.OpenMemory(t.Context(), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		return st
	})
}

// A full disk refuses writes with a clear error, loses nothing that was
// acknowledged, and half-writes nothing.
func TestFullDisk(t *testing.T) {
	st := open(t, sqlite.Options{MaxPages: 120})
	ctx := context.Background()
	now := time.Now()
	var c chat.Conversation
	err := st.Write(ctx, func(tx chat.Tx) error {
		u := &chat.User{Username: "ann", Kind: chat.Member, CreatedAt: now}
		if err := tx.InsertUser(ctx, u); err != nil {
			return err
		}
		c = chat.Conversation{Kind: chat.Group, CreatedBy: u.ID, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, Metadata: chat.EmptyObject}
		if err := tx.InsertConversation(ctx, &c); err != nil {
			return err
		}
		return tx.InsertParticipant(ctx, &chat.Participant{ConversationID: c.ID, UserID: u.ID, Role: chat.Owner, JoinedAt: now})
	})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for {
		m := &chat.Message{ConversationID: c.ID, SenderID: 1, Type: chat.TypeText, Content: strings.Repeat("x", 8000), Metadata: chat.EmptyObject, CreatedAt: now}
		err := st.Append(ctx, &chat.Append{Message: m, Admit: func(chat.AppendContext) error { return nil }})
		if chat.Has(err, chat.Overloaded) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if acknowledged++; acknowledged > 10_000 {
			t.Fatal("the disk never filled up")
		}
	}
	err = st.Read(ctx, func(r chat.Reader) error {
		list, more, err := r.Messages(ctx, c.ID, 0, chat.Page{Limit: 10_000})
		if len(list) != acknowledged || more {
			t.Errorf("%d messages, %d acknowledged", len(list), acknowledged)
		}
		head, err2 := r.Head(ctx, c.ID.Stream())
		if head != int64(acknowledged) {
			t.Errorf("head %d, %d acknowledged", head, acknowledged)
		}
		return firstError(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// What was written is there after a restart.
func TestReopenKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "parley.db")
	for i := range 3 {
		st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = st.Write(t.Context(), func(tx chat.Tx) error {
			n, err := tx.CountUsers(t.Context())
			if n != int64(i) {
				t.Errorf("%d users after %d starts", n, i)
			}
			return firstError(err, tx.InsertUser(t.Context(), &chat.User{Username: fmt.Sprint("u", i), Kind: chat.Member, CreatedAt: time.Now()}))
		})
		if err := firstError(err, st.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
