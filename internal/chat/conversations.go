package chat

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"parley/internal/text"
)

// Bounds of conversations.
const (
	MaxName            = 100   // code points
	MaxDescription     = 1_000 // code points
	MaxInvited         = 500   // per request
	MaxPins            = 20
	ListedParticipants = 20 // in lists, beside all admins
	MaxParticipants    = 1_000
)

// NewConversation is the request to create a group or a channel.
type NewConversation struct {
	Kind           Kind // "" is GROUP
	Name           string
	Description    string
	ParticipantIDs []UserID
	Visibility     string // of channels; "" is PRIVATE
	Avatar         FileID // an image that the founder has uploaded; 0: none
	Metadata       json.RawMessage
	Settings       SettingsPatch
}

// SettingsPatch changes some settings: nil leaves one as it is.
type SettingsPatch struct {
	AllowReactions   *bool
	AllowReplies     *bool
	AllowFileUploads *bool
	MaxFileSizeMb    *int
	AllowedFileTypes *[]string
	MembersCanInvite *bool
	SlowModeSeconds  *int
	HistoryForNew    *string
	WhoMayPost       *string
	WhoMayInvite     *string // another word for MembersCanInvite; it counts if both are there
	WhoMayReact      *string
	WhoMayReply      *string
	WhoMayUpload     *string
}

// CreateConversation creates a group or channel with the actor as owner. People
// between whom and the actor there is a block are skipped and returned.
func (s *Service) CreateConversation(ctx context.Context, a Actor, r NewConversation) (*ConversationView, []UserID, error) {
	c, err := s.draftConversation(a, r)
	if err != nil {
		return nil, nil, err
	}
	if err := spend(s.limits.CreateConversation, a.ID, 1); err != nil {
		return nil, nil, err
	}
	var skipped []UserID
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		members, blocked, err := invitable(ctx, tx, a, "participantIds", r.ParticipantIDs)
		if err != nil {
			return err
		}
		skipped = blocked
		*c = *fresh(c)
		if err := tx.InsertConversation(ctx, c); err != nil {
			return err
		}
		if r.Avatar != 0 {
			if c.AvatarURL, err = s.setPicture(ctx, tx, a, c.ID.Stream(), r.Avatar); err != nil {
				return err
			}
			if err := tx.UpdateConversation(ctx, c); err != nil {
				return err
			}
		}
		if err := s.seatFounder(ctx, tx, c, a); err != nil {
			return err
		}
		if err := say(ctx, tx, c, a.ID, c.CreatedAt, "created the conversation", systemNote{Kind: "created", Name: c.Name}); err != nil {
			return err
		}
		return s.seatAll(ctx, tx, c, a.ID, members, ReasonAdded)
	})
	if err != nil {
		return nil, nil, err
	}
	v, err := s.Conversation(ctx, a, c.ID)
	return v, skipped, err
}

// fresh is the conversation without what a commit that is redone had given it.
func fresh(c *Conversation) *Conversation {
	f := *c
	f.ID, f.LastSeq, f.LastRev, f.LastCount, f.LastMessageID, f.ParticipantCount = 0, 0, 0, 0, 0, 0
	return &f
}

func (s *Service) draftConversation(a Actor, r NewConversation) (*Conversation, error) {
	now := s.clock()
	c := &Conversation{Kind: r.Kind, CreatedBy: a.ID, CreatedAt: now, UpdatedAt: now, LastMessageAt: now}
	c.Settings = s.defaults()
	c.MembersCanInvite = s.rules.Load().MembersCanInvite
	switch {
	case c.Kind == "":
		c.Kind = Group
	case c.Kind != Group && c.Kind != Channel:
		return nil, Invalid("type", "type must be GROUP or CHANNEL")
	}
	if c.Kind == Channel {
		c.Visibility = r.Visibility
		if c.Visibility == "" {
			c.Visibility = VisibilityPrivate
		}
	}
	if c.Visibility != "" && c.Visibility != VisibilityPublic && c.Visibility != VisibilityPrivate {
		return nil, Invalid("visibility", "visibility must be PUBLIC or PRIVATE")
	}
	if len(r.ParticipantIDs) > MaxInvited {
		return nil, Invalid("participantIds", "At most %d people can be invited at once", MaxInvited)
	}
	var err error
	if c.Name, err = checkName("name", r.Name); err != nil {
		return nil, err
	}
	if c.Description, err = checkDescription(r.Description); err != nil {
		return nil, err
	}
	if c.Metadata, err = checkMetadata(r.Metadata); err != nil {
		return nil, err
	}
	return c, s.applySettings(&c.Settings, r.Settings)
}

