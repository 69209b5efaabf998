package admin

import (
	"context"
	"time"

	"parley/internal/chat"
)

// Store keeps what administration needs beside everything else.
type Store interface {
	// ReadAdmin is chat.Store's Read, WriteAdmin its Write: fn may run again after a
	// conflict, so it must have no other effects.
	ReadAdmin(ctx context.Context, fn func(Reader) error) error
	WriteAdmin(ctx context.Context, fn func(Tx) error) error
}

// Reader is what administrators may ask.
type Reader interface {
	chat.Reader

	// People returns a page of accounts and whether there are more.
	People(ctx context.Context, f PeopleFilter) (page []Person, more bool, err error)
	// PeopleByID returns what there is of these, deleted ones too.
	PeopleByID(ctx context.Context, ids []chat.UserID, now time.Time) ([]Person, error)
	// Groups returns a page of groups and channels and whether there are more.
	Groups(ctx context.Context, f GroupFilter) (page []Group, more bool, err error)
	// GroupsByID returns what there is of these.
	GroupsByID(ctx context.Context, ids []chat.ConversationID) ([]Group, error)
	// Deeds returns a page of the audit log, the newest first, and whether there are
	// more. FileAccesses does so with the log of accesses to files.
	Deeds(ctx context.Context, f DeedFilter) (page []chat.Deed, more bool, err error)
	FileAccesses(ctx context.Context, f DeedFilter) (page []chat.Deed, more bool, err error)

	// SettingsVersion grows with each change of a setting.
	SettingsVersion(ctx context.Context) (int64, error)
	// StoredSettings are those that an administrator has changed.
	StoredSettings(ctx context.Context) ([]StoredSetting, error)

	// Days returns the days from one to another, as far as something is known of them.
	Days(ctx context.Context, from, to int64) ([]Day, error)
	// ActiveIn counts who was active on a day after one, up to another.
	ActiveIn(ctx context.Context, after, upTo int64) (int64, error)
	// UsersAt counts the accounts that there were at a time.
	UsersAt(ctx context.Context, at time.Time) (int64, error)
	// Totals counts what there is.
	Totals(ctx context.Context, now time.Time) (Totals, error)
	// DatabaseBytes is how large the database is.
	DatabaseBytes(ctx context.Context) (int64, error)
	// Samples returns those of all nodes from one time to before another, in order.
	Samples(ctx context.Context, from, to time.Time) ([]Sample, error)
	Nodes(ctx context.Context) ([]Node, error)

	// Followers returns the consumers of the log and where they are.
	Followers(ctx context.Context) ([]Follower, error)
	// Jobs counts those that are not done.
	Jobs(ctx context.Context) ([]JobCount, error)
	// LogChecks returns the newest ones first.
	LogChecks(ctx context.Context, limit int) ([]LogCheck, error)
	// Reports returns those since a time with an id below before (0: all), the newest
	// first. CountReports counts all.
	Reports(ctx context.Context, since time.Time, before int64, limit int) ([]Report, error)
	CountReports(ctx context.Context) (int64, error)

	// Audit looks at the numbers of at most limit conversations with an id above after.
	Audit(ctx context.Context, after chat.ConversationID, limit int) ([]Audited, error)
}

// Tx is a transaction of administration.
type Tx interface {
	chat.Tx
	Reader

	// StoreSetting stores a value; "" goes back to the configured one.
	StoreSetting(ctx context.Context, s StoredSetting) error
	// StoreDay stores everything about a day but its messages, which are counted.
	StoreDay(ctx context.Context, d Day) error
	// PruneFigures forgets samples from before a time and activity from before a day.
	PruneFigures(ctx context.Context, samples time.Time, activity int64) error

	// Beat says that a node is alive and what it saw in this stretch of time.
	Beat(ctx context.Context, n Node, s Sample) error
	// ForgetNodes forgets these, or with except all but that one.
	ForgetNodes(ctx context.Context, names ...string) error
	ForgetOtherNodes(ctx context.Context, except string) error

	// InsertReport fills in the id. DeleteReport reports whether it was there.
	InsertReport(ctx context.Context, r *Report) error
	DeleteReport(ctx context.Context, id int64) (bool, error)
	// ForgetReports erases those from before a time.
	ForgetReports(ctx context.Context, before time.Time) error

	// StoreLogCheck inserts a check that has no id, which it fills in, or updates one.
	StoreLogCheck(ctx context.Context, c *LogCheck) error
}
