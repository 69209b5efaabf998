package preview_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/preview"
)

// local admits these servers of a test and nothing else, and notes what it was asked.
type local struct {
	mu    sync.Mutex
	open  map[netip.AddrPort]bool
	asked []netip.AddrPort
}

func only(servers ...*httptest.Server) *local {
	l := &local{open: map[netip.AddrPort]bool{}}
	for _, s := range servers {
		l.open[netip.MustParseAddrPort(s.Listener.Addr().String())] = true
	}
	return l
}

func (l *local) allow(to netip.AddrPort) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, to)
	if !l.open[to] {
		return errors.New("refused by the test")
	}
	return nil
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func html(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

func TestPageSaysWhatItIs(t *testing.T) {
	s := serve(t, html(`<!doctype html><html><head><title>plain</title>
		<meta property="og:title" content="A &amp; B
		on two lines"><meta name=description content="What it is about.">
		<meta property="og:site_name" content="Site"><meta property="og:image" content="/a.png?x=1&amp;y=2"></head>
		<body><meta property="og:title" content="not in the head"></body>`))
	p, err := preview.NewFetcher(only(s).allow).Page(t.Context(), s.URL+"/page#part")
	want := preview.Page{Title: "A & B on two lines", Description: "What it is about.", SiteName: "Site", Image: s.URL + "/a.png?x=1&y=2"}
	if err != nil || *p != want {
		t.Errorf("%+v %v, want %+v", p, err, want)
	}
}

func TestWhatIsAskedAndHow(t *testing.T) {
	headers := make(chan http.Header, 4)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header.Clone()
		if r.URL.Path == "/from" {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b", Path: "/"})
			http.Redirect(w, r, "/to", http.StatusFound)
			return
		}
		html("<title>t</title>")(w, r)
	})
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	f := preview.NewFetcher(only(s).allow)
	for range 2 {
		if _, err := f.Page(t.Context(), s.URL+"/from"); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		h := <-headers
		for _, no := range []string{"Cookie", "Referer", "Authorization"} {
			if h.Get(no) != "" {
				t.Errorf("%s: %s", no, h.Get(no))
			}
		}
		if !strings.Contains(h.Get("User-Agent"), "Parley") {
			t.Errorf("it hides as %q", h.Get("User-Agent"))
		}
	}
}

// Whatever a name, a redirect or an image leads to, it is the address itself that is
// looked at.
func TestInternalAddressesAreNotAsked(t *testing.T) {
	var reached atomic.Int64
	inside := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		html("<title>secret</title>")(w, r)
	})
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	outside := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL+"/metadata", http.StatusFound)
	})
	guard := only(outside)
	f := preview.NewFetcher(guard.allow)
	for _, address := range []string{
		inside.URL, "http://localhost" + port, "http://127.1" + port, "http://2130706433" + port, "http://0x7f000001" + port,
		"http://[::ffff:127.0.0.1]" + port, "http://[::1]" + port, outside.URL,
	} {
		if p, err := f.Page(t.Context(), address); err == nil {
			t.Errorf("%s: %+v", address, p)
		}
		if b, err := f.Image(t.Context(), address); err == nil {
			t.Errorf("%s: %q", address, b)
		}
	}
	if reached.Load() != 0 {
		t.Errorf("reached %d times", reached.Load())
	}
	// The real rule refuses what is on this machine altogether.
	if _, err := preview.NewFetcher(preview.Public).Page(t.Context(), outside.URL); err == nil {
		t.Error("a server on this machine was asked")
	}
}

// A name that means something else the second time gains nothing: each connection is
// looked at when it is made.
func TestRebindingGainsNothing(t *testing.T) {
	inside := serve(t, html("<title>secret</title>"))
	first := true
	f := preview.NewFetcher(func(netip.AddrPort) error {
		if first {
			first = false
			return nil
		}
		return errors.New("now it is internal")
	})
	if _, err := f.Page(t.Context(), inside.URL); err != nil {
		t.Fatal(err)
	}
	if p, err := f.Page(t.Context(), inside.URL); err == nil {
		t.Errorf("a connection was used again: %+v", p)
	}
}

