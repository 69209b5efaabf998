package text_test

import (
	"slices"
	"testing"

	"parley/internal/text"
)

func TestLinks(t *testing.T) {
	for s, want := range map[string][]string{
		"":                          nil,
		"no link, example.com":      nil,
		"ftp://example.com":         nil,
		"see https://example.com.":  {"https://example.com"},
		"(see HTTPS://Example.com)": {"HTTPS://Example.com"},
		"[a](https://a.example/b) and http://c.example/d?e=f#g":                   {"https://a.example/b", "http://c.example/d?e=f#g"},
		"https://en.wikipedia.org/wiki/Go_(game), yes":                            {"https://en.wikipedia.org/wiki/Go_(game)"},
		"https://a.example https://a.example":                                     {"https://a.example"},
		"https://a.example https://b.example https://c.example https://d.example": {"https://a.example", "https://b.example", "https://c.example"},
		"`https://code.example` https://a.example":                                {"https://a.example"},
		"```\nhttps://code.example\n```\n":                                        nil,
		"看https://a.example/上海。":                                                  {"https://a.example/上海"},
		"<https://a.example/x>":                                                   {"https://a.example/x"},
		"xhttps://a.example":                                                      nil,
		"**https://a.example/**":                                                  {"https://a.example/"},
	} {
		if got := text.Links(s, 3); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
