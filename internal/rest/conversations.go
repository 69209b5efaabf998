package rest

import (
	"encoding/json"
	"net/http"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

type listConversationsIn struct {
	_        struct{} `doc:"Pinned ones come first, by the time of pinning; then by the newest message. Each holds at most its first 20 participants and all its admins."`
	Page     int      `query:"page" default:"0" minimum:"0" maximum:"1000000" doc:"Number of the page, from 0."`
	Size     int      `query:"size" default:"100" minimum:"1" maximum:"500" doc:"Conversations per page."`
	Archived string   `query:"archived" default:"false" enum:"false,true,all" doc:"Whether archived conversations are left out, the only ones, or among the others."`
	Type     string   `query:"type" enum:"DIRECT,GROUP,CHANNEL,SUPPORT" doc:"Only conversations of this type."`
}

func (a *API) listConversations(c *call, in listConversationsIn) (answer[[]chatapi.ConversationView], error) {
	f := chat.ConversationFilter{Kind: chat.Kind(in.Type), Offset: in.Page * in.Size, Limit: in.Size}
	if in.Archived != "all" {
		archived := in.Archived == "true"
		f.Archived = &archived
	}
	list, err := a.chat.Conversations(c, c.Actor, f)
	if err != nil {
		return no[[]chatapi.ConversationView](err)
	}
	m, err := a.mapperOf(c, list.Conversations)
	if err != nil {
		return no[[]chatapi.ConversationView](err)
	}
	return answer[[]chatapi.ConversationView]{
		data: m.ConversationViews(list.Conversations),
		page: listPage{in.Page, in.Size, list.Total, int64(f.Offset+len(list.Conversations)) < list.Total},
	}, nil
}

type conversationIn struct {
	ID chat.ConversationID `path:"id" doc:"The conversation."`
}

type noIn struct{}

func (a *API) getConversation(c *call, in conversationIn) (answer[chatapi.ConversationView], error) {
	v, err := a.chat.Conversation(c, c.Actor, in.ID)
	return a.conversation(c, v, err)
}

// conversation answers with what a service method returned.
func (a *API) conversation(c *call, v *chat.ConversationView, err error) (answer[chatapi.ConversationView], error) {
	if err != nil {
		return no[chatapi.ConversationView](err)
	}
	m, err := a.mapperOf(c, []chat.ConversationView{*v})
	if err != nil {
		return no[chatapi.ConversationView](err)
	}
	return ok(m.ConversationView(v))
}

// conversations answers with a list that is not paged.
func (a *API) conversations(c *call, list []chat.ConversationView, err error) (answer[[]chatapi.ConversationView], error) {
	if err != nil {
		return no[[]chatapi.ConversationView](err)
	}
	m, err := a.mapperOf(c, list)
	if err != nil {
		return no[[]chatapi.ConversationView](err)
	}
	return ok(m.ConversationViews(list))
}

type createConversationIn struct {
	_              struct{}        `doc:"The caller becomes its owner and need not be listed. People with whom there is a block are left out and listed in skipped."`
	Type           string          `json:"type" enum:"GROUP,CHANNEL" doc:"GROUP if absent."`
	Visibility     string          `json:"visibility" enum:"PUBLIC,PRIVATE" doc:"Of a channel: whether anybody may find and join it. PRIVATE if absent."`
	Name           string          `json:"name" required:"true" maxLength:"100" example:"Project Team" doc:"Its name."`
	Description    string          `json:"description" maxLength:"1000" example:"Discussion for Project X" doc:"What it is about."`
	ParticipantIDs []chat.UserID   `json:"participantIds" maxItems:"500" example:"[2,3]" doc:"People to add. Duplicates are ignored."`
	AvatarID       chat.FileID     `json:"avatarAttachmentId" doc:"An image that the caller has uploaded."`
	Metadata       json.RawMessage `json:"metadata" doc:"An object of the application's own."`

	AllowReactions   *bool     `json:"allowReactions" doc:"Whether people may react. True if absent."`
	AllowReplies     *bool     `json:"allowReplies" doc:"Whether people may reply in threads. True if absent."`
	AllowFileUploads *bool     `json:"allowFileUploads" doc:"Whether people may attach files. True if absent."`
	MaxFileSizeMb    *int      `json:"maxFileSizeMb" minimum:"1" doc:"Largest file, up to the server's own limit."`
	AllowedFileTypes *[]string `json:"allowedFileTypes" doc:"Only files of these types; an empty list allows all."`
	MembersCanInvite *bool     `json:"membersCanInvite" doc:"Whether members may add people."`
	SlowModeSeconds  *int      `json:"slowModeSeconds" doc:"Seconds that a member waits between two messages; 0 is no wait."`
	HistoryForNew    *string   `json:"historyForNew" enum:"all,join" doc:"Whether who joins sees everything, or what comes after."`
	WhoMayPost       *string   `json:"whoMayPost" enum:"ALL,ADMINS" doc:"Who may write. ADMINS are the owner and the admins."`
	WhoMayInvite     *string   `json:"whoMayInvite" enum:"ALL,ADMINS" doc:"Who may add people; the same as membersCanInvite."`
	WhoMayReact      *string   `json:"whoMayReact" enum:"ALL,ADMINS" doc:"Who may react, if people may."`
	WhoMayReply      *string   `json:"whoMayReply" enum:"ALL,ADMINS" doc:"Who may reply in threads, if people may."`
	WhoMayUpload     *string   `json:"whoMayUpload" enum:"ALL,ADMINS" doc:"Who may attach files, if people may."`
}

// createdConversation is a conversation with those who could not be added.
type createdConversation struct {
	chatapi.ConversationView
	Skipped []chat.UserID `json:"skipped,omitempty"`
}

func (a *API) createConversation(c *call, in createConversationIn) (answer[createdConversation], error) {
	v, skipped, err := a.chat.CreateConversation(c, c.Actor, chat.NewConversation{
		Kind: chat.Kind(in.Type), Name: in.Name, Description: in.Description, ParticipantIDs: in.ParticipantIDs,
		Visibility: in.Visibility, Metadata: in.Metadata, Avatar: in.AvatarID,
		Settings: chat.SettingsPatch{
			AllowReactions: in.AllowReactions, AllowReplies: in.AllowReplies, AllowFileUploads: in.AllowFileUploads,
			MaxFileSizeMb: in.MaxFileSizeMb, AllowedFileTypes: in.AllowedFileTypes, MembersCanInvite: in.MembersCanInvite,
			SlowModeSeconds: in.SlowModeSeconds, HistoryForNew: in.HistoryForNew, WhoMayPost: in.WhoMayPost, WhoMayInvite: in.WhoMayInvite,
			WhoMayReact: in.WhoMayReact, WhoMayReply: in.WhoMayReply, WhoMayUpload: in.WhoMayUpload,
		},
	})
	shown, err := a.conversation(c, v, err)
	if err != nil {
		return no[createdConversation](err)
	}
	return answer[createdConversation]{
		status: http.StatusCreated, data: createdConversation{shown.data, skipped}, skipped: skipped,
	}, nil
}

type openDirectIn struct {
	_      struct{} `doc:"201 if it was created, 200 if it existed. With oneself it is for saved messages. It comes back into the caller's list; the other side sees it with the first message."`
	UserID userRef  `path:"userId" doc:"The other side: an id, or ext: and an application's own id."`
}

func (a *API) openDirect(c *call, in openDirectIn) (answer[chatapi.ConversationView], error) {
	other, err := a.userID(c, in.UserID)
	if err != nil {
		return no[chatapi.ConversationView](err)
	}
	v, isNew, err := a.chat.OpenDirect(c, c.Actor, other)
	shown, err := a.conversation(c, v, err)
	if isNew {
		shown.status = http.StatusCreated
	}
	return shown, err
}

type updateConversationIn struct {
	_           struct{}            `doc:"What is absent stays as it is. Owners and admins only."`
	ID          chat.ConversationID `path:"id" doc:"The conversation."`
	Name        *string             `json:"name" maxLength:"100" example:"Project Team" doc:"Its name."`
	Description *string             `json:"description" null:"zero" maxLength:"1000" doc:"What it is about; null clears it."`
	AvatarURL   *string             `json:"avatarUrl" null:"zero" doc:"null takes the picture away; anything else leaves it."`
	AvatarID    *chat.FileID        `json:"avatarAttachmentId" null:"zero" doc:"An image that the caller has uploaded; null takes the picture away."`
	Metadata    json.RawMessage     `json:"metadata" doc:"An object of the application's own; it replaces the whole."`

	AllowReactions   *bool     `json:"allowReactions" doc:"Whether people may react."`
	AllowReplies     *bool     `json:"allowReplies" doc:"Whether people may reply in threads."`
	AllowFileUploads *bool     `json:"allowFileUploads" doc:"Whether people may attach files."`
	MaxFileSizeMb    *int      `json:"maxFileSizeMb" minimum:"1" doc:"Largest file, up to the server's own limit."`
	AllowedFileTypes *[]string `json:"allowedFileTypes" null:"zero" doc:"Only files of these types; an empty list allows all."`
	MembersCanInvite *bool     `json:"membersCanInvite" doc:"Whether members may add people."`
	SlowModeSeconds  *int      `json:"slowModeSeconds" doc:"Seconds that a member waits between two messages; 0 is no wait."`
	HistoryForNew    *string   `json:"historyForNew" enum:"all,join" doc:"Whether who joins sees everything, or what comes after."`
	WhoMayPost       *string   `json:"whoMayPost" enum:"ALL,ADMINS" doc:"Who may write. ADMINS are the owner and the admins."`
	WhoMayInvite     *string   `json:"whoMayInvite" enum:"ALL,ADMINS" doc:"Who may add people; the same as membersCanInvite."`
	WhoMayReact      *string   `json:"whoMayReact" enum:"ALL,ADMINS" doc:"Who may react, if people may."`
	WhoMayReply      *string   `json:"whoMayReply" enum:"ALL,ADMINS" doc:"Who may reply in threads, if people may."`
	WhoMayUpload     *string   `json:"whoMayUpload" enum:"ALL,ADMINS" doc:"Who may attach files, if people may."`
	Visibility       *string   `json:"visibility" enum:"PUBLIC,PRIVATE" doc:"Of a channel: whether anybody may find and join it."`
}

// avatar is which picture the conversation gets; nil leaves the one that it has.
func (in updateConversationIn) avatar() *chat.FileID {
	if in.AvatarID == nil && in.AvatarURL != nil && *in.AvatarURL == "" {
		return new(chat.FileID(0))
	}
	return in.AvatarID
}

func (a *API) updateConversation(c *call, in updateConversationIn) (answer[chatapi.ConversationView], error) {
	v, err := a.chat.UpdateConversation(c, c.Actor, in.ID, chat.ConversationPatch{
		Name: in.Name, Description: in.Description, Metadata: in.Metadata,
		Avatar: in.avatar(), Visibility: in.Visibility,
		Settings: chat.SettingsPatch{
			AllowReactions: in.AllowReactions, AllowReplies: in.AllowReplies, AllowFileUploads: in.AllowFileUploads,
			MaxFileSizeMb: in.MaxFileSizeMb, AllowedFileTypes: in.AllowedFileTypes, MembersCanInvite: in.MembersCanInvite,
			SlowModeSeconds: in.SlowModeSeconds, HistoryForNew: in.HistoryForNew, WhoMayPost: in.WhoMayPost, WhoMayInvite: in.WhoMayInvite,
			WhoMayReact: in.WhoMayReact, WhoMayReply: in.WhoMayReply, WhoMayUpload: in.WhoMayUpload,
		},
	})
	return a.conversation(c, v, err)
}

type leaveConversationIn struct {
	_          struct{}            `doc:"Never destroys what is other people's: a direct conversation is hidden for the caller, a group is left, and an owner is succeeded by the longest-serving admin, else member. Only delete=true by the owner deletes a group for everybody."`
	ID         chat.ConversationID `path:"id" doc:"The conversation."`
	Delete     bool                `query:"delete" doc:"Delete the group for everybody. Owner only."`
	TransferTo chat.UserID         `query:"transferTo" doc:"Who owns the group from now on."`
}

type departure struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	Result         string              `json:"result" enum:"HIDDEN,LEFT,DELETED"`
	NewOwnerID     chat.UserID         `json:"newOwnerId,omitempty"`
}