func TestOnlyPlainWebAddresses(t *testing.T) {
	s := serve(t, html("<title>t</title>"))
	host := strings.TrimPrefix(s.URL, "http://")
	f := preview.NewFetcher(only(s).allow)
	for _, address := range []string{
		"", "/", "//" + host, "ftp://" + host, "file:///etc/passwd", "gopher://" + host, "javascript:alert(1)", "http://user:secret@" + host, "http://user@" + host,
		"http:" + host, "http://", "http://\x00", s.URL + "/" + strings.Repeat("a", 2_000), "data:text/html,<title>x</title>",
	} {
		if p, err := f.Page(t.Context(), address); err == nil {
			t.Errorf("%q: %+v", address, p)
		}
	}
	to := "file:///etc/passwd"
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	})
	f = preview.NewFetcher(only(s, r).allow)
	for _, to = range []string{"file:///etc/passwd", "http://user:secret@" + host, "ftp://" + host} {
		if p, err := f.Page(t.Context(), r.URL); err == nil {
			t.Errorf("redirected to %q: %+v", to, p)
		}
	}
}

func TestRedirectsEnd(t *testing.T) {
	var asked atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &n); err == nil && n > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", n-1), http.StatusMovedPermanently)
			return
		}
		html("<title>t</title>")(w, r)
	})
	f := preview.NewFetcher(only(s).allow)
	if _, err := f.Page(t.Context(), s.URL+"/3"); err != nil {
		t.Error(err)
	}
	asked.Store(0)
	if _, err := f.Page(t.Context(), s.URL+"/1000"); err == nil || asked.Load() != 4 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}

func TestWhatIsNoPage(t *testing.T) {
	for what, h := range map[string]http.HandlerFunc{
		"no type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "<title>t</title>")
		},
		"plain": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "<title>t</title>")
		},
		"an error": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<title>t</title>")
		},
		"no title":  html("<html><body>hello"),
		"blank":     html("<title> \u200b </title>"),
		"empty":     html(""),
		"late":      html("<head></head><title>t</title>"),
		"in a body": html("<body><title>t</title>"),
		"very late": html("<head>" + strings.Repeat("<!-- x -->", 100_000) + "<title>t</title>"),
	} {
		s := serve(t, h)
		if p, err := preview.NewFetcher(only(s).allow).Page(t.Context(), s.URL); err == nil {
			t.Errorf("%s: %+v", what, p)
		}
	}
}

// What does not end is not read to its end; what is packed small does not get large.
func TestEndlessPages(t *testing.T) {
	var written atomic.Int64
	endless := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for r.Context().Err() == nil {
			n, err := io.WriteString(w, "<meta name=x content=y>"+strings.Repeat(" ", 32<<10))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	f := preview.NewFetcher(only(endless).allow)
	if p, err := f.Page(t.Context(), endless.URL); err == nil {
		t.Errorf("%+v", p)
	}
	if _, err := f.Image(t.Context(), endless.URL); err == nil {
		t.Error("an endless image")
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 1 << 10 {
		_, _ = z.Write(make([]byte, 64<<10))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	bomb := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	f = preview.NewFetcher(only(bomb).allow)
	if p, err := f.Page(t.Context(), bomb.URL); err == nil {
		t.Errorf("%+v", p)
	}
	if b, err := f.Image(t.Context(), bomb.URL); err == nil {
		t.Errorf("%d bytes", len(b))
	}
}

// Who waits does not wait for ever, wherever the other side stands still.
func TestStandstill(t *testing.T) {
	for what, h := range map[string]http.HandlerFunc{
		"before the head": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"in the body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<head>")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		s := serve(t, h)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		if p, err := preview.NewFetcher(only(s).allow).Page(ctx, s.URL); err == nil {
			t.Errorf("%s: %+v", what, p)
		}
		if ctx.Err() != nil {
			t.Errorf("%s: it waited for its caller", what)
		}
		cancel()
	}
}
