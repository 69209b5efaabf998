package rest_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/admin"
	"parley/internal/auth"
	"parley/internal/blob"
	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/files"
	"parley/internal/ratelimit"
	"parley/internal/rest"
	"parley/internal/store"
	"parley/internal/store/enginetest"
)

// world is the API over a real store, with people in it.
type world struct {
	*testing.T
	server   *httptest.Server
	chat     *chat.Service
	files    *files.Service
	store    *store.Store
	auth     *auth.Service
	presence *whereabouts
	log      *lockedBuffer
	key      string // an API key that may do everything
}

// setup is what a test changes about its world.
type setup struct {
	rules  chat.Rules
	limits chat.Limits
	edge   func(*rest.Options)
	// registration is open if it is "".
	registration string
}

func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	st := enginetest.New(t)
	var err error
	b := bus.NewLocal()
	w := &world{T: t, store: st, log: &lockedBuffer{}, presence: newWhereabouts()}
	w.chat = chat.New(st, b, chat.Options{Rules: s.rules, Limits: s.limits})
	w.auth, err = auth.New(t.Context(), st, b, auth.Options{Registration: cmp.Or(s.registration, auth.RegistrationOpen)})
	w.must(err)
	w.key, _, err = w.auth.CreateKey(t.Context(), chat.Operator, "tests", []string{auth.ScopeUsersWrite, auth.ScopeChatAct})
	w.must(err)
	disk, err := blob.OpenDisk(t.TempDir())
	w.must(err)
	t.Cleanup(func() { w.must(disk.Close()) })
	w.files = files.New(files.Options{Chat: w.chat, Store: st, Blobs: disk, Key: w.auth.Key("url"), Log: slog.New(slog.DiscardHandler)})
	administration := admin.New(st, b, []admin.Setting{
		{Name: "registration", Help: "Who may register.", Values: auth.RegistrationModes, Configured: auth.RegistrationOpen, Source: "default", Apply: w.auth.SetRegistration},
		{Name: "chat.edit-window-minutes", Least: 0, Greatest: 60, Configured: "15", Source: "--chat.edit-window-minutes"},
		{Name: "presence.scope", Values: []string{"shared", "all"}, Configured: "shared", Source: "default", Pinned: true},
	}, admin.Options{})
	o := rest.Options{Chat: w.chat, Auth: w.auth, Presence: w.presence, Files: w.files, Admin: administration, Version: "1.2.3", Log: slog.New(slog.NewJSONHandler(w.log, nil))}
	if s.edge != nil {
		s.edge(&o)
	}
	w.server = httptest.NewServer(rest.New(o))
	t.Cleanup(func() {
		w.server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// user makes an account without a password: tests act for it with the API key,
// which spares them the cost of a hash.
func (w *world) user(name string) chat.UserID {
	w.Helper()
	u := &chat.User{Username: name, DisplayName: strings.ToUpper(name[:1]) + name[1:], Kind: chat.Member}
	w.must(w.store.Write(w.Context(), func(tx chat.Tx) error { return tx.InsertUser(w.Context(), u) }))
	return u.ID
}

func (w *world) users(names ...string) []chat.UserID {
	w.Helper()
	var ids []chat.UserID
	for _, n := range names {
		ids = append(ids, w.user(n))
	}
	return ids
}

// request is one call as a client writes it.
type request struct {
	method, path string
	body         any // string and []byte: as they are; else JSON
	header       map[string]string
	cookie       *http.Cookie
}

// reply is what came back.
type reply struct {
	w      *world
	about  string
	status int
	header http.Header
	raw    []byte
	json   map[string]any
}

func (w *world) do(r request) *reply {
	w.Helper()
	out, err := w.send(r)
	w.must(err)
	if strings.HasPrefix(out.header.Get("Content-Type"), "application/json") && len(out.raw) > 0 {
		if err := json.Unmarshal(out.raw, &out.json); err != nil {
			w.Fatalf("%s: %v in %s", out.about, err, out.raw)
		}
	}
	return out
}

// send makes a call and reads what comes back, whatever it is.
func (w *world) send(r request) (*reply, error) {
	w.Helper()
	var body io.Reader
	isJSON := false
	switch b := r.body.(type) {
	case nil:
	case string:
		body, isJSON = strings.NewReader(b), true
	case []byte:
		body, isJSON = bytes.NewReader(b), true
	default:
		data, err := json.Marshal(b)
		w.must(err)
		body, isJSON = bytes.NewReader(data), true
	}
	req, err := http.NewRequestWithContext(w.Context(), r.method, w.server.URL+r.path, body)
	w.must(err)
	if isJSON {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range r.header {
		if v == "" {
			req.Header.Del(k)
			continue
		}
		req.Header.Set(k, v)
	}
	if r.cookie != nil {
		req.AddCookie(r.cookie)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return &reply{w: w, about: r.method + " " + r.path, status: res.StatusCode, header: res.Header, raw: raw}, err
}

// as calls the API for a user.
func (w *world) as(u chat.UserID, method, path string, body ...any) *reply {
	w.Helper()
	r := request{method: method, path: path, header: map[string]string{"X-Api-Key": w.key, "X-Act-As": strconv.FormatInt(int64(u), 10)}}
	if len(body) > 0 {
		r.body = body[0]
	}
	return w.do(r)
}

// is checks the status, and that the envelope says the same.
func (r *reply) is(status int) *reply {
	r.w.Helper()
	if r.status != status {
		r.w.Fatalf("%s: status %d, want %d: %s", r.about, r.status, status, r.raw)
	}
	if r.json == nil {
		return r
	}
	success := status < 300
	_, hasData := r.json["data"]
	if r.json["success"] != success || !hasData || (r.json["error"] == nil) != success {
		r.w.Fatalf("%s: not the envelope: %s", r.about, r.raw)
	}
	if !success && (r.json["data"] != nil || r.json["requestId"] != r.header.Get("X-Request-Id")) {
		r.w.Fatalf("%s: not the envelope of a failure: %s", r.about, r.raw)
	}
	return r
}

// fails checks status, code and text of a failure; no text matches every one.
func (r *reply) fails(status int, code chat.Code, text ...string) *reply {
	r.w.Helper()
	r.is(status)
	if r.json["code"] != string(code) {
		r.w.Fatalf("%s: code %v, want %s: %s", r.about, r.json["code"], code, r.raw)
	}
	if len(text) > 0 && r.json["error"] != text[0] {
		r.w.Fatalf("%s: text %q, want %q", r.about, r.json["error"], text[0])
	}
	return r
}

func (r *reply) field(name string) *reply {
	r.w.Helper()
	if got, _ := r.json["field"].(string); got != name {
		r.w.Fatalf("%s: field %q, want %q: %s", r.about, got, name, r.raw)
	}
	return r
}

// at walks into the answer: names of members, and numbers of list items.
func (r *reply) at(path ...any) any {
	r.w.Helper()
	var v any = r.json
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			got, ok := m[s]
			if !ok {
				r.w.Fatalf("%s: no %v in %s", r.about, path, r.raw)
			}
			v = got
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				r.w.Fatalf("%s: no %v in %s", r.about, path, r.raw)
			}
			v = l[s]
		}
	}
	return v
}

// has checks a value inside the answer, given as JSON.
func (r *reply) has(want string, path ...any) *reply {
	r.w.Helper()
	got, err := json.Marshal(r.at(path...))
	r.w.must(err)
	var wanted any
	r.w.must(json.Unmarshal([]byte(want), &wanted))
	normal, err := json.Marshal(wanted)
	r.w.must(err)
	if !bytes.Equal(got, normal) {
		r.w.Fatalf("%s: %v is %s, want %s", r.about, path, got, normal)
	}
	return r
}

// keys checks which members an object has, in any order.
func (r *reply) keys(want string, path ...any) *reply {
	r.w.Helper()
	m, _ := r.at(path...).(map[string]any)
	got := slices.Sorted(maps.Keys(m))
	wanted := slices.Sorted(slices.Values(strings.Fields(want)))
	if !slices.Equal(got, wanted) {
		r.w.Fatalf("%s: %v has %v, want %v", r.about, path, got, wanted)
	}
	return r
}

func (r *reply) id(path ...any) int64 {
	r.w.Helper()
	n, ok := r.at(append([]any{"data"}, path...)...).(float64)
	if !ok {
		r.w.Fatalf("%s: no number at %v: %s", r.about, path, r.raw)
	}
	return int64(n)
}

// list returns one member of each item of data.
func (r *reply) list(member string) string {
	r.w.Helper()
	items, ok := r.at("data").([]any)
	if !ok {
		r.w.Fatalf("%s: data is no list: %s", r.about, r.raw)
	}
	out := []any{}
	for _, item := range items {
		out = append(out, item.(map[string]any)[member])
	}
	return fmt.Sprint(out)
}

// group makes a group and returns its path.
func (w *world) group(owner chat.UserID, members ...chat.UserID) (id int64, path string) {
	w.Helper()
	r := w.as(owner, "POST", "/api/chat/conversations", map[string]any{"name": "Project Team", "participantIds": members}).is(201)
	return r.id("id"), fmt.Sprintf("/api/chat/conversations/%d", r.id("id"))
}

func (w *world) direct(a, b chat.UserID) (id int64, path string) {
	w.Helper()
	r := w.as(a, "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", b))
	return r.id("id"), fmt.Sprintf("/api/chat/conversations/%d", r.id("id"))
}

