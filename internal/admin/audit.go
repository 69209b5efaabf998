package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley/internal/chat"
)

// DeedFilter says which entries of the audit log are wanted.
type DeedFilter struct {
	// Action is one, or all that begin with what stands before its dot: "user.". "":
	// all. chat.ActionFileAccessed is another log, of which it is all.
	Action   string
	Kind     string       // of what it was done to, as TargetKind says; "": all
	By       *chat.UserID // 0: an API key by itself, or the operator
	Target   int64        // 0: all
	From, To time.Time    // zero: no bound
	Before   int64        // an id; 0: from the newest
	Limit    int
}

// LoggedDeed is an entry of the audit log with the names that people have now.
type LoggedDeed struct {
	chat.Deed
	ByName     string
	TargetName string // of a user
}

// TargetKinds are all that there are.
var TargetKinds = []string{"user", "invitation", "apikey", "setting", "conversation", "room", "report", "file", "log", "backup"}

// TargetKind is what an action is done to, one of TargetKinds.
func TargetKind(a chat.Action) string {
	kind, _, _ := strings.Cut(string(a), ".")
	if kind == "session" {
		return "user"
	}
	return kind
}

// Deeds returns a page of the audit log, the newest first.
func (s *Service) Deeds(ctx context.Context, f DeedFilter) (page []LoggedDeed, more bool, err error) {
	known := func(a chat.Action) bool {
		return string(a) == f.Action || strings.HasSuffix(f.Action, ".") && strings.HasPrefix(string(a), f.Action)
	}
	if f.Action != "" && !slices.ContainsFunc(chat.Actions, known) {
		return nil, false, chat.Invalid("action", "action must be one of the audit log's, or what stands before its dot with the dot")
	}
	if f.Kind != "" && !slices.Contains(TargetKinds, f.Kind) {
		return nil, false, chat.Invalid("targetType", "targetType must be one of %s", strings.Join(TargetKinds, ", "))
	}
	err = s.read(ctx, func(r Reader) error {
		var found []chat.Deed
		var err error
		if f.Kind == "file" || known(chat.ActionFileAccessed) {
			found, more, err = r.FileAccesses(ctx, f)
		} else {
			found, more, err = r.Deeds(ctx, f)
		}
		if err != nil {
			return err
		}
		page, err = named(ctx, r, found)
		return err
	})
	return page, more, err
}

func named(ctx context.Context, r Reader, found []chat.Deed) ([]LoggedDeed, error) {
	var ids []chat.UserID
	for _, d := range found {
		ids = append(ids, d.By)
		if TargetKind(d.Action) == "user" {
			ids = append(ids, chat.UserID(d.Target))
		}
	}
	slices.Sort(ids)
	people, err := r.Users(ctx, slices.Compact(ids))
	names := make(map[chat.UserID]string, len(people))
	for i := range people {
		names[people[i].ID] = people[i].Name()
	}
	page := make([]LoggedDeed, len(found))
	for i, d := range found {
		page[i] = LoggedDeed{Deed: d, ByName: names[d.By]}
		if TargetKind(d.Action) == "user" {
			page[i].TargetName = names[chat.UserID(d.Target)]
		}
	}
	return page, err
}
