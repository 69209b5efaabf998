package chatapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/sanitize"
)

var (
	at    = time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)
	plain = chatapi.Mapper{Mode: sanitize.None, Now: func() time.Time { return at }}
)

// wantJSON compares what v is written as with the want, whatever the order of
// members.
func wantJSON(t *testing.T, v any, want string) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var got, wanted any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatalf("the test's own JSON: %v", err)
	}
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestTimesHaveExactlyThreeDecimals(t *testing.T) {
	for want, in := range map[string]time.Time{
		"2024-01-15T10:30:00.000Z": at,
		"2024-01-15T10:30:00.120Z": at.Add(120 * time.Millisecond),
		"2024-01-15T09:30:00.000Z": time.Date(2024, 1, 15, 10, 30, 0, 999, time.FixedZone("CET", 3600)),
	} {
		if got := chatapi.Time(in); got != want {
			t.Errorf("%v is %s, want %s", in, got, want)
		}
	}
}

func message() *chat.Message {
	return &chat.Message{
		ID: 1, ConversationID: 1, Seq: 17, Type: chat.TypeText, SenderID: 1, SenderName: "John Doe",
		Content: "Hello!", TempID: "temp-123", Metadata: chat.EmptyObject, CreatedAt: at, Mentions: []chat.UserID{2},
		Reactions: []chat.ReactionCount{{Emoji: "👍", Count: 2}, {Emoji: "❤️", Count: 1}},
		Mine:      &chat.MessageMine{Reactions: []string{"👍"}, Status: chat.StatusSent},
	}
}

func TestMessageViewIsTheContractsExample(t *testing.T) {
	wantJSON(t, plain.MessageView(message()), `{
		"id":1,"conversationId":1,"messageType":"TEXT","content":"Hello!","senderId":1,"senderName":"John Doe","parentMessageId":null,
		"replyCount":0,"isEdited":false,"isDeleted":false,"attachments":[],"reactionSummary":{"👍":2,"❤️":1},"createdAt":"2024-01-15T10:30:00.000Z",
		"seq":17,"senderAvatarUrl":null,"updatedAt":null,"editedAt":null,"deletedAt":null,"metadata":{},
		"myReactions":["👍"],"mentions":[2],"forwardedFrom":null,"status":"SENT"}`)
}

func TestEmptyListsAreNotNull(t *testing.T) {
	wantJSON(t, plain.MessageView(&chat.Message{ID: 1, CreatedAt: at, Type: chat.TypeText}), `{
		"id":1,"conversationId":0,"messageType":"TEXT","content":"","senderId":0,"senderName":"","parentMessageId":null,
		"replyCount":0,"isEdited":false,"isDeleted":false,"attachments":[],"reactionSummary":{},"createdAt":"2024-01-15T10:30:00.000Z",
		"seq":0,"senderAvatarUrl":null,"updatedAt":null,"editedAt":null,"deletedAt":null,"metadata":{},
		"myReactions":[],"mentions":[],"forwardedFrom":null,"status":null}`)
}

func TestADeletedMessageSaysNothing(t *testing.T) {
	m := message()
	m.DeletedAt, m.ParentID = at.Add(time.Second), 9
	m.Metadata, m.Encrypted = json.RawMessage(`{"secret":1}`), "xyz"
	m.Forwarded = &chat.Forwarded{SenderID: 3}
	wantJSON(t, plain.Message(m), `{
		"id":1,"conversationId":1,"messageType":"TEXT","content":"","senderId":1,"senderName":"John Doe","parentMessageId":9,
		"replyCount":0,"isEdited":false,"isDeleted":true,"attachments":[],"reactionSummary":{},"createdAt":"2024-01-15T10:30:00.000Z",
		"seq":17,"senderAvatarUrl":null,"updatedAt":"2024-01-15T10:30:01.000Z","editedAt":null,"deletedAt":"2024-01-15T10:30:01.000Z","metadata":{},
		"mentions":[],"forwardedFrom":null}`)
}

