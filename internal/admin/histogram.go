package admin

import (
	"maps"
	"slices"
)

// Histogram counts times by the bound, in milliseconds, that each was at most; 0 is
// for those beyond all bounds. Its bounds travel with it, so that another release may
// have others.
type Histogram map[int64]int64

// Add adds another's counts.
func (h Histogram) Add(other Histogram) {
	for bound, n := range other {
		h[bound] += n
	}
}

// Since is what came after an earlier state of the same.
func (h Histogram) Since(earlier Histogram) Histogram {
	out := Histogram{}
	for bound, n := range h {
		if fresh := n - earlier[bound]; fresh > 0 {
			out[bound] = fresh
		}
	}
	return out
}

// Count is how many times were counted.
func (h Histogram) Count() (n int64) {
	for _, c := range h {
		n += c
	}
	return n
}

// bounds are in order, those beyond last.
func (h Histogram) bounds() []int64 {
	list := slices.Sorted(maps.Keys(h))
	if len(list) > 0 && list[0] == 0 {
		list = append(list[1:], 0)
	}
	return list
}

// Quantile is about how long, in milliseconds, the given part of all took at most:
// within a bucket the times are taken to lie evenly. It is 0 if nothing was counted.
func (h Histogram) Quantile(part float64) float64 {
	rank, seen, below := part*float64(h.Count()), 0.0, 0.0
	for _, bound := range h.bounds() {
		n := float64(h[bound])
		switch {
		case n == 0:
		case bound == 0:
			return below // at least that
		case seen+n >= rank:
			return below + (float64(bound)-below)*(rank-seen)/n
		}
		seen += n
		below = max(below, float64(bound))
	}
	return below
}
