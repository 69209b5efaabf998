package text

import (
	"regexp"
	"slices"
	"strings"
)

var links = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"'\x60\\^{|}]+`)

// Links returns the first n different web addresses that a text names, as they stand
// there, outside of code.
func Links(s string, n int) []string {
	if !strings.Contains(s, "://") {
		return nil
	}
	var found []string
	for _, link := range links.FindAllString(withoutCode(s), -1) {
		if link = withoutEnd(link); len(found) < n && !slices.Contains(found, link) {
			found = append(found, link)
		}
	}
	return found
}

// withoutEnd takes away what belongs to the sentence around an address.
func withoutEnd(link string) string {
	for {
		short := strings.TrimRight(link, ".,;:!?*_~…。，、！？；：」』）】》")
		for _, pair := range []string{"()", "[]"} {
			if strings.HasSuffix(short, pair[1:]) && strings.Count(short, pair[:1]) < strings.Count(short, pair[1:]) {
				short = short[:len(short)-1]
			}
		}
		if short == link {
			return link
		}
		link = short
	}
}
