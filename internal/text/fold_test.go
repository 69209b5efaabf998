package text

import "testing"

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"Hello World 42", "hello world 42"},
		{"Ärger", "arger"},
		{"A\u0308rger", "arger"},
		{"ＡＢＣ１２３", "abc123"},
		{"İstanbul", "istanbul"},
		{"ıstanbul", "istanbul"},
		{"STRASSE", "strasse"},
		{"Straße", "strasse"},
		{"STRAẞE", "strasse"},
		{"Søren Łukasz Đặng", "soren lukasz dang"},
		{"Œuvre Ægir", "oeuvre aegir"},
		{"ΌΔΟΣ", "οδοσ"},
		{"όδος", "οδοσ"},
		{"Ёлка", "елка"},
		{"ﬁle", "file"},
		{"so\u00adft", "soft"},
		{"مُحَمَّد", "محمد"},
		{"שָׁלוֹם", "שלום"},
		{"ガギ", "ガギ"},
		{"ｶﾞｷﾞ", "ガギ"},
		{"한국", "한국"},
		{"हिन्दी", "हिन्दी"},
		{"ไทย", "ไทย"},
		{"㈱", "(株)"},
	}
	for _, tt := range tests {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Ärger", "ẞ", "İ", "ϲΣς", "ǅ", "\u1fb3\u0345", "ｶﾞ", "Ꭰꭰ", "ŉ", "\xff", "\xf4ŉ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Errorf("%q folds to %q, then to %q", s, once, twice)
		}
	})
}
