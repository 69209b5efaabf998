package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultTimeout = 30 * time.Second
	dialTimeout    = 10 * time.Second
	maxAnswer      = 32 << 20 // bytes of one answer
)

// Client is one session with one server.
type Client struct {
	server  string
	timeout time.Duration
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	http    *http.Client
	credentials
}

// Option changes how a Client is made.
type Option func(*Client)

// WithTimeout bounds every request; the default is 30 s.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.timeout = d } }

// WithDialer makes the connections, those of streams too.
func WithDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(c *Client) { c.dial = dial }
}

// WithTokens takes up a session that was begun before.
func WithTokens(t Tokens) Option { return func(c *Client) { c.held = t } }

// WithTokenSource takes access tokens from elsewhere, for instance from an
// application that is an issuer itself. It is asked whenever a token is needed
// and should remember its answer while that is valid.
func WithTokenSource(source func(context.Context) (string, error)) Option {
	return func(c *Client) { c.source = source }
}

// WithAPIKey authenticates with a secret key, on behalf of a user unless actAs
// is 0.
func WithAPIKey(key string, actAs int64) Option {
	return func(c *Client) { c.apiKey, c.actAs = key, actAs }
}

// WithRenewal replaces the way that tokens are renewed, for sessions that several
// processes share.
func WithRenewal(r Renewal) Option { return func(c *Client) { c.renewal = r } }

// New returns a Client for a server, such as "https://chat.example.org". It does
// not connect; a wrong address shows at the first call.
func New(server string, options ...Option) *Client {
	c := &Client{
		server:  strings.TrimRight(server, "/"),
		timeout: defaultTimeout,
		dial:    (&net.Dialer{Timeout: dialTimeout}).DialContext,
	}
	c.gate = make(chan struct{}, 1)
	c.renewal = exchangeOnly
	for _, o := range options {
		o(c)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = c.dial
	c.http = &http.Client{Transport: transport}
	return c
}

// Close lets go of idle connections. Streams are not affected.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call of the REST interface.
type request struct {
	method, path string
	query        url.Values
	body         any
	open         bool // needs no credentials
}

// envelope is what every answer is wrapped in.
type envelope struct {
	Success bool            `json:"success"`
	Error   string          `json:"error"`
	Data    json.RawMessage `json:"data"`
	Page    pageFacts       `json:"page"`
	Root    *Message        `json:"root"`
	Skipped []int64         `json:"skipped"`

	Code      string `json:"code"`
	Field     string `json:"field"`
	RequestID string `json:"requestId"`
}

type pageFacts struct {
	HasMore bool  `json:"hasMore"`
	Total   int   `json:"total"`
	Before  int64 `json:"before"`
	After   int64 `json:"after"`
}

// fetch makes a request and returns its data.
func fetch[T any](ctx context.Context, c *Client, r request) (T, error) {
	data, _, err := fetchPage[T](ctx, c, r)
	return data, err
}

// fetchPage is fetch with what stands beside the data.
func fetchPage[T any](ctx context.Context, c *Client, r request) (data T, e *envelope, err error) {
	if e, err = c.call(ctx, r); err != nil {
		return data, nil, err
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return data, nil, fmt.Errorf("%s %s: unexpected data: %w", r.method, r.path, err)
	}
	return data, e, nil
}

// call makes a request. One that is refused because its token has expired is
// made again with a new one.
func (c *Client) call(ctx context.Context, r request) (*envelope, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
	}
	if r.open {
		return c.attempt(ctx, r, body, "")
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	e, err := c.attempt(ctx, r, body, token)
	if CodeOf(err) != CodeTokenExpired || !c.spoil(token) {
		return e, err
	}
	if token, err = c.token(ctx); err != nil {
		return nil, err
	}
	return c.attempt(ctx, r, body, token)
}

func (c *Client) attempt(ctx context.Context, r request, body []byte, token string) (*envelope, error) {
	// raw: texts as they were written, which is what the native stream gives.
	query := url.Values{"raw": {"1"}}
	maps.Copy(query, r.query)
	address := c.server + r.path + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if !r.open {
		c.authorize(req.Header, token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, withoutQuery(err)
	}
	defer res.Body.Close()
	return readEnvelope(res)
}

// withoutQuery keeps addresses with their parameters out of error texts.
func withoutQuery(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		u.URL, _, _ = strings.Cut(u.URL, "?")
	}
	return err
}

func readEnvelope(res *http.Response) (*envelope, error) {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(text) > maxAnswer {
		return nil, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, &Error{Status: res.StatusCode, Message: "the answer is not Parley's: " + res.Status, RetryAfter: retryAfter(res.Header)}
	}
	if !e.Success || res.StatusCode >= 400 {
		return nil, &Error{
			Status: res.StatusCode, Code: e.Code, Message: e.Error, Field: e.Field,
			RequestID: e.RequestID, RetryAfter: retryAfter(res.Header),
		}
	}
	return &e, nil
}
