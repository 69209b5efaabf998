package rest

import (
	"net/http"
	"slices"
	"strings"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// aliasRoutes are other names of operations, for clients that were written against
// an earlier messenger backend (contracts/messenger.md): the Chat API's shapes
// without the envelope, errors {"error":"…","code":"…"}. They are not in the
// OpenAPI document.
func (a *API) aliasRoutes() []operation {
	return []operation{
		bare(a, "GET /api/chats", a.listConversations),
		bare(a, "POST /api/chats/direct", a.openDirectWith),
		bare(a, "GET /api/chats/{id}/messages", a.listMessages),
		bare(a, "POST /api/chats/{id}/messages", a.sendMessage),
		bare(a, "PATCH /api/chats/{id}/messages/{mid}", a.editMessageIn),
		bare(a, "DELETE /api/chats/{id}/messages/{mid}", a.deleteMessageIn),
		bare(a, "POST /api/chats/{id}/messages/{mid}/reactions", a.addReactionIn),
		bare(a, "GET /api/chats/{id}/unread", a.getUnreadIn),
		bare(a, "POST /api/chats/{id}/unread", a.markUnread),
		bare(a, "POST /api/groups", a.createConversation),
		bare(a, "PATCH /api/groups/{id}", a.updateConversation),
		bare(a, "DELETE /api/groups/{id}", a.leaveConversation),
		bare(a, "POST /api/groups/{id}/members", a.addMembers),
		bare(a, "DELETE /api/groups/{id}/members", a.removeMembers),
		bare(a, "PUT /api/groups/{id}/avatar", a.setGroupAvatar),
		bare(a, "POST /api/upload/image", a.uploadImage),
		given(a, "GET /api/images/{id}", "", "", a.admitReader, a.downloadImage),
	}
}

// isAlias reports whether a path is one of aliasRoutes.
func isAlias(path string) bool {
	parts := strings.SplitN(strings.TrimPrefix(path, "/api/"), "/", 2)
	return strings.HasPrefix(path, "/api/") && slices.Contains([]string{"chats", "groups", "upload", "images"}, parts[0])
}

// bare makes an operation whose answer is not in the envelope.
func bare[In, Out any](a *API, pattern string, h handler[In, Out]) operation {
	return operation{pattern: pattern, serve: serving(a, signedIn, h, func(w http.ResponseWriter, got answer[Out]) {
		writePlain(w, got.status, got.data)
	})}
}

type directWithIn struct {
	UserID chat.UserID `json:"userId" required:"true"`
}

func (a *API) openDirectWith(c *call, in directWithIn) (answer[chatapi.ConversationView], error) {
	return a.openDirect(c, openDirectIn{UserID: userRef{id: in.UserID}})
}

// isIn lets a message be named only in the conversation that it is in.
func (a *API) isIn(c *call, id chat.ConversationID, m chat.MessageID) error {
	found, err := a.chat.Message(c, c.Actor, m)
	if err == nil && found.ConversationID != id {
		err = chat.Errorf(chat.NotFound, "Message not found")
	}
	return err
}

type editMessageInIn struct {
	ID        chat.ConversationID `path:"id"`
	MessageID chat.MessageID      `path:"mid"`
	Content   string              `json:"content"`
}

func (a *API) editMessageIn(c *call, in editMessageInIn) (answer[chatapi.MessageView], error) {
	if err := a.isIn(c, in.ID, in.MessageID); err != nil {
		return no[chatapi.MessageView](err)
	}
	return a.editMessage(c, editMessageIn{ID: in.MessageID, Content: in.Content})
}

type messageInIn struct {
	ID        chat.ConversationID `path:"id"`
	MessageID chat.MessageID      `path:"mid"`
}

func (a *API) deleteMessageIn(c *call, in messageInIn) (answer[chatapi.Deleted], error) {
	if err := a.isIn(c, in.ID, in.MessageID); err != nil {
		return no[chatapi.Deleted](err)
	}
	return a.deleteMessage(c, messageIn{ID: in.MessageID})
}

type reactionInIn struct {
	ID        chat.ConversationID `path:"id"`
	MessageID chat.MessageID      `path:"mid"`
	Emoji     string              `json:"emoji" required:"true"`
}

func (a *API) addReactionIn(c *call, in reactionInIn) (answer[chatapi.ReactionSummary], error) {
	return a.react(c, chat.React{MessageID: in.MessageID, ConversationID: in.ID, Emoji: in.Emoji, Add: true})
}

func (a *API) getUnreadIn(c *call, in conversationIn) (answer[chatapi.Unread], error) {
	v, err := a.chat.Conversation(c, c.Actor, in.ID)
	if err != nil {
		return no[chatapi.Unread](err)
	}
	return ok(a.mapper(c).Unread(v))
}

type membersIn struct {
	ID      chat.ConversationID `path:"id"`
	UserID  chat.UserID         `query:"userId" json:"userId"`
	UserIDs []chat.UserID       `json:"userIds" bare:"true"`
}

// all are the members named, each once.
func (in membersIn) all() []chat.UserID {
	named := in.UserIDs
	if in.UserID != 0 {
		named = append(named, in.UserID)
	}
	slices.Sort(named)
	return slices.Compact(named)
}

func (a *API) addMembers(c *call, in membersIn) (answer[[]chatapi.Participant], error) {
	return a.addParticipants(c, addParticipantsIn{ID: in.ID, UserIDs: in.all()})
}

// maxRemoved bounds the members that one request removes.
const maxRemoved = 100

// removeMembers removes one after the other: what was done before one cannot be
// removed stays done.
func (a *API) removeMembers(c *call, in membersIn) (answer[[]removal], error) {
	users := in.all()
	if len(users) == 0 || len(users) > maxRemoved {
		return no[[]removal](chat.Invalid("userIds", "Name 1 to %d users", maxRemoved))
	}
	gone := make([]removal, len(users))
	for i, u := range users {
		one, err := a.removeParticipant(c, participantIn{in.ID, userRef{id: u}})
		if err != nil {
			return no[[]removal](err)
		}
		gone[i] = one.data
	}
	return ok(gone)
}

func (a *API) setGroupAvatar(c *call, in conversationIn) (answer[chatapi.ConversationView], error) {
	// A change of nothing asks whether he may, before anything is stored.
	if _, err := a.chat.UpdateConversation(c, c.Actor, in.ID, chat.ConversationPatch{}); err != nil {
		return no[chatapi.ConversationView](err)
	}
	f, err := a.takeUpload(c, 0, string(chat.ImageFile))
	if err != nil {
		return no[chatapi.ConversationView](err)
	}
	v, err := a.chat.UpdateConversation(c, c.Actor, in.ID, chat.ConversationPatch{Avatar: &f.ID})
	return a.conversation(c, v, err)
}

func (a *API) uploadImage(c *call, _ noIn) (answer[chatapi.Attachment], error) {
	f, err := a.takeUpload(c, 0, string(chat.ImageFile))
	if err != nil {
		return no[chatapi.Attachment](err)
	}
	return created(a.mapper(c).Attachment(f))
}

func (a *API) downloadImage(c *call, in downloadIn) (*chat.File, string, error) {
	f, err := a.chat.File(c, c.Actor, in.ID)
	if err == nil && f.Kind != chat.ImageFile {
		err = chat.Errorf(chat.NotFound, "Image not found")
	}
	return f, in.Variant, err
}
