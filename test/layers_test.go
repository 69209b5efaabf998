package test

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the dependency rule of the house: what each package below
// internal may import from there. A row that ends in "/" is for every package
// below it that has no row of its own; "*" is everything.
var mayImport = map[string][]string{
	// Pure helpers know nothing of Parley.
	"text": {}, "sanitize": {}, "ratelimit": {}, "lifecycle": {}, "config": {},

	"chat": {"text", "ratelimit", "lifecycle"},

	// Features stand on chat, never on one another.
	"auth":     {"chat", "text", "ratelimit", "lifecycle"},
	"presence": {"chat"},
	"follow":   {"chat", "lifecycle"}, // what features that follow the log stand on
	"search":   {"chat", "text", "follow"},
	"admin":    {"chat", "follow", "lifecycle"},
	"topics":   {"chat", "text", "follow", "sanitize", "toolkit"},
	"files":    {"chat", "blob", "picture", "lifecycle"},
	"preview":  {"chat", "text", "follow", "blob", "picture", "lifecycle"},
	"blob":     {}, // bytes under keys
	"picture":  {}, // images

	"jobs": {"chat", "auth", "admin"}, // and every feature with work that nobody waits for

	"store":                 {"chat", "text", "auth", "admin"},
	"store/migrations":      {},
	"store/storetest":       {"admin", "chat", "auth", "follow", "search", "text"},
	"store/postgres/pgtest": {"store/postgres", "store/migrations"},
	"store/enginetest":      {"store", "store/postgres", "store/postgres/pgtest", "store/sqlite"},
	"store/":                {"chat", "store", "store/migrations"}, // every engine

	"bus":               {"chat"},
	"bus/bustest":       {"chat", "bus"},
	"bus/nats":          {"chat", "bus"},
	"bus/nats/natstest": {},
	"hub":               {"chat"},

	// The JSON of the Chat API, shared by REST and the streams.
	"chatapi": {"chat", "sanitize", "text"},
	// The JSON of disposable rooms, shared by REST and their streams.
	"roomapi": {"chat"},
	// Proof of work.
	"work": {"chat"},
	// The JSON of the toolkit, shared by Socket.IO, its REST and the topics.
	"toolkit": {"chat", "sanitize"},

	"gateway":             {"chat", "hub", "sanitize", "text"},
	"gateway/gatewaytest": {"chat", "hub", "gateway", "bus"},
	"gateway/":            {"chat", "chatapi", "gateway", "sanitize", "hub"}, // every protocol and pipe
	"gateway/websocket":   {"gateway"},
	"gateway/sockjs":      {"gateway", "gateway/websocket"},                               // SockJS falls back from one
	"gateway/sse":         {"chat", "gateway", "gateway/cursor", "gateway/native", "hub"}, // the native frames in another wrapping
	"gateway/engineio":    {"gateway", "gateway/websocket"},
	"gateway/socketio":    {"chat", "gateway", "gateway/cursor", "hub", "toolkit"},
	"gateway/topics":      {"chat", "topics", "gateway/sse", "gateway/websocket"},
	// The endpoint of the native stream: which pipe and protocol a request gets.
	"gateway/realtime": {"chat", "chatapi", "gateway", "gateway/cursor", "gateway/native", "gateway/sse", "gateway/websocket", "hub"},

	// The stream of a room, and its endpoint.
	"gateway/room": {"chat", "gateway", "gateway/cursor", "gateway/sse", "gateway/websocket", "hub", "roomapi"},

	"rest":         {"admin", "chat", "chatapi", "auth", "presence", "files", "ratelimit", "roomapi", "sanitize", "text", "toolkit", "work", "rest/binding"},
	"rest/binding": {"chat"},

	"trypage": {}, // static files
	"webapp":  {}, // static files
	"backup":  {}, // an archive of files

	"app":        {"*"},
	"parleytest": {"*"},
}

const inside = "parley/internal/"

func TestLayers(t *testing.T) {
	for _, name := range packagesBelow(t, "../internal") {
		p, err := build.ImportDir(filepath.Join("../internal", name), 0)
		if err != nil {
			continue // tests only
		}
		allowed, known := rowOf(name)
		if !known {
			t.Errorf("%s: say in mayImport what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			dep, ours := strings.CutPrefix(imported, inside)
			switch {
			case ours && !slices.Contains(allowed, dep) && !slices.Contains(allowed, "*"):
				t.Errorf("%s imports %s", name, dep)
			case name == "chat" && !ours && strings.Contains(imported, "."):
				t.Errorf("chat imports %s: beside pure helpers it may import the standard library only", imported)
			}
		}
	}
}

func rowOf(name string) ([]string, bool) {
	if row, ok := mayImport[name]; ok {
		return row, true
	}
	parent, _, _ := strings.Cut(name, "/")
	row, ok := mayImport[parent+"/"]
	return row, ok && strings.Contains(name, "/")
}

func packagesBelow(t *testing.T, root string) []string {
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == root {
			return err
		}
		if d.Name() == "testdata" {
			return fs.SkipDir
		}
		rel, err := filepath.Rel(root, path)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Only one file may name the SQLite driver, and only the engines' packages the
// databases: the rest speaks to a store.
func TestDriversStayInTheirEngines(t *testing.T) {
	for _, name := range packagesBelow(t, "../internal") {
		p, err := build.ImportDir(filepath.Join("../internal", name), 0)
		if err != nil {
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "modernc.org/") && name != "store/sqlite" {
				t.Errorf("%s imports %s", name, imported)
			}
			// A job queue's driver is of a kind of transaction, which jobs only names.
			if imported == "database/sql" && name != "store" && name != "jobs" && !strings.HasPrefix(name, "store/") {
				t.Errorf("%s imports database/sql", name)
			}
		}
	}
}
