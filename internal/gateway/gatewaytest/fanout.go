package gatewaytest

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
)

// FanOut measures what it costs to give messages to 1,000 sessions of one
// conversation whose pipes cost nothing. Each session says the given frames, and is
// there when it was answered so many. What begin returns is who the session is from
// its handshake; the token is for those that say it later.
func FanOut(b *testing.B, begin func(who gateway.Identity, token string) (gateway.Protocol, gateway.Identity), says []string, answers int64) {
	const sessions = 1000
	w, done := NewWorld(gateway.Config{})
	defer done()
	for i := range sessions {
		who := As(chat.UserID(1000 + i))
		w.Add(Team, who.Actor.ID)
		w.Token(fmt.Sprint(i), who)
		protocol, from := begin(who, fmt.Sprint(i))
		p := NewPipe().Discard()
		go w.Server.Serve(p, protocol, from)
		for _, frame := range says {
			p.Send(frame)
		}
	}
	delivered := func() int64 { return w.Server.Metrics.FramesOut.Load() }
	for delivered() < answers*sessions {
		time.Sleep(time.Millisecond)
	}
	m := &chat.Message{ID: 1, ConversationID: 1, Seq: 1, SenderID: 2, SenderName: "Bob", Type: chat.TypeText, Content: fmt.Sprintf("%200d", 1), Metadata: chat.EmptyObject}
	start, sent := delivered(), int64(0)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		w.Commit(&chat.Event{Stream: 1, Type: chat.MessageCreated, Actor: 2, Ref: 1, Seq: 1, Payload: m})
		for sent++; delivered()-start < (sent-256)*sessions; {
			time.Sleep(100 * time.Microsecond)
		}
	}
	for delivered()-start < sent*sessions {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent*sessions), "ns/delivery")
	b.ReportMetric(float64(delivered()-start)/float64(w.Server.Metrics.Writes.Load()), "frames/write")
	if n := w.Server.Metrics.SlowConsumers.Load(); n > 0 {
		b.Errorf("%d sessions were cut off", n)
	}
}