func checkName(field, name string) (string, error) {
	n, err := text.Line(name)
	if err != nil {
		return "", Invalid(field, "%s must be valid UTF-8", field)
	}
	if text.IsBlank(n) {
		return "", Invalid(field, "%s is required", field)
	}
	if text.Length(n) > MaxName {
		return "", Invalid(field, "%s must be at most %d characters", field, MaxName)
	}
	return n, nil
}

func checkDescription(d string) (string, error) {
	d, err := text.Normalize(d)
	if err != nil {
		return "", Invalid("description", "description must be valid UTF-8")
	}
	if text.Length(d) > MaxDescription {
		return "", Invalid("description", "description must be at most %d characters", MaxDescription)
	}
	return d, nil
}

// defaults are the settings of a conversation of which nobody has said more.
func (s *Service) defaults() Settings {
	d := usual()
	d.MaxFileSizeMb = s.rules.Load().MaxFileSizeMb
	return d
}

// usual is what defaults does not take from the server's rules.
func usual() Settings {
	return Settings{
		AllowReactions: true, AllowReplies: true, AllowFileUploads: true,
		HistoryForNew: HistoryAll, WhoMayPost: ByAll, WhoMayReact: ByAll, WhoMayReply: ByAll, WhoMayUpload: ByAll,
	}
}

// applySettings checks a patch and applies it.
func (s *Service) applySettings(to *Settings, p SettingsPatch) error {
	set(&to.AllowReactions, p.AllowReactions)
	set(&to.AllowReplies, p.AllowReplies)
	set(&to.AllowFileUploads, p.AllowFileUploads)
	set(&to.MaxFileSizeMb, p.MaxFileSizeMb)
	set(&to.AllowedFileTypes, p.AllowedFileTypes)
	set(&to.MembersCanInvite, p.MembersCanInvite)
	set(&to.SlowModeSeconds, p.SlowModeSeconds)
	set(&to.HistoryForNew, p.HistoryForNew)
	set(&to.WhoMayPost, p.WhoMayPost)
	set(&to.WhoMayReact, p.WhoMayReact)
	set(&to.WhoMayReply, p.WhoMayReply)
	set(&to.WhoMayUpload, p.WhoMayUpload)
	invite := to.WhoMayInvite()
	set(&invite, p.WhoMayInvite)
	to.MembersCanInvite = invite == ByAll
	switch {
	case to.MaxFileSizeMb < 1 || to.MaxFileSizeMb > s.rules.Load().MaxFileSizeMb:
		return Invalid("maxFileSizeMb", "maxFileSizeMb must be between 1 and %d", s.rules.Load().MaxFileSizeMb)
	case to.SlowModeSeconds < 0 || to.SlowModeSeconds > 21_600:
		return Invalid("slowModeSeconds", "slowModeSeconds must be between 0 and 21600")
	case to.HistoryForNew != HistoryAll && to.HistoryForNew != HistoryJoin:
		return Invalid("historyForNew", "historyForNew must be all or join")
	}
	for _, who := range []struct{ field, is string }{
		{"whoMayPost", to.WhoMayPost}, {"whoMayInvite", invite},
		{"whoMayReact", to.WhoMayReact}, {"whoMayReply", to.WhoMayReply}, {"whoMayUpload", to.WhoMayUpload},
	} {
		if who.is != ByAll && who.is != ByAdmins {
			return Invalid(who.field, "%s must be ALL or ADMINS", who.field)
		}
	}
	return checkFileTypes(to.AllowedFileTypes)
}

