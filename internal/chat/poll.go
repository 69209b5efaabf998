package chat

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/text"
)

// Bounds of a poll.
const (
	MaxPollQuestion  = 300 // characters
	MaxPollOption    = 100
	MinPollOptions   = 2
	MaxPollOptions   = 12
	MaxPollLasts     = 366 * 24 * time.Hour
	MaxPollVoterPage = 100
)

// NewPoll is the request to ask something: a message whose content is the question
// with its options, for those who know no polls.
type NewPoll struct {
	Question  string    `json:"question" doc:"What is asked; at most 300 characters."`
	Options   []string  `json:"options" doc:"2 to 12 different answers of at most 100 characters each."`
	Multiple  bool      `json:"multiple" required:"false" doc:"Whether one may choose several."`
	Anonymous bool      `json:"anonymous" required:"false" doc:"Whether nobody is told who chose what."`
	EndsAt    time.Time `json:"endsAt" required:"false" doc:"When voting ends by itself; absent: not."`
}

// Poll is what a message asks, and what came of it.
type Poll struct {
	Question  string
	Options   []PollOption
	Multiple  bool
	Anonymous bool
	EndsAt    time.Time // zero: when it is closed
	ClosedAt  time.Time // zero: not closed by hand
	ClosedBy  UserID
	Voters    int64 // people who have voted

	Told   time.Time // when all heard of votes
	Untold bool      // there are some that they are to hear of yet
}

// PollOption is one answer.
type PollOption struct {
	Text   string
	Votes  int64
	Voters []UserID // the first MaxReactors of them; none of an anonymous poll
}

// Ended reports whether nobody can vote any more.
func (p *Poll) Ended(now time.Time) bool {
	return !p.ClosedAt.IsZero() || !p.EndsAt.IsZero() && !p.EndsAt.After(now)
}

// PollVoter is what somebody has chosen in a poll that is not anonymous.
type PollVoter struct {
	UserID  UserID
	Name    string
	Choices []int
	At      time.Time
}

// PollVote is the payload of PollVoted: what the user himself has chosen now.
type PollVote struct {
	MessageID      MessageID
	ConversationID ConversationID
	Choices        []int
}

// poll checks what is asked and makes it as it is stored.
func (n *NewPoll) poll(now time.Time) (*Poll, error) {
	p := &Poll{Multiple: n.Multiple, Anonymous: n.Anonymous}
	var err error
	if p.Question, err = text.Line(n.Question); err != nil || text.IsBlank(p.Question) || text.Length(p.Question) > MaxPollQuestion {
		return nil, Invalid("poll.question", "poll.question must have 1 to %d characters", MaxPollQuestion)
	}
	if len(n.Options) < MinPollOptions || len(n.Options) > MaxPollOptions {
		return nil, Invalid("poll.options", "poll.options must be %d to %d texts", MinPollOptions, MaxPollOptions)
	}
	for _, o := range n.Options {
		line, err := text.Line(o)
		if err != nil || text.IsBlank(line) || text.Length(line) > MaxPollOption {
			return nil, Invalid("poll.options", "Each of poll.options must have 1 to %d characters", MaxPollOption)
		}
		if slices.ContainsFunc(p.Options, func(other PollOption) bool { return other.Text == line }) {
			return nil, Invalid("poll.options", "poll.options must differ from each other")
		}
		p.Options = append(p.Options, PollOption{Text: line})
	}
	if !n.EndsAt.IsZero() {
		p.EndsAt = n.EndsAt.UTC().Truncate(time.Millisecond)
		if !p.EndsAt.After(now) || p.EndsAt.Sub(now) > MaxPollLasts {
			return nil, Invalid("poll.endsAt", "poll.endsAt must be in the future, at most a year from now")
		}
	}
	return p, nil
}

// content is the poll as text: what is searched, and read where polls are not known.
func (p *Poll) content() string {
	var b strings.Builder
	b.WriteString(p.Question)
	for i, o := range p.Options {
		fmt.Fprintf(&b, "\n%d. %s", i+1, o.Text)
	}
	return b.String()
}

// draftPoll makes a message of a poll. It says nothing else.
func (s *Service) draftPoll(m *Message, r *SendMessage) (err error) {
	if r.Content != "" || r.Encrypted != "" || len(r.AttachmentIDs) > 0 || r.Type != "" && r.Type != TypeText {
		return Invalid("poll", "A poll has no other content and no files")
	}
	if m.Poll, err = r.Poll.poll(m.CreatedAt); err != nil {
		return err
	}
	m.Content, err = s.checkContent(m.Poll.content(), "", false)
	return err
}

// takesPolls refuses polls where two talk to each other.
func (st seat) takesPolls() error {
	if st.Kind != Group && st.Kind != Channel {
		return Errorf(Forbidden, "Polls are for groups and channels")
	}
	return nil
}

// accessPoll is accessMessage for a message that asks something.
func accessPoll(ctx context.Context, r Reader, a Actor, id MessageID) (seat, *Message, error) {
	st, m, err := accessMessage(ctx, r, a, id)
	if err == nil && m.Poll == nil {
		err = Errorf(NotFound, "Poll not found")
	}
	return st, m, err
}

