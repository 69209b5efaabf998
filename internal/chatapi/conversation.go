package chatapi

import (
	"encoding/json"

	"parley/internal/chat"
)

// Conversation is a ConversationResponse without what differs from reader to
// reader.
type Conversation struct {
	ID   chat.ConversationID `json:"id"`
	Type chat.Kind           `json:"type"`
	*Face
	Description      *string         `json:"description"`
	CreatedBy        chat.UserID     `json:"createdBy"`
	ParticipantCount int             `json:"participantCount"`
	LastMessageAt    *string         `json:"lastMessageAt" format:"date-time"`
	AllowReactions   bool            `json:"allowReactions"`
	AllowReplies     bool            `json:"allowReplies"`
	AllowFileUploads bool            `json:"allowFileUploads"`
	MaxFileSizeMb    int             `json:"maxFileSizeMb"`
	AllowedFileTypes []string        `json:"allowedFileTypes"`
	MembersCanInvite bool            `json:"membersCanInvite"`
	SlowModeSeconds  int             `json:"slowModeSeconds"`
	HistoryForNew    string          `json:"historyForNew"`
	WhoMayPost       string          `json:"whoMayPost"`
	WhoMayInvite     string          `json:"whoMayInvite"` // ALL: membersCanInvite
	WhoMayReact      string          `json:"whoMayReact"`
	WhoMayReply      string          `json:"whoMayReply"`
	WhoMayUpload     string          `json:"whoMayUpload"`
	Visibility       string          `json:"visibility,omitempty"` // of channels
	Metadata         json.RawMessage `json:"metadata"`
	CreatedAt        string          `json:"createdAt" format:"date-time"`
	UpdatedAt        string          `json:"updatedAt" format:"date-time"`
}

// Face is how a conversation is called and looks. In a DIRECT it is the other
// side's, so it differs from reader to reader and events have none.
type Face struct {
	Name      string  `json:"name"`
	AvatarURL *string `json:"avatarUrl"`
}

// ConversationView is a ConversationResponse for one reader.
type ConversationView struct {
	Conversation
	MyRole            *chat.Role      `json:"myRole"` // null: not a participant, a public channel
	Participants      []Participant   `json:"participants"`
	LastMessage       *MessageView    `json:"lastMessage"`
	UnreadCount       int64           `json:"unreadCount"`
	MentionCount      int64           `json:"mentionCount"`
	LastReadMessageID *chat.MessageID `json:"lastReadMessageId"`
	IsMuted           bool            `json:"isMuted"`
	MutedUntil        *string         `json:"mutedUntil" format:"date-time"` // null: not muted, or until changed
	IsPinned          bool            `json:"isPinned"`
	IsArchived        bool            `json:"isArchived"`
	Own
}

// Own is what else a conversation is to its reader alone.
type Own struct {
	PinnedAt           *string    `json:"pinnedAt" format:"date-time"`
	NotificationLevel  chat.Level `json:"notificationLevel"`
	NotificationsUntil *string    `json:"notificationsUntil" format:"date-time"` // when the level ends; null: never
	Draft              *Draft     `json:"draft"`
}

// Draft is what the reader has begun to write.
type Draft struct {
	Content         string          `json:"content"`
	ParentMessageID *chat.MessageID `json:"parentMessageId"`
	UpdatedAt       string          `json:"updatedAt" format:"date-time"`
}

// Participant is somebody's part in a conversation.
type Participant struct {
	UserID            chat.UserID          `json:"userId"`
	Username          string               `json:"username"`
	Name              string               `json:"name"`
	AvatarURL         *string              `json:"avatarUrl"`
	Role              chat.Role            `json:"role"`
	JoinedAt          string               `json:"joinedAt" format:"date-time"`
	LastReadMessageID *chat.MessageID      `json:"lastReadMessageId"`
	Status            *chat.PresenceStatus `json:"status,omitempty"` // not in events
}

// Unreads is the unread summary. Muted conversations are listed, but counted
// apart.
type Unreads struct {
	Total         int64    `json:"total"`
	TotalMuted    int64    `json:"totalMuted"`
	Conversations []Unread `json:"conversations"`
}

// Unread is one line of the unread summary.
type Unread struct {
	ConversationID    chat.ConversationID `json:"conversationId"`
	UnreadCount       int64               `json:"unreadCount"`
	MentionCount      int64               `json:"mentionCount"`
	LastMessageID     *chat.MessageID     `json:"lastMessageId"`
	LastReadMessageID *chat.MessageID     `json:"lastReadMessageId"`
}

