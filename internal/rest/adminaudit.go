package rest

import (
	"encoding/json"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/chatapi"
)

// deed is an entry of the audit log.
type deed struct {
	ID         int64           `json:"id"`
	At         string          `json:"at" format:"date-time"`
	ActorID    *chat.UserID    `json:"actorId" doc:"Null: an API key by itself, or the operator at a shell."`
	ActorName  *string         `json:"actorName" doc:"As it is now."`
	APIKeyID   *int64          `json:"apiKeyId" doc:"The key that the actor came with, or that acted by itself."`
	Action     chat.Action     `json:"action"`
	TargetType string          `json:"targetType" enum:"user,invitation,apikey,setting,conversation,room,report,file,log,backup"`
	TargetID   *int64          `json:"targetId"`
	TargetName *string         `json:"targetName" doc:"Of a user, as it is now."`
	Detail     json.RawMessage `json:"detail" doc:"What else there is to know: never a secret or a content."`
}

type auditIn struct {
	_      struct{}   `doc:"Who did what, the newest first: changed roles, disabled, enabled and erased accounts, new passwords, ended sessions, invitations, API keys, settings, handed over and deleted conversations, ended rooms, closed reports. With the action file.accessed it is the log of who looked at which file, which is kept for 90 days."`
	Action string     `query:"action" maxLength:"50" example:"user.roles" doc:"Only this action, or all that begin with what stands before its dot: user."`
	Actor  *int64     `query:"actorId" minimum:"0" doc:"Only what this user did; 0: API keys by themselves, and the operator."`
	Type   string     `query:"targetType" enum:"user,invitation,apikey,setting,conversation,room,report,file,log,backup" doc:"Only what was done to such a thing."`
	Target *int64     `query:"targetId" minimum:"1" doc:"Only what was done to the thing with this id; say of which type it is."`
	From   *time.Time `query:"from" doc:"Only from this time on."`
	To     *time.Time `query:"to" doc:"Only before this time."`
	Before *int64     `query:"before" minimum:"1" doc:"Only entries with a smaller id than this."`
	Limit  int        `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many to return at most."`
}

func (a *API) listDeeds(c *call, in auditIn) (answer[[]deed], error) {
	f := admin.DeedFilter{Action: in.Action, Kind: in.Type, From: timeOf(in.From), To: timeOf(in.To), Limit: in.Limit}
	if in.Target != nil {
		f.Target = *in.Target
	}
	if in.Before != nil {
		f.Before = *in.Before
	}
	if in.Actor != nil {
		f.By = new(chat.UserID(*in.Actor))
	}
	list, more, err := a.options.Admin.Deeds(c, f)
	if err != nil {
		return no[[]deed](err)
	}
	shown := make([]deed, len(list))
	for i := range list {
		shown[i] = deedOf(c, &list[i])
	}
	page := cursorPage[int64]{Limit: in.Limit, HasMore: more}
	if n := len(list); n > 0 {
		page.Before, page.After = &list[n-1].ID, &list[0].ID
	}
	return answer[[]deed]{data: shown, page: page}, nil
}

func deedOf(c *call, d *admin.LoggedDeed) deed {
	shown := deed{
		ID: d.ID, At: chatapi.Time(d.At), ActorName: filled(c.text(d.ByName)), Action: d.Action,
		TargetType: admin.TargetKind(d.Action), TargetName: filled(c.text(d.TargetName)), Detail: d.Detail,
	}
	if d.By != 0 {
		shown.ActorID = &d.By
	}
	if d.Key != 0 {
		shown.APIKeyID = &d.Key
	}
	if d.Target != 0 {
		shown.TargetID = &d.Target
	}
	return shown
}
