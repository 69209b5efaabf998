package chatapi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"parley/internal/chat"
	"parley/internal/text"
)

// Message is a ChatMessageResponse without what differs from reader to reader.
type Message struct {
	ID              chat.MessageID      `json:"id"`
	ConversationID  chat.ConversationID `json:"conversationId"`
	MessageType     chat.MessageType    `json:"messageType"`
	Content         string              `json:"content"`
	Encrypted       string              `json:"encryptedContent,omitempty"`
	SenderID        chat.UserID         `json:"senderId"`
	SenderName      string              `json:"senderName"`
	ParentMessageID *chat.MessageID     `json:"parentMessageId"`
	ReplyCount      int64               `json:"replyCount"`
	IsEdited        bool                `json:"isEdited"`
	IsDeleted       bool                `json:"isDeleted"`
	Attachments     []Attachment        `json:"attachments"`
	ReactionSummary ReactionSummary     `json:"reactionSummary"`
	CreatedAt       string              `json:"createdAt" format:"date-time"`
	Seq             int64               `json:"seq"`
	SenderAvatarURL *string             `json:"senderAvatarUrl"`
	UpdatedAt       *string             `json:"updatedAt" format:"date-time"`
	EditedAt        *string             `json:"editedAt" format:"date-time"`
	DeletedAt       *string             `json:"deletedAt" format:"date-time"`
	Metadata        json.RawMessage     `json:"metadata"`
	Mentions        []chat.UserID       `json:"mentions"`
	ForwardedFrom   *Forwarded          `json:"forwardedFrom"`
	// Poll is there if the message asks something; content then says it in words.
	Poll *Poll `json:"poll,omitempty"`
	// LinkPreviews are there if there is something to show of the links in content. They
	// come a while after the message.
	LinkPreviews []LinkPreview `json:"linkPreviews,omitempty"`
	// MentionsAll says that everybody in the conversation is mentioned.
	MentionsAll bool `json:"mentionsAll,omitempty"`
	// PinnedAt and PinnedBy are there while the message is pinned.
	PinnedAt *string      `json:"pinnedAt,omitempty" format:"date-time"`
	PinnedBy *chat.UserID `json:"pinnedBy,omitempty"`
	// EventType says to a STOMP client what happened to the message.
	EventType string `json:"eventType,omitempty"`
	// TempID is set in what goes to the sender's own sessions, and only there.
	TempID string `json:"tempId,omitempty"`
}

// MessageView is a ChatMessageResponse for one reader.
type MessageView struct {
	Message
	MyReactions []string             `json:"myReactions"`
	Status      *chat.DeliveryStatus `json:"status"` // null for who is not the sender
	// MyVotes are the ids of the poll's options that the reader has chosen.
	MyVotes []int `json:"myVotes,omitempty"`
	// IsBookmarked is there if it is true.
	IsBookmarked bool `json:"isBookmarked,omitempty"`
}

// Sent is the answer to a SendMessageRequest.
type Sent struct {
	MessageView
	Duplicate bool `json:"duplicate,omitempty"`
}

// Found is a message that a search found.
type Found struct {
	MessageView
	Highlight []Highlight `json:"highlight"`
}

// Thread is what a thread begins with, its latest reply, and how many of others its
// reader has not read.
type Thread struct {
	MessageView
	LastReply     MessageView `json:"lastReply"`
	UnreadReplies int64       `json:"unreadReplies"`
}

// Bookmark is a message with when it was bookmarked.
type Bookmark struct {
	MessageView
	BookmarkedAt string `json:"bookmarkedAt" format:"date-time"`
}

// Reminder is a message with when its reader is reminded of it.
type Reminder struct {
	MessageView
	RemindAt string `json:"remindAt" format:"date-time"`
	IsDue    bool   `json:"isDue"`
}

// Highlight is a stretch of content that the search matched, in Unicode code
// points: from start up to, not including, end.
type Highlight struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// maxHighlights bounds what is marked in one message.
const maxHighlights = 50

// Deleted is the answer to the deletion of a message.
type Deleted struct {
	MessageID      chat.MessageID      `json:"messageId"`
	ConversationID chat.ConversationID `json:"conversationId"`
	IsDeleted      bool                `json:"isDeleted"`
}

