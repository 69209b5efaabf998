package chat

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"parley/internal/text"
)

// Bounds of what a message may carry beside its text.
const (
	MaxTempID        = 64      // characters
	MaxMetadataBytes = 8 << 10 // of JSON
	MaxMetadataDepth = 5
	MaxAttachments   = 10
	MaxEncrypted     = 64 << 10 // bytes
	MaxMentions      = 100
)

// SendMessage is the request to say something in a conversation.
type SendMessage struct {
	ConversationID ConversationID
	Type           MessageType // "" is TEXT
	Content        string
	Encrypted      string // stands instead of Content
	ParentID       MessageID
	TempID         string
	Metadata       json.RawMessage
	Mentions       []UserID
	AttachmentIDs  []FileID
	Poll           *NewPoll // stands instead of everything else that is said
}

// Sent is the answer to SendMessage.
type Sent struct {
	*Message
	Duplicate bool // the message had been sent before with the same TempID
}

// SendMessage adds a message to a conversation that the actor may post in. When
// it returns, the message is on disk. A repeat with the same TempID returns the
// first message and changes nothing.
func (s *Service) SendMessage(ctx context.Context, a Actor, r SendMessage) (Sent, error) {
	m, err := s.draft(a, r)
	if err != nil {
		return Sent{}, err
	}
	if err := spend(s.limits.send(a), a.ID, 1); err != nil {
		return Sent{}, err
	}
	if err := s.mention(ctx, m, r.Mentions); err != nil {
		return Sent{}, err
	}
	ap := &Append{Message: m, Admit: s.admit, Files: r.AttachmentIDs}
	if err := s.store.Append(ctx, ap); err != nil {
		return Sent{}, err
	}
	s.reads.noticeSend(ap)
	return Sent{ap.Message, ap.Duplicate}, nil
}

// draft checks a request by itself and makes the message that it asks for.
func (s *Service) draft(a Actor, r SendMessage) (*Message, error) {
	m := &Message{
		ConversationID: r.ConversationID, Type: r.Type, SenderID: a.ID,
		Encrypted: r.Encrypted, ParentID: r.ParentID, TempID: r.TempID,
		CreatedAt: s.clock(),
	}
	if r.ConversationID <= 0 {
		return nil, Invalid("conversationId", "conversationId must be a positive number")
	}
	switch m.Type {
	case "": // with files, what they are
	case TypeText, TypeImage, TypeFile, TypeAudio, TypeVideo:
	default:
		return nil, Invalid("messageType", "messageType must be TEXT, IMAGE, FILE, AUDIO or VIDEO")
	}
	if err := checkTempID(r.TempID); err != nil {
		return nil, err
	}
	if len(r.AttachmentIDs) > MaxAttachments {
		return nil, Invalid("attachmentIds", "At most %d files can be attached", MaxAttachments)
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(r.AttachmentIDs)))); n < len(r.AttachmentIDs) {
		return nil, Invalid("attachmentIds", "A file can be attached once")
	}
	if len(r.Mentions) > MaxMentions {
		return nil, Invalid("mentions", "At most %d people can be mentioned", MaxMentions)
	}
	var err error
	if r.Poll != nil {
		err = s.draftPoll(m, &r)
	} else {
		m.Content, err = s.checkContent(r.Content, r.Encrypted, len(r.AttachmentIDs) > 0)
	}
	if err != nil {
		return nil, err
	}
	m.Metadata, err = checkMetadata(r.Metadata)
	return m, err
}

func checkTempID(id string) error {
	if text.Length(id) > MaxTempID || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0xFFFD }) {
		return Invalid("tempId", "tempId must be at most %d printable characters", MaxTempID)
	}
	return nil
}

// checkContent returns the text as it is stored. It may be empty only beside
// files.
func (s *Service) checkContent(content, encrypted string, mayBeEmpty bool) (string, error) {
	if encrypted != "" {
		if strings.TrimSpace(content) != "" {
			return "", Invalid("content", "content and encryptedContent exclude each other")
		}
		if len(encrypted) > MaxEncrypted {
			return "", Invalid("encryptedContent", "encryptedContent must be at most %d bytes", MaxEncrypted)
		}
		if strings.ContainsRune(encrypted, 0) {
			return "", Invalid("encryptedContent", "encryptedContent must not contain NUL")
		}
		return "", nil
	}
	t, err := text.Normalize(content)
	if err != nil {
		return "", Invalid("content", "content must be valid UTF-8")
	}
	if text.IsBlank(t) && mayBeEmpty {
		return "", nil
	}
	if text.IsBlank(t) {
		return "", errNoContent()
	}
	if n := text.Length(t); n > s.rules.Load().MaxMessageLength {
		return "", Invalid("content", "Message content must be at most %d characters, this one has %d", s.rules.Load().MaxMessageLength, n)
	}
	return t, nil
}

