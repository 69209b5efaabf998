package binding

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/chat"
)

// notFound is what is said of an id in a path that cannot be one.
var notFound = map[reflect.Type]string{
	reflect.TypeFor[chat.ConversationID](): "Conversation not found",
	reflect.TypeFor[chat.MessageID]():      "Message not found",
	reflect.TypeFor[chat.UserID]():         "User not found",
	reflect.TypeFor[chat.SessionID]():      "Session not found",
}

var timeType = reflect.TypeFor[time.Time]()

// setText sets a field from the path, the query or a header.
func (f *field) setText(v reflect.Value, name, text string) error {
	if missing, isID := notFound[v.Type()]; isID && name == f.path {
		return setID(v, text, missing)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return chat.Invalid(name, "%s must be valid UTF-8 without NUL", name)
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.Type() != timeType {
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			return explain(name, u.UnmarshalText([]byte(text)))
		}
	}
	switch {
	case v.Type() == timeType:
		return setTime(v, name, text)
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return chat.Invalid(name, "%s must be true or false", name)
		}
		v.SetBool(text == "true")
	case v.CanInt():
		return setNumber(v, name, text)
	default:
		panic("binding: no text makes a " + v.Type().String())
	}
	return nil
}

func explain(name string, err error) error {
	var known *chat.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return chat.Invalid(name, "%s: %v", name, err)
}

func setTime(v reflect.Value, name, text string) error {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return chat.Invalid(name, "%s must be a time like 2024-01-15T10:30:00.000Z", name)
	}
	v.Set(reflect.ValueOf(t.UTC()))
	return nil
}

// setID reads an id in the path. What cannot be one names nothing that is there.
func setID(v reflect.Value, text, missing string) error {
	id, ok := chat.ParseID(text)
	if !ok {
		return chat.Errorf(chat.NotFound, "%s", missing)
	}
	v.SetInt(id)
	return nil
}

// setNumber reads a cursor (any id type in the query), or a plain number.
func setNumber(v reflect.Value, name, text string) error {
	_, isID := notFound[v.Type()]
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return chat.Invalid(name, "%s must be a number", name)
	case isID && n <= 0:
		return chat.Invalid(name, "%s must be a positive number", name)
	case isID: // a cursor need not exist: clients start from the largest number they have
		n = min(n, chat.MaxID)
	}
	v.SetInt(n)
	return nil
}