func checkFileTypes(types []string) error {
	if len(types) > 50 {
		return Invalid("allowedFileTypes", "At most 50 types can be named")
	}
	for _, t := range types {
		if len(t) > 100 || t == "" || text.IsBlank(t) {
			return Invalid("allowedFileTypes", "A type must have 1 to 100 characters")
		}
	}
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// ConversationPatch changes a conversation: nil leaves something as it is.
type ConversationPatch struct {
	Name        *string
	Description *string // "" clears
	Avatar      *FileID // an image that the actor has uploaded; 0 clears
	Metadata    json.RawMessage
	Visibility  *string // of channels
	Settings    SettingsPatch
}

// UpdateConversation changes settings, name, description and metadata. What is
// that way already makes no event.
func (s *Service) UpdateConversation(ctx context.Context, a Actor, id ConversationID, p ConversationPatch) (*ConversationView, error) {
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := st.mayChange(); err != nil {
			return err
		}
		c, before := st.Conversation, *st.Conversation
		if err := s.applyPatch(c, p); err != nil {
			return err
		}
		if p.Avatar != nil {
			if c.AvatarURL, err = s.setPicture(ctx, tx, a, c.ID.Stream(), *p.Avatar); err != nil {
				return err
			}
		}
		if reflect.DeepEqual(before, *c) {
			return nil
		}
		c.UpdatedAt = s.clock()
		if err := tx.UpdateConversation(ctx, c); err != nil {
			return err
		}
		if c.Name != before.Name {
			if err := say(ctx, tx, c, a.ID, c.UpdatedAt, "changed the name to "+c.Name, systemNote{Kind: "renamed", Name: c.Name}); err != nil {
				return err
			}
		}
		after := *c
		return emit(ctx, tx, c, ConversationUpdated, a.ID, c.UpdatedAt, &after)
	})
	if err != nil {
		return nil, err
	}
	return s.Conversation(ctx, a, id)
}

func (s *Service) applyPatch(c *Conversation, p ConversationPatch) (err error) {
	if p.Name != nil {
		if c.Name, err = checkName("name", *p.Name); err != nil {
			return err
		}
	}
	if p.Description != nil {
		if c.Description, err = checkDescription(*p.Description); err != nil {
			return err
		}
	}
	if p.Metadata != nil {
		if c.Metadata, err = checkMetadata(p.Metadata); err != nil {
			return err
		}
	}
	if p.Visibility != nil {
		if c.Visibility = *p.Visibility; c.Kind != Channel || c.Visibility != VisibilityPublic && c.Visibility != VisibilityPrivate {
			return Invalid("visibility", "visibility of a channel must be PUBLIC or PRIVATE")
		}
	}
	return s.applySettings(&c.Settings, p.Settings)
}

// tellJoined puts conversation.joined on the user's own stream. Its detail is the
// rev after which the conversation's events follow; its payload is read when it
// is delivered.
func (s *Service) tellJoined(ctx context.Context, tx Tx, c *Conversation, u UserID, at time.Time) error {
	return emitOwn(ctx, tx, u, ConversationJoined, int64(c.ID), strconv.FormatInt(c.LastRev, 10), at, nil)
}

// Conversation returns a conversation as the actor sees it.
func (s *Service) Conversation(ctx context.Context, a Actor, id ConversationID) (*ConversationView, error) {
	var v *ConversationView
	err := s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, id)
		if err != nil {
			return err
		}
		v, err = view(ctx, r, st)
		return err
	})
	return v, err
}

