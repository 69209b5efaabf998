package chat

import (
	"context"
	"slices"
)

// Bounds of a page of messages.
const (
	DefaultPage = 50
	MaxPage     = 100
)

// MessagePage is a stretch of a conversation, ascending by seq.
type MessagePage struct {
	Messages []Message
	HasMore  bool
	Root     *Message  // of a thread
	Before   MessageID // where to go on if that is not the last message; else 0
}

func checkPage(p Page) (Page, error) {
	if p.Limit == 0 {
		p.Limit = DefaultPage
	}
	switch {
	case p.Before < 0:
		return p, Invalid("before", "before must be a positive number")
	case p.After < 0:
		return p, Invalid("after", "after must be a positive number")
	case p.Limit < 1 || p.Limit > MaxPage:
		return p, Invalid("limit", "limit must be between 1 and %d", MaxPage)
	}
	return p, nil
}

// Messages returns a page of a conversation that the actor takes part in.
func (s *Service) Messages(ctx context.Context, a Actor, c ConversationID, p Page) (MessagePage, error) {
	p, err := checkPage(p)
	if err != nil {
		return MessagePage{}, err
	}
	var page MessagePage
	err = s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, c)
		if err != nil {
			return err
		}
		page.Messages, page.HasMore, err = r.Messages(ctx, c, st.me.HiddenRev, p)
		if err != nil {
			return err
		}
		return personalise(ctx, r, a, refs(page.Messages))
	})
	return page, err
}

// MessagesAround returns the messages around an id: the older half of the page,
// then that message and what is newer. HasMore says whether there is more that is
// older. As with every cursor, there need not be a message with that id.
func (s *Service) MessagesAround(ctx context.Context, a Actor, c ConversationID, around MessageID, p Page) (page MessagePage, hasNewer bool, err error) {
	if p, err = checkPage(p); err != nil {
		return page, false, err
	}
	if around < 0 {
		return page, false, Invalid("around", "around must be a positive number")
	}
	err = s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, c)
		if err != nil {
			return err
		}
		older, newer := p, p
		older.Before, older.Limit = around, p.Limit/2
		newer.After, newer.Limit = around-1, p.Limit-p.Limit/2
		if newer.After == 0 { // which would be no bound: 1 is the smallest id
			newer.After, newer.Before = -1, MaxID
		}
		if page.Messages, page.HasMore, err = r.Messages(ctx, c, st.me.HiddenRev, older); err != nil {
			return err
		}
		var rest []Message
		if rest, hasNewer, err = r.Messages(ctx, c, st.me.HiddenRev, newer); err != nil {
			return err
		}
		page.Messages = append(page.Messages, rest...)
		return personalise(ctx, r, a, refs(page.Messages))
	})
	return page, hasNewer, err
}

// Message returns one message.
func (s *Service) Message(ctx context.Context, a Actor, id MessageID) (*Message, error) {
	var m *Message
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if _, m, err = accessMessage(ctx, r, a, id); err != nil {
			return err
		}
		return personalise(ctx, r, a, []*Message{m})
	})
	return m, err
}

// Thread returns the replies to a message, ascending, and the message itself as
// Root. The id of a reply means its root.
func (s *Service) Thread(ctx context.Context, a Actor, id MessageID, p Page) (MessagePage, error) {
	p, err := checkPage(p)
	if err != nil {
		return MessagePage{}, err
	}
	var page MessagePage
	err = s.store.Read(ctx, func(r Reader) error {
		st, m, err := accessMessage(ctx, r, a, id)
		if err != nil {
			return err
		}
		if m.RootID != 0 {
			if _, m, err = accessMessage(ctx, r, a, m.RootID); err != nil {
				return err
			}
		}
		page.Root = m
		page.Messages, page.HasMore, err = r.Replies(ctx, m.ID, st.me.HiddenRev, p)
		if err != nil {
			return err
		}
		return personalise(ctx, r, a, append(refs(page.Messages), m))
	})
	return page, err
}