func TestReactionsKeepTheOrderOfFirstUse(t *testing.T) {
	raw, err := json.Marshal(chatapi.ReactionSummary{{Emoji: "😀", Count: 1}, {Emoji: `:a"b:`, Count: 3}, {Emoji: "👍", Count: 2}})
	if want := `{"😀":1,":a\"b:":3,"👍":2}`; err != nil || string(raw) != want {
		t.Errorf("%s, %v, want %s", raw, err, want)
	}
}

func TestTheSendersAnswer(t *testing.T) {
	m := message()
	m.Mine = nil
	got := plain.Sent(chat.Sent{Message: m, Duplicate: true})
	if got.TempID != "temp-123" || !got.Duplicate || *got.Status != chat.StatusSent {
		t.Errorf("tempId %q, duplicate %t, status %v", got.TempID, got.Duplicate, *got.Status)
	}
	if plain.Message(m).TempID != "" {
		t.Error("what goes to all has the sender's tempId")
	}
}

func TestContentsAndNamesAreSanitised(t *testing.T) {
	m := message()
	m.Content, m.SenderName = "a<script>x</script>b", "<iframe>Eve"
	safe := chatapi.Mapper{Mode: sanitize.Safe}.Message(m)
	if safe.Content != "ab" || safe.SenderName != "Eve" {
		t.Errorf("content %q, name %q", safe.Content, safe.SenderName)
	}
	if raw := plain.Message(m); raw.Content != m.Content {
		t.Errorf("without sanitising the content is %q", raw.Content)
	}
}

func group() chat.Conversation {
	return chat.Conversation{
		ID: 1, Kind: chat.Group, Name: "Project Team", Description: "Discussion for Project X",
		CreatedBy: 1, ParticipantCount: 4, LastMessageAt: at, CreatedAt: at, UpdatedAt: at, Metadata: chat.EmptyObject,
		Settings: chat.Settings{AllowReactions: true, AllowReplies: true, AllowFileUploads: true, MaxFileSizeMb: 25, HistoryForNew: "all", WhoMayPost: "ALL", WhoMayReact: "ALL", WhoMayReply: "ALL", WhoMayUpload: "ALL"},
	}
}

const sharedGroup = `"id":1,"type":"GROUP","name":"Project Team","description":"Discussion for Project X","avatarUrl":null,
	"createdBy":1,"participantCount":4,"lastMessageAt":"2024-01-15T10:30:00.000Z",
	"allowReactions":true,"allowReplies":true,"allowFileUploads":true,"maxFileSizeMb":25,"allowedFileTypes":[],
	"membersCanInvite":false,"slowModeSeconds":0,"historyForNew":"all","whoMayPost":"ALL","whoMayInvite":"ADMINS","whoMayReact":"ALL","whoMayReply":"ALL","whoMayUpload":"ALL",
	"metadata":{},"createdAt":"2024-01-15T10:30:00.000Z","updatedAt":"2024-01-15T10:30:00.000Z"`

func TestConversationViewIsTheContractsExample(t *testing.T) {
	m := plain
	m.Presences = func(ids []chat.UserID) []chat.Presence { return []chat.Presence{{UserID: ids[0], Status: chat.Online}} }
	me := chat.Participant{UserID: 1, Username: "john", Name: "John Doe", Role: chat.Owner, JoinedAt: at, Read: chat.ReadPosition{MessageID: 41}}
	wantJSON(t, m.ConversationView(&chat.ConversationView{
		Conversation: group(), Title: "Project Team", Me: me, Participants: []chat.Participant{me}, UnreadCount: 3, MentionCount: 1,
	}), `{`+sharedGroup+`,"myRole":"OWNER",
		"participants":[{"userId":1,"username":"john","name":"John Doe","avatarUrl":null,"role":"OWNER","joinedAt":"2024-01-15T10:30:00.000Z","lastReadMessageId":41,"status":"ONLINE"}],
		"lastMessage":null,"unreadCount":3,"mentionCount":1,"lastReadMessageId":41,
		"isMuted":false,"mutedUntil":null,"isPinned":false,"isArchived":false,
		"pinnedAt":null,"notificationLevel":"ALL","notificationsUntil":null,"draft":null}`)
}