// view assembles what one participant sees of a conversation.
func view(ctx context.Context, r Reader, st seat) (*ConversationView, error) {
	v := &ConversationView{Conversation: *st.Conversation, Me: *st.me, Title: st.Name, Picture: st.AvatarURL}
	var err error
	if st.Kind == Direct {
		other, err := r.User(ctx, st.Other(st.me.UserID))
		if err != nil {
			return nil, err
		}
		if other != nil {
			v.Title, v.Picture = other.Name(), other.AvatarURL
		}
	}
	if v.UnreadCount, v.MentionCount, err = r.UnreadIn(ctx, st.Conversation, st.me); err != nil {
		return nil, err
	}
	if v.Participants, err = r.Participants(ctx, st.ID, 0, MaxParticipants); err != nil {
		return nil, err
	}
	if err := hidePresences(ctx, r, st.me.UserID, v.Participants); err != nil {
		return nil, err
	}
	sortByRole(v.Participants)
	return v, addOwn(ctx, r, Actor{ID: st.me.UserID}, []*ConversationView{v})
}

// addOwn adds the newest messages and the actor's drafts.
func addOwn(ctx context.Context, r Reader, a Actor, views []*ConversationView) error {
	ids := make([]ConversationID, len(views))
	for i, v := range views {
		ids[i] = v.ID
	}
	drafts, err := r.Drafts(ctx, a.ID, ids)
	if err != nil {
		return err
	}
	for _, v := range views {
		v.Me.Draft = drafts[v.ID]
	}
	return addLastMessages(ctx, r, a, views)
}

// sortByRole puts the owner first, then admins, then members by joining.
func sortByRole(list []Participant) {
	rank := map[Role]int{Owner: 0, Admin: 1, RoleMember: 2}
	slices.SortStableFunc(list, func(a, b Participant) int {
		if d := rank[a.Role] - rank[b.Role]; d != 0 {
			return d
		}
		if d := a.JoinedAt.Compare(b.JoinedAt); d != 0 {
			return d
		}
		return int(a.UserID - b.UserID)
	})
}

func addLastMessages(ctx context.Context, r Reader, a Actor, views []*ConversationView) error {
	var ids []MessageID
	for _, v := range views {
		if v.LastMessageID != 0 && v.Me.Sees(v.LastSeq) {
			ids = append(ids, v.LastMessageID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	list, err := r.MessagesByID(ctx, ids)
	if err != nil {
		return err
	}
	last := refs(list)
	for _, m := range last {
		for _, v := range views {
			if v.LastMessageID == m.ID {
				v.LastMessage = m
			}
		}
	}
	return personalise(ctx, r, a, last)
}

// ConversationList is a page of the actor's list.
type ConversationList struct {
	Conversations []ConversationView
	Total         int64
}

// Conversations returns the actor's conversations: pinned first, then by the
// newest message.
func (s *Service) Conversations(ctx context.Context, a Actor, f ConversationFilter) (ConversationList, error) {
	var list ConversationList
	err := s.store.Read(ctx, func(r Reader) error {
		var err error
		if list.Conversations, err = r.Conversations(ctx, a.ID, f); err != nil {
			return err
		}
		if list.Total, err = r.CountConversations(ctx, a.ID, f); err != nil {
			return err
		}
		return fillList(ctx, r, a, list.Conversations)
	})
	return list, err
}

func fillList(ctx context.Context, r Reader, a Actor, list []ConversationView) error {
	views, ids := make([]*ConversationView, len(list)), make([]ConversationID, len(list))
	for i := range list {
		views[i], ids[i] = &list[i], list[i].ID
	}
	leading, err := r.LeadingParticipants(ctx, ids, ListedParticipants)
	if err != nil {
		return err
	}
	if err := hidePresences(ctx, r, a.ID, slices.Collect(maps.Values(leading))...); err != nil {
		return err
	}
	for _, v := range views {
		v.Participants = leading[v.ID]
		sortByRole(v.Participants)
	}
	return addOwn(ctx, r, a, views)
}

// Unread returns what the actor has not read, muted conversations included.
func (s *Service) Unread(ctx context.Context, a Actor) ([]Unread, error) {
	var list []Unread
	err := s.store.Read(ctx, func(r Reader) (err error) {
		list, err = r.Unreads(ctx, a.ID)
		return err
	})
	return list, err
}
