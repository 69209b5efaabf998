// Package preview shows what stands behind the links of messages. It follows the
// log, so sending does not wait for it: what has links is written down there, and
// workers on any node ask the pages and put what they say onto the message.
package preview

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/follow"
	"parley/internal/lifecycle"
	"parley/internal/picture"
	"parley/internal/text"
)

const (
	// Name is the follower's.
	Name = "previews"
	page = 100
	// newer is how old what was said may be: who catches up does not ask for pages
	// that were named long ago.
	newer = time.Hour

	workers  = 4
	poll     = time.Second     // requests come from other nodes, too
	lease    = 3 * time.Minute // a node that died lets others try; all of a take is done by then
	attempts = 3
	perTake  = 4 * workers

	fresh       = 24 * time.Hour
	freshFailed = time.Hour // that there is nothing to show
)

// Options of New.
type Options struct {
	Chat  *chat.Service
	Store chat.Store
	Blobs blob.Store
	// Allow refuses addresses that must not be connected to: Public, but in tests.
	Allow func(netip.AddrPort) error
	Clock func() time.Time // nil: the machine's
	Log   *slog.Logger
}

// Service makes previews.
type Service struct {
	chat    *chat.Service
	store   chat.Store
	blobs   blob.Store
	fetcher *Fetcher
	images  *picture.Maker
	now     func() time.Time
	log     *slog.Logger

	wake chan struct{}
	loop lifecycle.Background
}

