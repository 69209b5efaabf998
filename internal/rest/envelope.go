package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"parley/internal/chat"
)

// statusOf is the one place where a chat.Code becomes an HTTP status
// (contracts/core.md, Errors).
var statusOf = map[chat.Code]int{
	chat.ValidationFailed: http.StatusBadRequest,
	chat.Unauthenticated:  http.StatusUnauthorized,
	chat.TokenExpired:     http.StatusUnauthorized,
	chat.TokenInvalid:     http.StatusUnauthorized,
	chat.Forbidden:        http.StatusForbidden,
	chat.NotParticipant:   http.StatusForbidden,
	chat.RoleRequired:     http.StatusForbidden,
	chat.FeatureDisabled:  http.StatusForbidden,
	chat.Blocked:          http.StatusForbidden,
	chat.MessageRejected:  http.StatusForbidden,
	chat.NotFound:         http.StatusNotFound,
	chat.MethodNotAllowed: http.StatusMethodNotAllowed,
	chat.Conflict:         http.StatusConflict,
	chat.AlreadyExists:    http.StatusConflict,
	chat.LastOwner:        http.StatusConflict,
	chat.Gone:             http.StatusGone,
	chat.PayloadTooLarge:  http.StatusRequestEntityTooLarge,
	chat.UnsupportedType:  http.StatusUnsupportedMediaType,
	chat.RateLimited:      http.StatusTooManyRequests,
	chat.Internal:         http.StatusInternalServerError,
	chat.Overloaded:       http.StatusServiceUnavailable,
	chat.ShuttingDown:     http.StatusServiceUnavailable,
}

// retryLater is how long a client waits when nothing better is known.
const retryLater = 5 * time.Second

// envelope is what every answer of the API is wrapped in.
type envelope struct {
	Success bool    `json:"success"`
	Error   *string `json:"error"`
	Data    any     `json:"data"`

	// Beside data, where there is something to say.
	Page    any           `json:"page,omitempty"`
	Root    any           `json:"root,omitempty"`
	Skipped []chat.UserID `json:"skipped,omitempty"`

	// Of failures.
	Code      chat.Code `json:"code,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
	Field     string    `json:"field,omitempty"`
}

// answer is what an operation says: data, and what stands beside it.
type answer[T any] struct {
	status  int // 0: 200
	data    T
	page    any
	root    any
	skipped []chat.UserID
}

func ok[T any](data T) (answer[T], error) { return answer[T]{data: data}, nil }

func created[T any](data T) (answer[T], error) {
	return answer[T]{status: http.StatusCreated, data: data}, nil
}

func no[T any](err error) (answer[T], error) { return answer[T]{}, err }

func write(w http.ResponseWriter, status int, e envelope) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the answer is JSON and says so; browsers may not sniff it
	if err := enc.Encode(e); err != nil {
		panic(err) // a type of ours that cannot be written: a bug
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(b.Bytes())
}

// fail answers with an error. What may not be shown is logged under the
// request's id.
func (a *API) fail(w http.ResponseWriter, r *http.Request, x *exchange, err error) {
	e := chat.Explain(err)
	x.fault = e
	status := statusOf[e.Code]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	switch {
	case e.Code == chat.Internal && !isGone(r, err):
		a.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("requestId", x.id), slog.Any("error", err))
	case e.Err != nil:
		a.log.LogAttrs(r.Context(), slog.LevelDebug, "request refused", slog.String("requestId", x.id), slog.Any("error", err))
	}
	text := e.Message
	if e.Code == chat.Internal {
		text = "Internal error"
	}
	explainInHeaders(w.Header(), e, status)
	switch {
	case isToolkit(r.URL.Path):
		writePlain(w, status, explainPlainly(e, text))
		return
	case IsRoom(r.URL.Path) || r.URL.Path == realtimePath:
		writePlain(w, status, explainToRoom(r.URL.Path, e, text))
		return
	case isAlias(r.URL.Path):
		writePlain(w, status, plainError{text, e.Code})
		return
	}
	write(w, status, envelope{Error: &text, Code: e.Code, RequestID: x.id, Field: e.Field})
}

// isGone reports whether the request failed only because its client left.
func isGone(r *http.Request, err error) bool {
	return r.Context().Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

func explainInHeaders(h http.Header, e *chat.Error, status int) {
	wait := e.RetryAfter
	if wait <= 0 && status == http.StatusServiceUnavailable {
		wait = retryLater
	}
	if wait > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
	if e.Limit != nil {
		showLimit(h, *e.Limit)
	}
	switch e.Code {
	case chat.Unauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="parley"`)
	case chat.TokenExpired, chat.TokenInvalid:
		h.Set("WWW-Authenticate", `Bearer realm="parley", error="invalid_token"`)
	}
}

func showLimit(h http.Header, l chat.Limit) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(l.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(l.Remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt((l.ResetAt.UnixMilli()+999)/1000, 10))
}
