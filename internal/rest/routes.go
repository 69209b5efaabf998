package rest

import (
	"slices"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// operations is the table of routes: one line each. The sections are those of
// the documentation.
func (a *API) operations() []operation {
	return slices.Concat(a.peopleRoutes(), a.conversationRoutes(), a.messageRoutes(), a.adminRoutes())
}

func section(tag string, list ...operation) []operation {
	for i := range list {
		list[i].tag = tag
	}
	return list
}

// What can go wrong beside what can go wrong anywhere.
const (
	conflict = chat.Conflict
	disabled = chat.FeatureDisabled
	blocked  = chat.Blocked
	role     = chat.RoleRequired
	member   = chat.NotParticipant
	taken    = chat.AlreadyExists
	denied   = chat.Forbidden
	limited  = chat.RateLimited
)

// What may stand beside data.
var (
	listed       = listPage{}
	cursor       = messageCursor{}
	peopleCursor = cursorPage[chat.UserID]{}
	limitOnly    = limitPage{}
	root         = chatapi.MessageView{}
	people       []chat.UserID
)

func (a *API) peopleRoutes() []operation {
	return slices.Concat(
		section("Accounts",
			open(a, "GET /api/auth/registration", "getRegistration", "Say who may create an account", a.getRegistration),
			open(a, "POST /api/auth/register", "register", "Create an account", a.register, taken, denied, disabled, limited).answers(201),
			open(a, "POST /api/auth/login", "login", "Log in", a.login, chat.Unauthenticated, denied, limited),
			open(a, "POST /api/auth/refresh", "refresh", "Renew the tokens", a.refresh, chat.TokenInvalid, chat.TokenExpired),
			personal(a, "POST /api/auth/logout", "logout", "Log out", a.logout),
			op(a, "GET /api/auth/sessions", "listSessions", "List one's sessions", a.listSessions),
			personal(a, "DELETE /api/auth/sessions/{id}", "revokeSession", "End one of one's sessions", a.revokeSession),
			personal(a, "PUT /api/auth/password", "changePassword", "Change the password", a.changePassword, denied),
		),
		section("Users",
			op(a, "GET /api/users", "searchUsers", "Search people", a.searchUsers),
			op(a, "GET /api/users/me", "getMe", "Show one's own profile", a.getMe),
			op(a, "PATCH /api/users/me", "updateMe", "Change one's profile", a.updateMe, taken),
			personal(a, "DELETE /api/users/me", "deleteMe", "Erase one's account", a.deleteMe, denied),
			a.exportMe(),
			op(a, "PUT /api/users/me/avatar", "setAvatar", "Set one's picture", a.setAvatar, chat.UnsupportedType).takes(avatarForm{}),
			op(a, "DELETE /api/users/me/avatar", "deleteAvatar", "Remove one's picture", a.deleteAvatar),
			op(a, "GET /api/users/me/settings", "getSettings", "Show one's settings", a.getSettings),
			op(a, "PUT /api/users/me/settings", "putSettings", "Change one's settings", a.putSettings),
			op(a, "GET /api/users/me/blocks", "listBlocks", "List whom one has blocked", a.listBlocks),
			op(a, "GET /api/users/{id}", "getUser", "Show a profile", a.getUser),
			keyed(a, "PUT /api/users/{id}", "putUser", "Create or change an application's user", a.putUser, denied, taken),
			op(a, "PUT /api/users/{id}/block", "blockUser", "Block somebody", a.blockUser),
			op(a, "DELETE /api/users/{id}/block", "unblockUser", "Lift a block", a.unblockUser),
		),
	)
}

func (a *API) conversationRoutes() []operation {
	return slices.Concat(
		section("Conversations",
			op(a, "GET /api/chat/conversations", "listConversations", "List one's conversations", a.listConversations).with("page", listed),
			op(a, "POST /api/chat/conversations", "createConversation", "Create a group or a channel", a.createConversation).answers(201).with("skipped", people),
			op(a, "GET /api/chat/conversations/pinned", "listPinned", "List one's pinned conversations", a.listPinned),
			op(a, "GET /api/chat/conversations/search", "searchConversations", "Search groups and channels", a.searchConversations),
			op(a, "GET /api/chat/conversations/unread", "getUnread", "Count what is unread", a.getUnread),
			op(a, "POST /api/chat/conversations/direct/{userId}", "openDirect", "Open the conversation with somebody", a.openDirect, blocked).answers(201, 200),
			op(a, "GET /api/chat/channels", "listChannels", "List public channels", a.listChannels).with("page", listed),
			op(a, "GET /api/chat/conversations/{id}", "getConversation", "Show a conversation", a.getConversation, member),
			op(a, "PUT /api/chat/conversations/{id}", "updateConversation", "Change a conversation", a.updateConversation, member, role, denied),
			op(a, "DELETE /api/chat/conversations/{id}", "leaveConversation", "Leave, hide or delete a conversation", a.leaveConversation, member, role),
			op(a, "POST /api/chat/conversations/{id}/join", "joinChannel", "Join a public channel", a.joinChannel, member),
			op(a, "PUT /api/chat/conversations/{id}/mute", "muteConversation", "Mute or unmute", a.muteConversation, member),
			op(a, "PUT /api/chat/conversations/{id}/pin", "pinConversation", "Pin or unpin", a.pinConversation, member, conflict),
			op(a, "PUT /api/chat/conversations/{id}/notifications", "setNotifications", "Say what to be told of", a.setNotifications, member),
			op(a, "PUT /api/chat/conversations/{id}/draft", "saveDraft", "Save a draft", a.saveDraft, member),
			op(a, "DELETE /api/chat/conversations/{id}/draft", "deleteDraft", "Remove a draft", a.deleteDraft, member),
			op(a, "PUT /api/chat/conversations/{id}/archive", "archiveConversation", "Archive or bring back", a.archiveConversation, member),
		),
		section("Participants",
			op(a, "GET /api/chat/conversations/{id}/participants", "listParticipants", "List participants", a.listParticipants, member).with("page", peopleCursor),
			op(a, "POST /api/chat/conversations/{id}/participants", "addParticipants", "Add people", a.addParticipants, member, role, denied).with("skipped", people),
			op(a, "DELETE /api/chat/conversations/{id}/participants/{userId}", "removeParticipant", "Remove somebody, or leave", a.removeParticipant, member, role, denied),
			op(a, "PUT /api/chat/conversations/{id}/participants/{userId}/role", "setRole", "Change somebody's role", a.setRole, member, role, chat.LastOwner),
		),
	)
}

func (a *API) messageRoutes() []operation {
	return slices.Concat(
		section("Messages",
			op(a, "GET /api/chat/conversations/{id}/messages", "listMessages", "Page through messages", a.listMessages, member).with("page", cursor),
			op(a, "POST /api/chat/conversations/{id}/messages", "sendMessage", "Send a message", a.sendMessage, member, role, disabled, blocked).answers(201, 200),
			op(a, "GET /api/chat/conversations/{id}/messages/search", "searchMessages", "Search in a conversation", a.searchMessages, member).with("page", cursor),
			op(a, "GET /api/chat/search", "searchEverywhere", "Search in all of one's conversations", a.searchEverywhere, member).with("page", cursor),
			op(a, "GET /api/chat/messages/{id}", "getMessage", "Show a message", a.getMessage, member),
			op(a, "GET /api/chat/messages/{id}/thread", "getThread", "Page through the replies", a.getThread, member).with("page", cursor).with("root", root),
			op(a, "GET /api/chat/threads", "listThreads", "List one's threads", a.listThreads).with("page", cursor),
			op(a, "GET /api/chat/messages/{id}/history", "getHistory", "Show earlier versions", a.getHistory, member, role),
			op(a, "PUT /api/chat/messages/{id}", "editMessage", "Edit a message", a.editMessage, member, denied, conflict),
			op(a, "DELETE /api/chat/messages/{id}", "deleteMessage", "Delete a message", a.deleteMessage, member, role, denied),
			op(a, "POST /api/chat/messages/{id}/forward", "forwardMessage", "Forward a message", a.forwardMessage, member, role, blocked, conflict).answers(201),
		),
		section("Pins, bookmarks and reminders",
			op(a, "GET /api/chat/conversations/{id}/pins", "listPins", "List pinned messages", a.listPins, member),
			op(a, "PUT /api/chat/messages/{id}/pin", "pinMessage", "Pin a message", a.pinMessage, member, role, denied, blocked, conflict),
			op(a, "DELETE /api/chat/messages/{id}/pin", "unpinMessage", "Take a pin away", a.unpinMessage, member, role, blocked),
			op(a, "GET /api/chat/bookmarks", "listBookmarks", "List one's bookmarks", a.listBookmarks).with("page", listed),
			op(a, "PUT /api/chat/bookmarks/{id}", "addBookmark", "Bookmark a message", a.addBookmark, member, conflict),
			op(a, "DELETE /api/chat/bookmarks/{id}", "removeBookmark", "Remove a bookmark", a.removeBookmark),
			op(a, "GET /api/chat/reminders", "listReminders", "List one's reminders", a.listReminders).with("page", listed),
			op(a, "PUT /api/chat/reminders/{id}", "setReminder", "Be reminded of a message", a.setReminder, member, conflict),
			op(a, "DELETE /api/chat/reminders/{id}", "removeReminder", "Remove a reminder", a.removeReminder),
		),
		section("Polls",
			op(a, "PUT /api/chat/messages/{id}/poll/vote", "vote", "Vote in a poll", a.vote, member, conflict),
			op(a, "DELETE /api/chat/messages/{id}/poll/vote", "takeVoteBack", "Take one's vote back", a.takeVoteBack, member, conflict),
			op(a, "GET /api/chat/messages/{id}/poll/voters", "listVoters", "List who has voted", a.listVoters, member, denied).with("page", peopleCursor),
			op(a, "PUT /api/chat/messages/{id}/poll/close", "closePoll", "Close a poll", a.closePoll, member, role),
		),
		section("Files",
			op(a, "POST /api/chat/attachments", "uploadFile", "Upload a file", a.uploadFile, member, role, disabled, blocked).answers(201).takes(uploadForm{}),
			op(a, "POST /api/chat/conversations/{id}/attachments", "uploadFileTo", "Upload a file for a conversation", a.uploadFileTo, member, role, disabled, blocked).answers(201).takes(uploadForm{}),
			op(a, "GET /api/chat/conversations/{id}/attachments", "listFiles", "Page through messages with files", a.listFiles, member).with("page", cursor),
			op(a, "POST /api/chat/attachments/{id}/url", "signFile", "Sign an address of a file", a.signFile, member),
			given(a, "GET /api/chat/attachments/{id}", "downloadFile", "Download a file", a.admitReader, a.downloadFile, member),
			given(a, "GET /f/{key}", "downloadSigned", "Download a file by a signed address", a.admitKey, a.downloadSigned, member, denied).to(anybody),
		),
		section("Reactions",
			op(a, "GET /api/chat/messages/{id}/reactions", "listReactions", "List who reacted", a.listReactions, member),
			op(a, "GET /api/chat/messages/{id}/reactions/summary", "getReactionSummary", "Count the reactions", a.getReactionSummary, member),
			op(a, "POST /api/chat/messages/{id}/reactions", "addReaction", "Add a reaction", a.addReaction, member, disabled, conflict),
			op(a, "POST /api/chat/messages/{id}/reactions/toggle", "toggleReaction", "Add a reaction, or take it back", a.toggleReaction, member, disabled, conflict),
			op(a, "DELETE /api/chat/messages/{id}/reactions/{emoji}", "removeReaction", "Take a reaction back", a.removeReaction, member),
		),
		section("Reading",
			op(a, "POST /api/chat/conversations/{id}/read", "markRead", "Mark as read", a.markRead, member),
			op(a, "POST /api/chat/conversations/{id}/unread", "markUnread", "Mark as unread", a.markUnread, member, conflict),
			op(a, "GET /api/chat/messages/{id}/read-receipts", "listReadReceipts", "List who has read a message", a.listReadReceipts, member),
		),
		section("Presence",
			op(a, "GET /api/chat/presence", "listPresence", "List who is online", a.listPresence).with("page", limitOnly),
			op(a, "GET /api/chat/presence/{userId}", "getPresence", "Show somebody's presence", a.getPresence),
			op(a, "POST /api/chat/presence/users", "queryPresence", "Show the presence of several people", a.queryPresence),
			op(a, "PUT /api/chat/presence/status", "setPresence", "Set one's own presence", a.setPresence),
		),
	)
}
