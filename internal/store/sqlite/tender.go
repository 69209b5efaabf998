package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"
)

const (
	// scrubAfter is how long what was erased may wait for others that are erased
	// with it (promise P7 gives it 60 s), scrubAgain the pause after readers were
	// in the way.
	scrubAfter, scrubAgain = 2 * time.Second, 500 * time.Millisecond
)

// tender empties the write-ahead log when something was erased, because its bytes
// still stand there. Everyday checkpoints are the writer's: on a connection of
// their own they made the slowest commits four times slower, since both then wait
// for the same disk.
type tender struct {
	db  *sql.DB
	log *slog.Logger
}

// run ends with ctx. Every receive from erased asks for an empty log.
func (t *tender) run(ctx context.Context, erased <-chan struct{}) {
	scrub := time.NewTimer(time.Hour)
	scrub.Stop()
	for wanted := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-erased:
			if !wanted {
				wanted = true
				scrub.Reset(scrubAfter)
			}
		case <-scrub.C:
			if wanted = !t.truncate(ctx); wanted {
				scrub.Reset(scrubAgain)
			}
		}
	}
}

// truncate reports whether the whole log was copied and emptied.
func (t *tender) truncate(ctx context.Context) bool {
	var busy, frames, copied int64
	err := t.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied)
	if err != nil && ctx.Err() == nil {
		t.log.Warn("emptying the write-ahead log", "error", err)
	}
	return err == nil && busy == 0
}

func openTender(where place, log *slog.Logger) (*tender, error) {
	db, err := open(where, "busy_timeout(2000)", "synchronous(FULL)")
	if err != nil {
		return nil, fmt.Errorf("open the connection for checkpoints: %w", err)
	}
	db.SetMaxOpenConns(1)
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &tender{db: db, log: log}, nil
}
