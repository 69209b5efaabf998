package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const retryWhenFull = 5 * time.Second

// millis is a time as it is stored; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// at scans a stored time.
type at struct{ to *time.Time }

func (a at) Scan(v any) error {
	ms, _ := v.(int64)
	*a.to = fromMillis(ms)
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// raw scans JSON that is stored as text.
type raw struct{ to *json.RawMessage }

func (r raw) Scan(v any) error {
	switch t := v.(type) {
	case string:
		*r.to = json.RawMessage(t)
	case []byte:
		*r.to = append(json.RawMessage(nil), t...)
	}
	return nil
}

// texts scans a JSON array of texts.
type texts struct{ to *[]string }

func (l texts) Scan(v any) error {
	var b json.RawMessage
	if err := (raw{&b}).Scan(v); err != nil {
		return err
	}
	if string(b) == "[]" || len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, l.to)
}

func textsJSON(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(b)
}

// idsJSON is a list of ids as the argument of IDS($n).
func idsJSON[T ~int64](ids []T) string {
	b := make([]byte, 0, 2+8*len(ids))
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(append(b, ']'))
}

// tuples is "($1,$2),($3,$4)" for n rows of width parameters.
func tuples(n, width int) string { return tuplesOf(n, width, "$%d") }

// numberTuples is tuples of numbers where nothing else tells that they are: the
// types of the first row are those of all.
func numberTuples(n, width int) string {
	return tuplesOf(1, width, "CAST($%d AS BIGINT)") + strings.TrimPrefix(tuplesOf(n, width, "$%d"), tuplesOf(1, width, "$%d"))
}

func tuplesOf(n, width int, parameter string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range width {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, parameter, i*width+j+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// inRuns cuts n rows into runs whose lengths are powers of two up to 64, so that
// only seven statements of each shape are ever prepared.
func inRuns(n int, do func(from, to int) error) error {
	for from := 0; from < n; {
		size := 64
		for size > n-from {
			size /= 2
		}
		if err := do(from, from+size); err != nil {
			return err
		}
		from += size
	}
	return nil
}
