package rest

// adminRoutes are the administrators', and those of API keys with the scope admin.
func (a *API) adminRoutes() []operation {
	return section("Administration",
		administrative(a, "GET /api/admin/stats", "getStats", "Show the figures of the overview", a.getStats),
		administrative(a, "GET /api/admin/health", "getHealth", "Show how the deployment is", a.getHealth),
		administrative(a, "POST /api/admin/health/check", "askForLogCheck", "Have the log looked at", a.askForCheck),
		administrative(a, "GET /api/admin/users", "listAccounts", "List accounts", a.listAdminUsers).with("page", furtherPage),
		administrative(a, "GET /api/admin/users/{id}", "getAccount", "Show an account", a.getAdminUser),
		administrative(a, "DELETE /api/admin/users/{id}", "eraseAccount", "Erase an account", a.eraseUser, conflict),
		administrative(a, "POST /api/admin/users/{id}/disable", "disableAccount", "Keep somebody out", a.disableUser, conflict),
		administrative(a, "POST /api/admin/users/{id}/enable", "enableAccount", "Let somebody in again", a.enableUser),
		administrative(a, "POST /api/admin/users/{id}/password", "resetPassword", "Give an account a new password", a.resetPassword, conflict),
		administrative(a, "PUT /api/admin/users/{id}/roles/{role}", "giveRole", "Give somebody a server role", a.giveRole),
		administrative(a, "DELETE /api/admin/users/{id}/roles/{role}", "takeRole", "Take a server role from somebody", a.takeRole, conflict),
		administrative(a, "GET /api/admin/users/{id}/sessions", "listAccountSessions", "List the sessions of an account", a.listUserSessions),
		administrative(a, "DELETE /api/admin/users/{id}/sessions", "endAccountSessions", "End all sessions of an account", a.endUserSessions),
		administrative(a, "DELETE /api/admin/users/{id}/sessions/{session}", "endAccountSession", "End a session of an account", a.endUserSession),
		administrative(a, "GET /api/admin/invitations", "listInvitations", "List invitations to register", a.listInvitations),
		administrative(a, "POST /api/admin/invitations", "createInvitation", "Make an invitation to register", a.createInvitation, conflict).answers(201),
		administrative(a, "DELETE /api/admin/invitations/{id}", "revokeInvitation", "Revoke an invitation", a.revokeInvitation),
		administrative(a, "GET /api/admin/conversations", "listGroups", "List groups and channels", a.listAdminGroups).with("page", furtherPage),
		administrative(a, "GET /api/admin/conversations/{id}", "getGroup", "Show a group or channel", a.getAdminGroup),
		administrative(a, "DELETE /api/admin/conversations/{id}", "deleteGroup", "Delete a group or channel", a.deleteGroup),
		administrative(a, "GET /api/admin/conversations/{id}/participants", "listGroupMembers", "List who is in a group or channel", a.listGroupMembers).with("page", peopleCursor),
		administrative(a, "PUT /api/admin/conversations/{id}/owner", "handOverGroup", "Hand a group or channel over", a.handOver),
		administrative(a, "DELETE "+adminRooms+"{id}", "endRoom", "End a disposable room", a.endRoom),
		administrative(a, "GET /api/admin/reports", "listReports", "List reports from disposable rooms", a.listReports).with("page", deedCursor),
		administrative(a, "DELETE /api/admin/reports/{id}", "closeReport", "Close a report", a.closeReport),
		administrative(a, "GET /api/admin/settings", "listServerSettings", "List the settings of the server", a.listServerSettings),
		administrative(a, "PUT /api/admin/settings/{name}", "setServerSetting", "Change a setting of the server", a.setServerSetting, conflict),
		administrative(a, "DELETE /api/admin/settings/{name}", "resetServerSetting", "Go back to the configured value", a.resetServerSetting, conflict),
		administrative(a, "GET /api/admin/audit", "listAudit", "Show who did what", a.listDeeds).with("page", deedCursor),
	)
}

// What may stand beside data of administrators' answers.
var (
	furtherPage = nextPage{}
	deedCursor  = cursorPage[int64]{}
)
