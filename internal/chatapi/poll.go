package chatapi

import "parley/internal/chat"

// Poll is what a message asks, and what came of it so far.
type Poll struct {
	Question   string       `json:"question"`
	Options    []PollOption `json:"options"`
	Multiple   bool         `json:"multiple"`
	Anonymous  bool         `json:"anonymous"`
	VoterCount int64        `json:"voterCount"`                // people, however much each has chosen
	EndsAt     *string      `json:"endsAt" format:"date-time"` // nobody says so when that comes
	ClosedAt   *string      `json:"closedAt" format:"date-time"`
	ClosedBy   *chat.UserID `json:"closedBy"`
}

// PollOption is one answer.
type PollOption struct {
	ID    int    `json:"id"` // 0, 1, 2 …
	Text  string `json:"text"`
	Votes int64  `json:"votes"`
	// Voters are the first 100 who chose it; not there if the poll is anonymous.
	Voters []chat.UserID `json:"voters,omitempty"`
}

// PollVoter is what somebody has chosen.
type PollVoter struct {
	UserID   chat.UserID `json:"userId"`
	UserName string      `json:"userName"`
	Options  []int       `json:"options"`
	VotedAt  string      `json:"votedAt" format:"date-time"`
}

// VoteEvent is the data of poll.voted, which only the voter hears.
type VoteEvent struct {
	MessageID      chat.MessageID      `json:"messageId"`
	ConversationID chat.ConversationID `json:"conversationId"`
	Options        []int               `json:"options"`
}

func (m Mapper) poll(p *chat.Poll) *Poll {
	if p == nil {
		return nil
	}
	out := &Poll{
		Question: m.text(p.Question), Multiple: p.Multiple, Anonymous: p.Anonymous, VoterCount: p.Voters,
		EndsAt: orNull(p.EndsAt), ClosedAt: orNull(p.ClosedAt), ClosedBy: present(p.ClosedBy), Options: make([]PollOption, len(p.Options)),
	}
	for i, o := range p.Options {
		out.Options[i] = PollOption{i, m.text(o.Text), o.Votes, o.Voters}
	}
	return out
}

// PollVoters maps who has chosen what.
func (m Mapper) PollVoters(list []chat.PollVoter) []PollVoter {
	out := make([]PollVoter, len(list))
	for i, v := range list {
		out[i] = PollVoter{v.UserID, m.text(v.Name), v.Choices, Time(v.At)}
	}
	return out
}

// Voted maps what somebody has chosen himself.
func (Mapper) Voted(v *chat.PollVote) VoteEvent {
	return VoteEvent{v.MessageID, v.ConversationID, list(v.Choices)}
}
