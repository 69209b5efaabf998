package preview

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"parley/internal/text"
)

// Bounds of what is shown of a page, in characters.
const (
	maxTitle       = 200
	maxDescription = 400
	maxSiteName    = 60
)

// Page is what a page says of itself.
type Page struct {
	Title, Description, SiteName string
	Image                        string // its address, checked; "" if none
}

// readPage reads the head of a page. What comes after it, or beyond the reader's
// end, is not looked at.
func readPage(r io.Reader, contentType string, at *url.URL) (*Page, error) {
	decoded, err := charset.NewReader(r, contentType)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUseless, err)
	}
	said := readHead(html.NewTokenizer(decoded))
	p := &Page{
		Title:       line(maxTitle, said["og:title"], said["twitter:title"], said["title"]),
		Description: line(maxDescription, said["og:description"], said["twitter:description"], said["description"]),
		SiteName:    line(maxSiteName, said["og:site_name"], said["application-name"], at.Hostname()),
		Image:       imageURL(at, said["og:image:secure_url"], said["og:image:url"], said["og:image"], said["twitter:image"]),
	}
	if p.Title == "" {
		return nil, fmt.Errorf("%w: no title", errUseless)
	}
	return p, nil
}

// maxTokens bounds how much of a head is looked at, and maxSaid how much of one text
// is kept.
const (
	maxTokens = 5_000
	maxSaid   = 4 << 10
)

// readHead collects what a page's title and meta elements say, the first of each.
func readHead(z *html.Tokenizer) map[string]string {
	z.SetMaxBuf(maxPage)
	said := map[string]string{}
	say := func(name, content string) {
		if name = strings.ToLower(strings.TrimSpace(name)); said[name] == "" && len(name) <= 64 {
			said[name] = content[:min(len(content), maxSaid)]
		}
	}
	for range maxTokens {
		switch z.Next() {
		case html.ErrorToken:
			return said
		case html.StartTagToken, html.SelfClosingTagToken:
			switch t := z.Token(); t.DataAtom {
			case atom.Body:
				return said
			case atom.Title:
				if z.Next() == html.TextToken {
					say("title", z.Token().Data)
				}
			case atom.Meta:
				name, content := meta(t.Attr)
				say(name, content)
			}
		case html.EndTagToken:
			if z.Token().DataAtom == atom.Head {
				return said
			}
		}
	}
	return said
}

func meta(attributes []html.Attribute) (name, content string) {
	for _, a := range attributes {
		switch a.Key {
		case "property", "name":
			if name == "" {
				name = a.Val
			}
		case "content":
			content = a.Val
		}
	}
	return name, content
}

// line is the first of the texts that says something, on one line.
func line(longest int, texts ...string) string {
	for _, s := range texts {
		clean, err := text.Line(strings.ToValidUTF8(s, ""))
		clean = strings.TrimSpace(text.Truncate(clean, longest))
		if err == nil && !text.IsBlank(clean) {
			return clean
		}
	}
	return ""
}

// imageURL is the first of the addresses that can be asked.
func imageURL(at *url.URL, addresses ...string) string {
	for _, address := range addresses {
		if address = strings.TrimSpace(address); address == "" {
			continue
		}
		u, err := at.Parse(address)
		if err == nil {
			err = errors.Join(checkURL(u), tooLong(u))
		}
		if err == nil {
			return u.String()
		}
	}
	return ""
}

func tooLong(u *url.URL) error {
	if len(u.String()) > maxURL {
		return errForbidden
	}
	return nil
}
