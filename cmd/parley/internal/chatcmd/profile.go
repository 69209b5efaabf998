package chatcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"parley/client"
)

const (
	defaultProfile = "default"
	// A lock that is older than any renewal was left behind by a process that
	// died.
	lockLife = time.Minute
	lockPoll = 50 * time.Millisecond
)

// profile is the file that a login is kept in.
type profile struct {
	name string
	path string
}

// session is a login.
type session struct {
	Server   string        `json:"server"`
	UserID   int64         `json:"userId"`
	Username string        `json:"username"`
	Tokens   client.Tokens `json:"tokens"`
}

var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)

func openProfile(name string) (profile, error) {
	if name == "" {
		name = defaultProfile
	}
	if !profileName.MatchString(name) {
		return profile{}, fmt.Errorf("%q cannot be a profile: use letters, digits, '.', '_' and '-'", name)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return profile{}, fmt.Errorf("no place to remember a login: %w", err)
	}
	file := "session.json"
	if name != defaultProfile {
		file = "session-" + name + ".json"
	}
	return profile{name, filepath.Join(dir, "parley", file)}, nil
}

var errNotLoggedIn = errors.New("not logged in: run parley chat login")

func (p profile) load() (session, error) {
	var s session
	text, err := os.ReadFile(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.name != defaultProfile:
		return s, fmt.Errorf("%w --profile %s", errNotLoggedIn, p.name)
	case errors.Is(err, fs.ErrNotExist):
		return s, errNotLoggedIn
	case err != nil:
		return s, fmt.Errorf("reading the login: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s is damaged: %w", p.path, err)
	}
	return s, nil
}

// save replaces the file as a whole, readable by its owner only.
func (p profile) save(s session) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := p.replace(append(text, '\n')); err != nil {
		return fmt.Errorf("remembering the login: %w", err)
	}
	return nil
}

func (p profile) replace(text []byte) error {
	dir := filepath.Dir(p.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".session-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), p.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (p profile) forget() error {
	if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forgetting the login: %w", err)
	}
	return nil
}

// renew is the client.Renewal of a session that other terminals use too: one
// process at a time exchanges tokens, and takes those of another if they are
// newer.
func (p profile) renew(ctx context.Context, held client.Tokens, exchange func(context.Context, client.Tokens) (client.Tokens, error)) (client.Tokens, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return client.Tokens{}, err
	}
	defer unlock()
	s, err := p.load()
	if err != nil {
		return client.Tokens{}, err
	}
	if s.Tokens.Access != held.Access && time.Now().Before(s.Tokens.RenewAt) {
		return s.Tokens, nil
	}
	if s.Tokens, err = exchange(ctx, s.Tokens); err != nil {
		return client.Tokens{}, err
	}
	return s.Tokens, p.save(s)
}

// lock waits until no other process renews the session.
func (p profile) lock(ctx context.Context) (unlock func(), err error) {
	path := p.path + ".lock"
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			f.Close()
			return func() { os.Remove(path) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("locking the login: %w", err)
		}
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > lockLife {
			os.Remove(path)
			continue
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another parley is renewing the login: %w", ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}