func refs(list []Message) []*Message {
	out := make([]*Message, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func (s *Service) personalise(ctx context.Context, a Actor, list []*Message) error {
	return s.store.Read(ctx, func(r Reader) error { return personalise(ctx, r, a, list) })
}

// personalise adds what only this reader sees: his reactions, and how far his
// own messages have come.
func personalise(ctx context.Context, r Reader, a Actor, list []*Message) error {
	var reacted []MessageID
	for _, m := range list {
		m.Mine = &MessageMine{}
		if len(m.Reactions) > 0 {
			reacted = append(reacted, m.ID)
		}
	}
	if len(reacted) > 0 {
		own, err := r.OwnReactions(ctx, a.ID, reacted)
		if err != nil {
			return err
		}
		for _, m := range list {
			m.Mine.Reactions = shownAs(m.Reactions, own[m.ID])
		}
	}
	if err := markBookmarked(ctx, r, a, list); err != nil {
		return err
	}
	if err := markVotes(ctx, r, a, list); err != nil {
		return err
	}
	return markStatus(ctx, r, a, list)
}

func markBookmarked(ctx context.Context, r Reader, a Actor, list []*Message) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]MessageID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	marked, err := r.Bookmarked(ctx, a.ID, ids)
	for _, m := range list {
		m.Mine.Bookmarked = slices.Contains(marked, m.ID)
	}
	return err
}

func markVotes(ctx context.Context, r Reader, a Actor, list []*Message) error {
	var polls []MessageID
	for _, m := range list {
		if m.Poll != nil {
			polls = append(polls, m.ID)
		}
	}
	if len(polls) == 0 {
		return nil
	}
	votes, err := r.OwnVotes(ctx, a.ID, polls)
	for _, m := range list {
		m.Mine.Votes = votes[m.ID]
	}
	return err
}

// shownAs turns the keys of own reactions into the emoji as they are shown.
func shownAs(counts []ReactionCount, keys []string) []string {
	var out []string
	for _, c := range counts {
		if slices.Contains(keys, c.Key) {
			out = append(out, c.Emoji)
		}
	}
	return out
}

// markStatus derives SENT, DELIVERED and READ from the positions of the others:
// a message is as far as the one who is furthest behind.
func markStatus(ctx context.Context, r Reader, a Actor, list []*Message) error {
	type lowest struct {
		read, delivered int64
		others          bool
	}
	known := map[ConversationID]lowest{}
	for _, m := range list {
		if m.SenderID != a.ID {
			continue
		}
		low, ok := known[m.ConversationID]
		if !ok {
			var err error
			if low.read, low.delivered, low.others, err = r.LowestPositions(ctx, m.ConversationID, a.ID); err != nil {
				return err
			}
			known[m.ConversationID] = low
		}
		switch {
		case low.others && low.read >= m.Seq:
			m.Mine.Status = StatusRead
		case low.others && max(low.delivered, low.read) >= m.Seq:
			m.Mine.Status = StatusDelivered
		default:
			m.Mine.Status = StatusSent
		}
	}
	return nil
}

// Forward copies a message into other conversations of the actor. All get it or
// none does.
func (s *Service) Forward(ctx context.Context, a Actor, id MessageID, to []ConversationID) ([]Message, error) {
	to = slices.Compact(slices.Sorted(slices.Values(to)))
	if len(to) == 0 || len(to) > 20 {
		return nil, Invalid("conversationIds", "Name 1 to 20 conversations")
	}
	if err := spend(s.limits.Send, a.ID, len(to)); err != nil {
		return nil, err
	}
	var copies []Message
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		_, m, err := accessMessage(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if m.Deleted() || m.Type == TypeSystem || m.Encrypted != "" {
			return Errorf(Conflict, "This message cannot be forwarded")
		}
		copies = nil
		for _, c := range to {
			made, err := s.forwardTo(ctx, tx, a, m, c)
			if err != nil {
				return err
			}
			copies = append(copies, *made)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.reads.loop.poke()
	return copies, s.personalise(ctx, a, refs(copies))
}

func (s *Service) forwardTo(ctx context.Context, tx Tx, a Actor, m *Message, to ConversationID) (*Message, error) {
	st, err := accessConversation(ctx, tx, a, to)
	if err != nil {
		return nil, err
	}
	if err := notBlocked(ctx, tx, st); err != nil {
		return nil, err
	}
	from := m.Forwarded
	if from == nil {
		from = &Forwarded{SenderID: m.SenderID, SenderName: m.SenderName, CreatedAt: m.CreatedAt}
	}
	made := &Message{
		ConversationID: to, Type: m.Type, SenderID: a.ID, Content: m.Content,
		Metadata: m.Metadata, Forwarded: from, Attachments: m.Attachments, CreatedAt: s.clock(),
	}
	in := AppendContext{Conversation: st.Conversation, Sender: st.me, Message: made}
	if err := s.admit(in); err != nil {
		return nil, err
	}
	if err := st.takesFiles(made.Attachments); err != nil {
		return nil, err
	}
	return made, tx.AppendMessage(ctx, st.Conversation, made)
}
