package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/store/postgres/pgtest"
)

// onEachEngine runs a test with a server on SQLite, and with one on PostgreSQL.
func onEachEngine(t *testing.T, fn func(t *testing.T, s *parleytest.Server)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, parleytest.New(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, parleytest.New(t, parleytest.With("--database", pgtest.Database(t)))) })
}

// Search means the same on both engines, before and after a restart.
func TestSearchOnEachEngine(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		ann := s.Person("ann")
		v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g"})
		if err != nil {
			t.Fatal(err)
		}
		say := func(content string) int64 {
			sent, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: content})
			if err != nil {
				t.Fatal(err)
			}
			return int64(sent.ID)
		}
		rows := []struct {
			content, query string
			want           bool
		}{
			{"我家在上海东边。", "上海", true},
			{"東京に行く", "京", true},
			{"我家在北京。", "京北", false},
			{"Café au lait", "cafe", true},
			{"DIE STRASSE", "straße", true},
			{"한국어 공부", "국어", true},
			{"مُحَمَّد هنا", "محمد", true},
			{"look 👨‍👩‍👧‍👦 there", "👨‍👩‍👧‍👦", true},
			{"look 👩🏽 there", "👩", false},
			{"a NEAR miss", "near", true},
			{"percents 100", "%", false},
			{"hello world", `hel* "wor`, true},
			{"hello world", "col:hello", false},
			{"hello world", "!| & hello <-> ' :*", true},
			{"hello world", "ello", false},
			{"hello world", "'); DROP TABLE messages; --", false},
		}
		ids := make([]int64, len(rows))
		for i, row := range rows {
			ids[i] = say(row.content)
		}
		check := func(last string) {
			c := clientFor(t, s, ann)
			findable(t, c, client.Search{Query: last}, say(last))
			for i, row := range rows {
				for _, in := range []int64{0, int64(v.ID)} {
					found := false
					for _, id := range search(t, c, client.Search{Query: row.query, ConversationID: in, Limit: 50}) {
						found = found || id == ids[i]
					}
					if found != row.want {
						t.Errorf("%q in %q (conversation %d): found %v", row.query, row.content, in, found)
					}
				}
			}
			soon := time.Now().Add(time.Hour)
			if got := search(t, c, client.Search{Query: "hello", SenderID: int64(ann.ID), To: soon, From: soon.Add(-2 * time.Hour)}); len(got) != 5 {
				t.Errorf("with all filters: %v", got)
			}
			if got := search(t, c, client.Search{Query: "hello", Has: "image,file"}); len(got) != 0 {
				t.Errorf("with files: %v", got)
			}
		}
		check("lastofall")
		s.Restart()
		check("andafter")
	})
}

// People are found by the same rule, on both engines, whatever stands in a query.
func TestSearchOfPeopleOnEachEngine(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		for _, name := range []string{"Zoë Großmann", "李小龙", "Per Cent", "100% Sure", "مُحَمَّد"} {
			if _, err := s.Chat.UpsertExternal(t.Context(), "ext-"+name, chat.ExternalProfile{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
		ann := s.Person("ann")
		for query, want := range map[string]string{
			"zoe": "Zoë Großmann", "GROSS zo": "Zoë Großmann", "gross, zo!": "Zoë Großmann", "mann": "", "小龙": "李小龙", "龙": "李小龙",
			"cent": "Per Cent", "%": "", "100": "100% Sure", "p_r": "", "محمد": "مُحَمَّد",
		} {
			found, err := s.Chat.SearchPeople(t.Context(), ann.Actor, query, 50)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, u := range found {
				got += u.DisplayName
			}
			if got != want {
				t.Errorf("%q finds %q, want %q", query, got, want)
			}
		}
	})
}

func TestSearchRefusesBadInput(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("ann")
	for _, query := range []string{
		"", "query=", "query=" + strings.Repeat("b", 10_000), "query=" + url.QueryEscape(strings.Repeat("海", 201)), "query=nul%00here", "query=%ff",
		"query=a&limit=51", "query=a&before=-1", "query=a&has=soul", "query=a&from=yesterday",
	} {
		code, status := call(t, s.URL, ann.Token, http.MethodGet, "/api/chat/search?"+query, "")
		if status != http.StatusBadRequest || code != "validation_failed" {
			t.Errorf("%.30s answered %d %s", query, status, code)
		}
	}
}
