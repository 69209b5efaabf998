package admin

import (
	"context"
	"sync"
	"time"

	"parley/internal/chat"
)

// Totals is what there is.
type Totals struct {
	Users, Disabled, Admins int64 // of those that were not deleted
	Invitations             int64 // that are good
	Sessions                int64 // that have not ended
	Groups, Channels        int64
	Messages                int64 // that were ever sent, as far as they are counted
	Files, FileBytes        int64
	Stored                  []StoredKind
}

// StoredKind is how much of a kind of files is stored, as it was uploaded: the smaller
// forms of images do not count.
type StoredKind struct {
	Kind         string // one of StoredKinds
	Files, Bytes int64
}

// StoredKinds are the kinds that files are counted by, in this order: those of
// chat.FileKind, voice messages apart from other sound, pictures of people and
// conversations, and images of previews.
var StoredKinds = []string{"image", "video", "voice", "audio", "file", "avatar", "preview"}

// Figures are what an overview shows.
type Figures struct {
	At   time.Time
	Days []Day // up to today, in order
	// Before is how many messages there were in as many days before those.
	Before int64
	// Active is who was active today, ActiveWeek in the last seven days, ActiveMonth in
	// the last thirty.
	Active, ActiveWeek, ActiveMonth int64
	Slots                           []Sample  // of the last 24 hours, all nodes together
	Delivered                       Histogram // in them
	Sessions                        map[string]int64
	Totals                          Totals
	DatabaseBytes                   int64
	DiskFree, DiskTotal             int64 // 0: unknown
}

// figuresKept is how long figures that were made are good for everybody who asks.
const figuresKept = 10 * time.Second

// figures remembers what was made, for each number of days. Who asks while they are
// being made waits for that: it is never done twice at once.
type figures struct {
	mu   sync.Mutex
	made map[int]*Figures
	when map[int]time.Time
}

// Figures returns the figures of the last so many days, today included. They may be
// ten seconds old.
func (s *Service) Figures(ctx context.Context, days int) (*Figures, error) {
	if days < 1 || days > KeptDays {
		return nil, chat.Invalid("days", "days must be between 1 and %d", KeptDays)
	}
	f := &s.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	if made := f.made[days]; made != nil && time.Since(f.when[days]) < figuresKept {
		return made, nil
	}
	made, err := s.makeFigures(ctx, days)
	if err != nil {
		return nil, err
	}
	f.made[days], f.when[days] = made, time.Now()
	return made, nil
}

// makeFigures reads a row a day, a row each five minutes of the last day, and counts
// accounts, groups and files: nothing in it grows with the messages.
func (s *Service) makeFigures(ctx context.Context, days int) (*Figures, error) {
	now := s.now()
	today := chat.DayOf(now)
	f := &Figures{At: now, Delivered: Histogram{}, Sessions: map[string]int64{}}
	var nodes []Node
	err := s.read(ctx, func(r Reader) (err error) {
		known, err := r.Days(ctx, today-int64(2*days)+1, today)
		if err != nil {
			return err
		}
		f.fillDays(known, today, days)
		for _, active := range []struct {
			days int64
			to   *int64
		}{{1, &f.Active}, {week, &f.ActiveWeek}, {month, &f.ActiveMonth}} {
			if *active.to, err = r.ActiveIn(ctx, today-active.days, today); err != nil {
				return err
			}
		}
		if f.Totals, err = r.Totals(ctx, now); err != nil {
			return err
		}
		if f.DatabaseBytes, err = r.DatabaseBytes(ctx); err != nil {
			return err
		}
		samples, err := r.Samples(ctx, now.Add(-24*time.Hour), now.Add(SlotLength))
		if err != nil {
			return err
		}
		f.Slots = merge(samples)
		nodes, err = r.Nodes(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, slot := range f.Slots {
		f.Delivered.Add(slot.Delivered)
	}
	s.countSessions(f, nodes)
	f.finishToday()
	if s.disk != nil {
		f.DiskFree, f.DiskTotal = s.disk()
	}
	return f, nil
}

// fillDays puts a day where nothing is known of one.
func (f *Figures) fillDays(known []Day, today int64, days int) {
	first := today - int64(days) + 1
	byDay := make(map[int64]Day, len(known))
	for _, d := range known {
		byDay[d.Day] = d
		if d.Day < first {
			f.Before += d.Messages
		}
	}
	for day := first; day <= today; day++ {
		d := byDay[day]
		d.Day = day
		f.Days = append(f.Days, d)
	}
}

// finishToday puts what was just counted into today's figures.
func (f *Figures) finishToday() {
	d := &f.Days[len(f.Days)-1]
	d.Active, d.ActiveWeek, d.ActiveMonth = f.Active, f.ActiveWeek, f.ActiveMonth
	d.Users, d.DatabaseBytes, d.FileBytes = f.Totals.Users, f.DatabaseBytes, f.Totals.FileBytes
	for _, slot := range f.Slots {
		if chat.DayOf(slot.Slot) == d.Day {
			d.PeakSessions = max(d.PeakSessions, slot.Peak)
		}
	}
}

// countSessions takes this node's connections as they are, and others' as they last
// told.
func (s *Service) countSessions(f *Figures, nodes []Node) {
	s.pulse.judge(nodes)
	for _, n := range nodes {
		if !n.Alive || n.Here {
			continue
		}
		for dialect, open := range n.Sessions {
			f.Sessions[dialect] += open
		}
	}
	if s.observe == nil {
		return
	}
	for dialect, open := range s.observe().Sessions {
		f.Sessions[dialect] += open
	}
}
