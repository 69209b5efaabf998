package toolkit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/toolkit"
)

// A voice message says how long and how loud it is; other messages do not.
func TestVoiceMessage(t *testing.T) {
	write := func(f chat.File) string {
		t.Helper()
		raw, err := json.Marshal(toolkit.Mapper{}.Message(&chat.Message{ID: 1, Type: chat.TypeAudio, Attachments: []chat.File{f}}))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if got := write(chat.File{ID: 9, Name: "voice.ogg", Duration: 1500 * time.Millisecond, Peaks: []int{0, 50, 100}}); !strings.Contains(got, `"file_name":"voice.ogg"`) ||
		!strings.Contains(got, `"duration_ms":1500,"peaks":[0,50,100]`) {
		t.Error(got)
	}
	if got := write(chat.File{ID: 9, Name: "a.txt"}); strings.Contains(got, "duration_ms") || strings.Contains(got, "peaks") {
		t.Error(got)
	}
}
