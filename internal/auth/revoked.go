package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// revocationMemory is how long a revocation has to be known: as long as a token
// from before it can still be accepted.
const revocationMemory = accessLifetime + expirySkew

// revocationPage bounds what one query brings.
const revocationPage = 500

// revoked is what this process knows of revocations, so that checking a token
// asks nobody. The table is the truth; a signal on the bus only says that there
// is something new in it.
type revoked struct {
	store Store

	// announced counts the signals, known is its value when the table was last
	// read: when they differ, the memory may be behind.
	announced, known atomic.Int64

	reading sync.Mutex // held by who reads the table
	newest  int64      // id of the last revocation that was read

	mu       sync.RWMutex
	sessions map[chat.SessionID]time.Time // and until when to remember
	users    map[chat.UserID]userRevoked
}

// userRevoked is what is known about all sessions of a user.
type userRevoked struct {
	ended int64 // sessions with tokens of an earlier epoch have ended
	renew int64 // tokens of an earlier epoch have to be fetched anew
	until time.Time
}

func newRevoked(store Store) *revoked {
	return &revoked{store: store, sessions: map[chat.SessionID]time.Time{}, users: map[chat.UserID]userRevoked{}}
}

// announce makes the next reader look into the table first.
func (r *revoked) announce() { r.announced.Add(1) }

func (r *revoked) behind() bool { return r.announced.Load() != r.known.Load() }

// catchUp reads what is new in the table and returns it.
func (r *revoked) catchUp(ctx context.Context, now time.Time) (fresh []Revocation, err error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	announced := r.announced.Load() // before reading: what comes meanwhile is read again
	for {
		var page []Revocation
		err := r.store.ReadAccounts(ctx, func(t Reader) (err error) {
			page, err = t.RevocationsAfter(ctx, r.newest, revocationPage)
			return err
		})
		if err != nil {
			return fresh, err
		}
		r.remember(page, now)
		fresh = append(fresh, page...)
		if len(page) < revocationPage {
			r.known.Store(announced)
			return fresh, nil
		}
	}
}

func (r *revoked) remember(page []Revocation, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	until := now.Add(revocationMemory) // from when it was heard: no two clocks are compared
	for _, v := range page {
		r.newest = v.ID
		if v.Session != 0 {
			r.sessions[v.Session] = until
			continue
		}
		u := r.users[v.UserID]
		u.until = until
		if v.Renew {
			u.renew = v.ID
		} else {
			u.ended = v.ID
		}
		r.users[v.UserID] = u
	}
}

// check refuses a token that was revoked.
func (r *revoked) check(a access) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ended := r.sessions[a.session]
	u := r.users[a.user]
	switch {
	case ended || a.epoch < u.ended:
		return errSessionEnded()
	case a.epoch < u.renew:
		return errTokenExpired() // its refresh token is good: that is what a client tries then
	}
	return nil
}

// forget drops what is about tokens that have expired since.
func (r *revoked) forget(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, until := range r.sessions {
		if !now.Before(until) {
			delete(r.sessions, id)
		}
	}
	for id, u := range r.users {
		if !now.Before(u.until) {
			delete(r.users, id)
		}
	}
}
