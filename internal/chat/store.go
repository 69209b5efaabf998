package chat

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps everything durable. Two kinds of commit go through one committer:
// the hot path (Append, Move) in typed batches, and functions
// of a transaction. When a call returns without an error its change is on disk.
//
// A call whose context ends while it waits in the queue changes nothing and
// returns the context's error; once the commit has begun the call waits for it.
type Store interface {
	// Read runs fn with a reader. Each query sees the newest committed state.
	Read(ctx context.Context, fn func(Reader) error) error
	// Write runs fn in a transaction of its own outcome: if fn fails, nothing of
	// it stays. fn may run again after a conflict, so it must have no other effects.
	Write(ctx context.Context, fn func(Tx) error) error

	// Append puts one message into its conversation's log.
	Append(ctx context.Context, a *Append) error
	// Move moves a read or delivery position forward.
	Move(ctx context.Context, m *Move) error
	// AnnounceReads emits the read.marked events that were held back so that a
	// user makes at most one per conversation and second. It returns how many
	// positions are still waiting.
	AnnounceReads(ctx context.Context, now time.Time) (waiting int, err error)

	// OnCommit sets the function that is given every committed event in commit
	// order, from the committing goroutine. It is set once, before the first write.
	OnCommit(fn func([]*Event))
}

// Append is one message on its way into the log.
type Append struct {
	// Message is filled in by the store: id, seq, count and the sender's name.
	// For a repeated TempID it becomes the first result.
	Message *Message
	// Admit decides, with what the committing transaction sees, whether the
	// message may be written. It must be quick and free of side effects; it may
	// finish the message.
	Admit func(AppendContext) error
	// Files are to be attached; Admit finds what there is of them.
	Files []FileID
	// Duplicate is set when the message was already there.
	Duplicate bool
	// ReadHeld is set when sending also read something, and the mark waits to be
	// announced.
	ReadHeld bool
}

// AppendContext is what a decision about a new message may look at.
type AppendContext struct {
	Conversation *Conversation // nil: there is none
	Sender       *Participant  // nil: not a participant
	Parent       *Message      // nil: none named, or not in this conversation
	Blocked      bool          // DIRECT: one side has blocked the other
	Message      *Message
	Wanted       []FileID // to be attached
	Files        []File   // those of them that there are
	// Shown is the newest seq of a message of this conversation, not deleted, on
	// which a file hangs already.
	Shown map[FileID]int64
}

// Move asks to move a read or delivery position of a user forward. A message
// behind the position changes nothing.
type Move struct {
	ConversationID ConversationID
	UserID         UserID
	MessageID      MessageID // 0: the newest
	Delivered      bool      // the delivery position, not the read position
	At             time.Time
	// Admit decides like Append's. target is nil unless it is in the conversation.
	Admit func(c *Conversation, p *Participant, target *Message) error

	// What the store answers.
	Conversation *Conversation
	Participant  *Participant // after the move
	Moved        bool
	Held         bool // the mark waits to be announced
	Unread       int64
}

