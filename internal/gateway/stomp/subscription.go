package stomp

import (
	"fmt"
	"strconv"
	"strings"

	"parley/internal/chat"
	"parley/internal/gateway"
)

// Queues of a user. There are no others, so nobody reads another user's.
const (
	messages      = "/user/queue/chat/messages"
	typing        = "/user/queue/chat/typing"
	presence      = "/user/queue/chat/presence"
	receipts      = "/user/queue/chat/receipts"
	reactions     = "/user/queue/chat/reactions"
	failures      = "/user/queue/chat/errors"
	conversations = "/user/queue/chat/conversations"
)

var queues = map[string]bool{
	messages: true, typing: true, presence: true, receipts: true, reactions: true, failures: true, conversations: true,
}

const (
	maxSubscriptions = 64
	maxID            = 256
	maxResumed       = 1000 // conversations that one SUBSCRIBE may take up
)

// subscription is one of a client's.
type subscription struct {
	id    string // as it was sent
	queue string
	head  string // of its MESSAGEs, up to their id
	key   string // of encodings that it shares with the subscriptions of others
	acks  bool   // MESSAGEs carry what ACK would need (STOMP 1.2, "ACK")
	// spans are the streams of which it does not take every event that comes.
	spans map[chat.StreamID]span
	gaps  []string // conversations to reload, as x-gap tells them
}

// span says which events of a stream a subscription takes: those after a rev that
// it has, and while it is being caught up only the next.
type span struct{ after, next int64 }

// takes reports whether an event is for the subscription, if it is for its queue
// at all, and expects the one behind it. It must be asked of each event.
func (s *subscription) takes(st chat.StreamID, rev int64) bool {
	sp, ok := s.spans[st]
	switch {
	case !ok:
		return true
	case rev <= sp.after || sp.next > 0 && rev != sp.next:
		return false
	}
	if sp.after = 0; sp.next == 0 {
		delete(s.spans, st)
		return true
	}
	sp.next++
	s.spans[st] = sp
	return true
}

// back prepares for a stream that comes again, up to was of what had come before.
func (s *subscription) back(st chat.StreamID, was int64) {
	sp := s.spans[st]
	if sp.next > 0 {
		was = min(was, sp.next-1)
	}
	sp.after = max(sp.after, was)
	s.set(st, sp)
}

func (s *subscription) set(st chat.StreamID, sp span) {
	if s.spans == nil {
		s.spans = map[chat.StreamID]span{}
	}
	s.spans[st] = sp
}

// gap notes that a stream has to be reloaded and goes on after head.
func (s *subscription) gap(st chat.StreamID, head int64) {
	if sp, ok := s.spans[st]; ok && sp.next > 0 {
		s.spans[st] = span{next: head + 1}
		s.gaps = append(s.gaps, fmt.Sprintf("%s %d", st, head))
	}
}

// caughtUp lets the subscription take whatever comes.
func (s *subscription) caughtUp() {
	for st, sp := range s.spans {
		if sp.next = 0; sp.after == 0 {
			delete(s.spans, st)
			continue
		}
		s.spans[st] = sp
	}
}

func (p *Protocol) subscribe(f *frame, t tag) ([]gateway.Request, error) {
	queue := f.value(p.version, "destination")
	id, ok := f.raw("id")
	if !ok && p.version == v10 { // then the destination stands for it
		id, ok = f.raw("destination")
	}
	acks, err := p.wantsAcks(f)
	switch {
	case err != nil:
		return nil, err
	case queue == "":
		return nil, wrong("SUBSCRIBE needs a destination")
	case !ok || id == "" || len(id) > maxID:
		return nil, wrong("SUBSCRIBE needs an id")
	}
	t.named = clip(queue, 200)
	if !queues[queue] {
		return []gateway.Request{refuse(t, chat.Errorf(chat.Forbidden, "Only the queues /user/queue/chat/… can be subscribed to"))}, nil
	}
	s := &subscription{id: id, queue: queue, acks: acks}
	s.head = fmt.Sprintf("MESSAGE\ndestination:%s\nsubscription:%s\nmessage-id:", queue, id)
	if s.key = s.head; acks {
		s.key += "ack"
	}
	revs, err := p.resume(f, s)
	if err != nil {
		return []gateway.Request{refuse(t, err)}, nil
	}
	if p.drop(id); len(p.subs) == maxSubscriptions {
		return []gateway.Request{refuse(t, chat.Errorf(chat.Conflict, "%d subscriptions are enough", maxSubscriptions))}, nil
	}
	p.subs = append(p.subs, s)
	if len(revs) == 0 {
		return p.noted(f, t)
	}
	t.sub = s
	return []gateway.Request{{Do: gateway.Resuming, Args: gateway.Again{Revs: revs}, Tag: t}}, nil
}

