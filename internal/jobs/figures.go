package jobs

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/chat"
)

// checkLog looks at the numbers of all conversations; an administrator may ask for it
// in between.
var checkLog = kind{
	name: chat.CheckLog{}.Kind(), every: 24 * time.Hour,
	work: func(ctx context.Context, s Services, _ json.RawMessage) error { return s.Admin.CheckLog(ctx) },
}

// tally stores the figures of the day.
var tally = kind{
	name: "tally", every: 15 * time.Minute,
	work: func(ctx context.Context, s Services, _ json.RawMessage) error { return s.Admin.Tally(ctx) },
}
