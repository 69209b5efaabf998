package jobs

import (
	"context"
	"encoding/json"
	"time"
)

// pruneLog removes old events.
var pruneLog = kind{
	name: "prune_log", every: 24 * time.Hour,
	work: func(ctx context.Context, s Services, _ json.RawMessage) error { return s.Chat.PruneLog(ctx, s.KeepLog) },
}

// pruneAccounts removes sessions, invitations and revocations that are over.
var pruneAccounts = kind{
	name: "prune_accounts", every: time.Hour,
	work: func(ctx context.Context, s Services, _ json.RawMessage) error { return s.Auth.Prune(ctx) },
}
