package trypage

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestPageIsServed(t *testing.T) {
	for path, kind := range map[string]string{
		"/docs/try":           "text/html; charset=utf-8",
		"/docs/try/":          "text/html; charset=utf-8",
		"/docs/try/app.js":    "text/javascript; charset=utf-8",
		"/docs/try/stream.js": "text/javascript; charset=utf-8",
		"/docs/try/style.css": "text/css; charset=utf-8",
		"/docs/try/icon.svg":  "image/svg+xml",
	} {
		res := get(t, http.MethodGet, path, nil)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d, %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/docs/try/index.html", "/docs/try/../trypage.go", "/docs/try/none.js", "/docs", "/"} {
		if res := get(t, http.MethodGet, path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	res := get(t, http.MethodPost, "/docs/try", nil)
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	tag := get(t, http.MethodGet, "/docs/try/app.js", nil).Header.Get("ETag")
	if res := get(t, http.MethodGet, "/docs/try/app.js", http.Header{"If-None-Match": {tag}}); tag == "" || res.StatusCode != http.StatusNotModified {
		t.Errorf("ETag %s: %d", tag, res.StatusCode)
	}
}

// The policy forbids inline code and styles, and markup made from text would be
// a way in for scripts: neither may creep in.
func TestPageKeepsItsPolicy(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|localStorage|sessionStorage|document\.cookie`)
	inline := regexp.MustCompile(`(?i)<script>|<script [^>]*type="module">|<style|\sstyle=|\son[a-z]+="`)
	imported := regexp.MustCompile(`from '\./([^']+)'|(?:src|href)="/docs/try/([^"]+)"`)
	assets := load()
	for path, a := range assets {
		text := string(a.content)
		if strings.HasSuffix(path, ".js") && forbidden.MatchString(text) {
			t.Errorf("%s uses %s", path, forbidden.FindString(text))
		}
		if a.kind == types[".html"] && inline.MatchString(text) {
			t.Errorf("%s has inline %s", path, inline.FindString(text))
		}
		for _, m := range imported.FindAllStringSubmatch(text, -1) {
			if _, ok := assets[Path+"/"+m[1]+m[2]]; !ok {
				t.Errorf("%s refers to %s%s, which is not there", path, m[1], m[2])
			}
		}
		if m := regexp.MustCompile(`https?://[^\s'"]+`).FindString(text); m != "" && m != "http://www.w3.org/2000/svg" && !strings.Contains(text, "//   url: 'wss://") {
			t.Errorf("%s refers to another server: %s", path, m)
		}
	}
}

// The modules that do not touch the page are tested in JavaScript.
func TestModules(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is not installed: here this must not be skipped")
		}
		t.Skip("node is not installed")
	}
	files, err := filepath.Glob("testdata/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	out, err := exec.CommandContext(t.Context(), node, append([]string{"--no-warnings", "--test"}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestEveryFileHasAType(t *testing.T) {
	n := 0
	_ = fs.WalkDir(page, "page", func(_ string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			n++
		}
		return err
	})
	if got := len(load()); got != n+1 { // the index has two paths
		t.Errorf("%d paths for %d files", got, n)
	}
}
