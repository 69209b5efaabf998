// Package trypage serves /docs/try: a page on which two people chat live side by
// side in one browser, to see Parley work and to read how a client is written.
// It speaks the public interface only and needs no build step.
package trypage

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Path is where the page is.
const Path = "/docs/try"

//go:embed page
var page embed.FS

// policy lets the page run and talk to nothing but its own server, and makes the
// browser refuse HTML made from text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// asset is one file of the page.
type asset struct {
	content []byte
	kind    string
	tag     string
}

// Handler serves Path and what is below it, and answers everything else with
// 404.
func Handler() http.Handler {
	assets := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", a.tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
	})
}

// load reads the embedded files. It panics if one has an unknown type, which a
// test would show.
func load() map[string]asset {
	assets := map[string]asset{}
	err := fs.WalkDir(page, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := page.ReadFile(name)
		if err != nil {
			return err
		}
		kind, ok := types[path.Ext(name)]
		if !ok {
			panic("trypage: no media type for " + name)
		}
		sum := sha256.Sum256(content)
		a := asset{content, kind, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
		assets[Path+strings.TrimPrefix(name, "page")] = a
		return nil
	})
	if err != nil {
		panic(err)
	}
	index := assets[Path+"/index.html"]
	delete(assets, Path+"/index.html")
	assets[Path], assets[Path+"/"] = index, index
	return assets
}
