package chat

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Bounds of reminders.
const (
	MaxReminders    = 200 // of one user
	MaxReminderPage = 100
	MaxRemindIn     = 5 * 366 * 24 * time.Hour
)

// Reminder is a message that somebody wants to be reminded of.
type Reminder struct {
	Message
	At    time.Time
	DueAt time.Time // when he was reminded; zero: not yet
}

// ReminderChange is the payload of ReminderSet, ReminderRemoved and ReminderDue.
type ReminderChange struct {
	MessageID      MessageID
	ConversationID ConversationID
	At             time.Time // zero: removed
	Due            bool
}

// ReminderPage is a page of reminders, the earliest first.
type ReminderPage struct {
	Reminders []Reminder
	Total     int64
}

// SetReminder makes the actor's reminder of a message, or moves it to another time.
// Nobody else sees it. A job tells when it is due.
func (s *Service) SetReminder(ctx context.Context, a Actor, id MessageID, at time.Time) (ReminderChange, error) {
	at = at.UTC().Truncate(time.Millisecond)
	if now := s.clock(); !at.After(now) || at.Sub(now) > MaxRemindIn {
		return ReminderChange{}, Invalid("at", "at must be in the future, at most five years from now")
	}
	var done ReminderChange
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		_, m, err := accessMessage(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if m.Deleted() {
			return Errorf(Conflict, "Message was deleted")
		}
		done = ReminderChange{MessageID: m.ID, ConversationID: m.ConversationID, At: at}
		before, due, err := tx.ReminderOf(ctx, a.ID, id)
		if err != nil || before.Equal(at) && due.IsZero() {
			return err
		}
		if before.IsZero() {
			if err := roomForReminder(ctx, tx, a.ID); err != nil {
				return err
			}
		}
		if err := tx.PutReminder(ctx, a.ID, id, at, time.Time{}); err != nil {
			return err
		}
		if err := s.enqueueTimed(ctx, tx, Remind{int64(a.ID), int64(id), at.UnixMilli()}, at); err != nil {
			return err
		}
		return s.tellReminder(ctx, tx, a.ID, ReminderSet, done)
	})
	return done, err
}

// roomForReminder refuses one too many. Those of what the user may not see any more
// give way first, then those that were due.
func roomForReminder(ctx context.Context, tx Tx, u UserID) error {
	n, err := tx.CountReminders(ctx, u)
	if err != nil || n < MaxReminders {
		return err
	}
	if n, err = tx.ForgetIdleReminders(ctx, u); err != nil || n > 0 {
		return err
	}
	return Errorf(Conflict, "At most %d reminders can be set", MaxReminders)
}

// RemoveReminder removes the actor's reminder of a message, which he may not see any
// more. What is not there is no error.
func (s *Service) RemoveReminder(ctx context.Context, a Actor, id MessageID) (ReminderChange, error) {
	var done ReminderChange
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		done = ReminderChange{MessageID: id}
		return s.dropReminder(ctx, tx, a.ID, &done)
	})
	return done, err
}

func (s *Service) dropReminder(ctx context.Context, tx Tx, u UserID, done *ReminderChange) error {
	c, removed, err := tx.DeleteReminder(ctx, u, done.MessageID)
	if err != nil || !removed {
		return err
	}
	done.ConversationID = c
	return s.tellReminder(ctx, tx, u, ReminderRemoved, *done)
}

// Remind makes a reminder due, once: it is for the job. A reminder that was moved
// since has a job of its own; one of what its owner cannot see any more gives way.
func (s *Service) Remind(ctx context.Context, u UserID, id MessageID, at time.Time) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		set, due, err := tx.ReminderOf(ctx, u, id)
		if err != nil || !set.Equal(at) || !due.IsZero() {
			return err
		}
		_, m, err := accessMessage(ctx, tx, Actor{ID: u}, id)
		if Has(err, NotFound) || Has(err, NotParticipant) {
			return s.dropReminder(ctx, tx, u, &ReminderChange{MessageID: id})
		}
		if err != nil {
			return err
		}
		if err := tx.PutReminder(ctx, u, id, at, s.clock()); err != nil {
			return err
		}
		return s.tellReminder(ctx, tx, u, ReminderDue, ReminderChange{MessageID: id, ConversationID: m.ConversationID, At: at, Due: true})
	})
}

func (s *Service) tellReminder(ctx context.Context, tx Tx, u UserID, typ EventType, done ReminderChange) error {
	detail := strconv.FormatInt(int64(done.ConversationID), 10)
	if !done.At.IsZero() {
		detail += " " + strconv.FormatInt(done.At.UnixMilli(), 10)
	}
	return emitOwn(ctx, tx, u, typ, int64(done.MessageID), detail, s.clock(), &done)
}

// reminderChange is the payload of an event of a reminder: all of it is in the log.
func reminderChange(e *Event) *ReminderChange {
	in, at, _ := strings.Cut(e.Detail, " ")
	c, _ := strconv.ParseInt(in, 10, 64)
	done := &ReminderChange{MessageID: MessageID(e.Ref), ConversationID: ConversationID(c), Due: e.Type == ReminderDue}
	if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
		done.At = time.UnixMilli(ms).UTC()
	}
	return done
}

// Reminders returns a page of the actor's reminders, the earliest first, those that
// were due among them: of messages that he may see now.
func (s *Service) Reminders(ctx context.Context, a Actor, offset, limit int) (ReminderPage, error) {
	var page ReminderPage
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if page.Reminders, page.Total, err = r.Reminders(ctx, a.ID, offset, limit); err != nil {
			return err
		}
		list := make([]*Message, len(page.Reminders))
		for i := range page.Reminders {
			list[i] = &page.Reminders[i].Message
		}
		return personalise(ctx, r, a, list)
	})
	return page, err
}
