package chat_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"parley/internal/chat"
)

// The authorisation matrix (promise P5): each operation, tried by each role in
// each kind of conversation. A cell is the code of the refusal, "" is allowed.
// Columns: GROUP owner, admin, member, stranger; CHANNEL (only admins post)
// owner, admin, member, stranger; DIRECT either side, stranger.
//
// The stranger has taken part before and left, so that nothing which hangs on a
// former participation can slip through.

const (
	ok   = chat.Code("")
	no   = chat.NotParticipant
	role = chat.RoleRequired
	forb = chat.Forbidden
	none = chat.NotFound
	bad  = chat.ValidationFailed
)

type scene struct {
	*world
	c               chat.ConversationID
	a               chat.Actor    // who tries
	owner, adm, mem chat.Actor    // participants; in a DIRECT owner and mem
	peer, stray     chat.Actor    // another member; one who has left
	mine, theirs    *chat.Message // a message of a's, one of another member's
	byOwner         *chat.Message
}

type attempt func(ctx context.Context, s *scene) error

func attemptOf[T any](fn func(ctx context.Context, s *scene) (T, error)) attempt {
	return func(ctx context.Context, s *scene) error {
		_, err := fn(ctx, s)
		return err
	}
}

var yes = true

var matrix = []struct {
	name string
	try  attempt
	want [10]chat.Code // G: owner admin member stranger; C: the same; D: side stranger
}{
	{"see", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Conversation(ctx, s.a, s.c) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"read history", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Messages(ctx, s.a, s.c, chat.Page{}) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"search", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SearchMessages(ctx, s.a, chat.Search{ConversationID: s.c, Query: "x"})
	}),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"read one message", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Message(ctx, s.a, s.theirs.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"read thread", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Thread(ctx, s.a, s.theirs.ID, chat.Page{}) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"list participants", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Participants(ctx, s.a, s.c, 0, 10) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"replay the log", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Replay(ctx, s.a, s.c.Stream(), 0, 10) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"find a resume point", func(ctx context.Context, s *scene) error {
		_, _, err := s.ResumePoint(ctx, s.a, s.c.Stream(), 1)
		return err
	}, [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"replay another's own stream", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.Replay(ctx, s.a, chat.UserID(9999).Stream(), 0, 10)
	}), [10]chat.Code{no, no, no, no, no, no, no, no, no, no}},
	{"see read receipts", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.ReadReceipts(ctx, s.a, s.theirs.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"see reactions", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Reactions(ctx, s.a, s.theirs.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"see the reaction summary", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.ReactionSummary(ctx, s.a, s.theirs.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"send", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SendMessage(ctx, s.a, chat.SendMessage{ConversationID: s.c, Content: "hi"})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"reply", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SendMessage(ctx, s.a, chat.SendMessage{ConversationID: s.c, Content: "hi", ParentID: s.theirs.ID})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"react", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.React(ctx, s.a, chat.React{MessageID: s.theirs.ID, Emoji: "👍", Add: true})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"toggle a reaction", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.ToggleReaction(ctx, s.a, s.theirs.ID, "👍")
	}),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"type", func(ctx context.Context, s *scene) error { return s.Typing(ctx, s.a, s.c, true) },
		[10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"mark read", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.MarkRead(ctx, s.a, s.c, s.theirs.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"mark delivered", func(ctx context.Context, s *scene) error { return s.MarkDelivered(ctx, s.a, s.c, s.theirs.ID) },
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"mute", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.UpdateOwnSettings(ctx, s.a, s.c, chat.OwnSettings{Muted: &yes})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"pin", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.UpdateOwnSettings(ctx, s.a, s.c, chat.OwnSettings{Pinned: &yes})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"archive", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.UpdateOwnSettings(ctx, s.a, s.c, chat.OwnSettings{Archived: &yes})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"leave", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Leave(ctx, s.a, s.c, chat.Departure{}) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"edit own message", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.EditMessage(ctx, s.a, chat.EditMessage{MessageID: s.mine.ID, Content: "edited"})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, role /* an edit says something too */, no, ok, no}},
	{"delete own message", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.DeleteMessage(ctx, s.a, s.mine.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"delete a member's message", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.DeleteMessage(ctx, s.a, s.theirs.ID) }),
		[10]chat.Code{ok, ok, role, no, ok, ok, role, no, forb, no}},
	{"delete the owner's message", func(ctx context.Context, s *scene) error {
		if s.a.ID == s.owner.ID {
			return nil // his own; see above
		}
		_, err := s.DeleteMessage(ctx, s.a, s.byOwner.ID)
		return err
	}, [10]chat.Code{ok, role, role, no, ok, role, role, no, ok, no}},
	{"edit another's message", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.EditMessage(ctx, s.a, chat.EditMessage{MessageID: s.theirs.ID, Content: "edited"})
	}), [10]chat.Code{forb, forb, forb, no, forb, forb, forb, no, forb, no}},
	{"see what another's message said before", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.History(ctx, s.a, s.theirs.ID) }),
		[10]chat.Code{ok, ok, role, no, ok, ok, role, no, role, no}},
	{"change settings", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		name := "new"
		return s.UpdateConversation(ctx, s.a, s.c, chat.ConversationPatch{Name: &name})
	}), [10]chat.Code{ok, ok, role, no, ok, ok, role, no, forb, no}},
	{"add members", func(ctx context.Context, s *scene) error {
		_, _, err := s.AddParticipants(ctx, s.a, s.c, []chat.UserID{s.stray.ID})
		return err
	}, [10]chat.Code{ok, ok, role, no, ok, ok, role, no, forb, no}},
	{"remove a member", func(ctx context.Context, s *scene) error { return s.RemoveParticipant(ctx, s.a, s.c, s.peer.ID) },
		[10]chat.Code{ok, ok, role, no, ok, ok, role, no, forb, no}},
	{"remove an admin", func(ctx context.Context, s *scene) error {
		if s.a.ID == s.adm.ID {
			return chat.Errorf(chat.RoleRequired, "himself: that is leaving")
		}
		return s.RemoveParticipant(ctx, s.a, s.c, s.adm.ID)
	}, [10]chat.Code{ok, role, role, no, ok, role, role, no, forb, no}},
	{"remove the owner", func(ctx context.Context, s *scene) error { return s.RemoveParticipant(ctx, s.a, s.c, s.owner.ID) },
		[10]chat.Code{forb, forb, forb, no, forb, forb, forb, no, forb, no}},
	{"change roles", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SetRole(ctx, s.a, s.c, s.peer.ID, chat.Admin)
	}),
		[10]chat.Code{ok, role, role, no, ok, role, role, no, forb, no}},
	{"hand over", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SetRole(ctx, s.a, s.c, s.peer.ID, chat.Owner)
	}),
		[10]chat.Code{ok, role, role, no, ok, role, role, no, forb, no}},
	{"delete for all", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.Leave(ctx, s.a, s.c, chat.Departure{Delete: true})
	}), [10]chat.Code{ok, role, role, no, ok, role, role, no, ok /* a DIRECT is only hidden */, no}},
	{"forward out of it", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		self, _, err := s.OpenDirect(ctx, s.a, s.a.ID)
		if err != nil {
			return nil, err
		}
		return s.Forward(ctx, s.a, s.theirs.ID, []chat.ConversationID{self.ID})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"forward into it", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		self, _, err := s.OpenDirect(ctx, s.a, s.a.ID)
		if err != nil {
			return nil, err
		}
		return s.Forward(ctx, s.a, s.say(s.a, self.ID, "note").ID, []chat.ConversationID{s.c})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"upload for it", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.MayUpload(ctx, s.a, s.c) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"send a file", func(ctx context.Context, s *scene) error { return s.attach(ctx, s.a, s.file(ctx, s.a)) },
		[10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"send another's file", func(ctx context.Context, s *scene) error { return s.attach(ctx, s.a, s.file(ctx, s.peer)) },
		[10]chat.Code{bad, bad, bad, no, bad, bad, role, no, bad, no}},
	{"read a file in it", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		f := s.file(ctx, s.owner)
		s.must(s.attach(ctx, s.owner, f))
		return s.File(ctx, s.a, f.ID)
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"read another's file that is not used", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.File(ctx, s.a, s.file(ctx, s.peer).ID)
	}), [10]chat.Code{none, none, none, none, none, none, none, none, none, none}},
	{"list its files", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.MessagesWithFiles(ctx, s.a, s.c, "", 0, 10)
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"read around a message", func(ctx context.Context, s *scene) error {
		_, _, err := s.MessagesAround(ctx, s.a, s.c, s.theirs.ID, chat.Page{})
		return err
	}, [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"set what to be told of", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		level := chat.NotifyMentions
		return s.UpdateOwnSettings(ctx, s.a, s.c, chat.OwnSettings{Level: &level})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"save a draft", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SaveDraft(ctx, s.a, s.c, "so far", s.theirs.ID)
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"mark unread", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.MarkUnread(ctx, s.a, s.c, s.theirs.ID) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"pin a message", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.PinMessage(ctx, s.a, s.theirs.ID, true) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"take a pin away", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		_, err := s.PinMessage(ctx, s.owner, s.theirs.ID, true)
		s.must(err)
		return s.PinMessage(ctx, s.a, s.theirs.ID, false)
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, role, no, ok, no}},
	{"list pins", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Pins(ctx, s.a, s.c) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"bookmark a message", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SetBookmark(ctx, s.a, s.theirs.ID, true)
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"be reminded of a message", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SetReminder(ctx, s.a, s.theirs.ID, s.clock.Now().Add(time.Hour))
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
	{"ask", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.SendMessage(ctx, s.a, chat.SendMessage{ConversationID: s.c, Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}})
	}), [10]chat.Code{ok, ok, ok, no, ok, ok, role, no, forb, no}},
	{"vote", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Vote(ctx, s.a, s.poll(ctx), []int{0}) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, none, no}},
	{"see who voted", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.PollVoters(ctx, s.a, s.poll(ctx), 0, 10) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, none, no}},
	{"close another's poll", attemptOf(func(ctx context.Context, s *scene) (any, error) {
		return s.ClosePoll(ctx, s.a, s.poll(ctx))
	}), [10]chat.Code{ok, ok, role, no, ok, ok, role, no, none, no}},
	{"join by id", attemptOf(func(ctx context.Context, s *scene) (any, error) { return s.Join(ctx, s.a, s.c) }),
		[10]chat.Code{ok, ok, ok, no, ok, ok, ok, no, ok, no}},
}

