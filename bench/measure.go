package main

import (
	"slices"
	"sync"
	"time"
)

// latencies collects durations from many goroutines.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

// percentile of what was collected; p is between 0 and 1.
func (l *latencies) percentile(p float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	return l.all[min(int(p*float64(len(l.all))), len(l.all)-1)]
}

// span measures wall time and server processor time of some work.
type span struct {
	s     *server
	begin time.Time
	cpu   time.Duration
}

func begin(s *server) (span, error) {
	cpu, err := s.cpu()
	return span{s, time.Now(), cpu}, err
}

func (p span) end() (wall, cpu time.Duration, err error) {
	now, err := p.s.cpu()
	return time.Since(p.begin), now - p.cpu, err
}
