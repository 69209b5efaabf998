// Package search keeps the index of messages behind the log.
package search

import (
	"context"

	"parley/internal/chat"
	"parley/internal/text"
)

// Follower is the name under which the index follows the log.
const Follower = "search"

// indexed is a message with the tokens of its text.
type indexed struct {
	chat.Searchable
	tokens []string
}

// Indexer returns what the follower does with a page of events: the tokens are
// made beforehand, and what a message says by then decides when they are written,
// so that nothing that was deleted comes back.
func Indexer(store chat.Store) func(context.Context, []*chat.Event) (func(context.Context, chat.Tx) error, error) {
	return func(ctx context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
		ids := touched(events)
		if len(ids) == 0 {
			return nil, nil
		}
		prepared := map[chat.MessageID]indexed{}
		err := store.Read(ctx, func(r chat.Reader) error {
			list, err := r.Searchable(ctx, ids)
			for _, s := range list {
				prepared[s.ID] = indexed{s, text.Tokens(s.Content)}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, tx chat.Tx) error { return write(ctx, tx, ids, prepared) }, nil
	}
}

// touched returns the messages whose text may have changed, each once.
func touched(events []*chat.Event) []chat.MessageID {
	var ids []chat.MessageID
	seen := map[int64]bool{}
	for _, e := range events {
		switch e.Type {
		case chat.MessageCreated, chat.MessageUpdated, chat.MessageDeleted:
			if !seen[e.Ref] {
				seen[e.Ref] = true
				ids = append(ids, chat.MessageID(e.Ref))
			}
		}
	}
	return ids
}

func write(ctx context.Context, tx chat.Tx, ids []chat.MessageID, prepared map[chat.MessageID]indexed) error {
	now, err := tx.Searchable(ctx, ids)
	if err != nil {
		return err
	}
	if err := tx.UnindexMessages(ctx, ids); err != nil {
		return err
	}
	for _, s := range now {
		p := prepared[s.ID]
		if p.Content != s.Content {
			p.tokens = text.Tokens(s.Content)
		}
		if err := tx.IndexMessage(ctx, s, p.tokens); err != nil {
			return err
		}
	}
	return nil
}
