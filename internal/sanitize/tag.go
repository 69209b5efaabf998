package sanitize

import "strings"

const whiteSpace = " \t\n\f\r"

// byteSet is looked up far more often than strings.IndexAny would prepare one.
type byteSet [256]bool

func bytesOf(s string) (set byteSet) {
	for i := range len(s) {
		set[s[i]] = true
	}
	return set
}

var (
	spaces        = bytesOf(whiteSpace)
	gaps          = bytesOf(whiteSpace + "/")
	endsName      = bytesOf(whiteSpace + "/>")
	endsAttribute = bytesOf(whiteSpace + "/>=")
	endsValue     = bytesOf(whiteSpace + ">")
)

// tag is a start or end tag read from a given '<' by the rules of the HTML
// standard (13.2.5.6 to 13.2.5.40). One that the text ends in counts as well,
// because the page that the text is put into may close it.
type tag struct {
	name       string // as written
	closing    bool
	attributes []attribute
	end        int // after its '>', or the end of the text
}

type attribute struct {
	name, value string // as written, the value without its quotes
	gapStart    int    // where the space or slashes before the name start
	start, end  int
}

// read reports whether a tag begins with the '<' at s[at].
func (t *tag) read(s string, at int) bool {
	i := at + 1
	t.closing = i < len(s) && s[i] == '/'
	if t.closing {
		i++
	}
	length := nameIn(s, i)
	if length == 0 {
		return false
	}
	t.name = s[i : i+length]
	t.attributes = t.attributes[:0]
	i += length
	for {
		gapStart := i
		i = skip(s, i, &gaps)
		if i == len(s) {
			break
		}
		if s[i] == '>' {
			i++
			break
		}
		a := readAttribute(s, i)
		a.gapStart = gapStart
		t.attributes = append(t.attributes, a)
		i = a.end
	}
	t.end = i
	return true
}

// nameIn returns the length of the tag name at s[at:], 0 if none begins there.
func nameIn(s string, at int) int {
	if at >= len(s) || !isLetter(s[at]) {
		return 0
	}
	return find(s, at, &endsName) - at
}

func readAttribute(s string, start int) attribute {
	// A first '=' belongs to the name.
	nameEnd := find(s, start+1, &endsAttribute)
	a := attribute{name: s[start:nameEnd], start: start, end: nameEnd}
	i := skip(s, nameEnd, &spaces)
	if i == len(s) || s[i] != '=' {
		return a
	}
	i = skip(s, i+1, &spaces)
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		length := strings.IndexByte(s[i+1:], s[i])
		if length < 0 {
			a.value, a.end = s[i+1:], len(s)
		} else {
			a.value, a.end = s[i+1:i+1+length], i+1+length+1
		}
		return a
	}
	a.end = find(s, i, &endsValue)
	a.value = s[i:a.end]
	return a
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// find returns the first index from i on of a byte in set, or len(s).
func find(s string, i int, set *byteSet) int {
	for i < len(s) && !set[s[i]] {
		i++
	}
	return i
}

// skip returns the first index from i on of a byte not in set, or len(s).
func skip(s string, i int, set *byteSet) int {
	for i < len(s) && set[s[i]] {
		i++
	}
	return i
}
