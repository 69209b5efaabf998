package topics

import (
	"encoding/json"
	"testing"

	"parley/internal/topics"
)

// Whatever a consumer writes, it is refused or it is a subscription whose texts are
// those that it wrote.
func FuzzRequest(f *testing.F) {
	for _, frame := range []string{
		`{"type":"subscribe","id":"1","topic":"chat.message.new","filter":{"conversation_id":5,"message.type":"text","x":true},"group":"g","from":"earliest"}`,
		`{"type":"ack","subscription":"1","offset":"7"}`, `{"from":[]}`, `{"from":7}`, `{"filter":{"a":{}}}`, `{"filter":null,"from":null}`, `[]`, `{"filter":{"":""}}`,
	} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var q request
		if json.Unmarshal(frame, &q) != nil {
			return
		}
		s, err := q.subscription()
		if err == nil && (s.Topic != topics.Topic(q.Topic) || s.Group != q.Group || len(s.Filter) != len(q.Filter)) {
			t.Errorf("%s became %+v", frame, s)
		}
	})
}