func (p *Protocol) wantsAcks(f *frame) (bool, error) {
	switch ack, _ := f.raw("ack"); ack {
	case "", "auto":
		return false, nil
	case "client", "client-individual":
		return p.version == v12, nil
	}
	return false, wrong("ack is auto, client or client-individual")
}

// resume reads x-resume, conversation:rev and so on, and lets the subscription
// expect what follows. What is being given again to others is not its.
func (p *Protocol) resume(f *frame, s *subscription) (map[chat.StreamID]int64, error) {
	for st, was := range p.replays {
		s.set(st, span{after: was})
	}
	list := f.value(p.version, "x-resume")
	if list == "" {
		return nil, nil
	}
	revs := map[chat.StreamID]int64{}
	for item := range strings.SplitSeq(list, ",") {
		name, rev, _ := strings.Cut(strings.TrimSpace(item), ":")
		id, ok := chat.ParseID(name)
		n, err := strconv.ParseInt(rev, 10, 64)
		if !ok || err != nil || n < 0 || n > chat.MaxID || len(revs) == maxResumed {
			return nil, chat.Invalid("x-resume", "x-resume is conversation:rev, at most %d of them with commas between", maxResumed)
		}
		st := chat.ConversationID(id).Stream()
		revs[st] = n
		s.set(st, span{next: n + 1})
	}
	return revs, nil
}

func (p *Protocol) unsubscribe(f *frame, t tag) ([]gateway.Request, error) {
	id, ok := f.raw("id")
	if !ok && p.version == v10 {
		id, ok = f.raw("destination")
	}
	if !ok {
		return nil, wrong("UNSUBSCRIBE needs an id")
	}
	p.drop(id)
	return p.noted(f, t)
}

func (p *Protocol) drop(id string) {
	for i, s := range p.subs {
		if s.id == id {
			p.subs = append(p.subs[:i:i], p.subs[i+1:]...)
			return
		}
	}
}

// message is one MESSAGE to the subscription, with an id of its own.
func (s *subscription) message(id string, rest []byte) []byte {
	b := make([]byte, 0, len(s.head)+2*len(id)+len(rest)+20)
	b = append(append(append(b, s.head...), id...), '\n')
	if s.acks {
		b = append(append(append(b, "ack:"...), id...), '\n')
	}
	return append(b, rest...)
}

// rest is what follows in a MESSAGE on what is a subscription's own. about are
// further headers.
func rest(about string, body []byte) []byte {
	b := make([]byte, 0, len(about)+len(body)+64)
	b = append(append(b, about...), "content-type:application/json\ncontent-length:"...)
	b = append(strconv.AppendInt(b, int64(len(body)), 10), "\n\n"...)
	return append(append(b, body...), 0)
}

// to says something to all who subscribed to a queue.
func (p *Protocol) to(frames [][]byte, queue string, rest []byte) [][]byte {
	for _, s := range p.subs {
		if s.queue == queue {
			p.count++
			frames = append(frames, s.message(strconv.FormatInt(p.count, 10), rest))
		}
	}
	return frames
}

// listens reports whether anybody subscribed to a queue.
func (p *Protocol) listens(queue string) bool {
	for _, s := range p.subs {
		if s.queue == queue {
			return true
		}
	}
	return false
}