// Conversation maps what all readers see alike.
func (m Mapper) Conversation(c *chat.Conversation) Conversation {
	out := Conversation{
		ID: c.ID, Type: c.Kind, Description: filled(m.text(c.Description)),
		CreatedBy: c.CreatedBy, ParticipantCount: c.ParticipantCount, LastMessageAt: orNull(c.LastMessageAt),
		AllowReactions: c.AllowReactions, AllowReplies: c.AllowReplies, AllowFileUploads: c.AllowFileUploads,
		MaxFileSizeMb: c.MaxFileSizeMb, AllowedFileTypes: list(c.AllowedFileTypes),
		MembersCanInvite: c.MembersCanInvite, SlowModeSeconds: c.SlowModeSeconds,
		HistoryForNew: c.HistoryForNew, WhoMayPost: c.WhoMayPost, WhoMayInvite: c.WhoMayInvite(),
		WhoMayReact: c.WhoMayReact, WhoMayReply: c.WhoMayReply, WhoMayUpload: c.WhoMayUpload, Visibility: c.Visibility,
		Metadata: c.Metadata, CreatedAt: Time(c.CreatedAt), UpdatedAt: Time(c.UpdatedAt),
	}
	if len(c.Metadata) == 0 {
		out.Metadata = chat.EmptyObject
	}
	if c.Kind != chat.Direct {
		out.Face = &Face{m.text(c.Name), filled(c.AvatarURL)}
	}
	return out
}

// ConversationView maps a conversation as its reader sees it.
func (m Mapper) ConversationView(v *chat.ConversationView) ConversationView {
	out := ConversationView{
		Conversation: m.Conversation(&v.Conversation),
		MyRole:       roleOrNull(v.Me.Role),
		Participants: m.Participants(v.Participants),
		UnreadCount:  v.UnreadCount, MentionCount: v.MentionCount,
		LastReadMessageID: present(v.Me.ReadUpTo()),
	}
	out.Face = &Face{m.text(v.Title), filled(v.Picture)}
	s := m.Settings(&v.Me)
	out.IsMuted, out.MutedUntil, out.IsPinned, out.IsArchived = s.IsMuted, s.MutedUntil, s.IsPinned, s.IsArchived
	out.Own = s.Own
	if v.LastMessage != nil {
		last := m.MessageView(v.LastMessage)
		out.LastMessage = &last
	}
	return out
}

func (m Mapper) own(p *chat.Participant) Own {
	level, until := p.Level(m.now())
	return Own{PinnedAt: orNull(p.PinnedAt), NotificationLevel: level, NotificationsUntil: orNull(until), Draft: m.Draft(p.Draft)}
}

// Draft maps a draft; nil is none.
func (m Mapper) Draft(d *chat.Draft) *Draft {
	if d == nil {
		return nil
	}
	return &Draft{m.text(d.Content), present(d.ParentID), Time(d.At)}
}

func roleOrNull(r chat.Role) *chat.Role {
	if r == "" {
		return nil
	}
	return &r
}

// ConversationViews maps a list of conversations.
func (m Mapper) ConversationViews(vs []chat.ConversationView) []ConversationView {
	out := make([]ConversationView, len(vs))
	for i := range vs {
		out[i] = m.ConversationView(&vs[i])
	}
	return out
}

// Participants maps participants with their status.
func (m Mapper) Participants(ps []chat.Participant) []Participant {
	out := make([]Participant, len(ps))
	ids := make([]chat.UserID, len(ps))
	for i := range ps {
		out[i] = m.participant(&ps[i])
		ids[i] = ps[i].UserID
	}
	if m.Presences == nil {
		return out
	}
	for i, p := range m.Presences(ids) {
		if ps[i].PresenceHidden {
			p.Status = chat.Offline
		}
		out[i].Status = &p.Status
	}
	return out
}

// Participant maps one participant with his status.
func (m Mapper) Participant(p *chat.Participant) Participant {
	return m.Participants([]chat.Participant{*p})[0]
}

// participant leaves the status out.
func (m Mapper) participant(p *chat.Participant) Participant {
	return Participant{
		UserID: p.UserID, Username: m.text(p.Username), Name: m.text(p.Name), AvatarURL: filled(p.AvatarURL), Role: p.Role,
		JoinedAt: Time(p.JoinedAt), LastReadMessageID: present(p.Read.MessageID),
	}
}

// Unread maps what is unread in one conversation.
func (Mapper) Unread(v *chat.ConversationView) Unread {
	return Unread{v.ID, v.UnreadCount, v.MentionCount, present(v.LastMessageID), present(v.Me.ReadUpTo())}
}

// Unreads maps the unread summary.
func (Mapper) Unreads(us []chat.Unread) Unreads {
	out := Unreads{Conversations: make([]Unread, len(us))}
	for i, u := range us {
		out.Conversations[i] = Unread{u.ConversationID, u.UnreadCount, u.MentionCount, present(u.LastMessageID), present(u.LastReadMessageID)}
		if u.Muted {
			out.TotalMuted += u.UnreadCount
		} else {
			out.Total += u.UnreadCount
		}
	}
	return out
}
