package sanitize

import (
	"html"
	"strings"
)

// Which '<' begins a tag depends on its surroundings: comments, <title>,
// attribute values, the page that the text is put into. Rather than guess them,
// removeActive treats every '<' as if it could: in its result no '<' whatever
// begins an active element or a tag with an active attribute. So no parser, in
// no context, finds one.

const (
	// Removing can bring new markup together, as in <scr<img>ipt>. Nobody
	// writes that in good faith more than a few levels deep.
	maxPasses = 8
	// Tags can overlap, as in <a <a <a. One pass reads at most maxOverlap times
	// the length of the text, but minOverlapBytes in any case.
	maxOverlap      = 16
	minOverlapBytes = 64 << 10
)

// removeActive falls back to making all of s inert when it is built to exhaust
// its limits.
func removeActive(s string) string {
	for range maxPasses {
		cleaned, done := removeOnce(s)
		if done {
			return cleaned
		}
		s = cleaned
	}
	return escapeAll(s)
}

func escapeAll(s string) string {
	return strings.ReplaceAll(s, "<", "&lt;")
}

// removeOnce returns s without the active elements and attributes that can be
// seen in it now, and whether the result is final.
func removeOnce(s string) (cleaned string, done bool) {
	var out strings.Builder
	var t tag
	copied, readable := 0, max(maxOverlap*len(s), minOverlapBytes)
	drop := func(start, end int) {
		out.WriteString(s[copied:start])
		copied = end
	}
	for at := 0; ; {
		next := strings.IndexByte(s[at:], '<')
		if next < 0 {
			break
		}
		at += next
		if !t.read(s, at) {
			at++
			continue
		}
		if readable -= t.end - at; readable < 0 {
			return escapeAll(s), true
		}
		switch {
		case t.isActive():
			end := t.endOfElement(s)
			drop(at, end)
			at = end
		case t.dropActiveAttributes(s, drop):
			at = t.end
		default:
			at++
		}
	}
	if copied == 0 {
		return s, true
	}
	out.WriteString(s[copied:])
	return out.String(), false
}

var activeElements = map[string]bool{
	"script": true, "style": true, "iframe": true, "frame": true, "object": true, "embed": true,
	"applet": true, "svg": true, "math": true, "link": true, "meta": true, "base": true, "form": true,
	"input": true, "button": true, "textarea": true, "select": true, "template": true, "noscript": true,
	"img": true, "video": true, "audio": true, "source": true,
	"image": true, // parsers make an img of it
}

const longestActiveElement = len("textarea")

func (t *tag) isActive() bool {
	return len(t.name) <= longestActiveElement && activeElements[strings.ToLower(t.name)]
}

// endOfElement returns the end of what goes together with an active tag: the
// content and end tag of a script or style element, nothing with the others.
func (t *tag) endOfElement(s string) int {
	if t.closing || !strings.EqualFold(t.name, "script") && !strings.EqualFold(t.name, "style") {
		return t.end
	}
	var closing tag
	for at := t.end; ; at++ {
		next := strings.Index(s[at:], "</")
		if next < 0 {
			return len(s)
		}
		at += next
		if nameIn(s, at+len("</")) == len(t.name) && closing.read(s, at) && strings.EqualFold(closing.name, t.name) {
			return closing.end
		}
	}
}

// dropActiveAttributes reports whether there were any. The space before an
// attribute goes with it unless it is needed to keep the neighbours apart.
func (t *tag) dropActiveAttributes(s string, drop func(start, end int)) bool {
	dropped := false
	for _, a := range t.attributes {
		if !a.isActive() {
			continue
		}
		start := a.start
		if a.end == len(s) || endsName[s[a.end]] {
			start = a.gapStart
		}
		drop(start, a.end)
		dropped = true
	}
	return dropped
}

func (a *attribute) isActive() bool {
	if len(a.name) >= 2 && strings.EqualFold(a.name[:2], "on") ||
		strings.EqualFold(a.name, "style") || strings.EqualFold(a.name, "srcdoc") {
		return true
	}
	return isActiveURL(a.value)
}

// isActiveURL decodes a value as browsers do: entities first, then control
// characters and spaces do not count.
func isActiveURL(value string) bool {
	const longestScheme = len("data:text/html")
	var head [longestScheme]byte
	n := 0
	value = html.UnescapeString(value)
	for i := 0; i < len(value) && n < longestScheme; i++ {
		if c := value[i]; c > ' ' && c != 0x7f {
			head[n] = c
			n++
		}
	}
	scheme := strings.ToLower(string(head[:n]))
	return strings.HasPrefix(scheme, "javascript:") || strings.HasPrefix(scheme, "vbscript:") ||
		scheme == "data:text/html"
}
