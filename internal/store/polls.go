package store

import (
	"context"
	"slices"
	"time"

	"parley/internal/chat"
)

// joinPolls adds what messages ask, and what came of it. Most pages have no poll.
func (r reader) joinPolls(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type asked struct {
		message chat.MessageID
		options []string
		chat.Poll
	}
	scan := func(r row, a *asked) error {
		return r.Scan((*int64)(&a.message), &a.Question, texts{&a.options}, &a.Multiple, &a.Anonymous, at{&a.EndsAt}, at{&a.ClosedAt}, (*int64)(&a.ClosedBy), at{&a.Told}, &a.Untold)
	}
	polls, err := list(ctx, r.session, scan, `
		SELECT message_id, question, options, multiple, anonymous, ends_at, closed_at, closed_by, told_at, untold FROM polls WHERE message_id IN IDS($1)`, ids)
	if err != nil || len(polls) == 0 {
		return err
	}
	for i := range polls {
		p := &polls[i]
		for _, o := range p.options {
			p.Options = append(p.Options, chat.PollOption{Text: o})
		}
		byID[p.message].Poll = &p.Poll
	}
	if err := r.countVotes(ctx, ids, byID); err != nil {
		return err
	}
	return r.joinVoters(ctx, ids, byID)
}

func (r reader) countVotes(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type count struct {
		message chat.MessageID
		choice  int
		n       int64
	}
	scan := func(r row, c *count) error { return r.Scan((*int64)(&c.message), &c.choice, &c.n) }
	counts, err := list(ctx, r.session, scan, `
		SELECT message_id, choice, COUNT(*) FROM poll_votes WHERE message_id IN IDS($1) GROUP BY message_id, choice
		UNION ALL
		SELECT message_id, -1, COUNT(DISTINCT user_id) FROM poll_votes WHERE message_id IN IDS($1) GROUP BY message_id`, ids)
	for _, c := range counts {
		switch p := byID[c.message].Poll; {
		case p == nil || c.choice >= len(p.Options):
		case c.choice < 0:
			p.Voters = c.n
		default:
			p.Options[c.choice].Votes = c.n
		}
	}
	return err
}

// joinVoters names who voted, as far as they are shown.
func (r reader) joinVoters(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type voter struct {
		message chat.MessageID
		choice  int
		user    chat.UserID
	}
	scan := func(r row, v *voter) error { return r.Scan((*int64)(&v.message), &v.choice, (*int64)(&v.user)) }
	found, err := list(ctx, r.session, scan, `
		SELECT v.message_id, v.choice, v.user_id FROM (
			SELECT x.message_id, x.choice, x.user_id, ROW_NUMBER() OVER (PARTITION BY x.message_id, x.choice ORDER BY x.at, x.user_id) AS n
			FROM poll_votes x JOIN polls p ON p.message_id = x.message_id AND p.anonymous = 0
			WHERE x.message_id IN IDS($1)) AS v
		WHERE v.n <= $2 ORDER BY v.message_id, v.choice, v.n`, ids, chat.MaxReactors)
	for _, v := range found {
		if p := byID[v.message].Poll; p != nil && v.choice < len(p.Options) {
			o := &p.Options[v.choice]
			o.Voters = append(o.Voters, v.user)
		}
	}
	return err
}

// OwnVotes implements chat.Reader.
func (r reader) OwnVotes(ctx context.Context, u chat.UserID, ids []chat.MessageID) (map[chat.MessageID][]int, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	type vote struct {
		message chat.MessageID
		choice  int
	}
	scan := func(r row, v *vote) error { return r.Scan((*int64)(&v.message), &v.choice) }
	found, err := list(ctx, r.session, scan, `
		SELECT message_id, choice FROM poll_votes WHERE user_id = $1 AND message_id IN IDS($2) ORDER BY message_id, choice`, int64(u), idsJSON(ids))
	out := map[chat.MessageID][]int{}
	for _, v := range found {
		out[v.message] = append(out[v.message], v.choice)
	}
	return out, err
}

