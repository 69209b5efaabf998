// Package search keeps the search index behind the log: what is sent or edited is
// found soon after, and sending does not wait for it.
package search

import (
	"context"
	"slices"

	"parley/internal/chat"
	"parley/internal/follow"
	"parley/internal/text"
)

// page is small, so that the commit that writes it is short.
const page = 100

// Indexer is the consumer of the log that writes the index. What is erased leaves
// the index in the transaction that erases it, not here.
func Indexer(store chat.Store) follow.Consumer {
	return follow.Consumer{
		Name: "search", Page: page,
		Prepare: func(ctx context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
			return prepare(ctx, store, events)
		},
	}
}

func prepare(ctx context.Context, store chat.Store, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
	var ids []chat.MessageID
	for _, e := range events {
		if e.Type == chat.MessageCreated || e.Type == chat.MessageUpdated {
			ids = append(ids, chat.MessageID(e.Ref))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	var docs []chat.Indexed
	err := store.Read(ctx, func(r chat.Reader) (err error) {
		docs, err = r.Indexable(ctx, slices.Compact(ids))
		return err
	})
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	for i := range docs {
		docs[i].Tokens = text.Tokens(docs[i].Content)
	}
	return func(ctx context.Context, tx chat.Tx) error { return tx.Index(ctx, docs) }, nil
}
