package topics

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley/internal/chat"
	"parley/internal/text"
)

// Bounds of what a consumer may ask for.
const (
	maxFilters     = 10
	maxFilterValue = 200 // characters
	maxGroupName   = 64
)

// Subscription is what a consumer wants to hear.
type Subscription struct {
	Topic Topic
	// Filter names fields of the payload and what they must be; a dot leads into an
	// object.
	Filter map[string]string
	// Group shares the topic with others of that name; "": all of it.
	Group string
	// From is where to begin: "now" (also ""), "earliest", or behind an offset. A
	// group that exists goes on where it was.
	From string
}

func (s Subscription) check() error {
	switch {
	case !s.Topic.isDurable() && !s.Topic.isLive():
		return chat.Invalid("topic", "There is no topic %q", text.Truncate(string(s.Topic), 50))
	case s.Topic.isLive() && s.Group != "":
		return chat.Invalid("group", "%s is not kept: it has no groups", s.Topic)
	case s.Topic.isLive() && s.From != "" && s.From != "now":
		return chat.Invalid("from", "%s is not kept: it begins now", s.Topic)
	case text.Length(s.Group) > maxGroupName:
		return chat.Invalid("group", "group is longer than %d characters", maxGroupName)
	case len(s.Filter) > maxFilters:
		return chat.Invalid("filter", "filter has more than %d fields", maxFilters)
	}
	for field, value := range s.Filter {
		if field == "" || text.Length(field) > maxFilterValue || text.Length(value) > maxFilterValue {
			return chat.Invalid("filter", "filter has a field or a value that is empty or longer than %d characters", maxFilterValue)
		}
	}
	if _, ok := s.offset(); !ok {
		return chat.Invalid("from", "from must be now, earliest or an offset")
	}
	return nil
}

// offset is behind which position the subscription begins; -1: now.
func (s Subscription) offset() (at chat.Position, ok bool) {
	switch s.From {
	case "", "now":
		return -1, true
	case "earliest":
		return 0, true
	}
	n, err := strconv.ParseInt(s.From, 10, 64)
	return chat.Position(n), err == nil && n >= 0 && n <= chat.MaxID
}

// filterText is the filter in a form that two consumers with the same one share.
func (s Subscription) filterText() string {
	var b strings.Builder
	for _, field := range slices.Sorted(maps.Keys(s.Filter)) {
		b.WriteString(strconv.Quote(field) + "=" + strconv.Quote(s.Filter[field]) + ";")
	}
	return b.String()
}

// wants reports whether a payload is what the filter says.
func (s Subscription) wants(raw json.RawMessage) bool {
	if len(s.Filter) == 0 {
		return true
	}
	var p map[string]any
	if json.Unmarshal(raw, &p) != nil {
		return false
	}
	for field, want := range s.Filter {
		if got, ok := lookUp(p, field); !ok || got != want {
			return false
		}
	}
	return true
}

// lookUp finds a field that is a text, a number or a truth value.
func lookUp(p map[string]any, path string) (string, bool) {
	name, rest, deeper := strings.Cut(path, ".")
	switch v := p[name].(type) {
	case map[string]any:
		if deeper {
			return lookUp(v, rest)
		}
	case string:
		return v, !deeper
	case bool:
		return strconv.FormatBool(v), !deeper
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), !deeper
	}
	return "", false
}
