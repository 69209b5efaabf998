package text

import "strings"

// Bounds of what is indexed of one text: more than any message has, and less than
// a database's index takes (a tsvector of PostgreSQL has at most 1 MB).
const (
	maxTokenBytes  = 800_000
	maxTokenLength = 40 // code points; longer words are cut, in texts and queries alike
)

// A token is a word in the form in which a search index keeps it: letters and
// digits of ASCII only, so that no database's own idea of words gets in the way.
// The first letter says what it is, and a token is the beginning of another
// exactly if its word is:
//
//	w  a word of a script that puts something between words
//	k  two neighbours of Chinese, Japanese or Korean text, or its last character
//	e  an emoji

// Tokens returns what a search index keeps of a text, each token once.
func Tokens(s string) []string {
	w := splitWords(s)
	var t tokens
	for _, word := range w.spaced {
		t.add('w', word)
	}
	for _, run := range w.cjk {
		chars := []rune(run)
		for i := range chars {
			t.add('k', string(chars[i:min(i+2, len(chars))]))
		}
	}
	for _, e := range w.emoji {
		t.add('e', e)
	}
	return t.list
}

// Wanted is what a text's tokens must contain to match a query.
type Wanted struct {
	Whole     []string // tokens
	Beginning []string // beginnings of tokens
}

// Empty says that the query has no word, which matches nothing.
func (w Wanted) Empty() bool { return len(w.Whole)+len(w.Beginning) == 0 }

// WantedTokens returns what to look for. It finds every text that
// MatchesAllWords finds, and a few more: neighbours may stand in another order.
func WantedTokens(query string) Wanted {
	w := splitWords(query)
	var whole, beginning tokens
	for _, word := range w.spaced {
		beginning.add('w', word)
	}
	for _, run := range w.cjk {
		chars := []rune(run)
		if len(chars) == 1 {
			beginning.add('k', run)
		}
		for i := range len(chars) - 1 {
			whole.add('k', string(chars[i:i+2]))
		}
	}
	for _, e := range w.emoji {
		whole.add('e', e)
	}
	return Wanted{whole.list, beginning.list}
}

// tokens collects tokens, each once and no more than maxTokenBytes of them.
type tokens struct {
	list  []string
	seen  map[string]bool
	bytes int
}

func (t *tokens) add(kind byte, word string) {
	token := encodeToken(kind, word)
	if t.seen[token] || t.bytes+len(token) > maxTokenBytes {
		return
	}
	t.bytes += len(token)
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	t.seen[token] = true
	t.list = append(t.list, token)
}

// encodeToken writes letters and digits of ASCII as they are, but for x, y and z,
// which begin characters of two, four and six digits of base 32. No code begins
// another, so beginnings stay beginnings.
func encodeToken(kind byte, word string) string {
	var b strings.Builder
	b.WriteByte(kind)
	n := 0
	for _, r := range word {
		if n++; n > maxTokenLength {
			break
		}
		switch {
		case r >= 'a' && r < 'x' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r < 1<<10:
			writeDigits(&b, 'x', r, 2)
		case r < 1<<20:
			writeDigits(&b, 'y', r, 4)
		default:
			writeDigits(&b, 'z', r, 6)
		}
	}
	return b.String()
}

func writeDigits(b *strings.Builder, mark byte, r rune, digits int) {
	b.WriteByte(mark)
	for shift := 5 * (digits - 1); shift >= 0; shift -= 5 {
		b.WriteByte("0123456789abcdefghijklmnopqrstuv"[r>>shift&31])
	}
}
