package stomp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
)

// Encode appends the frames that say out.
func (p *Protocol) Encode(frames [][]byte, out gateway.Output) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return frames
	}
	switch o := out.(type) {
	case *gateway.Event:
		return p.event(frames, o)
	case *gateway.Signal:
		return p.signal(frames, o)
	case *gateway.Ready:
		p.ready = true
		return append(frames, p.connected(o))
	case *gateway.Reply:
		return p.reply(frames, o)
	case *gateway.Problem:
		return p.problem(frames, o.Err)
	case *gateway.Back:
		p.back(o)
	case *gateway.Gap:
		return p.gap(frames, o)
	case *gateway.Gone:
		c, _ := o.Stream.Conversation()
		return p.failure(frames, "", failure{
			Error: "You are not a participant in this conversation", Code: chat.NotParticipant, ConversationID: c,
		})
	case *gateway.Beat:
		return append(frames, []byte("\n"))
	case *gateway.Bye:
		return p.bye(frames, o)
	}
	return frames
}

// connected says that the session has begun.
func (p *Protocol) connected(o *gateway.Ready) []byte {
	p.ready, p.user = true, o.User
	about := fmt.Sprintf("user-name:%d\nsession:%s\n", o.User, o.Session)
	if p.heads {
		about += "x-heads:" + headsOf(o) + "\n"
	}
	return p.welcome(about)
}

// welcome is CONNECTED. Its heart-beat must be there: stompjs 2 fails without it.
func (p *Protocol) welcome(about string) []byte {
	beat := int64(interval / time.Millisecond)
	return fmt.Appendf(nil, "CONNECTED\nversion:%s\nheart-beat:%d,%d\nserver:%s\n%s\n\x00", p.version, beat, beat, p.server, about)
}

// headsOf lists the conversations and their newest revs, as x-resume takes them.
// The colons stay, since CONNECTED escapes nothing (STOMP 1.2, "Value Encoding").
func headsOf(o *gateway.Ready) string {
	var list []string
	for _, h := range o.Heads {
		if _, ok := h.Stream.Conversation(); ok {
			list = append(list, fmt.Sprintf("%s:%d", h.Stream, h.Rev))
		}
	}
	return strings.Join(list, ",")
}

func (p *Protocol) reply(frames [][]byte, o *gateway.Reply) [][]byte {
	t, _ := o.Request.Tag.(tag)
	if t.sub != nil {
		t.sub.caughtUp()
	}
	if o.Request.Do == gateway.Reading {
		p.marked(o)
	}
	switch {
	case o.Err != nil:
		return p.refused(frames, t, o.Err)
	case t.connect: // a fresh token was accepted
		return append(frames, p.welcome(""))
	}
	if sent, ok := o.Result.(chat.Sent); ok && sent.Duplicate {
		frames = p.repeat(frames, sent)
	}
	if t.receipt == "" {
		return frames
	}
	gaps := ""
	if t.sub != nil && len(t.sub.gaps) > 0 {
		gaps = "x-gap:" + strings.Join(t.sub.gaps, ",") + "\n"
		t.sub.gaps = nil
	}
	return append(frames, []byte("RECEIPT\nreceipt-id:"+t.receipt+"\n"+gaps+"\n\x00"))
}

// repeat gives the sender of a repeated tempId his copy again: without receipts he
// waits for it (contracts/core.md, "Idempotency").
func (p *Protocol) repeat(frames [][]byte, sent chat.Sent) [][]byte {
	if !p.listens(messages) {
		return frames
	}
	again := p.mapper.Sent(sent)
	again.EventType = "MESSAGE_SENT"
	body, err := json.Marshal(again)
	if err != nil {
		return frames
	}
	return p.to(frames, messages, rest("", body))
}

// failure is what stands on the errors queue.
type failure struct {
	Error          string              `json:"error"`
	Code           chat.Code           `json:"code"`
	Field          string              `json:"field,omitempty"`
	TempID         string              `json:"tempId,omitempty"`
	Destination    string              `json:"destination,omitempty"`
	ConversationID chat.ConversationID `json:"conversationId,omitempty"`
	Rev            int64               `json:"rev,omitempty"`
	RetryAfter     int64               `json:"retryAfter,omitempty"` // seconds
}

