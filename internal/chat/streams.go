package chat

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// MaxReplay is how many events of one stream a client may be behind and still
// get them replayed; beyond it he is told to reload (promise P4).
const MaxReplay = 1_000

// Heads returns the streams that the actor follows: his own and those of the
// conversations in his list.
func (s *Service) Heads(ctx context.Context, a Actor) ([]Head, error) {
	var heads []Head
	err := s.store.Read(ctx, func(r Reader) (err error) {
		heads, err = r.Heads(ctx, a.ID)
		return err
	})
	return heads, err
}

// accessStream lets a user read his own stream and those of conversations that
// he takes part in.
// It returns the rev up to which the stream does not exist for him.
func accessStream(ctx context.Context, r Reader, a Actor, st StreamID) (cut int64, err error) {
	if u, own := st.User(); own {
		if u != a.ID {
			return 0, errNotParticipant()
		}
		return 0, nil
	}
	c, _ := st.Conversation()
	seat, err := accessConversation(ctx, r, a, c)
	if err != nil {
		return 0, err
	}
	return seat.me.HiddenRev, nil
}

// Replay returns events of a stream after a rev, with payloads. If the first
// one is not after+1, what is in between was pruned, or is not for the actor.
func (s *Service) Replay(ctx context.Context, a Actor, st StreamID, after int64, limit int) ([]*Event, error) {
	var events []*Event
	err := s.store.Read(ctx, func(r Reader) error {
		cut, err := accessStream(ctx, r, a, st)
		if err != nil {
			return err
		}
		if events, err = r.EventsAfter(ctx, st, max(after, cut), limit); err != nil {
			return err
		}
		return hydrate(ctx, r, events)
	})
	return events, err
}

// ResumePoint returns the rev that a client has of a stream if it has
// everything up to a position of the whole log; not ok if that is more than
// MaxReplay events ago.
func (s *Service) ResumePoint(ctx context.Context, a Actor, st StreamID, pos Position) (rev int64, ok bool, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		if _, err := accessStream(ctx, r, a, st); err != nil {
			return err
		}
		rev, ok, err = r.RevAt(ctx, st, pos, MaxReplay)
		return err
	})
	return rev, ok, err
}

// Log returns events of a stream for the hub, which hands them only to those who
// follow it. It authorises nobody.
func (s *Service) Log(ctx context.Context, st StreamID, after int64, limit int) ([]*Event, error) {
	var events []*Event
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if events, err = r.EventsAfter(ctx, st, after, limit); err != nil {
			return err
		}
		return hydrate(ctx, r, events)
	})
	return events, err
}

// Head returns the rev of the newest event of a stream.
func (s *Service) Head(ctx context.Context, st StreamID) (head int64, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		head, err = r.Head(ctx, st)
		return err
	})
	return head, err
}

// HeadsSince returns the heads of all streams that changed after a position, and
// the newest position.
func (s *Service) HeadsSince(ctx context.Context, pos Position) (heads map[StreamID]int64, newest Position, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		heads, newest, err = r.HeadsSince(ctx, pos)
		return err
	})
	return heads, newest, err
}

// Hydrate gives payloads to the events that have none, from the current state.
func (s *Service) Hydrate(ctx context.Context, events []*Event) error {
	return s.store.Read(ctx, func(r Reader) error { return hydrate(ctx, r, events) })
}

