package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"parley/internal/chat"
)

// searchable is how many messages S8 searches.
var searchable = flag.Int("search", 1_000_000, "messages among which S8 searches")

// writer makes texts whose words are as unevenly common as those of a language,
// the same at every run: half of them Chinese.
type writer struct {
	random *rand.Rand
	words  *rand.Zipf
	chars  *rand.Zipf
}

func newWriter(seed uint64) *writer {
	r := rand.New(rand.NewPCG(seed, 8))
	return &writer{r, rand.NewZipf(r, 1.1, 8, 40_000), rand.NewZipf(r, 1.1, 30, 3_000)}
}

const syllables = "ba de fi go hu ka le mi no pu ra se ti vo wu za shen tra klo pri"

// word is the nth word of the language.
func word(n uint64) string {
	list := strings.Fields(syllables)
	s := ""
	for n += 20; n > 0; n /= 20 {
		s += list[n%20]
	}
	return s
}

func (w *writer) text(chinese bool, length int) string {
	var b strings.Builder
	for i := range length {
		if chinese {
			b.WriteRune(rune(0x4e00 + w.chars.Uint64()))
			continue
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word(w.words.Uint64()))
	}
	return b.String()
}

func (w *writer) message() string { return w.text(w.random.IntN(2) == 0, 6+w.random.IntN(20)) }

// manyTexts makes 50 direct conversations and a group of all their people, and
// puts a million messages into them, half of them into the group.
func manyTexts(ctx context.Context, s *seed) error {
	if err := pairs(50)(ctx, s); err != nil {
		return err
	}
	if err := s.group(ctx); err != nil {
		return err
	}
	const atOnce = 128
	errs := make([]error, atOnce)
	var wg sync.WaitGroup
	for i := range atOnce {
		wg.Go(func() {
			w := newWriter(uint64(i))
			for n := i; n < *searchable && errs[i] == nil; n += atOnce {
				who, where := n%100, len(s.conversations)-1
				if n%2 == 0 {
					where = who / 2
				}
				_, errs[i] = s.accounts.Chat.SendMessage(ctx, chat.Actor{ID: chat.UserID(s.ids[who])}, chat.SendMessage{
					ConversationID: chat.ConversationID(s.conversations[where]), Content: w.message(),
				})
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err := s.accounts.Chat.SendMessage(ctx, chat.Actor{ID: chat.UserID(s.ids[0])}, chat.SendMessage{
		ConversationID: chat.ConversationID(s.conversations[0]), Content: lastWord,
	})
	return err
}

const lastWord = "qqqlastofall"

// find answers one search of the first person and says how many messages came.
func (b *bed) find(ctx context.Context, c *http.Client, path, query string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+path+"?query="+url.QueryEscape(query), http.NoBody)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+b.tokens[0])
	res, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, page)
	}
	return strings.Count(string(page), `"highlight":`), err
}

// searchTexts waits until the index has everything, and then asks one question
// after the other.
func searchTexts(ctx context.Context, b *bed) ([]result, error) {
	c := &http.Client{Timeout: time.Minute}
	defer c.CloseIdleConnections()
	begun := time.Now()
	for n := 0; n == 0; time.Sleep(100 * time.Millisecond) {
		var err error
		if n, err = b.find(ctx, c, "/api/chat/search", lastWord); err != nil {
			return nil, err
		}
	}
	out := []result{{"S8", "messages indexed per second, from nothing", fmt.Sprintf("%.0f", float64(*searchable)/time.Since(begun).Seconds()), "", ""}}
	one := fmt.Sprintf("/api/chat/conversations/%d/messages/search", b.conversations[len(b.conversations)-1])
	for _, kind := range []struct {
		what, path string
		chinese    bool
		words      int
	}{
		{"three words in one conversation", one, false, 3},
		{"three words in all of mine", "/api/chat/search", false, 3},
		{"two Chinese characters in one conversation", one, true, 2},
		{"two Chinese characters in all of mine", "/api/chat/search", true, 2},
	} {
		w, found := newWriter(4711), 0
		var seen latencies
		for from := time.Now(); time.Since(from) < b.measure; {
			query, asked := w.text(kind.chinese, kind.words), time.Now()
			n, err := b.find(ctx, c, kind.path, query)
			if err != nil {
				return nil, err
			}
			seen.add(time.Since(asked))
			found += n
		}
		out = append(out,
			result{"S8", kind.what + ", p50", ms(seen.percentile(0.50)), "", ""},
			result{"S8", kind.what + fmt.Sprintf(", p99 of %d (%d hits)", len(seen.all), found), ms(seen.percentile(0.99)), "≤ 60 ms", ""})
	}
	return out, nil
}