// Reader is what may be asked of the store. A single thing that does not exist
// is nil without an error; lists are then empty.
type Reader interface {
	User(ctx context.Context, id UserID) (*User, error)
	UserByUsername(ctx context.Context, name string) (*User, error)
	UserByExternalID(ctx context.Context, id string) (*User, error)
	Users(ctx context.Context, ids []UserID) ([]User, error)
	// SearchUsers returns active members whose name matches all words, by name.
	SearchUsers(ctx context.Context, query string, limit int) ([]User, error)
	CountUsers(ctx context.Context) (int64, error)
	// HasOtherAdmin reports whether somebody else who may sign in is an
	// administrator. In a transaction that stays so until it ends.
	HasOtherAdmin(ctx context.Context, but UserID) (bool, error)
	// BlockedEither returns those of others between whom and user there is a block.
	BlockedEither(ctx context.Context, user UserID, others []UserID) ([]UserID, error)
	Blocks(ctx context.Context, user UserID) ([]User, error)
	// BlockedWith returns those between whom and user there is a block, whoever made it.
	BlockedWith(ctx context.Context, user UserID) ([]UserID, error)

	Conversation(ctx context.Context, id ConversationID) (*Conversation, error)
	DirectBetween(ctx context.Context, a, b UserID) (*Conversation, error)
	// Conversations returns what is in the user's list, in the list's order.
	// Titles, counts and positions are filled in; participants and the last message
	// are not.
	Conversations(ctx context.Context, user UserID, f ConversationFilter) ([]ConversationView, error)
	CountConversations(ctx context.Context, user UserID, f ConversationFilter) (int64, error)
	// Unreads returns the conversations of the user with something unread.
	Unreads(ctx context.Context, user UserID) ([]Unread, error)
	// UnreadIn counts what is unread at a participant's position.
	UnreadIn(ctx context.Context, c *Conversation, p *Participant) (unread, mentions int64, err error)
	// PublicChannels returns a page of the channels that anybody may find whose name
	// or description matches, by name, and how many there are.
	PublicChannels(ctx context.Context, query string, offset, limit int) (page []Conversation, total int64, err error)

	Participant(ctx context.Context, c ConversationID, u UserID) (*Participant, error)
	// Participants returns at most limit of them by user id, after the given one.
	Participants(ctx context.Context, c ConversationID, after UserID, limit int) ([]Participant, error)
	// LeadingParticipants returns of each conversation the first n by user id and all
	// admins.
	LeadingParticipants(ctx context.Context, in []ConversationID, n int) (map[ConversationID][]Participant, error)
	ParticipantsAmong(ctx context.Context, c ConversationID, users []UserID) ([]Participant, error)
	// ParticipantsNamed returns those with one of the usernames, without case.
	ParticipantsNamed(ctx context.Context, c ConversationID, usernames []string) ([]Participant, error)
	// Successor is who owns the conversation after user has left: the
	// longest-serving admin, else the longest-serving member; nil if nobody is left.
	Successor(ctx context.Context, c ConversationID, user UserID) (*Participant, error)
	// LowestPositions returns the smallest read and delivery positions of the
	// participants other than user; ok is false if there is no other.
	LowestPositions(ctx context.Context, c ConversationID, user UserID) (read, delivered int64, ok bool, err error)
	// SharesConversation reports which of others take part in a conversation with
	// user that both can see in their lists.
	SharesConversation(ctx context.Context, user UserID, others []UserID) ([]UserID, error)
	CountPinned(ctx context.Context, user UserID) (int, error)
	// OwnBetween counts what the user wrote after one rev, up to another; deleted
	// messages too.
	OwnBetween(ctx context.Context, c ConversationID, u UserID, after, upTo int64) (int64, error)
	// Drafts returns the user's drafts in some conversations.
	Drafts(ctx context.Context, u UserID, in []ConversationID) (map[ConversationID]*Draft, error)

	Message(ctx context.Context, id MessageID) (*Message, error)
	// Messages returns messages with a rev above cut, ascending by seq, and whether
	// there are more beyond the page.
	Messages(ctx context.Context, c ConversationID, cut int64, p Page) ([]Message, bool, error)
	Replies(ctx context.Context, root MessageID, cut int64, p Page) ([]Message, bool, error)
	MessagesByID(ctx context.Context, ids []MessageID) ([]Message, error)
	MessageByTempID(ctx context.Context, c ConversationID, sender UserID, tempID string) (*Message, error)
	Versions(ctx context.Context, id MessageID) ([]MessageVersion, error)
	// Pins returns the pinned messages with a rev above cut, the newest pin first.
	Pins(ctx context.Context, c ConversationID, cut int64) ([]Message, error)
	CountPins(ctx context.Context, c ConversationID) (int64, error)
	// Threads returns the user's threads with a reply that he may see, the latest reply
	// first, those before one; of unread ones only if so asked.
	Threads(ctx context.Context, u UserID, before MessageID, unread bool, limit int) ([]Thread, error)
	// Bookmarks returns a page of the bookmarks of messages that the user may see
	// now, the newest first, and how many there are.
	Bookmarks(ctx context.Context, u UserID, offset, limit int) (page []Bookmark, total int64, err error)
	// Bookmarked returns those of the messages that the user has bookmarked.
	Bookmarked(ctx context.Context, u UserID, ids []MessageID) ([]MessageID, error)
	BookmarkedAt(ctx context.Context, u UserID, id MessageID) (time.Time, error) // zero: not
	CountBookmarks(ctx context.Context, u UserID) (int64, error)
	// Reminders returns a page of the reminders of messages that the user may see
	// now, the earliest first, and how many there are.
	Reminders(ctx context.Context, u UserID, offset, limit int) (page []Reminder, total int64, err error)
	// ReminderOf returns when the user is to be reminded of a message, and when he
	// was; zero: not at all, not yet.
	ReminderOf(ctx context.Context, u UserID, id MessageID) (at, due time.Time, err error)
	CountReminders(ctx context.Context, u UserID) (int64, error)
	// WaitingReminders returns reminders for before a time that were not due yet, in
	// order of time, after the given one.
	WaitingReminders(ctx context.Context, before time.Time, after Remind, limit int) ([]Remind, error)
	// EndingStatuses returns which statuses are to be cleared before a time, by user,
	// after the given one.
	EndingStatuses(ctx context.Context, before time.Time, after ClearStatus, limit int) ([]ClearStatus, error)
	// FreshPreview returns the newest preview of an address that is still fresh, whatever
	// came of it, or nil.
	FreshPreview(ctx context.Context, url string, now time.Time) (*Preview, error)
	PreviewExists(ctx context.Context, id PreviewID) (bool, error)
	AskedFor(ctx context.Context, ids []MessageID) (AskedFor, error)
	// SeesPreview reports whether the image belongs to a preview on a message that the
	// user sees.
	SeesPreview(ctx context.Context, image FileID, u UserID) (bool, error)
	// HasPreviewRequests reports whether there is something to take.
	HasPreviewRequests(ctx context.Context, now time.Time, lease time.Duration) (bool, error)
	// OwnVotes returns what the user has chosen in polls, ascending.
	OwnVotes(ctx context.Context, u UserID, ids []MessageID) (map[MessageID][]int, error)
	// UntoldVotes returns polls with votes that all are to hear of yet, those told the
	// longest ago first.
	UntoldVotes(ctx context.Context, limit int) ([]UntoldVotes, error)
	// PollVoters returns at most limit of those who voted by user id, after the given one.
	PollVoters(ctx context.Context, id MessageID, after UserID, limit int) ([]PollVoter, error)
	// VotedIn returns messages with polls in which the user has voted, by id.
	VotedIn(ctx context.Context, u UserID, after MessageID, limit int) ([]MessageID, error)
	// OwnReactions returns, for each message, the emoji keys of the user.
	OwnReactions(ctx context.Context, user UserID, ids []MessageID) (map[MessageID][]string, error)
	Reactions(ctx context.Context, id MessageID) ([]Reaction, error)
	// ReadMarks returns who has read the message, the first mark at or past it each.
	ReadMarks(ctx context.Context, m *Message) ([]ReadMark, error)

	// Heads returns the streams that the user follows with their heads: his own
	// and those of the conversations in his list, with his cut in each.
	Heads(ctx context.Context, user UserID) ([]Head, error)
	Head(ctx context.Context, s StreamID) (int64, error)
	// EventsAfter returns events of the stream with a rev above after, oldest
	// first, without payloads. A pruned stretch shows as a first rev above after+1.
	EventsAfter(ctx context.Context, s StreamID, after int64, limit int) ([]*Event, error)
	// RevAt returns the rev of the stream's newest event at or before pos, looking
	// at most back events behind the head; ok is false if it is further back.
	RevAt(ctx context.Context, s StreamID, pos Position, back int64) (rev int64, ok bool, err error)
	// HeadsSince returns, for streams with events after pos, the head of each; and
	// the newest position of all, which may be before pos.
	HeadsSince(ctx context.Context, pos Position) (heads map[StreamID]int64, newest Position, err error)

	File(ctx context.Context, id FileID) (*File, error)
	FileWithKey(ctx context.Context, key string) (FileID, error)
	// SeesFile reports whether a file is attached to a message that the user sees.
	SeesFile(ctx context.Context, id FileID, u UserID) (bool, error)
	// BytesOf is how much the files of a user take.
	BytesOf(ctx context.Context, u UserID) (int64, error)
	FilesOf(ctx context.Context, u UserID, after FileID, limit int) ([]File, error)
	MessagesWithFiles(ctx context.Context, c ConversationID, cut int64, kind FileKind, p Page) ([]Message, bool, error)
	// DoomedFiles returns files whose bytes have to go, and UnusedFiles those that
	// wait for longer than since.
	DoomedFiles(ctx context.Context, limit int) ([]File, error)
	UnusedFiles(ctx context.Context, since time.Time, limit int) ([]FileID, error)
	// KnownKeys returns those of the keys that belong to a file.
	KnownKeys(ctx context.Context, keys []string) ([]string, error)

	// LogAfter returns events of all streams with a position above pos, in order of
	// position, without payloads, and the position up to which that is all there is
	// and ever will be.
	LogAfter(ctx context.Context, pos Position, limit int) (events []*Event, upTo Position, err error)
	// LogEnd is up to where LogAfter reads now.
	LogEnd(ctx context.Context) (Position, error)
	// LogAt returns the events at these positions, without payloads, as far as the log
	// still has them.
	LogAt(ctx context.Context, at []Position) ([]*Event, error)
	// LogGroup returns a group of consumers of a topic, or nil.
	LogGroup(ctx context.Context, name, topic string) (*LogGroup, error)
	// HandedOut counts what a group was handed and has not acknowledged.
	HandedOut(ctx context.Context, name, topic string) (int64, error)
	// Overdue returns what a group was handed and should have acknowledged by now.
	Overdue(ctx context.Context, name, topic string, now time.Time, limit int) ([]Position, error)
	// FollowerAt returns how far a follower of the log has come; 0 if it never began.
	FollowerAt(ctx context.Context, name string) (Position, error)
	// HasFollower reports whether a follower has ever begun.
	HasFollower(ctx context.Context, name string) (bool, error)
	// Lease returns who holds a lease, and how often it was taken or renewed; 0: never.
	Lease(ctx context.Context, name string) (Lease, error)
	// SearchMessages returns, newest first, at most Limit+1 ids of messages that the
	// index has for what is wanted, and that the reader may see now.
	SearchMessages(ctx context.Context, c Candidates) ([]MessageID, error)
	// FilterMessages is SearchMessages without words. Outside of one conversation it
	// looks at a bounded stretch: next is where to go on, 0 if nothing is left.
	FilterMessages(ctx context.Context, c Candidates) (ids []MessageID, next MessageID, err error)
	// Indexable returns what of these messages belongs into the search index.
	Indexable(ctx context.Context, ids []MessageID) ([]Indexed, error)

	// SentBy counts these messages by sender and day, without what the system said.
	SentBy(ctx context.Context, ids []MessageID) ([]Activity, error)

	// PrunableStreams returns streams with an id above after, in order, whose oldest
	// event is from before a time and not among the newest MaxReplay.
	PrunableStreams(ctx context.Context, before time.Time, after StreamID, limit int) ([]StreamID, error)

	// DoomedConversations returns conversations that were deleted and still have rows.
	DoomedConversations(ctx context.Context, limit int) ([]ConversationID, error)
	// DoomedUsers returns deleted accounts whose traces are not all erased yet.
	DoomedUsers(ctx context.Context, limit int) ([]User, error)
	// Room returns a room, or what is left of it. In a transaction nobody else changes
	// it until that ends.
	Room(ctx context.Context, id RoomID) (*DisposableRoom, error)
	// OpenRooms returns rooms that have not ended by id, after the given one.
	OpenRooms(ctx context.Context, after RoomID, limit int) ([]DisposableRoom, error)
	CountRooms(ctx context.Context) (int64, error)
	// DueRooms returns rooms that may have to end at a time, and some that ended before
	// another; if there are none, when the next one may have to end: zero is never.
	DueRooms(ctx context.Context, now, endedBefore time.Time, limit int) (due []RoomID, next time.Time, err error)
	// RoomUse is how much was said in a room's conversation.
	RoomUse(ctx context.Context, c ConversationID) (RoomUse, error)

	// Participations returns the user's conversations with an id above after.
	Participations(ctx context.Context, u UserID, after ConversationID, limit int) ([]ConversationID, error)
	// MessagesBy returns what the user wrote and nobody deleted, by id.
	MessagesBy(ctx context.Context, u UserID, after MessageID, limit int) ([]MessageID, error)
}

