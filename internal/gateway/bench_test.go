package gateway_test

import (
	"runtime"
	"testing"
	"time"

	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
)

func BenchmarkFanOut(b *testing.B) {
	gatewaytest.FanOut(b, func(who gateway.Identity, _ string) (gateway.Protocol, gateway.Identity) { return speak(), who }, []string{`{"type":"hello"}`}, 1)
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
