package chat

// Job is work that a change leaves for later. Tx.Enqueue makes it part of the
// change. It is kept as JSON, so it holds ids and never content; it may run twice.
type Job interface{ Kind() string }

// EraseConversation erases what a deleted conversation left behind.
type EraseConversation struct {
	ID int64 `json:"id"`
}

// EraseAccount erases the traces of a deleted account.
type EraseAccount struct {
	ID int64 `json:"id"`
}

// TellProfile tells the conversations of a user that his profile has changed.
type TellProfile struct {
	ID  int64 `json:"id"`
	Rev int64 `json:"rev"` // of his own stream when it changed
}

// Remind makes a reminder due, if it is still for that time.
type Remind struct {
	UserID    int64 `json:"user"`
	MessageID int64 `json:"message"`
	At        int64 `json:"at"` // milliseconds
}

// ClearStatus takes somebody's status away, if it still ends then.
type ClearStatus struct {
	ID int64 `json:"id"`
	At int64 `json:"at"` // milliseconds
}

// Kind implements Job.
func (Remind) Kind() string { return "remind" }

// Kind implements Job.
func (ClearStatus) Kind() string { return "clear_status" }

// CheckLog looks at the numbers of all conversations.
type CheckLog struct{}

// Kind implements Job.
func (CheckLog) Kind() string { return "check_log" }

// Kind implements Job.
func (TellProfile) Kind() string { return "tell_profile" }

// Kind implements Job.
func (EraseConversation) Kind() string { return "erase_conversation" }

// Kind implements Job.
func (EraseAccount) Kind() string { return "erase_account" }