func (a *API) leaveConversation(c *call, in leaveConversationIn) (answer[departure], error) {
	done, err := a.chat.Leave(c, c.Actor, in.ID, chat.Departure{Delete: in.Delete, TransferTo: in.TransferTo})
	if err != nil {
		return no[departure](err)
	}
	return ok(departure{in.ID, done.Result, done.NewOwner})
}

func (a *API) listPinned(c *call, _ noIn) (answer[[]chatapi.ConversationView], error) {
	list, err := a.chat.Conversations(c, c.Actor, chat.ConversationFilter{Pinned: true, Limit: chat.MaxPins})
	return a.conversations(c, list.Conversations, err)
}

type searchConversationsIn struct {
	_     struct{} `doc:"Finds groups and channels that the caller is in, and public channels, by name and description. Each word must match the beginning of a word, without case and accents; Chinese, Japanese and Korean text matches anywhere."`
	Query string   `query:"query" required:"true" maxLength:"100" example:"project" doc:"The words to look for."`
	Limit int      `query:"limit" default:"20" minimum:"1" maximum:"50" doc:"How many to return at most."`
}

func (a *API) searchConversations(c *call, in searchConversationsIn) (answer[[]chatapi.ConversationView], error) {
	if err := a.spendSearch(c); err != nil {
		return no[[]chatapi.ConversationView](err)
	}
	list, err := a.chat.SearchGroups(c, c.Actor, in.Query, in.Limit)
	return a.conversations(c, list, err)
}

