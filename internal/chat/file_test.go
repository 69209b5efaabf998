package chat_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"parley/internal/chat"
)

func TestCleanFileName(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt": "a.txt", "/etc/passwd": "passwd", `C:\Users\ann\a.txt`: "a.txt", "../..": "file", ".": "file", "": "file", "a/": "file", "  ": "file",
		"Größe.pdf": "Größe.pdf", strings.Repeat("ü", 300): strings.Repeat("ü", 255),
		strings.Repeat("a ", 200): strings.Repeat("a ", 127) + "a",
	} {
		if got := chat.CleanFileName(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
	// One letter of a megabyte.
	if got := chat.CleanFileName("a" + strings.Repeat("\u0315", 1<<20) + ".txt"); utf8.RuneCountInString(got) != chat.MaxFileName {
		t.Errorf("a letter with many accents became %d bytes", len(got))
	}
}

func FuzzCleanFileName(f *testing.F) {
	for _, name := range []string{"a.txt", "../x", `..\x`, "a\x00b", "\xff\xfe", "\u202eexe.gnp", "a\nb", strings.Repeat("e\u0301", 300), "/", ". .", "a/.."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := chat.CleanFileName(name)
		if got == "" || got == "." || got == ".." || strings.ContainsAny(got, "/\\") || !utf8.ValidString(got) || utf8.RuneCountInString(got) > chat.MaxFileName {
			t.Errorf("%q became %q", name, got)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q became %q, with a control character", name, got)
		}
		if again := chat.CleanFileName(got); again != got {
			t.Errorf("%q became %q, and that %q", name, got, again)
		}
	})
}
