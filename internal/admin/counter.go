package admin

import (
	"context"
	"time"

	"parley/internal/chat"
	"parley/internal/follow"
)

const (
	counterName = "statistics"
	// counterPage is large, because what is written of a page is a row for each person in
	// it: of small pages the same rows would be written again and again.
	counterPage = 2_000
	// counterEvery is how far figures may be behind: nobody waits for them, and so
	// they cost a commit only now and then.
	counterEvery = 2 * time.Second
)

// Counter is the consumer of the log that counts messages and who was active. What it
// counts is written in the transaction that moves its place, so nothing is counted
// twice or passed over.
func Counter(store chat.Store) follow.Consumer {
	return follow.Consumer{
		Name: counterName, Page: counterPage, Every: counterEvery,
		Prepare: func(ctx context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
			return count(ctx, store, events)
		},
	}
}

func count(ctx context.Context, store chat.Store, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
	type key struct {
		user chat.UserID
		day  int64
	}
	found := map[key]int64{}
	var messages []chat.MessageID
	for _, e := range events {
		switch e.Type {
		case chat.MessageCreated:
			messages = append(messages, chat.MessageID(e.Ref))
		case chat.ReadMarked, chat.ReactionAdded, chat.MessageUpdated, chat.PollVoted:
			if e.Actor > 0 && !e.TellsVotes() {
				found[key{e.Actor, chat.DayOf(e.At)}] += 0
			}
		}
	}
	if len(messages) > 0 {
		var sent []chat.Activity
		err := store.Read(ctx, func(r chat.Reader) (err error) {
			sent, err = r.SentBy(ctx, messages)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, a := range sent {
			found[key{a.UserID, a.Day}] += a.Messages
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	list := make([]chat.Activity, 0, len(found))
	for k, n := range found {
		list = append(list, chat.Activity{UserID: k.user, Day: k.day, Messages: n})
	}
	return func(ctx context.Context, tx chat.Tx) error { return tx.AddActivity(ctx, list) }, nil
}
