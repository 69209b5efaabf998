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

// table is rows that a statement reads like a query: INSERT INTO t (…) <table>,
// WITH v (…) AS (<table>), IN (<table>).
type table struct {
	kinds string // of its columns: n is a number, t a text
	rows  [][]any
}

// each calls do with the table as a query and its arguments: once where an engine
// takes a column as an array, else for a part of the rows at a time.
func (t table) each(e *Engine, do func(query string, args []any) error) error {
	if len(t.rows) == 0 {
		return nil
	}
	if e.Arrays {
		query, args := t.arrays()
		return do(query, args)
	}
	return inRuns(len(t.rows), func(from, to int) error {
		args := make([]any, 0, (to-from)*len(t.kinds))
		for _, row := range t.rows[from:to] {
			args = append(args, row...)
		}
		return do(`VALUES `+tuples(to-from, len(t.kinds)), args)
	})
}

func (t table) arrays() (query string, args []any) {
	casts := make([]string, len(t.kinds))
	for i, kind := range t.kinds {
		if kind == 't' {
			column := make([]string, len(t.rows))
			for j, row := range t.rows {
				column[j], _ = row[i].(string)
			}
			casts[i], args = fmt.Sprintf("CAST($%d AS TEXT[])", i+1), append(args, column)
			continue
		}
		column := make([]int64, len(t.rows))
		for j, row := range t.rows {
			column[j], _ = row[i].(int64)
		}
		casts[i], args = fmt.Sprintf("CAST($%d AS BIGINT[])", i+1), append(args, column)
	}
	return `SELECT * FROM unnest(` + strings.Join(casts, ", ") + `)`, args
}

// tuples is "($1,$2),($3,$4)" for n rows of width parameters.
func tuples(n, width int) string {
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
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i*width + j + 1))
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
