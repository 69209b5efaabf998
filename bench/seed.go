package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"parley/internal/app"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/config"
)

// seed makes the people and conversations of a scenario, straight through the
// domain, before the server starts: registering 10,000 people over REST would
// measure password hashing.
type seed struct {
	data          string
	database      database
	ids           []int64
	tokens        []string
	conversations []int64
	poll          int64
	heads         map[int64]int64 // rev of each conversation when it was made

	accounts *app.Accounts
}

// plant opens the data folder for prepare and closes it again.
func (s *seed) plant(ctx context.Context, prepare func(context.Context, *seed) error) (err error) {
	s.heads = map[int64]int64{}
	cfg, err := config.Load(append([]string{"--data", s.data, "--rate-limits", "off"}, s.database.args()...), nil)
	if err != nil {
		return err
	}
	if s.accounts, err = app.OpenNewAccounts(ctx, cfg); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.accounts.Close()) }()
	return prepare(ctx, s)
}

// people makes n users without passwords and opens a session for each.
func (s *seed) people(ctx context.Context, n int) error {
	for i := range n {
		u, err := s.accounts.Chat.UpsertExternal(ctx, fmt.Sprint("bench-", i), chat.ExternalProfile{Name: new(fmt.Sprint("Person ", i))})
		if err != nil {
			return err
		}
		in, err := s.accounts.Auth.OpenSession(ctx, u.ID, auth.Device{UserAgent: "bench"})
		if err != nil {
			return err
		}
		s.ids, s.tokens = append(s.ids, int64(u.ID)), append(s.tokens, in.AccessToken)
	}
	return nil
}

// directs puts people into n conversations of two, which have one message each.
func (s *seed) directs(ctx context.Context, n int) error {
	for i := range n {
		a := chat.Actor{ID: chat.UserID(s.ids[2*i])}
		v, _, err := s.accounts.Chat.OpenDirect(ctx, a, chat.UserID(s.ids[2*i+1]))
		if err != nil {
			return err
		}
		sent, err := s.accounts.Chat.SendMessage(ctx, a, chat.SendMessage{ConversationID: v.ID, Content: "hello"})
		if err != nil {
			return err
		}
		s.conversations = append(s.conversations, int64(v.ID))
		s.heads[int64(v.ID)] = sent.Rev
	}
	return nil
}

// group puts everybody into one group.
func (s *seed) group(ctx context.Context) error {
	owner := chat.Actor{ID: chat.UserID(s.ids[0])}
	v, _, err := s.accounts.Chat.CreateConversation(ctx, owner, chat.NewConversation{Name: "everybody"})
	if err != nil {
		return err
	}
	for i := 1; i < len(s.ids); i += chat.MaxInvited {
		var some []chat.UserID
		for _, id := range s.ids[i:min(i+chat.MaxInvited, len(s.ids))] {
			some = append(some, chat.UserID(id))
		}
		if _, _, err := s.accounts.Chat.AddParticipants(ctx, owner, v.ID, some); err != nil {
			return err
		}
	}
	s.conversations = append(s.conversations, int64(v.ID))
	return nil
}

// fill sends n messages into each conversation, many at a time so that they share
// commits.
func (s *seed) fill(ctx context.Context, n int) error {
	const atOnce = 64
	todo, errs := make(chan int), make(chan error, atOnce)
	for range atOnce {
		go func() {
			var failed error
			for i := range todo {
				_, err := s.accounts.Chat.SendMessage(ctx, chat.Actor{ID: chat.UserID(s.ids[2*i])}, chat.SendMessage{
					ConversationID: chat.ConversationID(s.conversations[i]), Content: strings.Repeat("y", 200),
				})
				failed = errors.Join(failed, err)
			}
			errs <- failed
		}()
	}
	for range n {
		for i := range s.conversations {
			todo <- i
		}
	}
	close(todo)
	var failed error
	for range atOnce {
		failed = errors.Join(failed, <-errs)
	}
	return failed
}

// conversation is the one that person i is in.
func (s *seed) conversation(i int) int64 {
	if len(s.conversations) == 1 {
		return s.conversations[0]
	}
	return s.conversations[i/2]
}
