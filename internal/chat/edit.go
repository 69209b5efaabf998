package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"time"
)

// EditMessage is the request to change what a message says.
type EditMessage struct {
	MessageID MessageID
	Content   string
	Encrypted string
	Metadata  json.RawMessage // nil: as it is
	Mentions  []UserID
}

// MaxVersions is how many earlier versions of a message are kept, the newest.
const MaxVersions = 50

// EditMessage changes the actor's own message, if he might send one now, and
// keeps the version before. The same text again changes nothing.
func (s *Service) EditMessage(ctx context.Context, a Actor, r EditMessage) (*Message, error) {
	content, err := s.checkContent(r.Content, r.Encrypted, true)
	if err != nil {
		return nil, err
	}
	metadata := r.Metadata
	if metadata != nil {
		if metadata, err = checkMetadata(metadata); err != nil {
			return nil, err
		}
	}
	if err := spend(s.limits.Edit, a.ID, 1); err != nil {
		return nil, err
	}
	var edited *Message
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, m, err := accessMessage(ctx, tx, a, r.MessageID)
		if err != nil {
			return err
		}
		edited = m
		if err := s.mayEdit(st, m); err != nil {
			return err
		}
		if err := maySpeak(ctx, tx, st); err != nil {
			return err
		}
		if content == "" && r.Encrypted == "" && len(m.Attachments) == 0 {
			return errNoContent()
		}
		if metadata == nil {
			metadata = m.Metadata
		}
		if m.Content == content && m.Encrypted == r.Encrypted && bytes.Equal(m.Metadata, metadata) {
			return nil
		}
		return s.rewrite(ctx, tx, st, m, EditMessage{Content: content, Encrypted: r.Encrypted, Metadata: metadata, Mentions: r.Mentions})
	})
	if err != nil {
		return nil, err
	}
	return edited, s.personalise(ctx, a, []*Message{edited})
}

func (s *Service) mayEdit(st seat, m *Message) error {
	window := s.rules.Load().EditWindow
	switch {
	case m.Type == TypeSystem:
		return Errorf(Forbidden, "System messages cannot be edited")
	case m.SenderID != st.me.UserID:
		return Errorf(Forbidden, "You can only edit your own messages")
	case m.Deleted():
		return Errorf(Conflict, "Message was deleted")
	case m.Poll != nil:
		return Errorf(Forbidden, "A poll cannot be edited: people have voted on what it says")
	case window > 0 && s.clock().Sub(m.CreatedAt) > window:
		return Errorf(Forbidden, "Messages can be edited for %v after sending", window)
	}
	return nil
}

// rewrite stores the version before, then the new content.
func (s *Service) rewrite(ctx context.Context, tx Tx, st seat, m *Message, to EditMessage) error {
	written := m.CreatedAt
	if m.Edited() {
		written = m.EditedAt
	}
	if err := tx.InsertVersion(ctx, MessageVersion{MessageID: m.ID, Content: m.Content, Metadata: m.Metadata, At: written}); err != nil {
		return err
	}
	m.Content, m.Encrypted, m.Metadata, m.EditedAt = to.Content, to.Encrypted, to.Metadata, s.clock()
	if err := mentionIn(ctx, tx, m, to.Mentions); err != nil {
		return err
	}
	if err := tx.UpdateMessage(ctx, m); err != nil {
		return err
	}
	if err := tx.SetMentions(ctx, m); err != nil {
		return err
	}
	if err := s.keepPreviews(ctx, tx, m); err != nil {
		return err
	}
	return emit(ctx, tx, st.Conversation, MessageUpdated, m.SenderID, m.EditedAt, m)
}

// DeleteMessage leaves a tombstone of a message: number and id stay, content
// and everything that hung on it go. A repeat changes nothing.
func (s *Service) DeleteMessage(ctx context.Context, a Actor, id MessageID) (*Message, error) {
	var deleted *Message
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, m, err := accessMessage(ctx, tx, a, id)
		if err != nil {
			return err
		}
		deleted = m
		sender, err := tx.Participant(ctx, st.ID, m.SenderID)
		if err != nil {
			return err
		}
		if err := st.mayDelete(m, sender); err != nil || m.Deleted() {
			return err
		}
		return s.bury(ctx, tx, st.Conversation, m, a.ID)
	})
	return deleted, err
}

// bury turns a message into its tombstone and tells everybody.
func (s *Service) bury(ctx context.Context, tx Tx, c *Conversation, m *Message, by UserID) error {
	m.DeletedAt, m.DeletedBy = s.clock(), by
	m.Content, m.Encrypted, m.Metadata, m.Forwarded = "", "", EmptyObject, nil
	m.Reactions, m.Mentions, m.MentionsAll, m.Attachments, m.Poll, m.Previews = nil, nil, false, nil, nil, nil
	m.PinnedAt, m.PinnedBy = time.Time{}, 0
	if err := tx.EraseMessage(ctx, m); err != nil {
		return err
	}
	return emit(ctx, tx, c, MessageDeleted, by, m.DeletedAt, m)
}

// History returns what a message said before its edits, oldest first. Its
// author and the conversation's owner and admins may see it.
func (s *Service) History(ctx context.Context, a Actor, id MessageID) ([]MessageVersion, error) {
	var versions []MessageVersion
	err := s.store.Read(ctx, func(r Reader) error {
		st, m, err := accessMessage(ctx, r, a, id)
		if err != nil {
			return err
		}
		if m.SenderID != a.ID && !st.me.IsAdmin() {
			return errRoleRequired("see earlier versions")
		}
		versions, err = r.Versions(ctx, id)
		return err
	})
	return versions, err
}
