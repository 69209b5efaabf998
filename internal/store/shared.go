package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"parley/internal/chat"
)

// Shared is how an engine lets several nodes write to one database.
//
// Typed batches of different nodes run side by side: each first locks its
// conversations, in ascending order. Functions read whatever they like before
// they write, so in the whole cluster one runs at a time, each in a transaction
// of its own; a conversation that one looks at is locked from then on.
type Shared struct {
	// Begin and BeginAlone are the first statement of a typed batch and of a
	// function's transaction. They return the transaction's number.
	Begin, BeginAlone string
	// Outcome says what became of transaction $1: 1 committed, 0 rolled back or
	// never known, -1 still under way.
	Outcome string
	// Lock locks the conversations in $1 until the end of the transaction.
	Lock string
	// Draw draws $1 positions. Until the transaction has ended none of them, and
	// nothing after them, is below the horizon.
	Draw string
	// Again reports an error that is no answer: the transaction stood in another's
	// way and has to be repeated.
	Again func(error) bool
	// Lost reports that the connection is gone, or cannot be had at the moment.
	Lost func(error) bool
}

const (
	// patience is how long a lost database is waited for before callers are told.
	patience = 20 * time.Second
	// conflicts is how often a transaction is repeated for a conflict.
	conflicts = 20
	// firstPause grows up to lastPause between two tries to reach a database.
	firstPause, lastPause = 20 * time.Millisecond, time.Second
)

// persist commits a batch in spite of conflicts and of a database that is away
// for a while. A commit whose answer was lost is looked up, not repeated.
func (c *committer) persist(batch []*job) ([]*chat.Event, error) {
	giveUp, pause := time.Time{}, firstPause
	for conflict := 0; ; {
		t, err := c.try(batch)
		if errors.Is(err, errAlone) {
			if err = c.disturbed(batch[0].err); err == nil {
				return nil, nil
			}
		}
		shared := c.store.engine.Shared
		switch {
		case err == nil:
			return t.events, nil
		case shared.Lost(err):
			if giveUp.IsZero() { // not from the beginning: this node may have stood still since
				giveUp = time.Now().Add(patience)
			}
			if t != nil && t.committing {
				if done, known := c.outcome(t.number, giveUp); done || !known {
					return t.events, unknownUnless(done, err)
				}
			}
			if !c.pauseUntil(giveUp, &pause) {
				return nil, awayError(err)
			}
		case shared.Again(err) && conflict < conflicts:
			conflict++
		default:
			return nil, err
		}
		for _, j := range batch {
			j.startAfresh()
		}
	}
}

// disturbed returns a function's error if it says nothing about the function.
func (c *committer) disturbed(err error) error {
	if err != nil && (c.store.engine.Shared.Lost(err) || c.store.engine.Shared.Again(err)) {
		return err
	}
	return nil
}

// errUnknownOutcome says that a transaction may have been committed. Nothing of it
// may be repeated.
var errUnknownOutcome = errors.New("it is not known whether this was done")

func unknownUnless(done bool, err error) error {
	if done {
		return nil
	}
	return fmt.Errorf("commit: %w: %w", errUnknownOutcome, err)
}

func awayError(cause error) error {
	e := chat.Errorf(chat.Overloaded, "The database cannot be reached at the moment")
	e.RetryAfter, e.Err = retryWhenFull, cause
	return e
}

// outcome asks what became of a transaction whose commit was not answered.
func (c *committer) outcome(number int64, giveUp time.Time) (committed, known bool) {
	pause := firstPause
	for {
		ctx, cancel := context.WithDeadline(context.Background(), giveUp)
		state := int64(-1)
		err := c.store.writer.QueryRowContext(ctx, c.store.engine.Rebind(c.store.engine.Shared.Outcome), number).Scan(&state)
		cancel()
		if err == nil && state >= 0 {
			return state == 1, true
		}
		if err != nil {
			c.store.log.Warn("asking for the outcome of a commit", "transaction", number, "error", err)
		}
		if !c.pauseUntil(giveUp, &pause) {
			return false, false
		}
	}
}

