package rest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// The examples of events have the members that events really have.
func TestAsyncAPIExamplesAreTrue(t *testing.T) {
	w := newWorld(t, setup{})
	var doc struct {
		Components struct {
			Messages struct {
				Event struct {
					Examples []struct {
						Payload struct {
							Event          chat.EventType
							ConversationID int64
							Data           map[string]any
						}
					}
				}
			}
		}
	}
	w.must(json.Unmarshal(w.do(request{method: "GET", path: "/api/asyncapi.json"}).raw, &doc))
	now := time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)
	group := chat.Conversation{ID: 1, Kind: chat.Group}
	person := chat.Participant{ConversationID: 1, UserID: 5, Role: chat.RoleMember, JoinedAt: now}
	mark := &chat.ReadMark{ConversationID: 1, UserID: 2, MessageID: 44, At: now}
	payloads := map[chat.EventType]any{
		chat.MessageCreated: &chat.Message{TempID: "temp-123"}, chat.MessageUpdated: &chat.Message{}, chat.MessageDeleted: &chat.Message{DeletedAt: now},
		chat.ReactionAdded: &chat.ReactionChange{}, chat.ReactionRemoved: &chat.ReactionChange{}, chat.ReadMarked: mark,
		chat.ParticipantAdded:    &chat.ParticipantChange{Participant: person, By: 1, Reason: chat.ReasonAdded},
		chat.ParticipantUpdated:  &chat.ParticipantChange{Participant: person, By: 1},
		chat.ParticipantRemoved:  &chat.ParticipantChange{Participant: person, By: 5, Reason: chat.ReasonLeft},
		chat.ConversationUpdated: &group, chat.ConversationDeleted: &group,
		chat.ConversationJoined: &chat.Joined{View: chat.ConversationView{Conversation: group}}, chat.ConversationLeft: &chat.Left{ConversationID: 1},
		chat.ConversationSettings: &person, chat.UserUpdated: &chat.User{}, chat.ReadMoved: mark,
		chat.BookmarkAdded: &chat.BookmarkChange{}, chat.BookmarkRemoved: &chat.BookmarkChange{},
		chat.ReminderSet: &chat.ReminderChange{}, chat.ReminderRemoved: &chat.ReminderChange{}, chat.ReminderDue: &chat.ReminderChange{},
		chat.PollVoted: &chat.PollVote{},
	}
	for _, e := range doc.Components.Messages.Event.Examples {
		data := chatapi.Mapper{}.Event(&chat.Event{Type: e.Payload.Event, Payload: payloads[e.Payload.Event]})
		if m, ok := data.(chatapi.Message); ok && e.Payload.Event == chat.MessageCreated {
			m.TempID = "temp-123" // the sender's own copy
			data = m
		}
		raw, err := json.Marshal(data)
		w.must(err)
		var real map[string]any
		w.must(json.Unmarshal(raw, &real))
		got, want := slices.Sorted(maps.Keys(e.Payload.Data)), slices.Sorted(maps.Keys(real))
		if !slices.Equal(got, want) {
			t.Errorf("%s: the example has %v, the event %v", e.Payload.Event, got, want)
		}
		delete(payloads, e.Payload.Event)
	}
	for event := range payloads {
		t.Errorf("no example of %s", event)
	}
}
