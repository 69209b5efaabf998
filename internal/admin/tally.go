package admin

import (
	"context"
	"slices"
	"time"

	"parley/internal/chat"
)

// Day is what is kept of a day, counted from 1970 in UTC.
type Day struct {
	Day      int64
	Messages int64
	// Active is who wrote, read or reacted on it, ActiveWeek on one of the seven days
	// that end with it, ActiveMonth of the thirty.
	Active, ActiveWeek, ActiveMonth int64
	Users                           int64 // accounts at its end; 0: none, or the day was not tallied yet
	PeakSessions                    int64
	Delivered                       Histogram
	DatabaseBytes, FileBytes        int64 // at its end; 0: nobody looked
}

const (
	// KeptDays is how many days the figures go back at most.
	KeptDays = 90
	// keptActivity is for how many days it is kept who was active.
	keptActivity = 2 * KeptDays
	// keptSamples is for how long there is one of each five minutes.
	keptSamples = 8 * 24 * time.Hour
	// tallyDays bounds the days that one tally makes up for.
	tallyDays = 30
	// behindBy is how many positions the counter may be behind for its figures to count
	// as complete.
	behindBy = 2 * counterPage
)

const week, month = 7, 30

// Tally stores the figures of days that are over and were not tallied yet, and of
// today as they are. It may be cut off anywhere.
func (s *Service) Tally(ctx context.Context) error {
	now := s.now()
	today := chat.DayOf(now)
	var days []Day
	var files, size int64
	behind := false
	err := s.read(ctx, func(r Reader) error {
		at, err := r.FollowerAt(ctx, counterName)
		if err != nil {
			return err
		}
		end, err := r.LogEnd(ctx)
		if err != nil {
			return err
		}
		behind = end-at > behindBy
		if days, err = r.Days(ctx, today-KeptDays, today); err != nil || behind {
			return err
		}
		totals, err := r.Totals(ctx, now)
		if err != nil {
			return err
		}
		files = totals.FileBytes
		size, err = r.DatabaseBytes(ctx)
		return err
	})
	if err != nil || behind { // comes again soon
		return err
	}
	tallied := 0
	for day := today; day >= today-KeptDays && tallied < tallyDays; day-- {
		at := slices.IndexFunc(days, func(d Day) bool { return d.Day == day })
		if day < today-1 && (at < 0 || days[at].Users != 0) {
			continue // nothing happened on it, or it is done
		}
		d := Day{Day: day}
		if at >= 0 {
			d = days[at]
		}
		if day == today {
			d.FileBytes, d.DatabaseBytes = files, size
		}
		if err := s.tallyDay(ctx, d, at >= 0 || day == today); err != nil {
			return err
		}
		tallied++
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.ForgetReports(ctx, now.Add(-keptReports)); err != nil {
			return err
		}
		return tx.PruneFigures(ctx, now.Add(-keptSamples), today-keptActivity)
	})
}

// tallyDay stores a day's figures; of one of which nothing is known only if there were
// accounts: before that there was no server.
func (s *Service) tallyDay(ctx context.Context, d Day, known bool) error {
	err := s.read(ctx, func(r Reader) (err error) {
		if d.Users, err = r.UsersAt(ctx, startOf(d.Day+1)); err != nil {
			return err
		}
		if d.Users == 0 && !known {
			return nil
		}
		if d.Active, err = r.ActiveIn(ctx, d.Day-1, d.Day); err != nil {
			return err
		}
		if d.ActiveWeek, err = r.ActiveIn(ctx, d.Day-week, d.Day); err != nil {
			return err
		}
		if d.ActiveMonth, err = r.ActiveIn(ctx, d.Day-month, d.Day); err != nil {
			return err
		}
		samples, err := r.Samples(ctx, startOf(d.Day), startOf(d.Day+1))
		if err != nil || len(samples) == 0 {
			return err
		}
		d.Delivered, d.PeakSessions = Histogram{}, 0
		for _, slot := range merge(samples) {
			d.Delivered.Add(slot.Delivered)
			d.PeakSessions = max(d.PeakSessions, slot.Peak)
		}
		return nil
	})
	if err != nil || d.Users == 0 && !known {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.StoreDay(ctx, d) })
}

// startOf is when a day begins.
func startOf(day int64) time.Time {
	return time.UnixMilli(day * (24 * time.Hour).Milliseconds()).UTC()
}
