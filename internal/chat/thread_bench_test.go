package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/store/enginetest"
)

// BenchmarkThreads lists the threads of somebody who takes part in 2,000 of them in 50
// groups, of eight replies each, some of which he has not read.
// PARLEY_TEST_TOPOLOGY=postgres measures PostgreSQL.
func BenchmarkThreads(b *testing.B) {
	ctx := b.Context()
	place := enginetest.Place(b)
	st, err := enginetest.Open(b, place)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	s := chat.New(st, bus.NewLocal(), chat.Options{})
	var people []chat.Actor
	for i := range 4 {
		u := &chat.User{Username: fmt.Sprint("u", i), Kind: chat.Member, CreatedAt: time.Now()}
		if err := st.Write(ctx, func(tx chat.Tx) error { return tx.InsertUser(ctx, u) }); err != nil {
			b.Fatal(err)
		}
		people = append(people, chat.Actor{ID: u.ID})
	}
	const groups, threads = 50, 40
	errs := make(chan error, groups)
	for range groups {
		go func() { errs <- fillWithThreads(ctx, s, people, threads) }()
	}
	for range groups {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	analyse(b, place)
	for _, c := range []struct {
		name   string
		unread bool
		limit  int
	}{{"newest 50", false, 50}, {"unread", true, 50}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				page, err := s.Threads(ctx, people[0], 0, c.unread, c.limit)
				if err != nil || len(page.Threads) != c.limit {
					b.Fatalf("%d threads, %v", len(page.Threads), err)
				}
			}
		})
	}
}

// analyse does what PostgreSQL does by itself within a minute: without figures about
// tables that were just filled it reads all messages.
func analyse(b *testing.B, place string) {
	b.Helper()
	if !strings.Contains(place, "://") {
		return
	}
	c, err := pgx.Connect(b.Context(), place)
	if err == nil {
		_, err = c.Exec(b.Context(), "ANALYZE")
		err = errors.Join(err, c.Close(b.Context()))
	}
	if err != nil {
		b.Fatal(err)
	}
}

// fillWithThreads makes a group with threads, in all of which the first person writes.
func fillWithThreads(ctx context.Context, s *chat.Service, people []chat.Actor, threads int) error {
	v, _, err := s.CreateConversation(ctx, people[0], chat.NewConversation{Name: "group", ParticipantIDs: ids(people[1:])})
	if err != nil {
		return err
	}
	for i := range threads {
		say := func(by int, parent chat.MessageID) (chat.MessageID, error) {
			sent, err := s.SendMessage(ctx, people[by%len(people)], chat.SendMessage{ConversationID: v.ID, Content: "some words of a thread", ParentID: parent})
			if err != nil {
				return 0, err
			}
			return sent.Message.ID, nil
		}
		root, err := say(i, 0)
		if err != nil {
			return err
		}
		for reply := range 8 {
			if _, err := say(reply, root); err != nil {
				return err
			}
		}
	}
	return nil
}
