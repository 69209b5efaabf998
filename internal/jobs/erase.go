package jobs

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/chat"
)

// eraseConversation is enqueued when a conversation is deleted.
var eraseConversation = kind{
	name: chat.EraseConversation{}.Kind(),
	work: on(func(ctx context.Context, s Services, j chat.EraseConversation) error {
		return s.Chat.EraseConversation(ctx, chat.ConversationID(j.ID))
	}),
}

// eraseAccount is enqueued when an account is deleted.
var eraseAccount = kind{
	name: chat.EraseAccount{}.Kind(),
	work: on(func(ctx context.Context, s Services, j chat.EraseAccount) error {
		return s.Chat.EraseAccount(ctx, chat.UserID(j.ID))
	}),
}

// sweepDeleted takes up what those two have given up.
var sweepDeleted = kind{
	name: "sweep_deleted", every: time.Hour,
	work: func(ctx context.Context, s Services, _ json.RawMessage) error { return s.Chat.SweepDeleted(ctx) },
}
