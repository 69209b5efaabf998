package jobs

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/chat"
)

// planTimed makes the jobs below for what comes soon.
var planTimed = kind{
	name: "plan_timed", every: 5 * time.Minute,
	work: func(ctx context.Context, s Services, _ json.RawMessage) error { return s.Chat.PlanTimed(ctx) },
}

// remind is enqueued for the time of a reminder.
var remind = kind{
	name: chat.Remind{}.Kind(),
	work: on(func(ctx context.Context, s Services, j chat.Remind) error {
		return s.Chat.Remind(ctx, chat.UserID(j.UserID), chat.MessageID(j.MessageID), time.UnixMilli(j.At))
	}),
}

// clearStatus is enqueued for the end of a status.
var clearStatus = kind{
	name: chat.ClearStatus{}.Kind(),
	work: on(func(ctx context.Context, s Services, j chat.ClearStatus) error {
		return s.Chat.ClearStatus(ctx, chat.UserID(j.ID), time.UnixMilli(j.At))
	}),
}
