package client

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Codes of Error that programs decide by; contracts/core.md has them all.
const (
	CodeValidationFailed = "validation_failed"
	CodeUnauthenticated  = "unauthenticated"
	CodeTokenExpired     = "token_expired"
	CodeTokenInvalid     = "token_invalid"
	CodeForbidden        = "forbidden"
	CodeNotParticipant   = "not_participant"
	CodeRoleRequired     = "role_required"
	CodeFeatureDisabled  = "feature_disabled"
	CodeBlocked          = "blocked"
	CodeNotFound         = "not_found"
	CodeConflict         = "conflict"
	CodeAlreadyExists    = "already_exists"
	CodeLastOwner        = "last_owner"
	CodeRateLimited      = "rate_limited"
	CodeInternal         = "internal"
	CodeOverloaded       = "overloaded"
	CodeShuttingDown     = "shutting_down"
	CodeBadFrame         = "bad_frame"
)

// Error is a refusal by the server: nothing was changed. It is also an Update,
// when a stream refused something that nobody waits for, such as Typing.
type Error struct {
	Status     int    // of HTTP; 0 on a stream
	Code       string // "" if the answer was not Parley's
	Message    string
	Field      string        // the culprit, of validation_failed
	RequestID  string        // for the operator's log
	RetryAfter time.Duration // 0: not said
}

func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = http.StatusText(e.Status)
	}
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	return text
}

// CodeOf returns the code of the *Error in err, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// isDenied reports that new credentials are needed: trying again with these is
// of no use.
func isDenied(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case CodeUnauthenticated, CodeTokenExpired, CodeTokenInvalid, CodeForbidden:
		return true
	}
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// DisorderError says that a server broke its promise: a rev was left out or came
// again.
type DisorderError struct {
	Stream string // "user", or a conversation's id
	Event  EventType
	Had    int64 // the last rev before; -1 if the stream was not followed
	Got    int64
}

func (e *DisorderError) Error() string {
	switch {
	case e.Had < 0:
		return fmt.Sprintf("stream %s: %s with rev %d, but the stream is not followed", e.Stream, e.Event, e.Got)
	case e.repeats():
		return fmt.Sprintf("stream %s: %s repeats rev %d, already at %d", e.Stream, e.Event, e.Got, e.Had)
	}
	return fmt.Sprintf("stream %s: %s with rev %d after %d", e.Stream, e.Event, e.Got, e.Had)
}

func (e *DisorderError) repeats() bool { return e.Got <= e.Had }

// ErrClosed is returned by a Stream that was closed, or whose context has ended.
var ErrClosed = errors.New("the stream is closed")

// ErrNotOverSSE is returned for commands that exist on WebSockets only.
var ErrNotOverSSE = errors.New("not possible over server-sent events")
