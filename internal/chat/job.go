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

// Kind implements Job.
func (EraseConversation) Kind() string { return "erase_conversation" }

// Kind implements Job.
func (EraseAccount) Kind() string { return "erase_account" }
