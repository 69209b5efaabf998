package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const rounds = 3

// compare measures a scenario on two servers by turns, so that what else the machine
// does meanwhile weighs on both, and prints the medians and their ratio.
func (sc scenario) compare(ctx context.Context, binary, against string, db database, measure time.Duration) error {
	var first, second [][]result
	for i := range 2 * rounds {
		of, to := binary, &first
		if i%4 == 1 || i%4 == 2 { // neither always comes after the other
			of, to = against, &second
		}
		results, err := sc.measure(ctx, of, db, measure)
		if err != nil {
			return err
		}
		*to = append(*to, results)
	}
	for i, r := range first[0] {
		a, b := median(first, i), median(second, i)
		fmt.Printf("| %s | %s | %s | %s | %.3f |\n", r.scenario, r.what, show(first, i), show(second, i), a/b)
	}
	return nil
}

func median(runs [][]result, line int) float64 {
	var values []float64
	for _, r := range runs {
		number, _, _ := strings.Cut(r[line].value, " ")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			panic(fmt.Sprintf("bench: %q is no figure", r[line].value))
		}
		values = append(values, v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// show has all values of a line, in the order in which they were measured.
func show(runs [][]result, line int) string {
	values := make([]string, len(runs))
	for i, r := range runs {
		values[i] = r[line].value
	}
	return strings.Join(values, ", ")
}
