// Package binding fills the struct that an operation asks for from an HTTP
// request: path, query, headers and a JSON body. The struct's tags say where a
// field comes from and what it must be; the OpenAPI document is made from the
// same tags, so the two cannot disagree.
//
// It is as tolerant as contracts/chat-api.md wants: numbers may come as strings,
// null is absent, a list may stand bare, unknown members are ignored.
package binding

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"parley/internal/chat"
)

// Plan knows how to fill one struct type. Its fields are tagged
//
//	path:"id" query:"limit" header:"Idempotency-Key" json:"content"
//
// and, where it matters, with
//
//	default:"50" minimum:"1" maximum:"100" enum:"a,b" required:"true"
//	bare:"true"   a body that is a list is this field
//	null:"zero"   null means the zero value, not absence (pointers only)
//
// A field with several sources takes, from weak to strong: its default, header,
// body, query, path.
type Plan struct {
	fields []field
	bare   int // index in fields, or -1
	body   bool
}

type field struct {
	index                     int
	typ                       reflect.Type
	path, query, header, json string
	fallback                  string
	required, nullIsZero      bool
	enum                      []string
	minimum, maximum          *int64
}

// For makes the plan of a struct type. It panics if the type or a tag makes no
// sense, so a mistake shows at the start of the program.
func For(t reflect.Type) *Plan {
	p := &Plan{bare: -1}
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() {
			continue
		}
		f := compile(sf, i)
		if sf.Tag.Get("bare") == "true" {
			p.bare = len(p.fields)
		}
		p.body = p.body || f.json != ""
		p.fields = append(p.fields, f)
	}
	return p
}

func compile(sf reflect.StructField, index int) field {
	f := field{
		index: index, typ: sf.Type,
		path: sf.Tag.Get("path"), query: sf.Tag.Get("query"), header: sf.Tag.Get("header"), json: sf.Tag.Get("json"),
		fallback: sf.Tag.Get("default"), required: sf.Tag.Get("required") == "true", nullIsZero: sf.Tag.Get("null") == "zero",
		minimum: bound(sf, "minimum"), maximum: bound(sf, "maximum"),
	}
	if f.path == "" && f.query == "" && f.header == "" && f.json == "" {
		panic(fmt.Sprintf("binding: field %s comes from nowhere", sf.Name))
	}
	if e := sf.Tag.Get("enum"); e != "" {
		f.enum = strings.Split(e, ",")
	}
	return f
}

func bound(sf reflect.StructField, tag string) *int64 {
	text, ok := sf.Tag.Lookup(tag)
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("binding: %s of field %s: %v", tag, sf.Name, err))
	}
	return &n
}

// HasBody reports whether the plan reads the body.
func (p *Plan) HasBody() bool { return p.body }

// Fill sets the fields of the struct that into points to. Its errors are
// *chat.Error: validation_failed names the field; an id in the path that
// cannot be one is not_found.
func (p *Plan) Fill(w http.ResponseWriter, r *http.Request, into any) error {
	v := reflect.ValueOf(into).Elem()
	if err := p.setTexts(v, weakSources(r)); err != nil {
		return err
	}
	if p.body {
		data, err := ReadBody(w, r)
		if err != nil {
			return err
		}
		if err := p.setJSON(v, data); err != nil {
			return err
		}
	}
	if err := p.setTexts(v, strongSources(r)); err != nil {
		return err
	}
	return p.check(v)
}

// source finds what a request says about a field, if it says anything.
type source func(f *field) (name, text string, given bool)

func weakSources(r *http.Request) []source {
	return []source{
		func(f *field) (string, string, bool) { return f.name(), f.fallback, f.fallback != "" },
		func(f *field) (string, string, bool) {
			text := r.Header.Get(f.header)
			return f.header, text, f.header != "" && text != ""
		},
	}
}

func strongSources(r *http.Request) []source {
	query := r.URL.Query()
	return []source{
		func(f *field) (string, string, bool) {
			values := query[f.query]
			if f.query == "" || len(values) == 0 {
				return "", "", false
			}
			// An empty value says nothing, except for a flag, where it is refused.
			return f.query, values[0], values[0] != "" || f.isFlag()
		},
		func(f *field) (string, string, bool) { return f.path, r.PathValue(f.path), f.path != "" },
	}
}

func (p *Plan) setTexts(v reflect.Value, sources []source) error {
	for i := range p.fields {
		f := &p.fields[i]
		for _, find := range sources {
			name, text, given := find(f)
			if !given {
				continue
			}
			if err := f.setText(v.Field(f.index), name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// name is what the field is called in error texts.
func (f *field) name() string {
	for _, n := range []string{f.json, f.query, f.path, f.header} {
		if n != "" {
			return n
		}
	}
	return ""
}

func (f *field) isFlag() bool {
	return f.typ.Kind() == reflect.Bool || f.typ.Kind() == reflect.Pointer && f.typ.Elem().Kind() == reflect.Bool
}

// check looks at what the tags demand of the values, wherever they came from.
func (p *Plan) check(v reflect.Value) error {
	for i := range p.fields {
		f := &p.fields[i]
		if err := f.check(v.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) check(v reflect.Value) error {
	if v.IsZero() && f.required {
		return chat.Invalid(f.name(), "%s is required", f.name())
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.CanInt():
		return f.checkRange(v.Int())
	case v.Kind() == reflect.String && len(f.enum) > 0 && v.String() != "":
		return f.checkEnum(v.String())
	}
	return nil
}

func (f *field) checkRange(n int64) error {
	low, high := f.minimum, f.maximum
	if (low == nil || n >= *low) && (high == nil || n <= *high) {
		return nil
	}
	switch {
	case low != nil && high != nil:
		return chat.Invalid(f.name(), "%s must be between %d and %d", f.name(), *low, *high)
	case low != nil:
		return chat.Invalid(f.name(), "%s must be at least %d", f.name(), *low)
	}
	return chat.Invalid(f.name(), "%s must be at most %d", f.name(), *high)
}

func (f *field) checkEnum(s string) error {
	for _, e := range f.enum {
		if s == e {
			return nil
		}
	}
	last := len(f.enum) - 1
	return chat.Invalid(f.name(), "%s must be %s or %s", f.name(), strings.Join(f.enum[:last], ", "), f.enum[last])
}
