package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Memory is a Store in the memory of this process.
type Memory struct {
	mu    sync.Mutex
	most  int64 // bytes of all blobs together
	used  int64
	blobs map[string]stored
}

type stored struct {
	content []byte
	at      time.Time
}

var _ Store = (*Memory)(nil)

// NewMemory makes a store that takes up to most bytes.
func NewMemory(most int64) *Memory { return &Memory{most: most, blobs: map[string]stored{}} }

// Put implements Store.
func (m *Memory) Put(ctx context.Context, key string, r io.Reader, limit int64) (int64, error) {
	if !validKey(key) {
		return 0, ErrBadKey
	}
	content, err := io.ReadAll(io.LimitReader(&counted{m, readerOf(ctx, r)}, limit+1))
	size := int64(len(content))
	if err == nil && size > limit {
		err = ErrTooLarge
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.used -= size
		return 0, err
	}
	m.used -= int64(len(m.blobs[key].content))
	m.blobs[key] = stored{content, time.Now()}
	return size, nil
}

// counted takes memory for what it reads, before it is read whole.
type counted struct {
	m    *Memory
	from io.Reader
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if c.m.used+int64(n) > c.m.most {
		return 0, fmt.Errorf("keep a file in memory: %w", ErrFull)
	}
	c.m.used += int64(n)
	return n, err
}

// Open implements Store.
func (m *Memory) Open(_ context.Context, key string) (Blob, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[key]
	if !ok {
		return nil, ErrNotFound
	}
	return held{bytes.NewReader(b.content)}, nil
}

type held struct{ *bytes.Reader }

func (held) Close() error { return nil }

// Delete implements Store.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= int64(len(m.blobs[key].content))
	delete(m.blobs, key)
	return nil
}

// Keys implements Store.
func (m *Memory) Keys(ctx context.Context, age time.Duration, fn func(key string) error) error {
	before := time.Now().Add(-age)
	m.mu.Lock()
	var old []string
	for key, b := range m.blobs {
		if b.at.Before(before) {
			old = append(old, key)
		}
	}
	m.mu.Unlock()
	for _, key := range old {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(key); err != nil {
			return err
		}
	}
	return nil
}