// pauseUntil waits a little, each time longer, and reports whether there is time
// for another try.
func (c *committer) pauseUntil(giveUp time.Time, pause *time.Duration) bool {
	if time.Now().Add(*pause).After(giveUp) {
		return false
	}
	select {
	case <-c.quit:
		return false
	case <-time.After(*pause):
	}
	*pause = min(2**pause, lastPause)
	return true
}

// open runs the first statement of a transaction on a shared database.
func (t *tx) open(ctx context.Context, alone bool) (err error) {
	text := t.engine.Shared.Begin
	if alone {
		text = t.engine.Shared.BeginAlone
	}
	t.number, err = number(ctx, t.session, text)
	return err
}

// lock holds conversations for the rest of the transaction, so that what is read
// of them stays true. On an engine of one writer everything does.
func (t *tx) lock(ctx context.Context, ids ...chat.ConversationID) error {
	if t.engine.Shared == nil {
		return nil
	}
	wanted := make([]chat.ConversationID, 0, len(ids))
	for _, id := range ids {
		if !t.locked[id] {
			t.locked[id] = true
			wanted = append(wanted, id)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	_, err := t.exec(ctx, t.engine.Shared.Lock, idsJSON(wanted))
	return err
}

// Conversation implements chat.Reader.
func (t *tx) Conversation(ctx context.Context, id chat.ConversationID) (*chat.Conversation, error) {
	if err := t.lock(ctx, id); err != nil {
		return nil, err
	}
	return t.reader.Conversation(ctx, id)
}

// Participant implements chat.Reader.
func (t *tx) Participant(ctx context.Context, c chat.ConversationID, u chat.UserID) (*chat.Participant, error) {
	if err := t.lock(ctx, c); err != nil {
		return nil, err
	}
	return t.reader.Participant(ctx, c, u)
}

// DirectBetween implements chat.Reader.
func (t *tx) DirectBetween(ctx context.Context, a, b chat.UserID) (*chat.Conversation, error) {
	c, err := t.reader.DirectBetween(ctx, a, b)
	if err != nil || c == nil || t.engine.Shared == nil {
		return c, err
	}
	return t.Conversation(ctx, c.ID)
}

// lockTyped locks the conversations of a typed batch at once, in the order that
// keeps two batches from waiting for each other.
func (t *tx) lockTyped(ctx context.Context, batch []*job) error {
	if t.engine.Shared == nil {
		return nil
	}
	ids := make([]chat.ConversationID, len(batch))
	for i, j := range batch {
		if j.append != nil {
			ids[i] = j.append.Message.ConversationID
		} else {
			ids[i] = j.move.ConversationID
		}
	}
	return t.lock(ctx, ids...)
}

// together says how many calls from the front may share a transaction.
func (c *committer) together(batch []*job) int {
	if c.store.engine.Shared == nil {
		return len(batch)
	}
	if batch[0].run != nil {
		return 1
	}
	for i, j := range batch {
		if j.run != nil {
			return i
		}
	}
	return len(batch)
}

// reading runs fn on a pooled connection. On a shared database one that is gone
// is replaced and fn runs again: it only reads.
func (s *Store) reading(ctx context.Context, r *session, fn func(*session) error) (*session, error) {
	giveUp, pause := time.Time{}, firstPause
	for {
		err := fn(r)
		if s.engine.Shared == nil || err == nil || ctx.Err() != nil || !s.engine.Shared.Lost(err) {
			return r, err
		}
		if giveUp.IsZero() {
			giveUp = time.Now().Add(patience)
		}
		for {
			fresh, failed := s.newReader(ctx)
			if failed == nil {
				_ = r.close() // it is gone anyway
				r = fresh
				break
			}
			if time.Now().After(giveUp) {
				return r, awayError(errors.Join(err, failed))
			}
			select {
			case <-ctx.Done():
				return r, ctx.Err()
			case <-s.closed:
				return r, errClosed
			case <-time.After(pause):
			}
			pause = min(2*pause, lastPause)
		}
		if time.Now().After(giveUp) {
			return r, awayError(err)
		}
	}
}

func (s *Store) newReader(ctx context.Context) (*session, error) {
	c, err := s.readers.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a reading connection: %w", err)
	}
	return s.session(c), nil
}

func (s *Store) session(c *sql.Conn) *session {
	return &session{prepare: c.PrepareContext, release: c.Close, engine: &s.engine, stmts: map[string]*sql.Stmt{}}
}
