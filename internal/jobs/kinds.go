package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/admin"
	"parley/internal/auth"
	"parley/internal/chat"
)

// Services are what jobs work on.
type Services struct {
	Chat *chat.Service
	Auth *auth.Service
	// Admin is what administrators look at.
	Admin *admin.Service
	// KeepLog is how long the log of events is kept.
	KeepLog time.Duration
}

// kind is one kind of background work.
type kind struct {
	// name is what its rows are called in the queue; it never changes.
	name string
	// every makes it periodic: it runs once in each such period in the whole
	// cluster. Others are enqueued by a change.
	every time.Duration
	// work may be cut off whenever its context ends, and runs again later; it must
	// get further each time. It may run twice.
	work func(ctx context.Context, s Services, args json.RawMessage) error
}

// register holds all kinds. A new one is a file and a line here.
var register = []kind{
	eraseConversation,
	eraseAccount,
	tellProfile,
	planTimed,
	remind,
	clearStatus,
	sweepDeleted,
	pruneLog,
	pruneAccounts,
	checkLog,
	tally,
}

// on makes work of a function of a job.
func on[J chat.Job](work func(context.Context, Services, J) error) func(context.Context, Services, json.RawMessage) error {
	return func(ctx context.Context, s Services, args json.RawMessage) error {
		var j J
		if err := json.Unmarshal(args, &j); err != nil {
			return fmt.Errorf("read the job: %w", err)
		}
		return work(ctx, s, j)
	}
}
