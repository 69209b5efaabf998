// Package webapp serves the web app, which is built from the web folder of the
// repository and embedded. A binary that was made without it says how to get it.
package webapp

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed dist
var dist embed.FS

// policy lets the app run and talk to nothing but its own server. Styles may be
// inline because components place themselves; scripts may not.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
	"img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

const unbuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley</title>
<h1>The web app is not in this binary</h1>
<p>Run <code>make build</code>, which needs Go and Node.js, and start <code>bin/parley</code>.
The interface for programs works without it: <a href="/docs">/docs</a>.</p>
`

var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".woff2":       "font/woff2",
	".webmanifest": "application/manifest+json",
}

// asset is one file, as it is and as browsers prefer it.
type asset struct {
	plain, brotli, gzip []byte
	kind, tag           string
	hashed              bool // its name changes with its content
}

// Handler serves the app's files, and its shell for every page of it.
func Handler() http.Handler {
	assets := load(dist)
	shell, built := assets["/index.html"]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if a, ok := assets[r.URL.Path]; ok {
			a.serve(w, r, http.StatusOK)
			return
		}
		status := http.StatusOK
		if !isPage(r.URL.Path) {
			status = http.StatusNotFound
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/assets/"):
			http.NotFound(w, r)
		case built:
			shell.serve(w, r, status)
		default:
			answerUnbuilt(w, status)
		}
	})
}

// Private makes what is served fit for a page whose address is a secret: it is kept
// nowhere, and no other site hears of it.
func Private(w http.ResponseWriter) http.ResponseWriter { return private{w} }

type private struct{ http.ResponseWriter }

func (p private) WriteHeader(status int) {
	h := p.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Del("ETag")
	p.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (p private) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// isPage tells whether the app has something to show at a path.
func isPage(p string) bool {
	switch first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/"); first {
	case "", "sign-in", "sign-up", "room", "rooms", "chat", "settings", "channels", "saved", "search":
		return true
	}
	return false
}

func answerUnbuilt(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		status = http.StatusServiceUnavailable
	}
	h := w.Header()
	h.Set("Content-Type", types[".html"])
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(unbuilt))
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Vary", "Accept-Encoding")
	if a.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body, encoding := a.choose(r.Header.Get("Accept-Encoding"))
	tag := `"` + a.tag + encoding + `"`
	h.Set("ETag", tag)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if status == http.StatusOK && strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (a *asset) choose(accepted string) (body []byte, encoding string) {
	switch {
	case a.brotli != nil && accepts(accepted, "br"):
		return a.brotli, "br"
	case a.gzip != nil && accepts(accepted, "gzip"):
		return a.gzip, "gzip"
	}
	return a.plain, ""
}

// accepts reads Accept-Encoding as browsers write it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, encoding) {
			return strings.TrimSpace(weight) != "q=0"
		}
	}
	return false
}

// load reads the embedded files. It panics if one has an unknown type, which a
// test would show.
func load(files fs.FS) map[string]*asset {
	assets := map[string]*asset{}
	err := fs.WalkDir(files, "dist/app", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() {
			return err
		}
		ext := path.Ext(name)
		if ext == ".br" || ext == ".gz" {
			return nil
		}
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		kind, ok := types[ext]
		if !ok {
			panic("webapp: no media type for " + name)
		}
		sum := sha256.Sum256(plain)
		at := strings.TrimPrefix(name, "dist/app")
		a := &asset{plain: plain, kind: kind, tag: base64.RawURLEncoding.EncodeToString(sum[:12]), hashed: strings.HasPrefix(at, "/assets/")}
		a.brotli, _ = fs.ReadFile(files, name+".br")
		a.gzip, _ = fs.ReadFile(files, name+".gz")
		assets[at] = a
		return nil
	})
	if err != nil {
		panic(err)
	}
	return assets
}
