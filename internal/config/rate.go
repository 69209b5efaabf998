package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is Limit calls in every Per. The zero Rate is no limit.
type Rate struct {
	Limit int
	Per   time.Duration
}

// off is how a Rate without a limit is written.
const off = "off"

func parseRate(s string) (Rate, error) {
	if s == off {
		return Rate{}, nil
	}
	count, duration, _ := strings.Cut(s, "/")
	limit, countErr := strconv.Atoi(count)
	per, durationErr := time.ParseDuration(duration)
	if countErr != nil || durationErr != nil || limit <= 0 || per < time.Millisecond || time.Duration(limit) > per {
		return Rate{}, fmt.Errorf(`%q is not a rate: a number and a duration, like "30/1m", or "off"`, s)
	}
	return Rate{Limit: limit, Per: per}, nil
}

// String is what UnmarshalText reads.
func (r Rate) String() string {
	if r == (Rate{}) {
		return off
	}
	per := r.Per.String()
	for _, zero := range []string{"m0s", "h0m"} { // Duration writes 1m0s and 1h0m0s
		if strings.HasSuffix(per, zero) {
			per = per[:len(per)-2]
		}
	}
	return fmt.Sprintf("%d/%s", r.Limit, per)
}

// MarshalText is String for encoders.
func (r Rate) MarshalText() ([]byte, error) {
	return []byte(r.String()), nil
}

// UnmarshalText reads "30/1m" (limit / duration) or "off".
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = parseRate(string(text))
	return err
}
