package webapp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryPageAnswers(t *testing.T) {
	for _, page := range []string{"/", "/sign-in", "/sign-up", "/chat", "/chat/7", "/chat/7/44"} {
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, page, nil))
		if w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d", page, w.Code)
		}
		if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "script-src 'self';") {
			t.Errorf("%s: policy %q", page, p)
		}
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/nothing", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("unknown page: status %d", w.Code)
	}
	w = httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/chat", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
}

func TestAssetsAreServedCompressedAndOnce(t *testing.T) {
	assets := load(fstest.MapFS{
		"dist/app/assets/a-1.js":    {Data: []byte("plain")},
		"dist/app/assets/a-1.js.br": {Data: []byte("brotli")},
		"dist/app/assets/a-1.js.gz": {Data: []byte("gzip")},
	})
	get := func(encoding, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/assets/a-1.js", nil)
		r.Header.Set("Accept-Encoding", encoding)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		assets["/assets/a-1.js"].serve(w, r, http.StatusOK)
		return w
	}
	for encoding, want := range map[string]string{"gzip, br": "brotli", "gzip": "gzip", "": "plain", "br;q=0": "plain"} {
		w := get(encoding, "")
		if w.Body.String() != want {
			t.Errorf("%q: %q", encoding, w.Body)
		}
		if !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%q: not immutable", encoding)
		}
		if again := get(encoding, w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%q: status %d for a known tag", encoding, again.Code)
		}
	}
}