func TestAConversationInAnEventHasNothingPersonal(t *testing.T) {
	c := group()
	wantJSON(t, plain.Event(&chat.Event{Type: chat.ConversationUpdated, Payload: &c}), `{`+sharedGroup+`}`)
}

func TestADirectHasItsReadersName(t *testing.T) {
	c := group()
	c.Kind, c.Name = chat.Direct, ""
	if plain.Conversation(&c).Face != nil {
		t.Error("a DIRECT has a name for all")
	}
	v := plain.ConversationView(&chat.ConversationView{Conversation: c, Title: "Jane", Picture: "/p"})
	if v.Name != "Jane" || *v.AvatarURL != "/p" {
		t.Errorf("name %q, avatar %q", v.Name, *v.AvatarURL)
	}
}

func TestEventData(t *testing.T) {
	until := at.Add(time.Hour)
	for name, tc := range map[string]struct {
		event chat.Event
		want  string
	}{
		"reaction": {
			chat.Event{Payload: &chat.ReactionChange{MessageID: 1, ConversationID: 2, UserID: 3, UserName: "Bo", Emoji: "👍", Added: true, Summary: []chat.ReactionCount{{Emoji: "👍", Count: 1}}}},
			`{"messageId":1,"conversationId":2,"userId":3,"userName":"Bo","emoji":"👍","action":"ADDED","add":true,"reactionSummary":{"👍":1}}`,
		},
		"read": {
			chat.Event{Payload: &chat.ReadMark{ConversationID: 1, UserID: 2, UserName: "Bo", MessageID: 44, At: at}},
			`{"conversationId":1,"userId":2,"userName":"Bo","lastReadMessageId":44,"readAt":"2024-01-15T10:30:00.000Z"}`,
		},
		"participant": {
			chat.Event{Payload: &chat.ParticipantChange{Participant: chat.Participant{ConversationID: 1, UserID: 2, Username: "bo", Name: "Bo", Role: chat.RoleMember, JoinedAt: at}, By: 1, Reason: chat.ReasonRemoved}},
			`{"conversationId":1,"userId":2,"username":"bo","name":"Bo","avatarUrl":null,"role":"MEMBER","joinedAt":"2024-01-15T10:30:00.000Z","lastReadMessageId":null,"by":1,"reason":"REMOVED"}`,
		},
		"deleted conversation": {
			chat.Event{Type: chat.ConversationDeleted, Payload: &chat.Conversation{ID: 7}},
			`{"conversationId":7}`,
		},
		"left": {
			chat.Event{Payload: &chat.Left{ConversationID: 7, Reason: chat.ReasonHidden}},
			`{"conversationId":7,"reason":"HIDDEN"}`,
		},
		"muted for an hour": {
			chat.Event{Payload: &chat.Participant{ConversationID: 7, MutedUntil: until, PinnedAt: at}},
			`{"conversationId":7,"isMuted":true,"mutedUntil":"2024-01-15T11:30:00.000Z","isPinned":true,"isArchived":false,
				"pinnedAt":"2024-01-15T10:30:00.000Z","notificationLevel":"NOTHING","notificationsUntil":"2024-01-15T11:30:00.000Z","draft":null}`,
		},
		"muted for ever": {
			chat.Event{Payload: &chat.Participant{ConversationID: 7, MutedUntil: chat.MutedForever, ArchivedAt: at}},
			`{"conversationId":7,"isMuted":true,"mutedUntil":null,"isPinned":false,"isArchived":true,
				"pinnedAt":null,"notificationLevel":"NOTHING","notificationsUntil":null,"draft":null}`,
		},
		"own user": {
			chat.Event{Payload: &chat.User{ID: 1, Username: "ann", Kind: chat.Member, CreatedAt: at, Settings: chat.DefaultSettings()}},
			`{"id":1,"username":"ann","displayName":"ann","avatarUrl":null,"kind":"MEMBER","createdAt":"2024-01-15T10:30:00.000Z","email":null,"roles":[],
				"settings":{"theme":"system","ownTheme":null,"accent":"verdigris","density":"comfortable","textSize":"normal","language":"","enterSends":true,
				"emojiSkinTone":0,"sounds":true,"linkPreviews":true,"hideLastSeen":false,"quietHours":{"on":false,"from":"22:00","to":"07:00","timeZone":"UTC"}},
				"presence":{"status":"ONLINE","statusMessage":null,"emoji":null,"clearAt":null}}`,
		},
		"own status": {
			chat.Event{Payload: &chat.User{Presence: chat.PresenceDND, StatusMessage: "Lunch", StatusEmoji: "🍜", StatusClearAt: at.Add(time.Hour)}},
			`{"id":0,"username":"","displayName":"","avatarUrl":null,"kind":"","createdAt":"0001-01-01T00:00:00.000Z","email":null,"roles":[],
				"settings":{"theme":"","ownTheme":null,"accent":"","density":"","textSize":"","language":"","enterSends":false,"emojiSkinTone":0,"sounds":false,
				"linkPreviews":false,"hideLastSeen":false,"quietHours":{"on":false,"from":"","to":"","timeZone":""}},
				"presence":{"status":"DND","statusMessage":"Lunch","emoji":"🍜","clearAt":"2024-01-15T11:30:00.000Z"}}`,
		},
		"reminder": {
			chat.Event{Payload: &chat.ReminderChange{MessageID: 44, ConversationID: 7, At: at, Due: true}},
			`{"messageId":44,"conversationId":7,"remindAt":"2024-01-15T10:30:00.000Z","isDue":true}`,
		},
		"reminder removed": {chat.Event{Payload: &chat.ReminderChange{MessageID: 44, ConversationID: 7}}, `{"messageId":44,"conversationId":7,"remindAt":null,"isDue":false}`},
		"vote taken back":  {chat.Event{Payload: &chat.PollVote{MessageID: 44, ConversationID: 7}}, `{"messageId":44,"conversationId":7,"options":[]}`},
		"nothing":          {chat.Event{}, `null`},
		"no user":          {chat.Event{Payload: (*chat.User)(nil)}, `null`},
		"joined and on":    {chat.Event{Payload: &chat.Left{ConversationID: 1}}, `{"conversationId":1,"reason":null}`},
	} {
		t.Run(name, func(t *testing.T) { wantJSON(t, plain.Event(&tc.event), tc.want) })
	}
}

