package gatewaytest

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
)

// Play runs the transcript in file, one connection of Ann's in a new World:
//
//	# a comment
//	> a frame that the client sends
//	< the frame that it must get next; <*> stands for anything
//	<~ a frame that it must get now, perhaps not as the next
//	* bob says 1 Hello        what happens elsewhere, see happen
//	~ 2s                      that time passes
//	x 4401 reason             that the server closes the connection
//
// \n and \0 in frames stand for those bytes. No frame may be left out: what the
// transcript does not have, the client must not get.
//
// who is called when the clock of the story runs, and is whom the handshake
// identified.
func Play(t *testing.T, file string, p gateway.Protocol, who func() gateway.Identity) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w, done := NewWorld(gateway.Config{Limits: gateway.Limits{
			MaxMessageLength: 10_000, MaxFileSizeMb: 25, MaxFrameBytes: 256 << 10, TypingTTL: 5 * time.Second,
		}})
		defer done()
		w.Token("fresh", gateway.Identity{Actor: chat.Actor{ID: Ann}, Expires: time.Now().Add(time.Hour)})
		w.Token("bob", As(Bob))
		s := &stage{t: t, world: w, pipe: NewPipe()}
		ended := make(chan error, 1)
		go func() { ended <- w.Server.Serve(s.pipe, p, who()) }()
		for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			s.where = fmt.Sprintf("%s:%d", file, n+1)
			s.play(line)
		}
		s.quiet()
		if s.pipe.Closed() == "" {
			s.pipe.HangUp()
		}
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", file, err)
		}
	})
}

type stage struct {
	t      *testing.T
	world  *World
	pipe   *Pipe
	unread []string
	where  string
}

var unescape = strings.NewReplacer(`\n`, "\n", `\0`, "\x00")

func (s *stage) play(line string) {
	s.t.Helper()
	what, rest, _ := strings.Cut(line, " ")
	switch what {
	case "", "#":
	case "<":
		s.expect(unescape.Replace(rest), 1)
	case "<~":
		s.expect(unescape.Replace(rest), len(s.await()))
	case ">":
		s.quiet()
		s.pipe.Send(unescape.Replace(rest))
	case "*":
		s.quiet()
		s.happen(rest)
	case "~":
		s.quiet()
		d, err := time.ParseDuration(rest)
		if err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		time.Sleep(d)
	case "x":
		synctest.Wait()
		if got := s.pipe.Closed(); got != rest {
			s.t.Fatalf("%s: closed with %q, want %q", s.where, got, rest)
		}
	default:
		s.t.Fatalf("%s: what is %q?", s.where, what)
	}
}

// await returns the frames that are there and not read yet.
func (s *stage) await() []string {
	synctest.Wait()
	s.unread = append(s.unread, s.pipe.Take()...)
	return s.unread
}

// expect reads a frame that must be among the next few.
func (s *stage) expect(want string, few int) {
	s.t.Helper()
	if len(s.await()) == 0 {
		s.t.Fatalf("%s: no frame came; closed: %q\nwant %s", s.where, s.pipe.Closed(), want)
	}
	at := slices.IndexFunc(s.unread[:few], func(got string) bool { return matches(got, want) })
	if at < 0 {
		s.t.Fatalf("%s\n got %s\nwant %s", s.where, strings.Join(s.unread[:few], "\n     "), want)
	}
	s.unread = slices.Delete(s.unread, at, at+1)
}

// matches compares a frame with what is expected, in which <*> is anything.
func matches(got, want string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), regexp.QuoteMeta("<*>"), "(?s:.*)")
	return regexp.MustCompile("^" + pattern + "$").MatchString(got)
}

// quiet fails if the client got frames that the transcript does not have.
func (s *stage) quiet() {
	s.t.Helper()
	if len(s.await()) > 0 {
		s.t.Fatalf("%s: before this line came\n%s", s.where, strings.Join(s.unread, "\n"))
	}
}

// happen makes something happen elsewhere in the world.
func (s *stage) happen(what string) {
	s.t.Helper()
	var who, verb, text string
	var c chat.ConversationID
	fmt.Sscanf(what, "%s %s %d", &who, &verb, &c)
	if f := strings.SplitN(what, " ", 4); len(f) == 4 {
		text = f[3]
	}
	u := map[string]chat.UserID{"ann": Ann, "bob": Bob, "cid": Cid}[who]
	switch verb {
	case "says":
		s.world.Say(c, u, text)
	case "joins":
		s.world.Add(c, u)
	case "leaves":
		s.world.Remove(c, u)
	case "types":
		s.world.Typing(s.t.Context(), chat.Actor{ID: u}, c, true)
	case "revoked":
		s.world.Revoke(u)
	case "online":
		s.world.Bus.Signal(chat.Signal{Kind: chat.SignalPresence, UserID: u, Presence: chat.Presence{UserID: u, Status: chat.Online, LastSeenAt: time.Now()}})
	default:
		s.t.Fatalf("%s: what does %q mean?", s.where, what)
	}
}
