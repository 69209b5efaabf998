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
	Root     *Message // of a thread
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
	return markStatus(ctx, r, a, list)
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
	if len(made.Attachments) > 0 && !st.AllowFileUploads {
		return nil, Errorf(FeatureDisabled, "Files are switched off in this conversation")
	}
	return made, tx.AppendMessage(ctx, st.Conversation, made)
}