func (p *Protocol) refused(frames [][]byte, t tag, err error) [][]byte {
	e := chat.Explain(err)
	f := failure{
		Error: e.Message, Code: e.Code, Field: e.Field, TempID: t.tempID, Destination: t.named,
		RetryAfter: int64((e.RetryAfter + time.Second - 1) / time.Second),
	}
	if t.to != nil && e.Code != chat.RateLimited { // there the text is that of REST
		f.Error = t.to.prefix + f.Error
	}
	return p.failure(frames, t.receipt, f)
}

func (p *Protocol) failure(frames [][]byte, receipt string, f failure) [][]byte {
	if !p.listens(failures) {
		return frames
	}
	about := ""
	if receipt != "" {
		about = "receipt-id:" + receipt + "\n"
	}
	body, _ := json.Marshal(f) // numbers and texts: this cannot fail
	return p.to(frames, failures, rest(about, body))
}

// problem is an error that answers nothing: a frame that is not STOMP, a token
// that is not accepted, or one that has expired.
func (p *Protocol) problem(frames [][]byte, err error) [][]byte {
	var bad *malformed
	switch {
	case errors.As(err, &bad):
		return p.error(frames, bad, bad.receipt)
	case !p.ready:
		return p.error(frames, err, "")
	}
	return p.refused(frames, tag{}, err)
}

// error is the last frame of a connection.
func (p *Protocol) error(frames [][]byte, err error, receipt string) [][]byte {
	about := ""
	if receipt != "" {
		about = "receipt-id:" + receipt + "\n"
	}
	var bad *malformed
	if errors.As(err, &bad) {
		if bad.versions {
			about += "version:1.0,1.1,1.2\n"
		}
		return p.last(frames, bad.text, about, bad.text)
	}
	e := chat.Explain(err)
	title := e.Message
	switch e.Code {
	case chat.Unauthenticated, chat.TokenExpired, chat.TokenInvalid:
		title = "Unauthorized"
	}
	return p.last(frames, title, about+"code:"+string(e.Code)+"\n", e.Message)
}

func (p *Protocol) bye(frames [][]byte, o *gateway.Bye) [][]byte {
	title := o.Reason
	if o.Code == gateway.ByeUnauthorized {
		title = "Unauthorized"
	}
	about := "code:" + string(o.Code) + "\n"
	if o.After > 0 {
		about += "reconnect-after:" + strconv.FormatInt(o.After.Milliseconds(), 10) + "\n"
	}
	return p.last(frames, title, about, o.Reason)
}

func (p *Protocol) last(frames [][]byte, title, about, text string) [][]byte {
	p.over = true
	return append(frames, fmt.Appendf(nil, "ERROR\nmessage:%s\n%scontent-type:text/plain\ncontent-length:%d\n\n%s\x00", plain(title), about, len(text), text))
}

func (p *Protocol) back(o *gateway.Back) {
	for _, s := range p.subs {
		if o.Was == 0 { // it is told from where it was joined
			delete(s.spans, o.Stream)
			continue
		}
		s.back(o.Stream, o.Was)
	}
	if o.Was == 0 {
		return
	}
	if p.replays == nil {
		p.replays = map[chat.StreamID]int64{}
	}
	p.replays[o.Stream] = max(o.Was, p.replays[o.Stream])
}

// gap says that a conversation has to be reloaded.
func (p *Protocol) gap(frames [][]byte, o *gateway.Gap) [][]byte {
	for _, s := range p.subs {
		s.gap(o.Stream, o.Head)
	}
	c, ok := o.Stream.Conversation()
	if !ok {
		c = 0
	}
	return p.failure(frames, "", failure{
		Error: "What happened in the meantime cannot be told: reload", Code: "gap", ConversationID: c, Rev: o.Head,
	})
}
