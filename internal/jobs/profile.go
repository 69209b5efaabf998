package jobs

import (
	"context"

	"parley/internal/chat"
)

// tellProfile is enqueued when somebody's name or picture changes.
var tellProfile = kind{
	name: chat.TellProfile{}.Kind(),
	work: on(func(ctx context.Context, s Services, j chat.TellProfile) error {
		return s.Chat.TellProfile(ctx, chat.UserID(j.ID))
	}),
}