// poll is one of the owner's; where there are none, a message without.
func (s *scene) poll(ctx context.Context) chat.MessageID {
	sent, err := s.SendMessage(ctx, s.owner, chat.SendMessage{ConversationID: s.c, Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}})
	if s.code(err) == forb {
		return s.theirs.ID
	}
	s.must(err)
	return sent.ID
}

// file makes a file of somebody's known, of which there are no bytes.
func (s *scene) file(ctx context.Context, owner chat.Actor) *chat.File {
	f := &chat.File{OwnerID: owner.ID, Key: rand.Text(), Name: "a.txt", Type: "text/plain", Kind: chat.OtherFile, Size: 1}
	s.must(s.AddFile(ctx, chat.Actor{ID: owner.ID}, f))
	return f
}

func (s *scene) attach(ctx context.Context, a chat.Actor, f *chat.File) error {
	_, err := s.SendMessage(ctx, a, chat.SendMessage{ConversationID: s.c, AttachmentIDs: []chat.FileID{f.ID}})
	return err
}

func TestAuthorisationMatrix(t *testing.T) {
	w := newWorld(t, chat.Options{})
	columns := []struct {
		kind  chat.Kind
		roles []string
	}{
		{chat.Group, []string{"owner", "admin", "member", "stranger"}},
		{chat.Channel, []string{"owner", "admin", "member", "stranger"}},
		{chat.Direct, []string{"member", "stranger"}},
	}
	people := &scene{world: w, owner: w.user("owner"), adm: w.user("admin"), mem: w.user("member"), peer: w.user("peer"), stray: w.user("stranger")}
	for _, row := range matrix {
		cell := 0
		for _, col := range columns {
			for _, r := range col.roles {
				want := row.want[cell]
				cell++
				t.Run(fmt.Sprintf("%s/%s/%s", row.name, col.kind, r), func(t *testing.T) {
					s := people.set(t, col.kind, r)
					if got := s.code(row.try(t.Context(), s)); got != want {
						t.Errorf("got %q, want %q", got, want)
					}
				})
			}
		}
	}
}

