package stomp

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
)

// Decode reads one message, which may hold several frames or a part of one.
func (p *Protocol) Decode(message []byte) (requests []gateway.Request, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left || p.over {
		return nil, nil // what comes behind the end does not count
	}
	err = p.reader.feed(message, func() version { return p.version }, func(f *frame) error {
		more, err := p.frame(f)
		requests = append(requests, more...)
		return err
	})
	if errors.Is(err, errLeft) {
		return requests, nil
	}
	if err != nil {
		return requests, gateway.Final(err)
	}
	return requests, nil
}

// errLeft ends the reading behind DISCONNECT.
var errLeft = errors.New("stomp: disconnected")

// frames are what a client may say once it is connected.
var frames = map[string]func(*Protocol, *frame, tag) ([]gateway.Request, error){
	"CONNECT":     (*Protocol).connect,
	"STOMP":       (*Protocol).connect,
	"SEND":        (*Protocol).send,
	"SUBSCRIBE":   (*Protocol).subscribe,
	"UNSUBSCRIBE": (*Protocol).unsubscribe,
	"ACK":         (*Protocol).noted, // delivery does not wait for it
	"NACK":        (*Protocol).noted,
	"DISCONNECT":  (*Protocol).disconnect,
	"BEGIN":       (*Protocol).transaction,
	"COMMIT":      (*Protocol).transaction,
	"ABORT":       (*Protocol).transaction,
}

func (p *Protocol) frame(f *frame) ([]gateway.Request, error) {
	run, known := frames[f.command]
	connects := f.command == "CONNECT" || f.command == "STOMP"
	var t tag
	if !connects { // it has none (STOMP 1.2, "Header receipt")
		t.receipt, _ = f.raw("receipt")
	}
	var requests []gateway.Request
	var err error
	switch {
	case !known:
		err = wrong("Unknown command")
	case p.version == 0 && !connects:
		err = wrong("The first frame is CONNECT")
	default:
		requests, err = run(p, f, t)
	}
	var bad *malformed
	if errors.As(err, &bad) {
		bad.receipt = t.receipt
	}
	return requests, err
}

// connect begins the session, or brings a fresh token.
func (p *Protocol) connect(f *frame, t tag) ([]gateway.Request, error) {
	accepts, named := f.raw("accept-version")
	v, ok := negotiate(accepts, named)
	if !ok {
		return nil, &malformed{text: "Versions 1.0, 1.1 and 1.2 are spoken here", versions: true}
	}
	pulse, err := heartBeat(f, v)
	if err != nil {
		return nil, err
	}
	first := p.version == 0
	p.version = v
	t.connect = true
	login := gateway.Request{Do: gateway.LoggingIn, Args: gateway.Login{Token: p.tokenOf(f)}, Tag: t}
	if !first {
		return []gateway.Request{login}, nil
	}
	p.heads = f.loose("x-heads") == "true"
	return []gateway.Request{
		login,
		{Do: gateway.Greeting, Args: gateway.Hello{Device: f.value(v, "device-type")}, Tag: t},
		{Do: gateway.Pulsing, Args: pulse, Tag: t},
	}, nil
}

// tokenOf prefers what CONNECT says to what the address said.
func (p *Protocol) tokenOf(f *frame) string {
	h := strings.TrimSpace(f.loose("authorization"))
	if scheme, token, ok := strings.Cut(h, " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(token)
	}
	if h != "" {
		return h
	}
	return p.token
}

// heartBeat settles the heart-beats (STOMP 1.2, "Heart-beating").
func heartBeat(f *frame, v version) (pulse gateway.Pulse, err error) {
	raw, ok := f.raw("heart-beat")
	if !ok || v == v10 {
		return pulse, nil
	}
	can, want, _ := strings.Cut(raw, ",")
	gives, err1 := strconv.ParseUint(strings.TrimSpace(can), 10, 32)
	wants, err2 := strconv.ParseUint(strings.TrimSpace(want), 10, 32)
	if err1 != nil || err2 != nil {
		return pulse, wrong("heart-beat is two numbers of milliseconds")
	}
	if wants > 0 {
		pulse.Give = max(interval, time.Duration(wants)*time.Millisecond)
	}
	if gives > 0 {
		promised := max(interval, time.Duration(gives)*time.Millisecond)
		pulse.Want = time.Duration(lateness * float64(promised))
	}
	return pulse, nil
}

// noted is for what only has to be received.
func (p *Protocol) noted(_ *frame, t tag) ([]gateway.Request, error) {
	return []gateway.Request{{Do: gateway.BeingThere, Tag: t}}, nil
}

func (p *Protocol) transaction(*frame, tag) ([]gateway.Request, error) {
	return nil, wrong("transactions not supported")
}

func (p *Protocol) disconnect(_ *frame, t tag) ([]gateway.Request, error) {
	p.left = true
	return []gateway.Request{{Do: gateway.Leaving, Tag: t}}, errLeft
}

// send does what the destination says. What it asks of the domain is refused
// there, and the connection goes on.
func (p *Protocol) send(f *frame, t tag) ([]gateway.Request, error) {
	name := f.value(p.version, "destination")
	if name == "" {
		return nil, wrong("SEND needs a destination")
	}
	if _, ok := f.raw("transaction"); ok {
		return nil, wrong("transactions not supported")
	}
	t.named = name
	to, known := destinations[name]
	if !known {
		t.named = clip(name, 200)
		return []gateway.Request{refuse(t, chat.Errorf(chat.NotFound, "Unknown destination"))}, nil
	}
	t.to = to
	r, err := to.read(f.body)
	if args, ok := r.Args.(chat.SendMessage); ok {
		t.tempID = args.TempID
	}
	if err != nil {
		r.Err = invalid(err)
	}
	if m, ok := r.Args.(gateway.Mark); ok && r.Err == nil && len(p.marking) < maxMarking {
		if p.marking == nil {
			p.marking = map[chat.ConversationID]chat.MessageID{}
		}
		p.marking[m.Conversation] = m.Message
	}
	r.Do, r.Tag = to.do, t
	return []gateway.Request{r}, nil
}

// maxMarking bounds the read marks of which this session is not told.
const maxMarking = 64

// refuse answers a frame with an error on the errors queue.
func refuse(t tag, err error) gateway.Request {
	return gateway.Request{Do: gateway.BeingThere, Tag: t, Err: err}
}

func clip(s string, n int) string { return strings.ToValidUTF8(s[:min(n, len(s))], "") }