func TestUnreadsCountMutedOnesApart(t *testing.T) {
	wantJSON(t, plain.Unreads([]chat.Unread{
		{ConversationID: 1, UnreadCount: 3, MentionCount: 1, LastMessageID: 44, LastReadMessageID: 38},
		{ConversationID: 2, UnreadCount: 5, LastMessageID: 50, Muted: true},
	}), `{"total":3,"totalMuted":5,"conversations":[
		{"conversationId":1,"unreadCount":3,"mentionCount":1,"lastMessageId":44,"lastReadMessageId":38},
		{"conversationId":2,"unreadCount":5,"mentionCount":0,"lastMessageId":50,"lastReadMessageId":null}]}`)
}

func TestPresence(t *testing.T) {
	wantJSON(t, plain.PresenceList([]chat.Presence{
		{UserID: 2, Status: chat.DND, LastSeenAt: at, DeviceType: "web"},
		{UserID: 3, Status: chat.Offline},
		{UserID: 4, Status: chat.Online, StatusMessage: "Lunch", Emoji: "🍜", ClearAt: at},
	}), `[
		{"userId":2,"status":"DND","online":true,"lastSeenAt":"2024-01-15T10:30:00.000Z","statusMessage":null,"emoji":null,"clearAt":null,"deviceType":"web"},
		{"userId":3,"status":"OFFLINE","online":false,"lastSeenAt":null,"statusMessage":null,"emoji":null,"clearAt":null,"deviceType":null},
		{"userId":4,"status":"ONLINE","online":true,"lastSeenAt":null,"statusMessage":"Lunch","emoji":"🍜","clearAt":"2024-01-15T10:30:00.000Z","deviceType":null}]`)
}

