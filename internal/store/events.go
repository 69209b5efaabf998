package store

import (
	"context"
	"fmt"

	"parley/internal/chat"
)

// Emit implements chat.Tx. The rev is given here, under the stream's row lock.
func (t *tx) Emit(ctx context.Context, e *chat.Event) (err error) {
	if e.Rev, err = t.nextRev(ctx, e.Stream); err != nil {
		return err
	}
	if e.Pos == 0 {
		if e.Pos, err = t.nextPosition(ctx); err != nil {
			return err
		}
	}
	t.events = append(t.events, e)
	return nil
}

func (t *tx) nextRev(ctx context.Context, st chat.StreamID) (int64, error) {
	var rev int64
	var err error
	if u, own := st.User(); own {
		rev, err = number(ctx, t.session, `UPDATE users SET rev = rev + 1 WHERE id = $1 RETURNING rev`, int64(u))
	} else {
		rev, err = number(ctx, t.session, `UPDATE conversations SET last_rev = last_rev + 1 WHERE id = $1 RETURNING last_rev`, int64(st))
	}
	if err == nil && rev == 0 {
		return 0, fmt.Errorf("emit: no stream %s", st)
	}
	return rev, err
}

// nextPosition gives the next place in the log of everything. Within a stream
// positions grow with the rev, so the stream's lock has to be held. With one
// writer it is a counter that is read and written once per commit.
func (t *tx) nextPosition(ctx context.Context) (chat.Position, error) {
	if t.engine.Shared != nil {
		return t.drawPosition(ctx)
	}
	if t.position == 0 {
		last, err := t.horizon(ctx)
		if err != nil {
			return 0, err
		}
		t.position = last
	}
	t.position++
	return t.position, nil
}

func (t *tx) drawPosition(ctx context.Context) (chat.Position, error) {
	if len(t.drawn) == 0 {
		if err := t.drawPositions(ctx, 1); err != nil {
			return 0, err
		}
	}
	p := t.drawn[0]
	t.drawn = t.drawn[1:]
	return p, nil
}

// drawPositions gets n positions ready. All streams that they are for are locked.
func (t *tx) drawPositions(ctx context.Context, n int) (err error) {
	if t.engine.Shared == nil || n == 0 {
		return nil
	}
	t.drawn, err = list(ctx, t.session, scanNumber[chat.Position], t.engine.Shared.Draw, n)
	return err
}

// horizon is the position up to which the log of everything is complete.
func (r reader) horizon(ctx context.Context) (chat.Position, error) {
	p, err := number(ctx, r.session, r.engine.Horizon)
	return chat.Position(p), err
}

// draw takes n consecutive numbers of a counter, holding its row until the
// commit, and returns the first.
func (t *tx) draw(ctx context.Context, counter string, n int) (int64, error) {
	last, err := number(ctx, t.session, `UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value`, int64(n), counter)
	return last - int64(n) + 1, err
}

// flushEvents writes the batch's events. A message is its own message.created.
func (t *tx) flushEvents(ctx context.Context) error {
	if len(t.events) == 0 {
		return nil
	}
	if t.engine.Shared == nil {
		if _, err := t.exec(ctx, `UPDATE counters SET value = $1 WHERE name = 'log'`, int64(t.position)); err != nil {
			return err
		}
	}
	var rows [][]any
	for _, e := range t.events {
		if e.Type != chat.MessageCreated {
			rows = append(rows, []any{int64(e.Pos), int64(e.Stream), e.Rev, string(e.Type), int64(e.Actor), e.Ref, e.Seq, e.Detail, millis(e.At)})
		}
	}
	return table{"nnntnnntn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `INSERT INTO events (pos, stream, rev, type, actor, ref, seq, detail, at) `+query, args...)
		return err
	})
}

func scanEvent(r row, e **chat.Event) error {
	*e = &chat.Event{}
	v := *e
	return r.Scan((*int64)(&v.Pos), (*int64)(&v.Stream), &v.Rev, (*string)(&v.Type), (*int64)(&v.Actor), &v.Ref, &v.Seq, &v.Detail, at{&v.At})
}