type listChannelsIn struct {
	_     struct{} `doc:"The directory: channels that anybody may find and join, by name. myRole is null for those that the caller is not in; of them no message and no participant is shown."`
	Query string   `query:"query" maxLength:"100" example:"news" doc:"Words of the name or the description; without any, all are listed."`
	Page  int      `query:"page" default:"0" minimum:"0" maximum:"1000000" doc:"Number of the page, from 0."`
	Size  int      `query:"size" default:"50" minimum:"1" maximum:"100" doc:"Channels per page."`
}

func (a *API) listChannels(c *call, in listChannelsIn) (answer[[]chatapi.ConversationView], error) {
	if in.Query != "" {
		if err := a.spendSearch(c); err != nil {
			return no[[]chatapi.ConversationView](err)
		}
	}
	list, err := a.chat.Channels(c, c.Actor, in.Query, in.Page*in.Size, in.Size)
	shown, err := a.conversations(c, list.Conversations, err)
	shown.page = listPage{in.Page, in.Size, list.Total, int64(in.Page*in.Size+len(list.Conversations)) < list.Total}
	return shown, err
}

func (a *API) getUnread(c *call, _ noIn) (answer[chatapi.Unreads], error) {
	list, err := a.chat.Unread(c, c.Actor)
	if err != nil {
		return no[chatapi.Unreads](err)
	}
	return ok(chatapi.Mapper{}.Unreads(list))
}

func (a *API) joinChannel(c *call, in conversationIn) (answer[chatapi.ConversationView], error) {
	v, err := a.chat.Join(c, c.Actor, in.ID)
	return a.conversation(c, v, err)
}
