package chatcmd

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
)

// row is a line of a table, in one style.
type row struct {
	style style
	cells []string
}

// table prints rows in aligned columns.
func (c console) table(rows []row) {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r.cells, "\t"))
	}
	w.Flush()
	for i, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		if i < len(rows) {
			c.print("%s\n", c.paint(rows[i].style, strings.TrimRight(line, " ")))
		}
	}
}
