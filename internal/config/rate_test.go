package config

import (
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	tests := []struct {
		in   string
		want Rate
		text string
	}{
		{"30/1m", Rate{Limit: 30, Per: time.Minute}, "30/1m"},
		{"10/1h", Rate{Limit: 10, Per: time.Hour}, "10/1h"},
		{"5/90s", Rate{Limit: 5, Per: 90 * time.Second}, "5/1m30s"},
		{"7/10m", Rate{Limit: 7, Per: 10 * time.Minute}, "7/10m"},
		{"7/1h10m", Rate{Limit: 7, Per: 70 * time.Minute}, "7/1h10m"},
		{"1/500ms", Rate{Limit: 1, Per: 500 * time.Millisecond}, "1/500ms"},
		{"off", Rate{}, "off"},
	}
	for _, tt := range tests {
		got, err := parseRate(tt.in)
		if err != nil || got != tt.want || got.String() != tt.text {
			t.Errorf("parseRate(%q) = %+v (%s), %v", tt.in, got, got, err)
		}
	}
	for _, in := range []string{"", "30", "30/", "/1m", "0/1m", "-1/1m", "30/0s", "30/-1m", "30/m", "30/1", "30 / 1m", "30/1m/2", "x/1m", "2000000000/1s", "1/1ns", "on"} {
		if got, err := parseRate(in); err == nil {
			t.Errorf("parseRate(%q) = %+v", in, got)
		}
	}
}

func FuzzRate(f *testing.F) {
	for _, seed := range []string{"30/1m", "off", "1/1h0m0s", "9999999999999999999/1s", "1/2540400h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rate, err := parseRate(s)
		if err != nil {
			return
		}
		if again, err := parseRate(rate.String()); err != nil || again != rate {
			t.Errorf("%q is %+v, written %q, then %+v, %v", s, rate, rate, again, err)
		}
	})
}
