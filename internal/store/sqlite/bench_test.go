package sqlite_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/store/sqlite"
)

// BenchmarkAppend measures durable sends by 100 callers in 50 conversations of
// two, each waiting for its commit: the store's share of scenario S1.
func BenchmarkAppend(b *testing.B) {
	st, err := sqlite.Open(b.Context(), b.TempDir()+"/parley.db", sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	ctx := context.Background()
	now := time.Now()
	err = st.Write(ctx, func(tx chat.Tx) error {
		for i := range 50 {
			c := chat.Conversation{Kind: chat.Direct, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, Metadata: chat.EmptyObject, DirectA: chat.UserID(2*i + 1), DirectB: chat.UserID(2*i + 2)}
			if err := tx.InsertConversation(ctx, &c); err != nil {
				return err
			}
			for _, u := range []chat.UserID{c.DirectA, c.DirectB} {
				if err := tx.InsertUser(ctx, &chat.User{Username: fmt.Sprint("u", u), Kind: chat.Member, CreatedAt: now}); err != nil {
					return err
				}
				if err := tx.InsertParticipant(ctx, &chat.Participant{ConversationID: c.ID, UserID: u, Role: chat.RoleMember, JoinedAt: now}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("x", 200)
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			for n := i; n < b.N; n += 100 {
				m := &chat.Message{
					ConversationID: chat.ConversationID(i/2 + 1), SenderID: chat.UserID(i + 1), Type: chat.TypeText, Content: text,
					TempID: fmt.Sprint("t", n), Metadata: chat.EmptyObject, CreatedAt: now,
				}
				if err := st.Append(ctx, &chat.Append{Message: m, Admit: func(chat.AppendContext) error { return nil }}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