// Head is one followed stream.
type Head struct {
	Stream       StreamID
	Rev          int64
	HiddenBefore int64
}

// Indexed is what the search index has of a message.
type Indexed struct {
	ID             MessageID
	ConversationID ConversationID
	Content        string
	EditedAt       time.Time
	Tokens         []string // made of Content by who indexes
}

// ConversationFilter says which conversations of a list are wanted.
type ConversationFilter struct {
	Archived *bool // nil: both
	Pinned   bool  // only pinned ones
	Kind     Kind  // "" for all
	Query    string
	Among    []ConversationID // only these; nil: all
	Offset   int
	Limit    int
}

// Tx is one transaction. Emit gives each event its rev under the stream's lock.
type Tx interface {
	Reader

	// InsertUser fills in the id, and the settings of everybody. A name or address that is taken is an
	// already_exists that names the field.
	InsertUser(ctx context.Context, u *User) error
	UpdateUser(ctx context.Context, u *User) error
	// ForgetPrivate removes what was only the user's: drafts, bookmarks, reminders, on
	// which days he was there.
	ForgetPrivate(ctx context.Context, u UserID) error
	// ForgetCredentials removes the user's password, sessions and keys.
	ForgetCredentials(ctx context.Context, u UserID) error
	SetBlock(ctx context.Context, user, other UserID, blocked bool, at time.Time) error

	InsertConversation(ctx context.Context, c *Conversation) error // fills ID
	// UpdateConversation stores what Settings, names and metadata say; the heads
	// are the log's.
	UpdateConversation(ctx context.Context, c *Conversation) error
	// DoomConversation makes the conversation vanish for everybody at once; its
	// rows are removed by EraseConversation.
	DoomConversation(ctx context.Context, c ConversationID, at time.Time) error
	InsertRoom(ctx context.Context, r *DisposableRoom) error
	// UpdateRoom stores what may change about a room; of one that has ended nothing
	// stays but that.
	UpdateRoom(ctx context.Context, r *DisposableRoom) error
	// ForgetRooms forgets the rooms that ended before a time.
	ForgetRooms(ctx context.Context, before time.Time) error
	// EraseRoom makes the conversation of a room vanish with all that was in it: of
	// its log nothing stays but what this transaction has emitted.
	EraseRoom(ctx context.Context, c ConversationID, at time.Time) error
	// EraseGuests forgets that guests of rooms were there.
	EraseGuests(ctx context.Context, guests []UserID) error
	// EraseConversation removes at most n rows and reports whether it is done.
	EraseConversation(ctx context.Context, c ConversationID, n int) (done bool, err error)

	InsertParticipant(ctx context.Context, p *Participant) error
	// UpdateParticipant stores role and own settings, and positions as they are.
	UpdateParticipant(ctx context.Context, p *Participant) error
	DeleteParticipant(ctx context.Context, c ConversationID, u UserID) error

	// AppendMessage writes a message without asking anybody (system messages,
	// forwards) and emits its event.
	AppendMessage(ctx context.Context, c *Conversation, m *Message) error
	// UpdateMessage stores content, metadata and the edit or delete marks.
	UpdateMessage(ctx context.Context, m *Message) error
	InsertVersion(ctx context.Context, v MessageVersion) error
	// EraseMessage removes what a deleted message said: content, versions,
	// reactions, mentions and what the log knew of them.
	EraseMessage(ctx context.Context, m *Message) error
	SetMentions(ctx context.Context, m *Message) error
	// SetPin stores when and by whom a message was pinned.
	SetPin(ctx context.Context, m *Message) error
	// SetDraft stores a draft; nil removes it.
	SetDraft(ctx context.Context, c ConversationID, u UserID, d *Draft) error
	InsertBookmark(ctx context.Context, u UserID, id MessageID, at time.Time) error
	// ForgetUnseenBookmarks removes the user's bookmarks of what he may not see now.
	ForgetUnseenBookmarks(ctx context.Context, u UserID) (removed int64, err error)
	// DeleteBookmark returns in which conversation the message is.
	DeleteBookmark(ctx context.Context, u UserID, id MessageID) (c ConversationID, removed bool, err error)
	PutReminder(ctx context.Context, u UserID, id MessageID, at, due time.Time) error
	// ForgetIdleReminders removes the user's reminders of what he may not see now; if
	// there are none, those that were due.
	ForgetIdleReminders(ctx context.Context, u UserID) (removed int64, err error)
	// DeleteReminder returns in which conversation the message is.
	DeleteReminder(ctx context.Context, u UserID, id MessageID) (c ConversationID, removed bool, err error)

	// InsertPreview fills in the id.
	InsertPreview(ctx context.Context, p *Preview) error
	// SetPreviews puts previews onto a message; those that no message shows any more go.
	SetPreviews(ctx context.Context, id MessageID, list []PreviewID, at time.Time) error
	// RequestPreviews notes that the links of messages wait to be looked up.
	RequestPreviews(ctx context.Context, ids []MessageID) error
	// TakePreviewRequests returns at most limit requests that nobody has taken for as
	// long as the lease, and forgets those that were taken too often.
	TakePreviewRequests(ctx context.Context, now time.Time, lease time.Duration, attempts, limit int) ([]PreviewRequest, error)
	// FinishPreviewRequest forgets a request, unless it was made anew since.
	FinishPreviewRequest(ctx context.Context, r PreviewRequest) error

	// UseReserve lets the transaction take what a database that may not grow keeps for
	// what makes it smaller: without it, nothing could be ended in one that is full.
	UseReserve(ctx context.Context) error

	// SetVotes stores what the user has chosen in a poll; nothing takes it back.
	SetVotes(ctx context.Context, id MessageID, u UserID, choices []int, at time.Time) error
	// TellVotes stores when all heard of a poll's votes, and whether there are some that
	// they are to hear of yet.
	TellVotes(ctx context.Context, id MessageID, told time.Time, untold bool) error
	// ClosePoll stores when and by whom the message's poll was closed, which tells of all votes.
	ClosePoll(ctx context.Context, m *Message) error

	AddReaction(ctx context.Context, r *Reaction) (added bool, err error)
	RemoveReaction(ctx context.Context, m MessageID, u UserID, key string) (removed bool, err error)

	// InsertFile fills in the id.
	InsertFile(ctx context.Context, f *File) error
	// SetAvatar makes a file the picture of a user or a conversation and dooms the one
	// before; 0 leaves none.
	SetAvatar(ctx context.Context, of StreamID, id FileID, at time.Time) error
	DoomFiles(ctx context.Context, ids []FileID, at time.Time) error
	// DeleteFiles removes what is known of files whose bytes are gone.
	DeleteFiles(ctx context.Context, ids []FileID) error
	InsertAccesses(ctx context.Context, list []Access) error
	// PruneAccesses removes at most n accesses from before a time.
	PruneAccesses(ctx context.Context, before time.Time, n int) (removed int64, err error)

	// MoveFollower says that a follower of the log has come from one position to
	// another. It is false, and nothing changes, if it was not there.
	MoveFollower(ctx context.Context, name string, from, to Position) (moved bool, err error)
	// ForgetFollower forgets how far a follower has come: it does not follow any more.
	ForgetFollower(ctx context.Context, name string) error
	// TakeLease gives a lease to another holder, or renews it. It is false, and nothing
	// changes, if it is not as it was seen.
	TakeLease(ctx context.Context, seen Lease, holder string) (taken bool, err error)
	// InsertLogGroup makes a group. If there is one by that name for that topic it
	// stays as it is, but counts as used.
	InsertLogGroup(ctx context.Context, g LogGroup) error
	// MoveLogGroup says that a group has come from g.At to another position, and has
	// been handed some of what lies between. It is false, and nothing changes, if the
	// group was not there.
	MoveLogGroup(ctx context.Context, g *LogGroup, to Position, handed []Position, due time.Time) (moved bool, err error)
	// HandOutAgain returns those of at that are still overdue, and are not any more.
	HandOutAgain(ctx context.Context, name, topic string, at []Position, now, due time.Time) ([]Position, error)
	// HandBack makes overdue at once what a group was handed.
	HandBack(ctx context.Context, name, topic string, at []Position, now time.Time) error
	// Acknowledge forgets what a group was handed.
	Acknowledge(ctx context.Context, name, topic string, at []Position) error
	// PruneLogGroups removes groups that nobody has used since a time.
	PruneLogGroups(ctx context.Context, since time.Time) error
	// Index puts messages into the search index. One that was edited or deleted since
	// it was read is left to the event that says so.
	Index(ctx context.Context, list []Indexed) error

	// AddActivity adds to what is known of people's days.
	AddActivity(ctx context.Context, list []Activity) error
	InsertDeed(ctx context.Context, d *Deed) error // fills ID

	// Emit appends an event to its stream: it gets rev and pos, and is handed to
	// OnCommit when, and only when, the transaction commits.
	Emit(ctx context.Context, e *Event) error

	// PruneStream removes at most n events of the stream's log from before a time,
	// the oldest first, and remembers up to where; done is false if there may be
	// more. It leaves the newest MaxReplay and what followers of the log have not
	// read.
	PruneStream(ctx context.Context, s StreamID, before time.Time, n int) (done bool, err error)

	// Enqueue leaves a job that runs soon after the transaction commits, if it does.
	// One that waits or runs already is not enqueued again.
	Enqueue(ctx context.Context, j Job) error
	// EnqueueAt leaves a job for a time.
	EnqueueAt(ctx context.Context, j Job, at time.Time) error
}

// EmptyObject is the metadata of what has none.
var EmptyObject = json.RawMessage(`{}`)
