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
	t.Run("sqlite", func(t *testing.T) { fn(t, parleytest.New(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, parleytest.New(t, parleytest.With("--database", pgtest.Database(t)))) })
}

// library is a group and those who search in it.
type library struct {
	*parleytest.Server
	t        *testing.T
	ann, bob *parleytest.Person
	group    chat.ConversationID
}

func newLibrary(t *testing.T, s *parleytest.Server) *library {
	t.Helper()
	l := &library{Server: s, t: t, ann: s.Person("ann"), bob: s.Person("bob")}
	v, _, err := s.Chat.CreateConversation(t.Context(), l.ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{l.bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	l.group = v.ID
	return l
}

func (l *library) say(p *parleytest.Person, content string) chat.MessageID {
	l.t.Helper()
	sent, err := l.Chat.SendMessage(l.t.Context(), p.Actor, chat.SendMessage{ConversationID: l.group, Content: content})
	if err != nil {
		l.t.Fatal(err)
	}
	return sent.ID
}

func (l *library) search(p *parleytest.Person, q client.Search) []client.Found {
	l.t.Helper()
	page, err := clientFor(l.t, l.Server, p).SearchMessages(l.t.Context(), q)
	if err != nil {
		l.t.Fatalf("%q: %v", q.Query, err)
	}
	return page.Messages
}

// indexed returns when what was said before is found: within two seconds
// (contracts/core.md, "Text search").
func (l *library) indexed() {
	l.t.Helper()
	last := l.say(l.ann, "endofthelog")
	for begun := time.Now(); ; {
		found := l.search(l.ann, client.Search{Query: "endofthelog", In: int64(l.group), Limit: 1})
		if len(found) > 0 && found[0].ID == int64(last) {
			l.t.Logf("found after %v", time.Since(begun))
			return
		}
		if time.Since(begun) > 2*time.Second {
			l.t.Fatal("not found within 2 s")
		}
	}
}

func TestSearchFindsInEveryScript(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		l := newLibrary(t, s)
		for _, row := range []struct {
			text, query string
			want        bool
		}{
			{"我家在上海东边。", "上海", true},
			{"東京に行く", "京", true},
			{"我家在北京。", "京北", false},
			{"Café au lait", "cafe", true},
			{"DIE STRASSE", "straße", true},
			{"한국어 공부", "국어", true},
			{"مُحَمَّد هنا", "محمد", true},
			{"שָׁלוֹם לך", "שלום", true},
			{"look 👨‍👩‍👧‍👦 there", "👨‍👩‍👧‍👦", true},
			{"look 👩🏽 there", "👩", false},
			{"a NEAR miss", "near", true},
			{"percents 100", "%", false},
			{"hello world", `"hello`, true},
			{"hello world", "hel* wor", true},
			{"hello world", "col:hello", false},
			{"hello world", "world -hello", true},
			{"hello world", "ello", false},
			{"hello world", "h", true},
			{"hello world", "'); DROP TABLE messages; --", false},
		} {
			id := l.say(l.ann, row.text)
			l.indexed()
			for _, in := range []int64{int64(l.group), 0} {
				got := false
				for _, m := range l.search(l.bob, client.Search{Query: row.query, In: in, Limit: 50}) {
					got = got || m.ID == int64(id)
					if len(m.Highlight) == 0 {
						t.Errorf("%q in %q: nothing highlighted", row.query, m.Content)
					}
				}
				if got != row.want {
					t.Errorf("%q in %q (in %d): found %v, want %v", row.query, row.text, in, got, row.want)
				}
			}
		}
		if found := l.search(l.bob, client.Search{Query: "…?!"}); len(found) != 0 {
			t.Errorf("punctuation found %v", found)
		}
	})
}

func TestSearchForgetsWhatIsGone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		l := newLibrary(t, s)
		edited, deleted := l.say(l.ann, "the first draft"), l.say(l.ann, "a secretword")
		l.indexed()
		if _, err := s.Chat.EditMessage(t.Context(), l.ann.Actor, chat.EditMessage{MessageID: edited, Content: "the last version"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Chat.DeleteMessage(t.Context(), l.ann.Actor, deleted); err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{"draft", "secretword"} { // at once
			if found := l.search(l.ann, client.Search{Query: query}); len(found) != 0 {
				t.Errorf("%s is still found: %v", query, found)
			}
		}
		l.indexed()
		if found := l.search(l.ann, client.Search{Query: "last version"}); len(found) != 1 {
			t.Errorf("the new text: %d hits", len(found))
		}
		if found := l.search(l.ann, client.Search{Query: "secretword"}); len(found) != 0 {
			t.Error("the follower brought back what was deleted")
		}
	})
}

