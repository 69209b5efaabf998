package rest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// docs holds the page that shows the OpenAPI and AsyncAPI documents, and the
// AsyncAPI document (contracts/stream.md).
//
//go:embed docs
var docs embed.FS

// docsPolicy lets the page load its own script and style and ask this server,
// and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// documents are the routes beside the operations: the interface, documented.
func (a *API) documents(table []operation) []endpoint {
	openAPI := func() []byte {
		written, err := json.Marshal(a.openAPI(table))
		if err != nil {
			panic(err) // the table is part of the program
		}
		return written
	}
	return []endpoint{
		document("GET /api/openapi.json", "application/json; charset=utf-8", openAPI),
		document("GET /api/asyncapi.json", "application/json; charset=utf-8", embedded("asyncapi.json")),
		document("GET /docs", "text/html; charset=utf-8", embedded("docs.html")),
		document("GET /docs/docs.css", "text/css; charset=utf-8", embedded("docs.css")),
		document("GET /docs/docs.js", "text/javascript; charset=utf-8", embedded("docs.js")),
		document("GET /docs/render.js", "text/javascript; charset=utf-8", embedded("render.js")),
	}
}

func embedded(name string) func() []byte {
	return func() []byte {
		data, err := docs.ReadFile("docs/" + name)
		if err != nil {
			panic(err) // it was there when the program was built
		}
		return data
	}
}

// document serves bytes that never change while the program runs. They are made when
// somebody asks for them first: most servers are never asked.
func document(pattern, contentType string, make func() []byte) endpoint {
	made := sync.OnceValues(func() (data []byte, tag string) {
		data = make()
		sum := sha256.Sum256(data)
		return data, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	})
	return endpoint{pattern: pattern, serve: func(w http.ResponseWriter, r *http.Request, _ *exchange) error {
		data, tag := made()
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Security-Policy", docsPolicy)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		return nil
	}}
}
