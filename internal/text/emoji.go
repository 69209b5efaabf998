package text

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	maxEmojiBytes      = 32
	maxCustomEmojiName = 30

	zeroWidthJoiner   = "\u200d"
	textPresentation  = "\ufe0e"
	emojiPresentation = "\ufe0f" // VS16
	keycap            = "\u20e3"
)

// Emoji checks a reaction: one or more emoji, or one :custom_name: of a–z, 0–9,
// '_', '+' and '-', of at most 32 bytes. Display is s itself; key is what two
// reactions have in common when they are the same one, however their emoji
// presentation was encoded.
func Emoji(s string) (display, key string, ok bool) {
	if s == "" || len(s) > maxEmojiBytes || !utf8.ValidString(s) {
		return "", "", false
	}
	if isCustomEmoji(s) {
		return s, s, true
	}
	for cluster := range graphemes(s) {
		if !isEmojiKey(emojiKey(cluster)) {
			return "", "", false
		}
	}
	return s, emojiKey(s), true
}

func emojiKey(s string) string {
	return strings.ReplaceAll(s, emojiPresentation, "")
}

func isCustomEmoji(s string) bool {
	name, opened := strings.CutPrefix(s, ":")
	name, closed := strings.CutSuffix(name, ":")
	return opened && closed && name != "" && len(name) <= maxCustomEmojiName &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_+-") == ""
}

// isEmojiKey reports whether a grapheme cluster without VS16 is an emoji: a
// flag or its letter, a keycap, or pictographs joined by ZWJ (UTS #51, ED-17).
func isEmojiKey(cluster string) bool {
	first, size := utf8.DecodeRuneInString(cluster)
	switch {
	case isRegionalIndicator(first):
		second, secondSize := utf8.DecodeRuneInString(cluster[size:])
		return size+secondSize == len(cluster) && (secondSize == 0 || isRegionalIndicator(second))
	case strings.ContainsRune("0123456789#*", first):
		return cluster[size:] == keycap
	}
	for element := range strings.SplitSeq(cluster, zeroWidthJoiner) {
		if !isPictographElement(element) {
			return false
		}
	}
	return true
}

func isPictographElement(s string) bool {
	base, size := utf8.DecodeRuneInString(s)
	if !isPictographic(base) {
		return false
	}
	modifier := s[size:]
	return modifier == "" || modifier == textPresentation || isSkinTone(modifier) || isTagSequence(modifier)
}

// isPictographic looks up the property Extended_Pictographic, which uniseg
// knows but does not export: by rule GB11 of UAX #29 exactly these characters
// stay in one cluster with a pictograph that ZWJ joins to them.
func isPictographic(r rune) bool {
	const copyright = '\u00a9' // the lowest one, and itself a pictograph
	return r >= copyright && uniseg.GraphemeClusterCount(string([]rune{r, '\u200d', copyright})) == 1
}

func isRegionalIndicator(r rune) bool {
	return '\U0001F1E6' <= r && r <= '\U0001F1FF'
}

func isSkinTone(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size == len(s) && '\U0001F3FB' <= r && r <= '\U0001F3FF'
}

// isTagSequence recognises what follows a black flag in the flags of England,
// Scotland and other regions.
func isTagSequence(s string) bool {
	const firstTag, lastTag, cancelTag = '\U000E0020', '\U000E007E', "\U000E007F"
	tags, closed := strings.CutSuffix(s, cancelTag)
	return closed && tags != "" && strings.IndexFunc(tags, func(r rune) bool { return r < firstTag || r > lastTag }) < 0
}