func TestSearchShowsOnlyWhatOneMaySee(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		l := newLibrary(t, s)
		join := "join"
		_, err := s.Chat.UpdateConversation(t.Context(), l.ann.Actor, l.group, chat.ConversationPatch{Settings: chat.SettingsPatch{HistoryForNew: &join}})
		if err != nil {
			t.Fatal(err)
		}
		l.say(l.ann, "oldnews")
		carl, eve := s.Person("carl"), s.Person("eve")
		if _, _, err := s.Chat.AddParticipants(t.Context(), l.ann.Actor, l.group, []chat.UserID{carl.ID}); err != nil {
			t.Fatal(err)
		}
		l.say(l.ann, "newnews")
		l.indexed()
		for _, see := range []struct {
			who   *parleytest.Person
			query string
			want  int
		}{{l.bob, "oldnews", 1}, {carl, "oldnews", 0}, {carl, "newnews", 1}, {eve, "newnews", 0}} {
			if found := l.search(see.who, client.Search{Query: see.query}); len(found) != see.want {
				t.Errorf("%s finds %d × %s, want %d", see.who.Name, len(found), see.query, see.want)
			}
		}
		if _, err := s.Chat.Leave(t.Context(), l.bob.Actor, l.group, chat.Departure{}); err != nil {
			t.Fatal(err)
		}
		if found := l.search(l.bob, client.Search{Query: "oldnews"}); len(found) != 0 {
			t.Error("who left still finds")
		}
	})
}

func TestSearchPagesAndFilters(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		l := newLibrary(t, s)
		var ids []int64
		for i := range 25 {
			who := l.ann
			if i%5 == 0 {
				who = l.bob
			}
			ids = append(ids, int64(l.say(who, "numbered thing")))
		}
		l.indexed()
		c := clientFor(t, s, l.ann)
		var got []int64
		for before, more := int64(0), true; more; {
			page, err := c.SearchMessages(t.Context(), client.Search{Query: "thing number", In: int64(l.group), Limit: 10, Before: before})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Messages {
				got, before = append(got, m.ID), m.ID
			}
			more = page.HasMore
		}
		if len(got) != 25 || got[0] != ids[24] || got[24] != ids[0] {
			t.Errorf("pages gave %v, want %v backwards", got, ids)
		}
		if found := l.search(l.ann, client.Search{Query: "thing", SenderID: int64(l.bob.ID)}); len(found) != 5 {
			t.Errorf("%d of bob's, want 5", len(found))
		}
		if found := l.search(l.ann, client.Search{Query: "thing", Has: "image"}); len(found) != 0 {
			t.Errorf("%d with an image", len(found))
		}
		if found := l.search(l.ann, client.Search{Query: "thing", In: int64(l.group), HasAttachment: new(false), Limit: 50}); len(found) != 25 {
			t.Errorf("%d without attachments", len(found))
		}
		if found := l.search(l.ann, client.Search{Query: "thing", From: time.Now().Add(time.Hour)}); len(found) != 0 {
			t.Errorf("%d from the future", len(found))
		}
		if found := l.search(l.ann, client.Search{Query: "thing", To: time.Now().Add(time.Hour), From: time.Now().Add(-time.Hour)}); len(found) != 20 {
			t.Errorf("%d of a page of 20", len(found))
		}
	})
}

func TestSearchRefusesBadInput(t *testing.T) {
	s := parleytest.New(t)
	l := newLibrary(t, s)
	for _, query := range []string{"query=", "", "query=" + strings.Repeat("a", 201), "query=" + strings.Repeat("b", 10_000), "query=nul%00here", "query=%ff", "query=" + url.QueryEscape(strings.Repeat("海", 201)), "query=a&limit=51", "query=a&before=-1", "query=a&has=soul", "query=a&from=yesterday"} {
		code, status := call(t, s.URL, l.ann.Token, http.MethodGet, "/api/chat/search?"+query, "")
		if status != http.StatusBadRequest || code != "validation_failed" {
			t.Errorf("%.30s answered %d %s", query, status, code)
		}
	}
}

// People are found by the same rule, on both engines, whatever stands in a query.
func TestSearchOfPeople(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		for _, name := range []string{"Zoë Großmann", "李小龙", "Per Cent", "100% Sure", "مُحَمَّد"} {
			if _, err := s.Chat.UpsertExternal(t.Context(), "ext-"+name, chat.ExternalProfile{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
		ann := s.Person("ann")
		for _, row := range []struct {
			query, want string
		}{
			{"zoe", "Zoë Großmann"},
			{"GROSS zo", "Zoë Großmann"},
			{"gross, zo!", "Zoë Großmann"},
			{"mann", ""},
			{"小龙", "李小龙"},
			{"龙", "李小龙"},
			{"cent", "Per Cent"},
			{"%", ""},
			{"100", "100% Sure"},
			{"p_r", ""},
			{"محمد", "مُحَمَّد"},
		} {
			found, err := s.Chat.SearchPeople(t.Context(), ann.Actor, row.query, 50)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, u := range found {
				got += u.DisplayName
			}
			if got != row.want {
				t.Errorf("%q finds %q, want %q", row.query, got, row.want)
			}
		}
	})
}

// A server that stops and comes back finds what was said before, and what is
// said after.
func TestSearchAfterARestart(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *parleytest.Server) {
		l := newLibrary(t, s)
		for range 30 {
			l.say(l.ann, "before the restart")
		}
		s.Restart()
		l.indexed()
		if found := l.search(l.bob, client.Search{Query: "restart", Limit: 50}); len(found) != 30 {
			t.Errorf("%d found, want 30", len(found))
		}
	})
}