// PollVoters implements chat.Reader.
func (r reader) PollVoters(ctx context.Context, id chat.MessageID, after chat.UserID, limit int) ([]chat.PollVoter, error) {
	type vote struct {
		user   chat.UserID
		name   string
		choice int
		at     time.Time
	}
	scan := func(r row, v *vote) error { return r.Scan((*int64)(&v.user), &v.name, &v.choice, at{&v.at}) }
	found, err := list(ctx, r.session, scan, `
		SELECT v.user_id, CASE WHEN u.display_name <> '' THEN u.display_name ELSE u.username END, v.choice, v.at
		FROM poll_votes v JOIN users u ON u.id = v.user_id
		WHERE v.message_id = $1 AND v.user_id IN (SELECT DISTINCT user_id FROM poll_votes WHERE message_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3)
		ORDER BY v.user_id, v.choice`, int64(id), int64(after), limit)
	var out []chat.PollVoter
	for _, v := range found {
		if n := len(out); n == 0 || out[n-1].UserID != v.user {
			out = append(out, chat.PollVoter{UserID: v.user, Name: v.name, At: v.at})
		}
		last := &out[len(out)-1]
		last.Choices = append(last.Choices, v.choice)
	}
	return out, err
}

// VotedIn implements chat.Reader.
func (r reader) VotedIn(ctx context.Context, u chat.UserID, after chat.MessageID, limit int) ([]chat.MessageID, error) {
	return list(ctx, r.session, scanNumber[chat.MessageID], `
		SELECT DISTINCT message_id FROM poll_votes WHERE user_id = $1 AND message_id > $2 ORDER BY message_id LIMIT $3`, int64(u), int64(after), limit)
}

// insertPolls writes what new messages ask.
func (t *tx) insertPolls(ctx context.Context, messages []*chat.Message) error {
	for _, m := range messages {
		p := m.Poll
		if p == nil {
			continue
		}
		options := make([]string, len(p.Options))
		for i, o := range p.Options {
			options[i] = o.Text
		}
		_, err := t.exec(ctx, `
			INSERT INTO polls (message_id, question, options, multiple, anonymous, ends_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			int64(m.ID), p.Question, textsJSON(options), flag(p.Multiple), flag(p.Anonymous), millis(p.EndsAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// SetVotes implements chat.Tx.
func (t *tx) SetVotes(ctx context.Context, id chat.MessageID, u chat.UserID, choices []int, when time.Time) error {
	_, err := t.exec(ctx, `DELETE FROM poll_votes WHERE message_id = $1 AND user_id = $2`, int64(id), int64(u))
	for choice := range slices.Values(choices) {
		if err == nil {
			_, err = t.exec(ctx, `INSERT INTO poll_votes (message_id, user_id, choice, at) VALUES ($1, $2, $3, $4)`, int64(id), int64(u), int64(choice), millis(when))
		}
	}
	return err
}

// TellVotes implements chat.Tx.
func (t *tx) TellVotes(ctx context.Context, id chat.MessageID, told time.Time, untold bool) error {
	_, err := t.exec(ctx, `UPDATE polls SET told_at = $1, untold = $2 WHERE message_id = $3`, millis(told), flag(untold), int64(id))
	return err
}

// UntoldVotes implements chat.Reader.
func (r reader) UntoldVotes(ctx context.Context, limit int) ([]chat.UntoldVotes, error) {
	scan := func(r row, v *chat.UntoldVotes) error { return r.Scan((*int64)(&v.MessageID), at{&v.Told}) }
	return list(ctx, r.session, scan, `SELECT message_id, told_at FROM polls WHERE untold <> 0 ORDER BY told_at LIMIT $1`, limit)
}

// ClosePoll implements chat.Tx.
func (t *tx) ClosePoll(ctx context.Context, m *chat.Message) error {
	_, err := t.exec(ctx, `UPDATE polls SET closed_at = $1, closed_by = $2, untold = 0 WHERE message_id = $3`,
		millis(m.Poll.ClosedAt), int64(m.Poll.ClosedBy), int64(m.ID))
	return err
}