// New returns a service that has not begun.
func New(o Options) *Service {
	s := &Service{
		chat: o.Chat, store: o.Store, blobs: o.Blobs, fetcher: NewFetcher(o.Allow), images: picture.NewMaker(1), now: o.Clock, log: o.Log,
		wake: make(chan struct{}, 1),
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Consumer writes down which messages have links that were not asked yet.
func (s *Service) Consumer() follow.Consumer {
	return follow.Consumer{Name: Name, Page: page, FromNow: true, Prepare: s.prepare}
}

func (s *Service) prepare(ctx context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
	var ids []chat.MessageID
	for _, e := range events {
		if (e.Type == chat.MessageCreated || e.Type == chat.MessageUpdated) && s.now().Sub(e.At) < newer {
			ids = append(ids, chat.MessageID(e.Ref))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	var wanting []chat.MessageID
	err := s.store.Read(ctx, func(r chat.Reader) (err error) {
		wanting, err = s.wanting(ctx, r, slices.Compact(ids))
		return err
	})
	if err != nil || len(wanting) == 0 {
		return nil, err
	}
	return func(ctx context.Context, tx chat.Tx) error {
		defer s.poke()
		return tx.RequestPreviews(ctx, wanting)
	}, nil
}

// wanting returns those of the messages whose links are not those that were asked.
func (s *Service) wanting(ctx context.Context, r chat.Reader, ids []chat.MessageID) ([]chat.MessageID, error) {
	messages, err := r.MessagesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	asked, err := r.AskedFor(ctx, ids)
	if err != nil {
		return nil, err
	}
	var wanting []chat.MessageID
	for i := range messages {
		m := &messages[i]
		if slices.Equal(linksOf(m), asked[m.ID]) {
			continue
		}
		if ok, err := wished(ctx, r, m.SenderID); err != nil {
			return nil, err
		} else if ok || len(asked[m.ID]) > 0 { // what was asked for before he changed his mind goes
			wanting = append(wanting, m.ID)
		}
	}
	return wanting, nil
}

// linksOf are the addresses that a message names to its readers. What is encrypted
// names none to us.
func linksOf(m *chat.Message) (list []string) {
	if m.Deleted() || m.Type == chat.TypeSystem || m.Encrypted != "" || m.Poll != nil {
		return nil
	}
	for _, link := range text.Links(m.Content, chat.MaxPreviews) {
		if u, err := pageURL(link); err == nil && !slices.Contains(list, u.String()) {
			list = append(list, u.String())
		}
	}
	return list
}

// wished reports whether somebody wants his links to be looked up.
func wished(ctx context.Context, r chat.Reader, u chat.UserID) (bool, error) {
	sender, err := r.User(ctx, u)
	return err == nil && sender != nil && sender.Kind != chat.Guest && sender.Settings.LinkPreviews, err
}

func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Start begins to look links up.
func (s *Service) Start() { s.loop.Go(s.run) }

// Stop ends what Start began and waits until it has ended.
func (s *Service) Stop(ctx context.Context) error { return s.loop.End(ctx) }

func (s *Service) run(ctx context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = s.step(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("looking links up", "error", err)
			}
		}
	}
}

// step looks up what waits, and reports whether there may be more.
func (s *Service) step(ctx context.Context) (more bool, err error) {
	waits := false
	err = s.store.Read(ctx, func(r chat.Reader) (err error) {
		waits, err = r.HasPreviewRequests(ctx, s.now(), lease)
		return err
	})
	if err != nil || !waits {
		return false, err
	}
	var taken []chat.PreviewRequest
	err = s.store.Write(ctx, func(tx chat.Tx) (err error) {
		taken, err = tx.TakePreviewRequests(ctx, s.now(), lease, attempts, perTake)
		return err
	})
	if err != nil {
		return false, err
	}
	requests := make(chan chat.PreviewRequest, len(taken))
	for _, r := range taken {
		requests <- r
	}
	close(requests)
	var working sync.WaitGroup
	for range min(workers, len(taken)) {
		working.Go(func() {
			for r := range requests {
				if err := s.serve(ctx, r); err != nil && ctx.Err() == nil {
					s.log.Error("looking links up", "message", int64(r.MessageID), "error", err)
				}
			}
		})
	}
	working.Wait()
	return len(taken) == perTake, nil
}

// serve looks the links of one message up. A panic over what a page says costs that
// message its previews, not the node its life.
func (s *Service) serve(ctx context.Context, r chat.PreviewRequest) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	var m *chat.Message
	var links []string
	err = s.store.Read(ctx, func(read chat.Reader) (err error) {
		if m, err = read.Message(ctx, r.MessageID); err != nil || m == nil {
			return err
		}
		if ok, err := wished(ctx, read, m.SenderID); err != nil || !ok {
			return err
		}
		links = linksOf(m)
		return nil
	})
	if err != nil {
		return err
	}
	if m != nil {
		if err := s.show(ctx, m, links); err != nil {
			return err
		}
	}
	return s.store.Write(ctx, func(tx chat.Tx) error { return tx.FinishPreviewRequest(ctx, r) })
}

func (s *Service) show(ctx context.Context, m *chat.Message, links []string) error {
	var list []*chat.Preview
	for _, link := range links {
		p, err := s.preview(ctx, link)
		if err != nil {
			return err
		}
		list = append(list, p)
	}
	return s.chat.ShowPreviews(ctx, m.ID, m.Content, list)
}

// preview is what was found of a page not long ago, or what it says now. That it
// says nothing is worth remembering, too.
func (s *Service) preview(ctx context.Context, link string) (p *chat.Preview, err error) {
	now := s.now().UTC()
	err = s.store.Read(ctx, func(r chat.Reader) (err error) {
		p, err = r.FreshPreview(ctx, link, now)
		return err
	})
	if err != nil || p != nil {
		return p, err
	}
	p = &chat.Preview{URL: link, FetchedAt: now, FreshUntil: now.Add(freshFailed)}
	found, err := s.fetcher.Page(ctx, link)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.log.Debug("a link has nothing to show", "error", err)
		return p, nil
	}
	p.Title, p.Description, p.SiteName, p.FreshUntil = found.Title, found.Description, found.SiteName, now.Add(fresh)
	if p.Image, err = s.imageOf(ctx, found.Image); err != nil {
		s.log.Debug("the image of a link cannot be shown", "error", err)
	}
	return p, ctx.Err()
}