func TestPoll(t *testing.T) {
	m := &chat.Message{Content: "x", CreatedAt: at, Poll: &chat.Poll{
		Question: "<b>?", Multiple: true, EndsAt: at, Voters: 2,
		Options: []chat.PollOption{{Text: "<script>a</script>b", Votes: 2, Voters: []chat.UserID{1, 2}}, {Text: "c"}},
	}, Mine: &chat.MessageMine{Votes: []int{0}}}
	v := chatapi.Mapper{Mode: sanitize.Safe}.MessageView(m)
	wantJSON(t, v.Poll, `{"question":"<b>?","options":[{"id":0,"text":"b","votes":2,"voters":[1,2]},{"id":1,"text":"c","votes":0}],
		"multiple":true,"anonymous":false,"voterCount":2,"endsAt":"2024-01-15T10:30:00.000Z","closedAt":null,"closedBy":null}`)
	wantJSON(t, v.MyVotes, `[0]`)
	m.DeletedAt = at
	if gone := plain.Message(m); gone.Poll != nil || gone.LinkPreviews != nil {
		t.Errorf("deleted: %+v", gone)
	}
}

func TestLinkPreviews(t *testing.T) {
	m := &chat.Message{CreatedAt: at, Previews: []chat.Preview{
		{URL: "https://a.example/", Title: "A<script>x</script>", SiteName: "a.example"},
		{URL: "https://b.example/", Title: "B", Description: "about", SiteName: "b", Image: &chat.File{ID: 9, Width: 320, Height: 200, Placeholder: "LE"}},
	}}
	wantJSON(t, chatapi.Mapper{Mode: sanitize.Safe}.Message(m).LinkPreviews, `[
		{"url":"https://a.example/","title":"A","description":null,"siteName":"a.example","imageUrl":null,"imageWidth":null,"imageHeight":null,"placeholder":null},
		{"url":"https://b.example/","title":"B","description":"about","siteName":"b","imageUrl":"/api/chat/attachments/9","imageWidth":320,"imageHeight":200,"placeholder":"LE"}]`)
}

func TestMarks(t *testing.T) {
	wantJSON(t, plain.ReadState(chat.ReadState{ConversationID: 1, MessageID: 44, At: at}),
		`{"conversationId":1,"lastReadMessageId":44,"unreadCount":0,"readAt":"2024-01-15T10:30:00.000Z"}`)
	wantJSON(t, plain.ReadReceipts(1, []chat.ReadMark{{UserID: 2, UserName: "Bo", MessageID: 9, At: at}}),
		`[{"messageId":1,"userId":2,"userName":"Bo","readAt":"2024-01-15T10:30:00.000Z"}]`)
	wantJSON(t, plain.Reactions([]chat.Reaction{{ID: 5, MessageID: 1, UserID: 2, UserName: "Bo", Emoji: "👍", CreatedAt: at}}),
		`[{"id":5,"messageId":1,"userId":2,"userName":"Bo","emoji":"👍","createdAt":"2024-01-15T10:30:00.000Z"}]`)
	wantJSON(t, plain.Toggled(chat.Reacted{Added: true}), `{"added":true,"reactionSummary":{}}`)
	wantJSON(t, plain.Deleted(&chat.Message{ID: 1, ConversationID: 2}), `{"messageId":1,"conversationId":2,"isDeleted":true}`)
	wantJSON(t, plain.Versions([]chat.MessageVersion{{Version: 1, Content: "x", At: at}}),
		`[{"version":1,"content":"x","metadata":{},"createdAt":"2024-01-15T10:30:00.000Z"}]`)
}

func BenchmarkMessage(b *testing.B) {
	m := message()
	for b.Loop() {
		if _, err := json.Marshal(plain.Message(m)); err != nil {
			b.Fatal(err)
		}
	}
}
