package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// poll is a group of a thousand with a question.
func poll(ctx context.Context, s *seed) error {
	if err := crowd(1000)(ctx, s); err != nil {
		return err
	}
	sent, err := s.accounts.Chat.SendMessage(ctx, chat.Actor{ID: chat.UserID(s.ids[0])}, chat.SendMessage{
		ConversationID: chat.ConversationID(s.conversations[0]),
		Poll:           &chat.NewPoll{Question: "Where do we go?", Options: []string{"North", "East", "South", "West"}},
	})
	s.poll = int64(sent.Message.ID)
	return err
}

const votingTakes = 10 * time.Second

// votes has all members of a group, who all look at it, vote within ten seconds.
func votes(ctx context.Context, b *bed) ([]result, error) {
	conns, err := b.connectAll(ctx, len(b.ids), native)
	defer closeAll(conns)
	if err != nil {
		return nil, err
	}
	var frames, size atomic.Int64
	var done sync.WaitGroup
	final := fmt.Appendf(nil, `"voterCount":%d,`, len(b.ids))
	var last atomic.Int64
	for _, c := range conns {
		done.Go(func() {
			for seen := false; !seen; {
				f, err := c.next()
				if err != nil {
					return
				}
				if bytes.Contains(f[:min(len(f), 200)], []byte(`"message.updated"`)) {
					frames.Add(1)
					size.Add(int64(len(f)))
					seen = bytes.Contains(f, final)
				}
			}
			last.Store(time.Now().UnixNano())
		})
	}
	time.Sleep(5 * time.Second) // who is here is told first
	p, err := begin(b.server)
	if err != nil {
		return nil, err
	}
	took, lastVote, err := b.voteAll(ctx)
	if err != nil {
		return nil, err
	}
	waited := make(chan struct{})
	go func() { done.Wait(); close(waited) }()
	select {
	case <-waited:
	case <-time.After(time.Minute):
		return nil, errors.New("not all heard of the last vote")
	}
	_, cpu, err := p.end()
	n := int64(len(b.ids))
	return []result{
		{"poll", "a vote is answered after, p50", ms(took.percentile(0.50)), "", ""},
		{"poll", "a vote is answered after, p99", ms(took.percentile(0.99)), "", ""},
		{"poll", "all know the result after the last vote", ms(time.Unix(0, last.Load()).Sub(lastVote)), "", ""},
		{"poll", "updates for each member", fmt.Sprintf("%.0f", float64(frames.Load())/float64(n)), "", ""},
		{"poll", "bytes for each member", fmt.Sprintf("%.0f KiB", float64(size.Load())/float64(n)/1024), "", ""},
		{"poll", "CPU of the server per vote", perUnit(cpu, n), "", ""},
	}, err
}

// voteAll sends everybody's vote over REST when it is due.
func (b *bed) voteAll(ctx context.Context) (took *latencies, last time.Time, err error) {
	took = &latencies{}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var voting sync.WaitGroup
	errs := make([]error, 64)
	begun := time.Now()
	for w := range errs {
		voting.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(b.ids) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				time.Sleep(time.Until(begun.Add(votingTakes * time.Duration(i) / time.Duration(len(b.ids)))))
				sent := time.Now()
				errs[w] = b.vote(ctx, client, i)
				took.add(time.Since(sent))
			}
		})
	}
	voting.Wait()
	return took, time.Now(), errors.Join(errs...)
}

func (b *bed) vote(ctx context.Context, client *http.Client, person int) error {
	choice := strings.NewReader(fmt.Sprintf(`{"options":[%d]}`, person%4))
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, fmt.Sprintf("%s/api/chat/messages/%d/poll/vote", b.url, b.seed.poll), choice)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+b.tokens[person])
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("vote: %s: %s", answer.Status, text)
	}
	return err
}
