package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEmojiAccepts(t *testing.T) {
	accepted := []string{
		"👍", "😀", "❤️", "❤", "☺️", "☺", "™️", "™", "©️", "©", "‼️", "↔️", "㊙️", "🅰️",
		"👍🏽", "☝🏿", "🤦🏻‍♀️", "🧑🏾‍🚀", "🏃🏻‍♀️‍➡️", "👨‍👩‍👧‍👦", "👩🏻‍❤️‍👨🏼", "👁️‍🗨️", "🐦‍🔥", "🍋‍🟩", "⛓️‍💥", "🙂‍↕️",
		"🏳️‍🌈", "🏴‍☠️", "🏳️‍⚧️", "🇩🇪", "🇺🇳", "🇦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"1️⃣", "1⃣", "#️⃣", "*️⃣", "🔟",
		"\U0001FAE8", "\U0001FAE9", "\U0001FADF", "\U0001FAEA", // Unicode 15, 16 and 17
		"👍👍", "🎉❤️🇫🇷", "❤︎",
		":shipit:", ":+1:", ":-1:", ":a:", ":party_parrot-2:", ":" + strings.Repeat("a", 30) + ":",
	}
	for _, in := range accepted {
		display, key, ok := Emoji(in)
		if !ok || display != in {
			t.Errorf("Emoji(%q) = %q, %v", in, display, ok)
		}
		if again, keyOfKey, ok := Emoji(key); !ok || again != key || keyOfKey != key {
			t.Errorf("the key %q of %q is no emoji of its own", key, in)
		}
	}
}

func TestEmojiRefuses(t *testing.T) {
	refused := []string{
		"", " ", "a", "1", "#", "*", "12", "€", "→", "é", "日", "👍 ", " 👍", "👍a", "a👍", "👍\n", "👍 👍",
		"\ufe0f", "\u200d", "\u20e3", "a\u20e3", "👍\u0301", "👍\u200d", "\u200d👍", "👍\u20e3", "1\ufe0f", "\U0001F3FB",
		"🇩🇪\u0301", "🏴\U000E0067", "👍\U000E0067\u0301", "\u0600👍",
		strings.Repeat("👍", 9), "\xff", "👍\xff",
		":", "::", ":A:", ":a b:", ":a", "a:", ":ä:", ":" + strings.Repeat("a", 31) + ":", ":a::b:",
	}
	for _, in := range refused {
		if _, _, ok := Emoji(in); ok {
			t.Errorf("Emoji(%q) is accepted", in)
		}
	}
}

func TestEmojiKeyIgnoresPresentation(t *testing.T) {
	same := [][2]string{{"❤️", "❤"}, {"1️⃣", "1⃣"}, {"🏳️‍🌈", "🏳‍🌈"}, {"👁️‍🗨️", "👁‍🗨"}}
	for _, pair := range same {
		_, a, _ := Emoji(pair[0])
		_, b, _ := Emoji(pair[1])
		if a != b || a == "" {
			t.Errorf("keys of %q and %q are %q and %q", pair[0], pair[1], a, b)
		}
	}
	if _, thumb, _ := Emoji("👍"); thumb != "👍" {
		t.Errorf("key of 👍 is %q", thumb)
	}
}

func TestPictographsAreNeitherLettersNorDigits(t *testing.T) {
	t.Parallel()
	const informationSource = 'ℹ' // a letter to Unicode all the same
	count := 0
	for r := range rune(utf8.MaxRune) {
		if !isPictographic(r) {
			continue
		}
		count++
		if unicode.IsLetter(r) && r != informationSource || unicode.IsDigit(r) || unicode.IsMark(r) || unicode.IsSpace(r) {
			t.Errorf("%U is taken for a pictograph", r)
		}
	}
	const inEmojiData15 = 3537 // "Total code points" of Extended_Pictographic in emoji-data.txt
	if count != inEmojiData15 {
		t.Errorf("%d pictographs, want %d", count, inEmojiData15)
	}
}

func FuzzEmoji(f *testing.F) {
	for _, seed := range []string{"👍", "❤️", "👨‍👩‍👧‍👦", "🇩🇪🇫", "1️⃣", ":+1:", "\u200d", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\xf0\x9f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		display, key, ok := Emoji(s)
		if !ok {
			if display != "" || key != "" {
				t.Errorf("Emoji(%q) = %q, %q without ok", s, display, key)
			}
			return
		}
		if display != s || len(key) > 32 || IsBlank(s) {
			t.Errorf("Emoji(%q) = %q, %q", s, display, key)
		}
		if _, again, ok := Emoji(key); !ok || again != key {
			t.Errorf("key %q of %q has key %q", key, s, again)
		}
	})
}
