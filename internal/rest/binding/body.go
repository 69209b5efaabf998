package binding

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/chat"
)

// Bounds of a body.
const (
	MaxBody  = 256 << 10 // bytes
	MaxDepth = 32        // of brackets
)

// ReadBody reads a JSON body within its bounds. No body is an empty one.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, chat.Errorf(chat.PayloadTooLarge, "The body must be at most %d KiB", MaxBody>>10)
	case err != nil:
		e := chat.Invalid("", "The body could not be read")
		e.Err = err
		return nil, e
	}
	if data = bytes.TrimSpace(data); len(data) == 0 {
		return nil, nil
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, chat.Errorf(chat.UnsupportedType, "The body must be JSON: Content-Type: application/json")
	}
	if !utf8.Valid(data) {
		return nil, chat.Invalid("", "The body must be valid UTF-8")
	}
	if isDeeper(data, MaxDepth) {
		return nil, chat.Invalid("", "The body must be nested at most %d deep", MaxDepth)
	}
	return data, nil
}

func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"))
}

// isDeeper reports whether brackets outside strings are nested deeper than max.
func isDeeper(data []byte, max int) bool {
	depth, inString, escaped := 0, false, false
	for _, b := range data {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = b == '\\', b != '"'
		case b == '"':
			inString = true
		case b == '{' || b == '[':
			if depth++; depth > max {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

// setJSON sets the fields that the body names.
func (p *Plan) setJSON(v reflect.Value, data []byte) error {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	if data[0] == '[' && p.bare >= 0 {
		f := &p.fields[p.bare]
		if !json.Valid(data) {
			return malformed(f.json)
		}
		return f.setJSON(v.Field(f.index), data)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		if json.Valid(data) {
			return chat.Invalid("", "The body must be a JSON object")
		}
		return malformed(p.known(culprit(data)))
	}
	for i := range p.fields {
		f := &p.fields[i]
		raw, given := members[f.json]
		if f.json == "" || !given {
			continue
		}
		if err := f.setJSON(v.Field(f.index), raw); err != nil {
			return err
		}
	}
	return nil
}

// known is the name if it is a field's: what else a client writes is not said
// back to it.
func (p *Plan) known(name string) string {
	for i := range p.fields {
		if p.fields[i].json == name {
			return name
		}
	}
	return ""
}

func malformed(field string) error {
	if field == "" {
		return chat.Invalid("", "Malformed JSON")
	}
	return chat.Invalid(field, "Malformed JSON at %s", field)
}

// culprit names the last top-level member before the place where JSON breaks.
func culprit(data []byte) string {
	d := json.NewDecoder(bytes.NewReader(data))
	depth, name, isName := 0, "", false
	for {
		t, err := d.Token()
		if err != nil {
			return name
		}
		switch t := t.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
			isName = depth == 1
			continue
		case string:
			if depth == 1 && isName {
				name, isName = t, false
				continue
			}
		}
		isName = depth == 1
	}
}

// setJSON sets one field from its JSON value; null is absence.
func (f *field) setJSON(v reflect.Value, raw json.RawMessage) error {
	if string(raw) == "null" {
		if f.nullIsZero {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if !setValue(v, raw) {
		return chat.Invalid(f.json, "%s must be %s", f.json, wanted(v.Type()))
	}
	return nil
}

var rawType = reflect.TypeFor[json.RawMessage]()

func setValue(v reflect.Value, raw json.RawMessage) bool {
	switch {
	case v.Type() == rawType:
		v.SetBytes(bytes.Clone(raw))
		return true
	case v.Type() == timeType:
		var s string
		return json.Unmarshal(raw, &s) == nil && setTime(v, "", s) == nil
	case v.CanInt():
		n, ok := number(raw)
		if ok = ok && !v.OverflowInt(n); ok {
			v.SetInt(n)
		}
		return ok
	case v.Kind() == reflect.Slice:
		return setList(v, raw)
	}
	return json.Unmarshal(raw, v.Addr().Interface()) == nil
}

func setList(v reflect.Value, raw json.RawMessage) bool {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return false
	}
	list := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		if string(item) == "null" || !setValue(list.Index(i), item) {
			return false
		}
	}
	v.Set(list)
	return true
}

// number reads a whole number, which may stand in quotes, or be written as a
// float, as some languages do.
func number(raw json.RawMessage) (int64, bool) {
	var quoted string
	if json.Unmarshal(raw, &quoted) == nil {
		n, err := strconv.ParseInt(quoted, 10, 64)
		return n, err == nil && n <= chat.MaxID && n >= -chat.MaxID
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, n <= chat.MaxID && n >= -chat.MaxID
	}
	x, err := strconv.ParseFloat(string(raw), 64)
	return int64(x), err == nil && x == math.Trunc(x) && math.Abs(x) <= chat.MaxID
}

func wanted(t reflect.Type) string {
	switch {
	case t == timeType:
		return "a time like " + time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
	case t.Kind() == reflect.String:
		return "a string"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return "a list of strings"
	case t.Kind() == reflect.Slice:
		return "a list of numbers"
	case t.Kind() == reflect.Struct:
		return "an object of such members as are documented"
	}
	return "a number"
}
