package text

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestNormalize(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "hello", "hello"},
		{"outer white space", " \t\n hello \n\t ", "hello"},
		{"outer Unicode white space", "\u00a0\u2003\u3000hello\u2028\u202f", "hello"},
		{"inner white space stays", "a  b\n\n\tc", "a  b\n\n\tc"},
		{"Windows line breaks", "a\r\nb\r\n\r\nc", "a\nb\n\nc"},
		{"old Mac line breaks", "a\rb", "a\nb"},
		{"C0 controls", "a\x00b\x07c\x1bd\x0be\x0cf", "abcdef"},
		{"DEL and C1 controls", "a\x7fb\u0085c\u009fd", "abcd"},
		{"only controls", "\x00\x01", ""},
		{"composed", "A\u0308rger", "Ärger"},
		{"composed across a removed control", "e\x00\u0301", "é"},
		{"singletons", "\u212b", "Å"},
		{"compatibility forms stay", "ﬁ ＡＢＣ ①", "ﬁ ＡＢＣ ①"},
		{"zero width and bidi stay", "a\u200bb\u200dc\u202ed\ufeff", "a\u200bb\u200dc\u202ed\ufeff"},
		{"emoji stay", "👩🏽‍💻 ❤️", "👩🏽‍💻 ❤️"},
		{"Hangul jamo compose", "\u1112\u1161\u11ab", "한"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Normalize(tt.in)
			if err != nil || got != tt.want {
				t.Errorf("Normalize(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestNormalizeRefusesInvalidUTF8(t *testing.T) {
	for _, in := range []string{"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "ok \xf5\x80\x80\x80"} {
		if got, err := Normalize(in); !errors.Is(err, ErrNotUTF8) {
			t.Errorf("Normalize(%q) = %q, %v; want ErrNotUTF8", in, got, err)
		}
		if got, err := Line(in); !errors.Is(err, ErrNotUTF8) {
			t.Errorf("Line(%q) = %q, %v; want ErrNotUTF8", in, got, err)
		}
	}
}

func TestLine(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Project Team", "Project Team"},
		{"  Project \n\n Team\t2 ", "Project Team 2"},
		{"a\r\nb", "a b"},
		{"a\u00a0b", "a b"},
		{"a\u3000\u3000b", "a b"},
		{"e\u0301 \u0301", "é \u0301"},
		{"photo\u202egpj.exe", "photogpj.exe"},
		{"\u2067a\u2069 e\u202c\u0301", "a é"},
		{"\u200fشركة\u200e 1", "\u200fشركة\u200e 1"},
		{"\u202e", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, err := Line(tt.in); err != nil || got != tt.want {
			t.Errorf("Line(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestLength(t *testing.T) {
	for in, want := range map[string]int{"": 0, "abc": 3, "äöü": 3, "日本": 2, "👩🏽‍💻": 4} {
		if got := Length(in); got != want {
			t.Errorf("Length(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestIsBlank(t *testing.T) {
	blank := []string{
		"", " ", "\n\t\u00a0\u3000\u2028", "\x00\x7f\u0080",
		"\u200b\u200c\u200d\u2060\ufeff", "\u200e\u200f\u202a\u202e\u2066\u2069\u061c",
		"\u00ad", "\u034f", "\u180e", "\u115f\u1160\u3164\uffa0", "\ufe0f", "\ufe0e", "\U000E0101",
		"\u0301\u20e3", "\U000E0041\U000E007F", "\u2800", "\U0001D159", "\u17b4",
	}
	for _, in := range blank {
		if !IsBlank(in) {
			t.Errorf("IsBlank(%q) = false", in)
		}
	}
	for _, in := range []string{"a", "\u200ba\u200b", ".", "😀", "한", "\u0601", "e\u0301", "-", "\ufffd"} {
		if IsBlank(in) {
			t.Errorf("IsBlank(%q) = true", in)
		}
	}
}

func TestNormalizeDoesNotAllocateForCleanText(t *testing.T) {
	for _, in := range []string{"See you at ten.\nBring the keys", "Grüße aus Köln, 東京 und 서울 😀"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = Normalize(in) }); n != 0 {
			t.Errorf("Normalize(%q) allocates %v times", in, n)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"", " a\r\nb ", "e\x00\u0301", "\u0344\u0f73", "\xff", "\u1100\u1161\u11a8", "A" + strings.Repeat("\u0308", 70)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := Normalize(s)
		if (err == nil) != utf8.ValidString(s) {
			t.Fatalf("Normalize(%q): %v", s, err)
		}
		if err != nil {
			return
		}
		if twice, _ := Normalize(once); twice != once {
			t.Errorf("%q becomes %q, then %q", s, once, twice)
		}
		if !norm.NFC.IsNormalString(once) || strings.ContainsAny(once, "\r\x00\x1b\x7f") || strings.TrimSpace(once) != once {
			t.Errorf("Normalize(%q) = %q", s, once)
		}
		line, _ := Line(s)
		if again, _ := Line(line); again != line || strings.ContainsAny(line, "\n\t") || strings.Contains(line, "  ") {
			t.Errorf("Line(%q) = %q, then %q", s, line, again)
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	for name, in := range map[string]string{
		"ascii":  "The quick brown fox jumps over the lazy dog, twice a day.",
		"german": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.",
		"dirty":  "  line one\r\nline two with e\u0301  ",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Normalize(in)
			}
		})
	}
}
