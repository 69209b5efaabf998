package chat_test

import (
	"fmt"
	"testing"

	"parley/internal/chat"
)

// However often a message is edited, what is kept of it is bounded.
func TestEarlierVersionsAreBounded(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	m := w.say(ann, w.group(ann), "version 1")
	for i := range chat.MaxVersions + 5 {
		w.must(drop(w.EditMessage(t.Context(), ann, chat.EditMessage{MessageID: m.ID, Content: fmt.Sprint("version ", i+2)})))
	}
	versions, err := w.History(t.Context(), ann, m.ID)
	w.must(err)
	if len(versions) != chat.MaxVersions || versions[0].Content != "version 6" || versions[len(versions)-1].Content != "version 55" {
		t.Errorf("%d versions, from %q to %q", len(versions), versions[0].Content, versions[len(versions)-1].Content)
	}
}

// An application's user is somebody: he has a name from the start.
func TestExternalUserNeedsAName(t *testing.T) {
	w := newWorld(t, chat.Options{})
	if _, err := w.UpsertExternal(t.Context(), "x", chat.ExternalProfile{}); w.code(err) != chat.ValidationFailed {
		t.Errorf("without a name: %v", err)
	}
	w.must(drop(w.UpsertExternal(t.Context(), "x", chat.ExternalProfile{Name: new("Xi"), Email: new("x@example.com")})))
	u, err := w.UpsertExternal(t.Context(), "x", chat.ExternalProfile{Name: new("Xi Li")})
	w.must(err)
	if u.DisplayName != "Xi Li" || u.Email != "x@example.com" {
		t.Errorf("a change of the name leaves %+v", u)
	}
}
