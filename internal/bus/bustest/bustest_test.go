package bustest_test

import (
	"slices"
	"testing"

	"parley/internal/bus/bustest"
	"parley/internal/chat"
)

func heard(b *bustest.Hostile, n int64) []int64 {
	var revs []int64
	cancel := b.Subscribe(chat.Subscriber{Events: func(events []*chat.Event) {
		for _, e := range events {
			revs = append(revs, e.Rev)
		}
	}})
	defer cancel()
	for rev := int64(1); rev <= n; rev++ {
		b.Publish([]*chat.Event{{Rev: rev}})
	}
	b.Release()
	return revs
}

func TestWithoutTroubleItIsAGoodBus(t *testing.T) {
	if got := heard(bustest.New(1, bustest.Trouble{}), 4); !slices.Equal(got, []int64{1, 2, 3, 4}) {
		t.Errorf("heard %v", got)
	}
}

func TestEachTrouble(t *testing.T) {
	for name, tc := range map[string]struct {
		trouble bustest.Trouble
		want    func(got []int64) bool
	}{
		"lost":      {bustest.Trouble{Lose: 0.3}, func(got []int64) bool { return len(got) > 0 && len(got) < 100 }},
		"doubled":   {bustest.Trouble{Double: 0.3}, func(got []int64) bool { return len(got) > 100 }},
		"reordered": {bustest.Trouble{Reorder: 0.3}, func(got []int64) bool { return len(got) == 100 && !slices.IsSorted(got) }},
	} {
		t.Run(name, func(t *testing.T) {
			if got := heard(bustest.New(7, tc.trouble), 100); !tc.want(got) {
				t.Errorf("heard %v", got)
			}
		})
	}
}

func TestTheSameSeedMakesTheSameTrouble(t *testing.T) {
	all := bustest.Trouble{Lose: 0.2, Double: 0.2, Reorder: 0.2}
	if a, b := heard(bustest.New(3, all), 200), heard(bustest.New(3, all), 200); !slices.Equal(a, b) {
		t.Errorf("%v\nis not\n%v", a, b)
	}
}

func TestTroubleCanEnd(t *testing.T) {
	b := bustest.New(1, bustest.Trouble{Lose: 1})
	if got := heard(b, 3); len(got) != 0 {
		t.Errorf("heard %v of what should be lost", got)
	}
	b.Make(bustest.Trouble{})
	if got := heard(b, 3); len(got) != 3 {
		t.Errorf("heard %v, want all three", got)
	}
}