// Forwarded tells who wrote a forwarded message first.
type Forwarded struct {
	SenderID   chat.UserID `json:"senderId"`
	SenderName string      `json:"senderName"`
	CreatedAt  string      `json:"createdAt" format:"date-time"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID           chat.FileID `json:"id"`
	FileName     string      `json:"fileName"`
	FileSize     int64       `json:"fileSize"`
	MimeType     string      `json:"mimeType"`
	URL          string      `json:"url"`
	ThumbnailURL *string     `json:"thumbnailUrl"`
	Width        *int        `json:"width"`
	Height       *int        `json:"height"`
	DurationMs   *int64      `json:"durationMs"`
	// Peaks are how loud a voice message is in 48 equal parts, from 0 to 100; there if
	// the sender has said so.
	Peaks []int `json:"peaks,omitempty"`
	// Placeholder is a blurhash of an image, to show until it is there.
	Placeholder *string `json:"placeholder"`
}

// Attachment maps a file.
func (m Mapper) Attachment(f *chat.File) Attachment {
	out := Attachment{
		ID: f.ID, FileName: m.text(f.Name), FileSize: f.Size, MimeType: f.Type, URL: fmt.Sprintf("/api/chat/attachments/%d", f.ID),
		Placeholder: filled(f.Placeholder),
	}
	if f.Kind == chat.ImageFile {
		out.ThumbnailURL, out.Width, out.Height = new(chat.PictureURL(f.ID)), &f.Width, &f.Height
	}
	out.Peaks = f.Peaks
	if f.Duration > 0 {
		out.DurationMs = new(f.Duration.Milliseconds())
	}
	return out
}

// Version is what a message said before an edit.
type Version struct {
	Version   int64           `json:"version"`
	Content   string          `json:"content"`
	Metadata  json.RawMessage `json:"metadata"`
	CreatedAt string          `json:"createdAt" format:"date-time"`
}

// ReactionSummary is an object from emoji to count, in the order of first use.
type ReactionSummary []chat.ReactionCount

// MarshalJSON writes the object; a Go map would lose the order.
func (s ReactionSummary) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, r := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(r.Emoji)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		count, err := json.Marshal(r.Count)
		if err != nil {
			return nil, err
		}
		b.Write(count)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Message maps what all readers see alike. Of a deleted message that is only
// that it was there.
func (m Mapper) Message(c *chat.Message) Message {
	out := Message{
		ID: c.ID, ConversationID: c.ConversationID, MessageType: c.Type, Seq: c.Seq,
		SenderID: c.SenderID, SenderName: m.text(c.SenderName), SenderAvatarURL: filled(c.SenderAvatar),
		ParentMessageID: present(c.ParentID), ReplyCount: c.ReplyCount,
		IsEdited: c.Edited(), IsDeleted: c.Deleted(),
		CreatedAt: Time(c.CreatedAt), EditedAt: orNull(c.EditedAt), DeletedAt: orNull(c.DeletedAt),
		Attachments: []Attachment{}, Metadata: chat.EmptyObject, Mentions: []chat.UserID{},
	}
	if out.UpdatedAt = out.DeletedAt; out.UpdatedAt == nil {
		out.UpdatedAt = out.EditedAt
	}
	if c.Deleted() {
		return out
	}
	out.Content, out.Encrypted = m.text(c.Content), c.Encrypted
	out.ReactionSummary, out.Mentions, out.MentionsAll = c.Reactions, list(c.Mentions), c.MentionsAll
	out.Poll, out.LinkPreviews = m.poll(c.Poll), m.previews(c.Previews)
	out.PinnedAt, out.PinnedBy = orNull(c.PinnedAt), present(c.PinnedBy)
	if len(c.Metadata) > 0 {
		out.Metadata = c.Metadata
	}
	for i := range c.Attachments {
		out.Attachments = append(out.Attachments, m.Attachment(&c.Attachments[i]))
	}
	if f := c.Forwarded; f != nil {
		out.ForwardedFrom = &Forwarded{f.SenderID, m.text(f.SenderName), Time(f.CreatedAt)}
	}
	return out
}

// MessageView maps a message as its reader sees it.
func (m Mapper) MessageView(c *chat.Message) MessageView {
	out := MessageView{Message: m.Message(c), MyReactions: []string{}}
	if mine := c.Mine; mine != nil {
		out.MyReactions, out.IsBookmarked = list(mine.Reactions), mine.Bookmarked
		out.MyVotes = mine.Votes
		if mine.Status != "" {
			out.Status = &mine.Status
		}
	}
	return out
}

// MessageViews maps a page of messages.
func (m Mapper) MessageViews(page []chat.Message) []MessageView {
	out := make([]MessageView, len(page))
	for i := range page {
		out[i] = m.MessageView(&page[i])
	}
	return out
}

// Found marks in a message what a search was for.
func (Mapper) Found(v MessageView, query string) Found {
	out := Found{MessageView: v, Highlight: []Highlight{}}
	for _, h := range text.Highlights(v.Content, query, maxHighlights) {
		out.Highlight = append(out.Highlight, Highlight(h))
	}
	return out
}

// Sent maps the answer to the sender of a message.
func (m Mapper) Sent(s chat.Sent) Sent {
	out := Sent{MessageView: m.MessageView(s.Message), Duplicate: s.Duplicate}
	out.TempID = s.TempID
	if out.Status == nil {
		sent := chat.StatusSent
		out.Status = &sent
	}
	return out
}

// Deleted maps the answer to a deletion.
func (Mapper) Deleted(c *chat.Message) Deleted {
	return Deleted{c.ID, c.ConversationID, true}
}

// Versions maps the history of a message.
func (m Mapper) Versions(vs []chat.MessageVersion) []Version {
	out := make([]Version, len(vs))
	for i, v := range vs {
		out[i] = Version{v.Version, m.text(v.Content), v.Metadata, Time(v.At)}
		if len(v.Metadata) == 0 {
			out[i].Metadata = chat.EmptyObject
		}
	}
	return out
}
