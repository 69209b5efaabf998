package topics

import (
	"encoding/json"
	"testing"
)

func TestFilters(t *testing.T) {
	payload := json.RawMessage(`{"conversation_id":"5","added":true,"message":{"type":"text","seq":7,"metadata":{"a":{"b":"c"}}},"none":null}`)
	for _, tc := range []struct {
		filter map[string]string
		wants  bool
	}{
		{nil, true}, {map[string]string{"conversation_id": "5"}, true}, {map[string]string{"conversation_id": "6"}, false},
		{map[string]string{"added": "true"}, true}, {map[string]string{"message.type": "text", "message.seq": "7"}, true},
		{map[string]string{"message.type": "text", "message.seq": "8"}, false}, {map[string]string{"message.metadata.a.b": "c"}, true},
		{map[string]string{"message": "text"}, false}, {map[string]string{"conversation_id.x": "5"}, false}, {map[string]string{"none": ""}, false},
		{map[string]string{"missing": ""}, false},
	} {
		if got := (Subscription{Filter: tc.filter}).wants(payload); got != tc.wants {
			t.Errorf("%v: %v", tc.filter, got)
		}
	}
}
