package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"parley/internal/admin"
	"parley/internal/auth"
	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/store"
)

// Accounts is what the command line needs of a deployment. It may be used beside
// a running server, which hears of revocations within a second.
type Accounts struct {
	Auth  *auth.Service
	Chat  *chat.Service
	Admin *admin.Service

	store *store.Store
}

// OpenAccounts opens the deployment's database; the schema is brought up to date.
//
// A folder without a database is an error: a wrong folder must not look like an
// empty deployment.
func OpenAccounts(ctx context.Context, cfg config.Config) (*Accounts, error) {
	if _, err := os.Stat(databasePath(cfg)); cfg.Database == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no Parley database in %s: name the server's folder with --data, or its file with --config", cfg.Data)
	}
	return OpenNewAccounts(ctx, cfg)
}

// OpenNewAccounts is OpenAccounts for a folder that may still be empty.
func OpenNewAccounts(ctx context.Context, cfg config.Config) (*Accounts, error) {
	log := slog.New(slog.DiscardHandler)
	st, err := openStore(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	cfg.RateLimits.On = false // the operator knows what he does
	b := bus.NewLocal()
	a := &Accounts{Chat: newChat(st, b, cfg, nil, nil, log), store: st}
	if a.Auth, err = newAuth(ctx, st, b, cfg, nil, log); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	a.Admin = admin.New(st, b, changeables(&cfg, a.Chat, a.Auth), admin.Options{Disk: diskOf(cfg)})
	if err := a.Admin.Settings.Load(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// Close closes the database.
func (a *Accounts) Close() error {
	return errors.Join(a.Auth.Stop(context.Background()), a.store.Close())
}

// UserNamed finds an account by its username.
func (a *Accounts) UserNamed(ctx context.Context, username string) (u *chat.User, err error) {
	err = a.store.Read(ctx, func(r chat.Reader) error {
		u, err = r.UserByUsername(ctx, username)
		return err
	})
	if err == nil && u == nil {
		err = chat.Errorf(chat.NotFound, "There is no account %q", username)
	}
	return u, err
}
