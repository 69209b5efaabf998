package chat

import (
	"errors"
	"fmt"
	"time"
)

// Code says what went wrong in the words of contracts/core.md. Each edge (REST,
// native, STOMP, Socket.IO) has one table from Code to its own status.
type Code string

const (
	ValidationFailed Code = "validation_failed"
	Unauthenticated  Code = "unauthenticated"
	TokenExpired     Code = "token_expired"
	TokenInvalid     Code = "token_invalid"
	Forbidden        Code = "forbidden"
	NotParticipant   Code = "not_participant"
	RoleRequired     Code = "role_required"
	FeatureDisabled  Code = "feature_disabled"
	Blocked          Code = "blocked"
	MessageRejected  Code = "message_rejected"
	NotFound         Code = "not_found"
	MethodNotAllowed Code = "method_not_allowed"
	Conflict         Code = "conflict"
	AlreadyExists    Code = "already_exists"
	LastOwner        Code = "last_owner"
	Gone             Code = "gone"
	PayloadTooLarge  Code = "payload_too_large"
	UnsupportedType  Code = "unsupported_type"
	RateLimited      Code = "rate_limited"
	Internal         Code = "internal"
	Overloaded       Code = "overloaded"
	ShuttingDown     Code = "shutting_down"
)

// Error is an error whose Message may be shown to the person who caused it.
type Error struct {
	Code    Code
	Message string
	Field   string // the culprit of a validation_failed
	Limit   *Limit // of a rate_limited
	// RetryAfter is how long to wait before a try can succeed; zero if unknown.
	RetryAfter time.Duration
	Err        error // the cause: logged, never shown
}

// Limit tells a client where it stands with a rate limit.
type Limit struct {
	Limit, Remaining int
	ResetAt          time.Time
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an Error with the given code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid returns a validation_failed that names the field.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: ValidationFailed, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Explain returns what may be shown of err. Anything that is not an *Error is
// Internal and says nothing about its cause.
func Explain(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Message: "Internal error", Err: err}
}

// Has reports whether err is an Error with the given code.
func Has(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// The texts that contracts/chat-api.md fixes.
func errNotParticipant() error {
	return Errorf(NotParticipant, "You are not a participant in this conversation")
}
func errConversationNotFound() error { return Errorf(NotFound, "Conversation not found") }
func errMessageNotFound() error      { return Errorf(NotFound, "Message not found") }
func errUserNotFound() error         { return Errorf(NotFound, "User not found") }
func errNoContent() error            { return Invalid("content", "Message content cannot be empty") }
func errBlocked() error              { return Errorf(Blocked, "You cannot write to this user") }
func errRoleRequired(what string) error {
	return Errorf(RoleRequired, "Your role does not allow you to %s", what)
}
