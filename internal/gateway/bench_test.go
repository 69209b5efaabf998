package gateway_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
)

// BenchmarkFanOut delivers messages to 1,000 sessions of one conversation whose
// pipes cost nothing: what is measured is the hub, the queues and the flushers.
func BenchmarkFanOut(b *testing.B) {
	const sessions = 1000
	w, done := gatewaytest.NewWorld(gateway.Config{})
	defer done()
	for range sessions {
		p := gatewaytest.NewPipe().Discard()
		go w.Server.Serve(p, speak(), gatewaytest.As(gatewaytest.Ann))
		p.Send(`{"type":"hello"}`)
	}
	m := &chat.Message{ID: 1, ConversationID: 1, Seq: 1, SenderID: 2, SenderName: "Bob", Content: fmt.Sprintf("%200d", 1), Metadata: chat.EmptyObject}
	delivered := func() int64 { return w.Server.Metrics.FramesOut.Load() }
	for delivered() < sessions { // the ready frames
		time.Sleep(time.Millisecond)
	}
	start := delivered()
	b.ReportAllocs()
	b.ResetTimer()
	sent := int64(0)
	for b.Loop() {
		w.Commit(&chat.Event{Stream: 1, Type: chat.MessageCreated, Actor: 2, Ref: 1, Seq: 1, Payload: m})
		// A sender has at most so many messages on their way.
		for sent++; delivered()-start < (sent-256)*sessions; {
			time.Sleep(100 * time.Microsecond)
		}
	}
	for delivered()-start < sent*sessions {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	total := float64(sent * sessions)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/total, "ns/delivery")
	b.ReportMetric(float64(delivered()-start)/float64(w.Server.Metrics.Writes.Load()), "frames/write")
	if n := w.Server.Metrics.SlowConsumers.Load(); n > 0 {
		b.Errorf("%d sessions were cut off", n)
	}
}

// BenchmarkIdle is what an idle session holds, without its pipe but with the
// goroutine that reads it.
func BenchmarkIdle(b *testing.B) {
	const sessions = 5000
	w, done := gatewaytest.NewWorld(gateway.Config{})
	defer done()
	var pipes []*gatewaytest.Pipe
	for range sessions {
		pipes = append(pipes, gatewaytest.NewPipe().Discard())
	}
	before := memory()
	for _, p := range pipes {
		go w.Server.Serve(p, speak(), gatewaytest.As(gatewaytest.Ann))
		p.Send(`{"type":"hello"}`)
	}
	for w.Server.Metrics.FramesOut.Load() < sessions {
		time.Sleep(time.Millisecond)
	}
	held := memory() - before
	for b.Loop() {
		runtime.Gosched()
	}
	b.ReportMetric(float64(held)/sessions, "B/session")
}

func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
