package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Bounds of what is fetched.
const (
	maxPage      = 512 << 10 // bytes of a page; the rest is not read
	maxImage     = 2 << 20   // bytes of its image
	maxRedirects = 3
	fetchWithin  = 5 * time.Second // a page with all its redirects; an image again
)

// userAgent says who asks, and what for.
const userAgent = "Mozilla/5.0 (compatible; Parley link preview)"

// Fetcher reads pages that somebody else named: every address that it connects to
// was allowed, and nothing it reads is larger or slower than the bounds. It has no
// cookies, credentials or proxies, and tells nobody where it comes from.
type Fetcher struct{ client *http.Client }

// NewFetcher returns a fetcher that connects to what allow does not refuse.
func NewFetcher(allow func(netip.AddrPort) error) *Fetcher {
	dialer := &net.Dialer{Timeout: fetchWithin, Control: guarded(allow), KeepAlive: -1}
	return &Fetcher{&http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: fetchWithin, ResponseHeaderTimeout: fetchWithin, MaxResponseHeaderBytes: 64 << 10,
		},
		Timeout: fetchWithin,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("too many redirects")
			}
			r.Header.Del("Referer")
			return checkURL(r.URL)
		},
	}}
}

// errUseless says that what an address gives is nothing to show.
var errUseless = errors.New("nothing to show")

// Page reads what a page says of itself.
func (f *Fetcher) Page(ctx context.Context, address string) (*Page, error) {
	u, err := pageURL(address)
	if err != nil {
		return nil, err
	}
	res, err := f.get(ctx, u, "text/html")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	contentType := res.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "text/html" {
		return nil, fmt.Errorf("%w: it is %q", errUseless, media)
	}
	p, err := readPage(io.LimitReader(res.Body, maxPage), contentType, res.Request.URL)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Image reads the bytes of an image, whatever they are.
func (f *Fetcher) Image(ctx context.Context, address string) ([]byte, error) {
	u, err := pageURL(address)
	if err != nil {
		return nil, err
	}
	res, err := f.get(ctx, u, "image/*")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(io.LimitReader(res.Body, maxImage+1))
	if err == nil && len(content) > maxImage {
		err = fmt.Errorf("%w: the image is too large", errUseless)
	}
	return content, err
}

func (f *Fetcher) get(ctx context.Context, u *url.URL, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", accept)
	res, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%w: %s", errUseless, res.Status), res.Body.Close())
	}
	return res, nil
}
