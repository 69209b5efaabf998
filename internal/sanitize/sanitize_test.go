package sanitize

import (
	"strings"
	"testing"
)

func TestSafeRemoves(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"script with content", "a<script>alert(1)</script>b", "ab"},
		{"script in capitals", "a<SCRIPT SRC=//x></ScRiPt >b", "ab"},
		{"script with a slash", "<script/src=x></script>b", "b"},
		{"script without end", "a<script>alert(1)", "a"},
		{"script cut off", "a<script", "a"},
		{"script cut off in an attribute", `a<script src="x`, "a"},
		{"end tag alone", "a</script>b", "ab"},
		{"self-closing script", "<script/>alert(1)</script>b", "b"},
		{"script end needs its whole name", "<script></scripture>x</script >b", "b"},
		{"style with content", "<style>* { color: red }</style>b", "b"},
		{"image", "a<img src=x onerror=alert(1)>b", "ab"},
		{"image by its old name", "a<image src=x>b", "ab"},
		{"image cut off", "a<img src=x onerror=alert(1)", "a"},
		{"svg", "<svg/onload=alert(1)>x</svg>", "x"},
		{"iframe keeps its text", "<iframe src=x>text</iframe>", "text"},
		{"form", "<form action=x><input name=a><button>go</button></form>", "go"},
		{"all others", "<frame><object><embed><applet><math><link><meta><base><textarea><select><template><noscript><video><audio><source>", ""},
		{"greater-than in quotes", `<img alt=">" src=x>b`, "b"},
		{"nested script", "<scr<script>ipt>alert(1)</scr</script>ipt>", ""},
		{"put together by a removal", "a<scr<img>ipt>alert(1)</script>b", "a"},
		{"inside a title", "<title><img src=x></title>", "<title></title>"},
		{"out of a title by an attribute", `<title><b title="</title><img src=x onerror=alert(1)>"></title>`, `<title><b title="</title>"></title>`},
		{"out of a comment", "<!-- <b title='--><img src=x>'>", "<!-- <b title='-->'>"},
		{"in a comment", "<!-- <iframe> -->", "<!--  -->"},
		{"after plaintext", "<plaintext><img src=x>", "<plaintext>"},

		{"handler", `<b onclick="alert(1)">x</b>`, "<b>x</b>"},
		{"handler in capitals", `<b class=y OnClick=alert(1)>x</b>`, "<b class=y>x</b>"},
		{"handler after a slash", "<b/onclick=alert(1)>x", "<b>x"},
		{"handler after a quote", `<b class="y"onclick=alert(1) id=z>`, `<b class="y" id=z>`},
		{"handler between quotes", `<b title="y"onclick="z"class="w">`, `<b title="y"class="w">`},
		{"handler against the name", `<b onclick="x"class=y>`, `<b class=y>`},
		{"handler that would join a name", `<s/onclick="x"cript>`, `<s/cript>`},
		{"several", `<b onclick=1 style=2 srcdoc=3 id=4>`, `<b id=4>`},
		{"tag cut off in a handler", `<b onclick="alert(1)`, "<b"},
		{"handler in a nested tag", `<a title="<b onclick=alert(1)>">`, `<a title="<b>">`},
		{"new pair by a removal", "<a href onclick=x =javascript:alert(1)>", "<a>"},

		{"script address", `<a href="javascript:alert(1)">x</a>`, "<a>x</a>"},
		{"in capitals", `<a href=JaVaScRiPt:alert(1)>x</a>`, "<a>x</a>"},
		{"with white space", "<a href=' \tjava\nscript\r:alert(1)'>", "<a>"},
		{"with controls", "<a href='\x01java\x00script:alert(1)'>", "<a>"},
		{"with entities", `<a href="&#106;avascript&colon;alert(1)">`, "<a>"},
		{"with numbers without end", `<a href="&#x6A&#x61vascript:alert(1)">`, "<a>"},
		{"with named white space", `<a href="java&Tab;scr&NewLine;ipt:alert(1)">`, "<a>"},
		{"visual basic", `<a href=vbscript:msgbox>`, "<a>"},
		{"page as data", `<a href="data:text/html;base64,PHNjcmlwdD4=">`, "<a>"},
		{"page as data with spaces", `<a href=" data: text/html,x">`, "<a>"},
		{"in any attribute", `<x y="javascript:1">`, "<x>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(Safe, tt.in); got != tt.want {
				t.Errorf("Text(Safe, %q) = %q, want %q", tt.in, got, tt.want)
			}
			checkInert(t, tt.in)
		})
	}
}

func TestSafeLeaves(t *testing.T) {
	untouched := []string{
		"", "hello", "a < b", "a<b", "a <b and c> d", "1<2>3", "vector<int>", "Map<String, List<Integer>>",
		"<b>x</b>", "<i class='y' data-x=1>x</i>", "<3", "<-", "<>", "</>", "<", "</", "<!-- note -->", "<!doctype html>", "<?xml?>",
		`<a href="https://example.com/?a=1&b=2">x</a>`, "<a href=/javascript:x>", `<a title="not javascript:">`,
		"<a href=data:image/png;base64,AAAA>", "<a href=data:text/plain,x>",
		"<scripture>", "<styles>", "<images>", "<formula>", "<p o=n no=on>", "<title>a <b>c</title>",
		"x &lt;script&gt; y", "&#60;script&#62;", "javascript:alert(1)", "onclick=alert(1)",
		"if (i<n && m>0) { x = y }", "a\x00b<c\x00>", "\xff<b>\xfe", "日本<ruby>語<rt>ご</rt></ruby>",
		`<q cite="unclosed>`,
	}
	for _, in := range untouched {
		if got := Text(Safe, in); got != in {
			t.Errorf("Text(Safe, %q) = %q", in, got)
		}
	}
}

func TestEscapeAndNone(t *testing.T) {
	const in = `<b title='x'>"a" & b</b>`
	if got, want := Text(Escape, in), "&lt;b title=&#39;x&#39;&gt;&#34;a&#34; &amp; b&lt;/b&gt;"; got != want {
		t.Errorf("Escape: %q, want %q", got, want)
	}
	if got := Text(None, in); got != in {
		t.Errorf("None: %q", got)
	}
}

// Without limits these would take hours.
func TestHostileTextIsMadeInert(t *testing.T) {
	const size = 256 << 10
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	hostile := map[string]string{
		"nested":          repeat("<scr") + repeat("<script>ipt>"),
		"deeply nested":   repeat("<im") + repeat("<img>g>"),
		"overlapping":     repeat("<a "),
		"overlapping url": repeat(`<a b='&`),
		"attributes":      "<a " + repeat("onx "),
		"end tags":        "<script>" + repeat("</script"),
		"near end tags":   "<script>" + repeat("</scripts>"),
		"quotes":          repeat(`<a b="`),
	}
	for name, in := range hostile {
		t.Run(name, func(t *testing.T) {
			out := Text(Safe, in)
			if again := Text(Safe, out); again != out {
				t.Error("not idempotent")
			}
		})
	}
}

func TestSafeDoesNotAllocateWithoutMarkup(t *testing.T) {
	in := strings.Repeat("Grüße &amp; a > b ", 50)
	if n := testing.AllocsPerRun(100, func() { Text(Safe, in) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSafe(b *testing.B) {
	for name, in := range map[string]string{
		"plain":  strings.Repeat("nothing to see here, ", 10),
		"markup": strings.Repeat("<b class='x'>bold</b> and a < b ", 10),
		"active": strings.Repeat("<b onclick=x>bold</b><img src=x> ", 10),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Text(Safe, in)
			}
		})
	}
}
