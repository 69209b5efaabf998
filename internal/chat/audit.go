package chat

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Action says what somebody did. What stands before the dot is the kind of thing
// that he did it to.
type Action string

// Actions of the audit log.
const (
	ActionUserCreated      Action = "user.created"
	ActionUserRoles        Action = "user.roles"
	ActionUserDisabled     Action = "user.disabled"
	ActionUserEnabled      Action = "user.enabled"
	ActionUserPassword     Action = "user.password"
	ActionUserErased       Action = "user.erased"
	ActionSessionOpened    Action = "session.opened" // for a user, without his password
	ActionSessionEnded     Action = "session.ended"
	ActionInvited          Action = "invitation.created"
	ActionUninvited        Action = "invitation.revoked"
	ActionKeyCreated       Action = "apikey.created"
	ActionKeyRevoked       Action = "apikey.revoked"
	ActionSettingChanged   Action = "setting.changed"
	ActionHandedOver       Action = "conversation.handed_over"
	ActionConversationGone Action = "conversation.deleted" // of disposable rooms too, in entries of before ActionRoomEnded
	ActionRoomEnded        Action = "room.ended"           // by an administrator; which one it was is not kept
	ActionReportClosed     Action = "report.closed"
	ActionLogCheck         Action = "log.checked"
	ActionBackup           Action = "backup.made"

	// ActionFileAccessed is what the log of accesses to files tells.
	ActionFileAccessed Action = "file.accessed"
)

// Actions are all that there are.
var Actions = []Action{
	ActionUserCreated, ActionUserRoles, ActionUserDisabled, ActionUserEnabled, ActionUserPassword, ActionUserErased,
	ActionSessionOpened, ActionSessionEnded, ActionInvited, ActionUninvited, ActionKeyCreated, ActionKeyRevoked,
	ActionSettingChanged, ActionHandedOver, ActionConversationGone, ActionRoomEnded, ActionReportClosed, ActionLogCheck, ActionBackup, ActionFileAccessed,
}

// Deed is an entry of the audit log. It holds numbers and words of the program:
// never a secret, nor the name of a person or a conversation, which would outlive
// them there.
type Deed struct {
	ID     int64
	At     time.Time
	By     UserID // 0: an API key by itself, or the operator
	Key    int64  // the API key; 0: none
	Action Action
	Target int64           // whom or what; 0: nothing that has an id
	Detail json.RawMessage // an object
}

// Record writes what an actor does into the audit log, in the transaction of the
// deed itself.
func Record(ctx context.Context, tx Tx, by Actor, at time.Time, what Action, target int64, detail map[string]any) error {
	d := Deed{At: at, By: by.ID, Key: by.Key, Action: what, Target: target, Detail: EmptyObject}
	if len(detail) > 0 {
		var err error
		if d.Detail, err = json.Marshal(detail); err != nil {
			return err
		}
	}
	return tx.InsertDeed(ctx, &d)
}

// MayLoseAdmin refuses to take its last administrator from the server. Only the
// operator, who can make another one at any time, may do that.
func MayLoseAdmin(ctx context.Context, r Reader, by Actor, u *User) error {
	if by.IsOperator() || !u.Active() || !slices.Contains(u.Roles, RoleServerAdmin) {
		return nil
	}
	other, err := r.HasOtherAdmin(ctx, u.ID)
	if err == nil && !other {
		err = Errorf(Conflict, "The server needs an administrator: make somebody else one first")
	}
	return err
}

// Activity is what somebody did on a day, counted from 1970 in UTC.
type Activity struct {
	UserID   UserID
	Day      int64
	Messages int64 // that he sent
}

// DayOf is the day of a time, as Activity counts.
func DayOf(t time.Time) int64 { return t.UnixMilli() / (24 * time.Hour).Milliseconds() }
