package sanitize

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"
)

// removedElements repeats the contract rather than the implementation.
var removedElements = strings.Fields(`script style iframe frame object embed applet svg math link meta base form
	input button textarea select template noscript img video audio source`)

type failer interface {
	Errorf(format string, args ...any)
}

// checkInert sanitises s and looks at the result as a parser sees it in
// several surroundings.
func checkInert(t failer, s string) {
	once := Text(Safe, s)
	if twice := Text(Safe, once); twice != once {
		t.Errorf("%q becomes %q, then %q", s, once, twice)
	}
	for _, around := range [][2]string{
		{"", ""}, {"<p>", "</p>"}, {"<title>", "</title>"}, {"<!-- ", " -->"}, {"<xmp>", "</xmp>"},
	} {
		page := around[0] + once + around[1]
		for _, context := range []atom.Atom{atom.Div, atom.Td, atom.Table, atom.Title} {
			nodes, err := html.ParseFragment(strings.NewReader(page), &html.Node{Type: html.ElementNode, Data: context.String(), DataAtom: context})
			if err != nil {
				t.Errorf("%q: %v", page, err)
			}
			for _, n := range nodes {
				checkNode(t, n, page)
			}
		}
	}
}

func checkNode(t failer, n *html.Node, page string) {
	if n.Type == html.ElementNode && slices.Contains(removedElements, n.Data) {
		t.Errorf("%q has a <%s>", page, n.Data)
	}
	for _, a := range n.Attr {
		address := strings.ToLower(strings.Map(dropControls, a.Val))
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" ||
			strings.HasPrefix(address, "javascript:") || strings.HasPrefix(address, "vbscript:") || strings.HasPrefix(address, "data:text/html") {
			t.Errorf("%q has %s=%q", page, a.Key, a.Val)
		}
	}
	for child := range n.ChildNodes() {
		checkNode(t, child, page)
	}
}

func dropControls(r rune) rune {
	if r <= ' ' || r == 0x7f {
		return -1
	}
	return r
}

var pieces = []string{
	"<", "</", ">", "/>", "/", " ", "\n", "\t", "=", "'", `"`, "&", "a", "b", "<!--", "-->", "<!", "<?", "]]>", "<![CDATA[",
	"script", "<script>", "</script>", "style", "<style", "img", "<img ", "image", "svg", "math", "title", "<title>", "</title>",
	"textarea", "<xmp>", "</xmp>", "<plaintext>", "<noembed>", "<b ", "<a ", "href", "on", "onclick=", "style=", "srcdoc=x",
	"javascript:", "java&Tab;script:", "&#106;avascript:", "vbscript:", "data:text/html,", "<table>", "<td>", "\x00", "\xff", "é", "K",
}

func TestSafeIsInert(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkInert(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "pieces"), ""))
	})
}

func FuzzSafe(f *testing.F) {
	for _, seed := range []string{
		"<b onclick=x>", "<scr<img>ipt>", "<svg/onload=x>", `<title><b title="</title><img src=x>">`, "<!--<script>-->", "<a href=&#x6Aavascript:>",
		"<a href onclick=x =javascript:1>", "<plaintext><script", "<table><input type=hidden>", "<isindex>", "<image>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) { checkInert(t, s) })
}