func hydrate(ctx context.Context, r Reader, events []*Event) error {
	h := hydrator{r: r}
	if err := h.gather(ctx, events); err != nil {
		return err
	}
	for _, e := range events {
		if e.Payload != nil {
			continue
		}
		var err error
		if e.Payload, err = h.payload(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// hydrator reads what a page of events is about, the messages and names in one
// query each.
type hydrator struct {
	r        Reader
	messages map[MessageID]*Message
	users    map[UserID]*User
	reads    map[ConversationID]*ReadMark // of the user whose stream it is
}

func (h *hydrator) gather(ctx context.Context, events []*Event) error {
	var messages []MessageID
	var users []UserID
	for _, e := range events {
		if e.Payload != nil {
			continue
		}
		switch e.Type {
		case MessageCreated, MessageUpdated, MessageDeleted, ReactionAdded, ReactionRemoved:
			messages = append(messages, MessageID(e.Ref))
		}
		users = append(users, e.Actor)
		if e.Type == ParticipantAdded || e.Type == ParticipantUpdated || e.Type == ParticipantRemoved {
			users = append(users, UserID(e.Ref))
		}
	}
	slices.Sort(messages)
	list, err := h.r.MessagesByID(ctx, slices.Compact(messages))
	if err != nil {
		return err
	}
	h.messages = make(map[MessageID]*Message, len(list))
	for i := range list {
		h.messages[list[i].ID] = &list[i]
	}
	slices.Sort(users)
	found, err := h.r.Users(ctx, slices.Compact(users))
	if err != nil {
		return err
	}
	h.users = make(map[UserID]*User, len(found))
	for i := range found {
		h.users[found[i].ID] = &found[i]
	}
	return nil
}

func (h *hydrator) name(u UserID) string {
	if found := h.users[u]; found != nil {
		return found.Name()
	}
	return ""
}

// message is the message as it is now; one that was erased with its
// conversation is a tombstone.
func (h *hydrator) message(e *Event) *Message {
	if m := h.messages[MessageID(e.Ref)]; m != nil {
		return m
	}
	c, _ := e.Stream.Conversation()
	return &Message{ID: MessageID(e.Ref), ConversationID: c, Seq: e.Seq, Type: TypeText, Metadata: EmptyObject, CreatedAt: e.At, DeletedAt: e.At}
}

func (h *hydrator) payload(ctx context.Context, e *Event) (any, error) {
	c, _ := e.Stream.Conversation()
	switch e.Type {
	case MessageCreated, MessageUpdated, MessageDeleted:
		return h.message(e), nil
	case ReactionAdded, ReactionRemoved:
		return &ReactionChange{
			MessageID: MessageID(e.Ref), ConversationID: c, UserID: e.Actor, UserName: h.name(e.Actor),
			Emoji: e.Detail, Added: e.Type == ReactionAdded, Summary: h.message(e).Reactions,
		}, nil
	case ReadMarked:
		return &ReadMark{ConversationID: c, UserID: e.Actor, UserName: h.name(e.Actor), MessageID: MessageID(e.Ref), At: e.At}, nil
	case ParticipantAdded, ParticipantUpdated, ParticipantRemoved:
		return h.participantChange(ctx, e, c)
	case ConversationUpdated, ConversationDeleted:
		return h.conversation(ctx, e, c)
	}
	return h.ownPayload(ctx, e)
}

// ownPayload is the payload of an event on a user's own stream.
func (h *hydrator) ownPayload(ctx context.Context, e *Event) (any, error) {
	u, _ := e.Stream.User()
	c := ConversationID(e.Ref)
	switch e.Type {
	case ConversationJoined:
		return h.joined(ctx, e, u, c)
	case ConversationLeft:
		return &Left{c, e.Detail}, nil
	case ConversationSettings:
		return h.settings(ctx, c, u)
	case ReadMoved:
		return h.moved(ctx, e, u, c)
	case UserUpdated:
		return h.r.User(ctx, u)
	case BookmarkAdded, BookmarkRemoved:
		return bookmarkChange(e), nil
	case PollVoted:
		return h.vote(ctx, e, u)
	case ReminderSet, ReminderRemoved, ReminderDue:
		return reminderChange(e), nil
	}
	return nil, Errorf(Internal, "event %s has no payload", e.Type)
}

func (h *hydrator) participantChange(ctx context.Context, e *Event, c ConversationID) (any, error) {
	change := &ParticipantChange{Participant: Participant{ConversationID: c, UserID: UserID(e.Ref), Role: RoleMember, JoinedAt: e.At}}
	if u := h.users[change.UserID]; u != nil {
		change.Name, change.Username = u.Name(), u.Username
	}
	p, err := h.r.Participant(ctx, c, UserID(e.Ref))
	if err != nil {
		return nil, err
	}
	if p != nil {
		change.Participant = *p
	}
	var d participantDetail
	if err := json.Unmarshal([]byte(e.Detail), &d); err == nil {
		change.By, change.Reason = d.By, d.Reason
	}
	return change, nil
}

// moved is up to where the user has read now, and what is left; what the log says
// if he takes no part any more.
func (h *hydrator) moved(ctx context.Context, e *Event, u UserID, id ConversationID) (any, error) {
	if known := h.reads[id]; known != nil {
		mark := *known
		mark.At = e.At
		return &mark, nil
	}
	st, err := accessConversation(ctx, h.r, Actor{ID: u}, id)
	if Has(err, NotFound) || Has(err, NotParticipant) {
		m, _ := strconv.ParseInt(e.Detail, 10, 64)
		return &ReadMark{ConversationID: id, UserID: u, UserName: h.name(u), MessageID: MessageID(m), At: e.At}, nil
	}
	if err != nil {
		return nil, err
	}
	left, err := LeftFor(ctx, h.r, st.Conversation, st.me)
	if err != nil {
		return nil, err
	}
	if h.reads == nil {
		h.reads = map[ConversationID]*ReadMark{}
	}
	h.reads[id] = movedMark(st.me, e.At, left)
	return h.reads[id], nil
}

// settings is what a conversation is to one participant.
func (h *hydrator) settings(ctx context.Context, c ConversationID, u UserID) (any, error) {
	p, err := h.r.Participant(ctx, c, u)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return &Participant{ConversationID: c, UserID: u}, nil
	}
	drafts, err := h.r.Drafts(ctx, u, []ConversationID{c})
	p.Draft = drafts[c]
	return p, err
}

func (h *hydrator) conversation(ctx context.Context, e *Event, id ConversationID) (any, error) {
	c, err := h.r.Conversation(ctx, id)
	if c == nil {
		c = outline(id, e.At)
	}
	return c, err
}

// outline is a conversation of which nothing is left to tell: as one without a name
// that has the usual settings, so that whoever reads it finds what he expects.
func outline(id ConversationID, at time.Time) *Conversation {
	return &Conversation{ID: id, Kind: Group, CreatedAt: at, UpdatedAt: at, Metadata: EmptyObject, Settings: usual()}
}

// joined shows the conversation as the user sees it now; if he has left it
// since, only that it was there.
func (h *hydrator) joined(ctx context.Context, e *Event, u UserID, id ConversationID) (any, error) {
	head, err := strconv.ParseInt(e.Detail, 10, 64)
	if err != nil {
		return nil, Errorf(Internal, "conversation.joined %d of stream %s has no head", e.Rev, e.Stream)
	}
	j := &Joined{View: ConversationView{Conversation: *outline(id, e.At)}, Head: head}
	st, err := accessConversation(ctx, h.r, Actor{ID: u}, id)
	if Has(err, NotFound) || Has(err, NotParticipant) {
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := view(ctx, h.r, st)
	if err != nil {
		return nil, err
	}
	j.View = *v
	return j, nil
}