// mention finds the participants that the text or the sender names.
func (s *Service) mention(ctx context.Context, m *Message, named []UserID) error {
	if len(named) == 0 && !strings.Contains(m.Content, "@") {
		return nil
	}
	return s.store.Read(ctx, func(r Reader) error { return mentionIn(ctx, r, m, named) })
}

// MentionAll is the name that mentions everybody in a conversation.
const MentionAll = "all"

func mentionIn(ctx context.Context, r Reader, m *Message, named []UserID) error {
	names := text.Mentions(m.Content)
	n := len(names)
	names = slices.DeleteFunc(names, func(name string) bool { return strings.EqualFold(name, MentionAll) })
	m.Mentions, m.MentionsAll = nil, len(names) < n
	found, err := r.ParticipantsAmong(ctx, m.ConversationID, named)
	if err != nil {
		return err
	}
	byName, err := r.ParticipantsNamed(ctx, m.ConversationID, names)
	if err != nil {
		return err
	}
	for _, p := range append(found, byName...) {
		if p.UserID != m.SenderID && len(m.Mentions) < MaxMentions && !slices.Contains(m.Mentions, p.UserID) {
			m.Mentions = append(m.Mentions, p.UserID)
		}
	}
	return nil
}

// admit decides inside the commit whether a new message may be written.
func (s *Service) admit(in AppendContext) error {
	if in.Conversation == nil || in.Conversation.Kind == Room {
		return errConversationNotFound()
	}
	if in.Sender == nil {
		return errNotParticipant()
	}
	st, m := seat{in.Conversation, in.Sender}, in.Message
	if err := st.mayPost(); err != nil {
		return err
	}
	if in.Blocked {
		return errBlocked()
	}
	if m.Poll != nil {
		if err := st.takesPolls(); err != nil {
			return err
		}
	}
	if err := joinThread(st, m, in.Parent); err != nil {
		return err
	}
	if err := st.admitFiles(in); err != nil {
		return err
	}
	if m.Type == "" {
		m.Type = typeFor(m.Attachments)
	}
	return st.slowDown(m.CreatedAt)
}

// joinThread puts a reply into the thread of what it answers. There is one level:
// a reply to a reply is attached to the thread's root.
func joinThread(st seat, m *Message, parent *Message) error {
	if m.ParentID == 0 {
		return nil
	}
	if !st.AllowReplies {
		return Errorf(FeatureDisabled, "Replies are switched off in this conversation")
	}
	if err := st.reserved(st.WhoMayReply, "reply here"); err != nil {
		return err
	}
	if parent == nil || !st.me.Sees(parent.Seq) {
		return Invalid("parentMessageId", "The message to reply to is not in this conversation")
	}
	if m.RootID = parent.RootID; m.RootID == 0 {
		m.RootID = parent.ID
	}
	m.ParentID = m.RootID
	return nil
}

// slowDown keeps members of a group in slow mode apart from their last message.
func (st seat) slowDown(now time.Time) error {
	pause := time.Duration(st.SlowModeSeconds) * time.Second
	if pause == 0 || st.me.IsAdmin() {
		return nil
	}
	wait := st.me.LastSent.Add(pause).Sub(now)
	if wait <= 0 || wait > pause { // a clock that jumped back must not lock anybody out
		return nil
	}
	seconds := int64((wait + time.Second - 1) / time.Second)
	e := Errorf(RateLimited, "Slow mode: try again in %d seconds", seconds)
	e.RetryAfter = time.Duration(seconds) * time.Second
	e.Limit = &Limit{Limit: 1, ResetAt: now.Add(wait)}
	return e
}

// checkMetadata returns metadata as it is stored: a compact object of bounded
// size and depth.
func checkMetadata(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return EmptyObject, nil
	}
	if len(raw) > MaxMetadataBytes {
		return nil, Invalid("metadata", "metadata must be at most %d bytes", MaxMetadataBytes)
	}
	if depthOf(raw) > MaxMetadataDepth {
		return nil, Invalid("metadata", "metadata must be nested at most %d deep", MaxMetadataDepth)
	}
	return normalizeObject(raw)
}