// EventsAfter implements chat.Reader. What is left of a stretch that was pruned,
// its messages, is not in the log any more: no page has a hole.
func (r reader) EventsAfter(ctx context.Context, s chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	return list(ctx, r.session, scanEvent, `
		SELECT pos, stream, rev, type, actor, ref, seq, detail, at FROM events
		WHERE stream = $1 AND rev > $2 AND rev > COALESCE((SELECT p.rev FROM pruned p WHERE p.stream = $1), 0)
		UNION ALL
		SELECT id, conversation_id, rev, 'message.created', sender_id, id, seq, '', created_at FROM messages
		WHERE conversation_id = $1 AND rev > $2 AND rev > COALESCE((SELECT p.rev FROM pruned p WHERE p.stream = $1), 0)
		ORDER BY 3 LIMIT $3`, int64(s), after, limit)
}

// Head implements chat.Reader.
func (r reader) Head(ctx context.Context, s chat.StreamID) (int64, error) {
	if u, own := s.User(); own {
		return number(ctx, r.session, `SELECT rev FROM users WHERE id = $1`, int64(u))
	}
	return number(ctx, r.session, `SELECT last_rev FROM conversations WHERE id = $1 AND deleted_at = 0`, int64(s))
}

// Heads implements chat.Reader.
func (r reader) Heads(ctx context.Context, user chat.UserID) ([]chat.Head, error) {
	scan := func(r row, h *chat.Head) error { return r.Scan((*int64)(&h.Stream), &h.Rev, &h.HiddenBefore) }
	return list(ctx, r.session, scan, `
		SELECT -id, rev, 0 FROM users WHERE id = $1
		UNION ALL
		SELECT c.id, c.last_rev, p.hidden_before
		FROM participants p JOIN conversations c ON c.id = p.conversation_id
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND c.deleted_at = 0`, int64(user))
}

// RevAt implements chat.Reader. Positions grow with the rev, so it halves the
// stretch between the head and back events before it.
func (r reader) RevAt(ctx context.Context, s chat.StreamID, pos chat.Position, back int64) (int64, bool, error) {
	head, err := r.Head(ctx, s)
	if err != nil {
		return 0, false, err
	}
	low, high := max(0, head-back), head // the answer is in low..high
	atOrBefore := func(rev int64) (bool, error) {
		if rev == 0 {
			return true, nil
		}
		p, err := number(ctx, r.session, `
			SELECT pos FROM events WHERE stream = $1 AND rev = $2
			UNION ALL SELECT id FROM messages WHERE conversation_id = $1 AND rev = $2`, int64(s), rev)
		return p != 0 && p <= int64(pos), err
	}
	if ok, err := atOrBefore(low); err != nil || !ok {
		return 0, false, err
	}
	for low < high {
		mid := (low + high + 1) / 2
		ok, err := atOrBefore(mid)
		switch {
		case err != nil:
			return 0, false, err
		case ok:
			low = mid
		default:
			high = mid - 1
		}
	}
	return low, true, nil
}

// HeadsSince implements chat.Reader. The newest position is read first: what
// commits in between is found again, never missed.
func (r reader) HeadsSince(ctx context.Context, pos chat.Position) (map[chat.StreamID]int64, chat.Position, error) {
	newest, err := r.horizon(ctx)
	if err != nil || newest <= pos && r.engine.Shared == nil {
		return nil, newest, err
	}
	scan := func(r row, h *chat.Head) error { return r.Scan((*int64)(&h.Stream), &h.Rev) }
	found, err := list(ctx, r.session, scan, `
		SELECT stream, MAX(rev) FROM (
			SELECT stream, rev FROM events WHERE pos > $1
			UNION ALL SELECT conversation_id, rev FROM messages WHERE id > $1) AS changed
		GROUP BY stream`, int64(pos))
	heads := make(map[chat.StreamID]int64, len(found))
	for _, h := range found {
		heads[h.Stream] = h.Rev
	}
	return heads, newest, err
}
