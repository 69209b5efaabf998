package chat

import "time"

// Reaction is one user's emoji on one message.
type Reaction struct {
	ID        int64
	MessageID MessageID
	UserID    UserID
	UserName  string
	Emoji     string // as sent
	Key       string // without VS16: ❤ and ❤️ are the same reaction
	CreatedAt time.Time
}

// ReactionCount is how many users reacted with one emoji, shown as first sent.
type ReactionCount struct {
	Emoji string
	Key   string
	Count int64
	Users []UserID // the first MaxReactors of them
}

// MaxReactors is how many users are named beside the count of a reaction.
const MaxReactors = 100
