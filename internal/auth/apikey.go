package auth

import (
	"context"
	"slices"
	"strings"

	"parley/internal/chat"
	"parley/internal/text"
)

// Scopes of an API key.
const (
	ScopeUsersWrite = "users:write" // make and change the application's users
	ScopeChatAct    = "chat:act"    // act as any user (X-Act-As)
	ScopeAdmin      = "admin"       // administration
	ScopeEventsRead = "events:read" // read the events of everything
)

var scopes = []string{ScopeUsersWrite, ScopeChatAct, ScopeAdmin, ScopeEventsRead}

const (
	maxKeyName = 100
	hintLength = len(keyPrefix) + 4
)

// CreateKey makes an API key. The secret is not stored: this is the only time
// that it is seen. The caller has checked that by may.
func (s *Service) CreateKey(ctx context.Context, by chat.Actor, name string, wanted []string) (secret string, key APIKey, err error) {
	line, err := text.Line(name)
	if err != nil || text.IsBlank(line) || text.Length(line) > maxKeyName {
		return "", APIKey{}, chat.Invalid("name", "name must have 1 to %d visible characters", maxKeyName)
	}
	if len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(scopes, w) }) {
		return "", APIKey{}, chat.Invalid("scopes", "scopes must be some of %s", strings.Join(scopes, ", "))
	}
	secret = newSecret(keyPrefix, secretBytes)
	key = APIKey{Name: line, Hint: secret[:hintLength], Scopes: sortedSet(wanted), CreatedBy: by.ID, CreatedAt: s.now()}
	err = s.change(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.InsertAPIKey(ctx, &key, digestOf(secret)); err != nil {
			return err
		}
		return s.record(ctx, tx, by, chat.ActionKeyCreated, key.ID, map[string]any{"scopes": key.Scopes})
	})
	if err != nil {
		return "", APIKey{}, err
	}
	return secret, key, nil
}

// Keys returns all API keys, revoked ones too. The caller has checked that the
// actor may see them.
func (s *Service) Keys(ctx context.Context) (keys []APIKey, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		keys, err = r.APIKeys(ctx)
		return err
	})
	return keys, err
}

// RevokeKey makes an API key useless from the next request on. Connections that
// it opened have no session to end and stay until they close.
func (s *Service) RevokeKey(ctx context.Context, by chat.Actor, id int64) error {
	return s.change(ctx, func(ctx context.Context, tx Tx) error {
		existed, err := tx.RevokeAPIKey(ctx, id, s.now())
		if err != nil {
			return err
		}
		if !existed {
			return chat.Errorf(chat.NotFound, "API key not found")
		}
		return s.record(ctx, tx, by, chat.ActionKeyRevoked, id, nil)
	})
}

func sortedSet(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