// set makes a fresh conversation of the kind, in which who has the role.
func (s *scene) set(t *testing.T, kind chat.Kind, who string) *scene {
	next := *s
	next.a = map[string]chat.Actor{"owner": s.owner, "admin": s.adm, "member": s.mem, "stranger": s.stray}[who]
	if kind == chat.Direct {
		next.setDirect(t)
		return &next
	}
	post := chat.ByAll
	v, _, err := s.CreateConversation(t.Context(), s.owner, chat.NewConversation{
		Kind: kind, Name: "x", ParticipantIDs: ids([]chat.Actor{s.adm, s.mem, s.peer, s.stray}), Settings: chat.SettingsPatch{WhoMayPost: &post},
	})
	s.must(err)
	next.c = v.ID
	_, err = s.SetRole(t.Context(), s.owner, v.ID, s.adm.ID, chat.Admin)
	s.must(err)
	next.theirs, next.byOwner = s.say(s.peer, v.ID, "another member's"), s.say(s.owner, v.ID, "owner's")
	next.mine = s.say(next.a, v.ID, "mine")
	if kind == chat.Channel {
		only := chat.ByAdmins
		_, err := s.UpdateConversation(t.Context(), s.owner, v.ID, chat.ConversationPatch{Settings: chat.SettingsPatch{WhoMayPost: &only}})
		s.must(err)
	}
	_, err = s.Leave(t.Context(), s.stray, v.ID, chat.Departure{})
	s.must(err)
	return &next
}

// setDirect: the side that tries is the owner, the other the member. Nobody can
// leave a DIRECT, so the stranger to it never was there.
func (s *scene) setDirect(t *testing.T) {
	if s.a.ID == s.mem.ID {
		s.a = s.owner
	}
	s.c = s.direct(s.owner, s.mem)
	s.theirs, s.mine = s.say(s.mem, s.c, "theirs"), s.say(s.owner, s.c, "mine")
	s.byOwner = s.mine
}
