// Package sanitize makes stored text safe for clients that put it into a web
// page as markup. It works on output only: what is stored stays as it was sent.
package sanitize

import (
	"html"
	"strings"
)

// Mode is what a dialect does to text on its way out.
type Mode uint8

const (
	// Safe removes what could act in a web page and leaves everything else
	// byte for byte. It is idempotent.
	Safe Mode = iota
	// Escape writes all markup as entities, so that it shows as it was typed.
	Escape
	// None leaves text as it is, for clients that never parse it as markup.
	None
)

// Text returns s as mode wants it. Text without '<' passes Safe without an
// allocation.
func Text(mode Mode, s string) string {
	switch {
	case mode == None:
		return s
	case mode == Escape:
		return html.EscapeString(s)
	case strings.IndexByte(s, '<') < 0: // entities alone are never active
		return s
	}
	return removeActive(s)
}