// Vote is the actor's choice in a poll, in place of the one before; no choice takes
// it back. Whoever sees the poll may vote until it ends. All hear of the message
// with its new counts, at most once a second, of an anonymous poll without who it
// was; the voter's devices hear what he chose.
func (s *Service) Vote(ctx context.Context, a Actor, id MessageID, choices []int) (*Message, error) {
	choices = slices.Compact(slices.Sorted(slices.Values(choices)))
	if err := spend(s.limits.React, a.ID, 1); err != nil {
		return nil, err
	}
	var voted *Message
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, m, err := accessPoll(ctx, tx, a, id)
		if err != nil {
			return err
		}
		voted = m
		if err := m.Poll.takes(choices, s.clock()); err != nil {
			return err
		}
		before, err := tx.OwnVotes(ctx, a.ID, []MessageID{id})
		if err != nil || slices.Equal(before[id], choices) {
			return err
		}
		voted, err = s.setVotes(ctx, tx, st.Conversation, m, a.ID, choices)
		return err
	})
	if err != nil {
		return nil, err
	}
	if voted.Poll.Untold {
		s.votes.loop.poke()
	}
	shown := *voted // the event's payload is shared
	return &shown, s.personalise(ctx, a, []*Message{&shown})
}

func (p *Poll) takes(choices []int, now time.Time) error {
	switch {
	case p.Ended(now):
		return Errorf(Conflict, "The poll has ended")
	case len(choices) > 1 && !p.Multiple:
		return Invalid("options", "Only one of the options can be chosen")
	case len(choices) > 0 && (choices[0] < 0 || choices[len(choices)-1] >= len(p.Options)):
		return Invalid("options", "options must be numbers from 0 to %d", len(p.Options)-1)
	}
	return nil
}

// setVotes stores somebody's choice. His devices hear of it at once; all hear of the
// poll at once if they did not within the last second, and otherwise from the teller.
func (s *Service) setVotes(ctx context.Context, tx Tx, c *Conversation, m *Message, u UserID, choices []int) (*Message, error) {
	now := s.clock()
	if err := tx.SetVotes(ctx, m.ID, u, choices, now); err != nil {
		return nil, err
	}
	after, err := tx.Message(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	if p := after.Poll; p.mayTell(now) {
		who := u
		if p.Anonymous {
			who = m.SenderID
		}
		err = tellVotes(ctx, tx, c, after, who, now)
	} else {
		p.Untold = true
		err = tx.TellVotes(ctx, m.ID, p.Told, true)
	}
	if err != nil {
		return nil, err
	}
	vote := &PollVote{MessageID: m.ID, ConversationID: c.ID, Choices: choices}
	return after, emitOwn(ctx, tx, u, PollVoted, int64(m.ID), strconv.FormatInt(int64(c.ID), 10), now, vote)
}

// vote is what the user has chosen by now.
func (h *hydrator) vote(ctx context.Context, e *Event, u UserID) (any, error) {
	c, _ := strconv.ParseInt(e.Detail, 10, 64)
	id := MessageID(e.Ref)
	votes, err := h.r.OwnVotes(ctx, u, []MessageID{id})
	return &PollVote{MessageID: id, ConversationID: ConversationID(c), Choices: votes[id]}, err
}

// ClosePoll ends voting. Who asked may do so, and the owner and admins of the
// conversation. A repeat changes nothing.
func (s *Service) ClosePoll(ctx context.Context, a Actor, id MessageID) (*Message, error) {
	var closed *Message
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, m, err := accessPoll(ctx, tx, a, id)
		if err != nil {
			return err
		}
		closed = m
		if m.SenderID != a.ID && !st.me.IsAdmin() {
			return errRoleRequired("close this poll")
		}
		if !m.Poll.ClosedAt.IsZero() {
			return nil
		}
		m.Poll.ClosedAt, m.Poll.ClosedBy = s.clock(), a.ID
		if err := tx.ClosePoll(ctx, m); err != nil {
			return err
		}
		shown := *m
		return emit(ctx, tx, st.Conversation, MessageUpdated, a.ID, m.Poll.ClosedAt, &shown)
	})
	if err != nil {
		return nil, err
	}
	return closed, s.personalise(ctx, a, []*Message{closed})
}

// PollVoters returns who has chosen what in a poll that is not anonymous, by user
// id, after the given one.
func (s *Service) PollVoters(ctx context.Context, a Actor, id MessageID, after UserID, limit int) (list []PollVoter, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		_, m, err := accessPoll(ctx, r, a, id)
		if err != nil {
			return err
		}
		if m.Poll.Anonymous {
			return Errorf(Forbidden, "This poll is anonymous")
		}
		list, err = r.PollVoters(ctx, id, after, limit)
		return err
	})
	return list, err
}

// withdrawVotes takes the choices of a deleted user out of polls.
func (s *Service) withdrawVotes(ctx context.Context, u UserID) error {
	for {
		var page []MessageID
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.VotedIn(ctx, u, 0, eraseChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, id := range page {
			err := s.commit(ctx, func(ctx context.Context, tx Tx) error { return s.withdraw(ctx, tx, u, id) })
			if err != nil {
				return err
			}
		}
		s.votes.loop.poke()
	}
}

func (s *Service) withdraw(ctx context.Context, tx Tx, u UserID, id MessageID) error {
	m, err := tx.Message(ctx, id)
	if err != nil {
		return err
	}
	if m == nil || m.Poll == nil {
		return tx.SetVotes(ctx, id, u, nil, s.clock())
	}
	c, err := tx.Conversation(ctx, m.ConversationID)
	if err != nil {
		return err
	}
	if c == nil { // its rows are being erased with it
		return tx.SetVotes(ctx, id, u, nil, s.clock())
	}
	_, err = s.setVotes(ctx, tx, c, m, u, nil)
	return err
}
