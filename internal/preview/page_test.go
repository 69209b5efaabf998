package preview

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"parley/internal/text"
)

var somewhere = &url.URL{Scheme: "https", Host: "example.com", Path: "/a/b"}

func TestReadPage(t *testing.T) {
	for _, p := range []struct {
		html, contentType string
		want              Page
	}{
		{"<title>Gr\xfc\xdfe</title>", "text/html; charset=iso-8859-1", Page{Title: "Grüße"}},
		{"<meta charset=windows-1252><title>\x93so\x94</title>", "text/html", Page{Title: "“so”"}},
		{"<title>\xe4\xb8\x8a\xe6\xb5\xb7</title>", "text/html; charset=utf-8", Page{Title: "上海"}},
		{"<title>a\xffb</title>", "text/html; charset=utf-8", Page{Title: "a\ufffdb"}},
		{"<title>a</title><meta property='og:image' content='javascript:alert(1)'><meta name='twitter:image' content='c.png'>", "text/html", Page{Title: "a", Image: "https://example.com/a/c.png"}},
		{"<title>a</title><meta property='og:image' content='//u:p@x.example/c.png'>", "text/html", Page{Title: "a"}},
		{"<title>a</title><meta property='og:image' content='/" + strings.Repeat("x", 3_000) + "'>", "text/html", Page{Title: "a"}},
		{"<script><title>no</title></script><title>" + strings.Repeat("ab ", 200) + "</title>", "text/html", Page{Title: strings.TrimSpace(strings.Repeat("ab ", 200)[:200])}},
		{"<title>a\u202eb</title>", "text/html; charset=utf-8", Page{Title: line(maxTitle, "a\u202eb")}},
	} {
		p.want.SiteName = "example.com"
		got, err := readPage(strings.NewReader(p.html), p.contentType, somewhere)
		if err != nil || *got != p.want {
			t.Errorf("%.60q: %+v %v, want %+v", p.html, got, err, p.want)
		}
	}
}

// Whatever a page says, what is kept of it is bounded, one line and valid, and its
// image is a plain web address.
func FuzzReadPage(f *testing.F) {
	for _, s := range []string{
		"", "<title>a</title>", "<meta property=og:title content=x><meta property=og:image content=//h/p>", "<meta charset=utf-16><title>x", "<title><title><!--", "<svg><title>x</title>",
		"<meta property=og:image content='http://[::1'><title>&#0;&#x110000;&amp", "\xef\xbb\xbf<title>x</title>", "<textarea><title>a</title>", "<title>\u202e\u0000x</title>",
	} {
		f.Add(s, "text/html; charset=utf-8")
	}
	f.Add("<title>\x93</title>", "text/html; charset=windows-1252")
	f.Fuzz(func(t *testing.T, html, contentType string) {
		p, err := readPage(strings.NewReader(html), contentType, somewhere)
		if err != nil {
			return
		}
		for s, longest := range map[string]int{p.Title: maxTitle, p.Description: maxDescription, p.SiteName: maxSiteName} {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\x00") || text.Length(s) > longest {
				t.Errorf("%q", s)
			}
		}
		if p.Title == "" {
			t.Error("nothing to show")
		}
		if p.Image == "" {
			return
		}
		if u, err := pageURL(p.Image); err != nil || u.User != nil {
			t.Errorf("image %q: %v", p.Image, err)
		}
	})
}