// say sends a message and returns its path.
func (w *world) say(u chat.UserID, conversation, content string) (id int64, path string) {
	w.Helper()
	r := w.as(u, "POST", conversation+"/messages", map[string]any{"content": content}).is(201)
	return r.id("id"), fmt.Sprintf("/api/chat/messages/%d", r.id("id"))
}

// whereabouts is a presence that tests set by hand.
type whereabouts struct {
	mu      sync.Mutex
	seen    map[chat.UserID]chat.Presence
	touched map[chat.UserID]int
}

func newWhereabouts() *whereabouts {
	return &whereabouts{seen: map[chat.UserID]chat.Presence{}, touched: map[chat.UserID]int{}}
}

func (p *whereabouts) set(u chat.UserID, status chat.PresenceStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[u] = chat.Presence{UserID: u, Status: status}
}

func (p *whereabouts) Of(users []chat.UserID) []chat.Presence {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]chat.Presence, len(users))
	for i, u := range users {
		if out[i] = p.seen[u]; out[i].UserID == 0 {
			out[i] = chat.Presence{UserID: u, Status: chat.Offline}
		}
	}
	return out
}

func (p *whereabouts) Online() []chat.UserID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.seen))
}

func (p *whereabouts) Touch(u chat.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touched[u]++
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// limited is a limiter whose clock stands still, so that what is over its limit stays
// over it however long the rest takes.
func limited[K comparable](rate ratelimit.Rate) *ratelimit.Limiter[K] {
	now := time.Now()
	return ratelimit.NewWithClock[K](rate, func() time.Time { return now })
}
