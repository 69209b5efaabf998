package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// longHistory makes one conversation of 100,000 messages.
func longHistory(ctx context.Context, s *seed) error {
	if err := pairs(1)(ctx, s); err != nil {
		return err
	}
	return s.fill(ctx, 100_000)
}

// readHistory has 16 readers ask for the newest page as fast as they get it.
func readHistory(ctx context.Context, b *bed) ([]result, error) {
	const readers = 16
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	read := func() error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/api/chat/conversations/%d/messages?limit=50", b.url, b.conversation(0)), http.NoBody)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+b.tokens[0])
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if n := strings.Count(string(page), `"conversationId":`); err == nil && (res.StatusCode != http.StatusOK || n != 50) {
			err = fmt.Errorf("%s with %d messages", res.Status, n)
		}
		return err
	}
	var seen latencies
	var pages atomic.Int64
	errs := make([]error, readers)
	p, err := begin(b.server)
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			for begun := time.Now(); errs[i] == nil && time.Since(begun) < b.measure; {
				asked := time.Now()
				errs[i] = read()
				seen.add(time.Since(asked))
				pages.Add(1)
			}
		})
	}
	wg.Wait()
	wall, cpu, err := p.end()
	return []result{
		{"S4", "history pages per second, 16 readers", fmt.Sprintf("%.0f", float64(pages.Load())/wall.Seconds()), "≥ 5,000", "≥ 3,500"},
		{"S4", "p99", ms(seen.percentile(0.99)), "≤ 8 ms", ""},
		{"S4", "CPU per page", perUnit(cpu, pages.Load()), "", ""},
	}, errors.Join(append(errs, err)...)
}
