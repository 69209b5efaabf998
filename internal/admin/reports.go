package admin

import (
	"context"
	"time"

	"parley/internal/chat"
)

// Bounds of reports.
const (
	// MaxReports is how many are kept; more are refused until some are closed.
	MaxReports = 1000
	// keptReports is how long one is kept that nobody closes.
	keptReports = 90 * 24 * time.Hour
)

// Report is what a guest of a room tells the operator: his own words, and what he has
// picked of what was said. Nothing proves that it was said.
type Report struct {
	ID       int64
	At       time.Time
	Room     chat.RoomID
	Seat     int // the guest's
	Note     string
	Excerpts []Excerpt
}

// Excerpt is a message as a guest shows it.
type Excerpt struct {
	Seat int       `json:"seat"` // whose it is
	Name string    `json:"name"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// AddReport keeps a report, whose bounds the caller has checked.
func (s *Service) AddReport(ctx context.Context, r *Report) error {
	r.At = s.now()
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.ForgetReports(ctx, r.At.Add(-keptReports)); err != nil {
			return err
		}
		n, err := tx.CountReports(ctx)
		if err != nil {
			return err
		}
		if n >= MaxReports {
			return chat.Errorf(chat.Overloaded, "There are as many reports as this server keeps")
		}
		return tx.InsertReport(ctx, r)
	})
}

// Reports returns a page of reports, the newest first, and whether there are more.
func (s *Service) Reports(ctx context.Context, before int64, limit int) (page []Report, more bool, err error) {
	err = s.read(ctx, func(r Reader) error {
		page, err = r.Reports(ctx, s.now().Add(-keptReports), before, limit+1)
		return err
	})
	if len(page) > limit {
		page, more = page[:limit], true
	}
	return page, more, err
}

// CloseReport erases a report.
func (s *Service) CloseReport(ctx context.Context, by chat.Actor, id int64) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		there, err := tx.DeleteReport(ctx, id)
		if err == nil && !there {
			err = chat.Errorf(chat.NotFound, "Report not found")
		}
		if err != nil {
			return err
		}
		return chat.Record(ctx, tx, by, s.now(), chat.ActionReportClosed, id, nil)
	})
}
