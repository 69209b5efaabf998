package rest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"parley/internal/chat"
)

//go:embed overview.md
var overview string

// openAPI describes the table of routes as OpenAPI 3.1.
func (a *API) openAPI(table []operation) *huma.OpenAPI {
	d := describer{huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "Parley", Version: a.version(), Description: overview},
		Servers: []*huma.Server{{URL: a.serverURL()}},
		Components: &huma.Components{
			Schemas:   newRegistry(),
			Responses: map[string]*huma.Response{},
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The access token of register, login or refresh, or a token of the application's own issuer."},
				"cookie": {Type: "apiKey", In: "cookie", Name: secureCookieName, Description: "The session cookie of a browser (" + cookieName + " without HTTPS). What changes something must come from this server's own pages."},
				"apiKey": {Type: "apiKey", In: "header", Name: "X-Api-Key", Description: "From server to server, never from a browser. With X-Act-As (an id, or ext: and an external id) it acts for a user."},
			},
		},
	}}
	for i, o := range table {
		if !slices.ContainsFunc(d.Tags, func(t *huma.Tag) bool { return t.Name == o.tag }) {
			d.Tags = append(d.Tags, &huma.Tag{Name: o.tag})
		}
		h := d.operation(o)
		h.Extensions = map[string]any{"x-position": i} // a JSON object has no order
		d.AddOperation(h)
	}
	repair(d.Components.Schemas)
	d.showExamples()
	return &d.OpenAPI
}

// examplesText holds an example of each object that is worth one, by its name.
//
//go:embed examples.json
var examplesText []byte

func (d *describer) showExamples() {
	var examples map[string]json.RawMessage
	if err := json.Unmarshal(examplesText, &examples); err != nil {
		panic(err) // it is part of the program
	}
	for name, example := range examples {
		d.Components.Schemas.Map()[name].Examples = []any{example}
	}
}

func (a *API) version() string {
	if a.options.Version == "" {
		return "development"
	}
	return a.options.Version
}

func (a *API) serverURL() string {
	if a.publicOrigin == "" {
		return "/"
	}
	return a.publicOrigin
}

// describer writes the document while it walks the table.
type describer struct{ huma.OpenAPI }

func (d *describer) schema(t reflect.Type) *huma.Schema {
	s := d.Components.Schemas.Schema(t, true, t.Name())
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	return s
}

func (d *describer) operation(o operation) *huma.Operation {
	method, path, _ := strings.Cut(o.pattern, " ")
	h := &huma.Operation{
		Method: method, Path: path, OperationID: o.id, Summary: o.summary, Tags: []string{o.tag},
		Responses: map[string]*huma.Response{},
	}
	switch o.access {
	case signedIn, byAdmin:
		h.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}, {"apiKey": {}}}
	case inPerson:
		h.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	case keyOnly:
		h.Security = []map[string][]string{{"apiKey": {}}}
	}
	if doc, ok := o.in.FieldByName("_"); ok {
		h.Description = doc.Tag.Get("doc")
	}
	d.describeInput(h, o)
	d.describeSuccess(h, o)
	d.describeFailures(h, o)
	return h
}

// describeInput reads the tags that package binding reads.
func (d *describer) describeInput(h *huma.Operation, o operation) {
	body := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	var order []string
	for i := range o.in.NumField() {
		f := o.in.Field(i)
		if !f.IsExported() {
			continue
		}
		for _, in := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(in); name != "" {
				h.Parameters = append(h.Parameters, d.parameter(f, in, name))
			}
		}
		if name := f.Tag.Get("json"); name != "" {
			body.Properties[name] = d.field(f)
			order = append(order, name)
			if f.Tag.Get("required") == "true" && f.Tag.Get("query") == "" {
				body.Required = append(body.Required, name)
			}
		}
	}
	if o.form != nil {
		h.RequestBody = d.form(o.form)
		return
	}
	if len(order) == 0 {
		return
	}
	body.Extensions = map[string]any{orderExtension: order}
	h.RequestBody = &huma.RequestBody{
		Required: len(body.Required) > 0,
		Content:  map[string]*huma.MediaType{"application/json": {Schema: body}},
	}
}

// form describes a multipart form; a field of bytes is the file.
func (d *describer) form(t reflect.Type) *huma.RequestBody {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		if f.Type == reflect.TypeFor[[]byte]() {
			s.Properties[name] = &huma.Schema{Type: huma.TypeString, Format: "binary", Description: f.Tag.Get("doc")}
			s.Required = append(s.Required, name)
			continue
		}
		s.Properties[name] = d.field(f)
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: s}}}
}

func (d *describer) parameter(f reflect.StructField, in, name string) *huma.Param {
	s := d.field(f)
	p := &huma.Param{Name: name, In: in, Description: s.Description, Schema: s}
	p.Required = in == "path" || f.Tag.Get("required") == "true" && f.Tag.Get("json") == ""
	s.Description, s.Nullable = "", false
	return p
}

func (d *describer) field(f reflect.StructField) *huma.Schema {
	s := huma.SchemaFromField(d.Components.Schemas, f, f.Name)
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s.Nullable = f.Tag.Get("null") == "zero"; s.Nullable && s.Ref != "" { // a reference cannot be nullable itself
		return &huma.Schema{AnyOf: []*huma.Schema{{Ref: s.Ref}, {Type: "null"}}, Description: f.Tag.Get("doc")}
	}
	if t.PkgPath() == reflect.TypeFor[chat.UserID]().PkgPath() && t.Kind() == reflect.Int64 {
		lowest, highest := 1.0, float64(chat.MaxID)
		s.Minimum, s.Maximum = &lowest, &highest
	}
	return s
}

func (d *describer) describeSuccess(h *huma.Operation, o operation) {
	if o.bytes {
		bytes := &huma.Schema{Type: huma.TypeString, Format: "binary"}
		for _, status := range []int{http.StatusOK, http.StatusPartialContent} {
			h.Responses[strconv.Itoa(status)] = &huma.Response{
				Description: http.StatusText(status), Content: map[string]*huma.MediaType{"*/*": {Schema: bytes}},
			}
		}
		h.Responses["304"] = &huma.Response{Description: http.StatusText(http.StatusNotModified)}
		return
	}
	body := &huma.Schema{Type: huma.TypeObject, Required: []string{"success", "error", "data"}, Properties: map[string]*huma.Schema{
		"success": {Type: huma.TypeBoolean, Enum: []any{true}},
		"error":   {Type: "null"},
		"data":    d.schema(o.out),
	}}
	order := []string{"success", "error", "data"}
	for _, m := range o.beside {
		body.Properties[m.name] = d.schema(m.typ)
		order = append(order, m.name)
	}
	body.Extensions = map[string]any{orderExtension: order}
	statuses := o.statuses
	if len(statuses) == 0 {
		statuses = []int{http.StatusOK}
	}
	for _, status := range statuses {
		h.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: body}},
		}
	}
}

// failure is the envelope of what went wrong.
type failure struct {
	Success   bool      `json:"success" enum:"false"`
	Error     string    `json:"error" doc:"May be shown to the person who caused it."`
	Data      any       `json:"data" doc:"Always null."`
	Code      chat.Code `json:"code" doc:"What programs look at."`
	RequestID string    `json:"requestId" doc:"Names the request in the server's log."`
	Field     string    `json:"field,omitempty" doc:"The culprit of a validation_failed."`
}

func (d *describer) describeFailures(h *huma.Operation, o operation) {
	codes := append(slices.Clone(o.codes), chat.Internal, chat.Overloaded, chat.ShuttingDown)
	if o.access != anybody {
		codes = append(codes, chat.Unauthenticated, chat.TokenExpired, chat.TokenInvalid, chat.RateLimited)
	}
	if len(h.Parameters) > 0 || h.RequestBody != nil {
		codes = append(codes, chat.ValidationFailed)
	}
	if h.RequestBody != nil {
		codes = append(codes, chat.PayloadTooLarge, chat.UnsupportedType)
	}
	if strings.Contains(o.pattern, "{") {
		codes = append(codes, chat.NotFound)
	}
	byStatus := map[int][]string{}
	for _, c := range codes {
		name := fmt.Sprintf("`%s`", c)
		if status := statusOf[c]; !slices.Contains(byStatus[status], name) {
			byStatus[status] = append(byStatus[status], name)
		}
	}
	for status, names := range byStatus {
		h.Responses[strconv.Itoa(status)] = &huma.Response{
			Ref:         "#/components/responses/" + d.failure(status),
			Description: http.StatusText(status) + ": " + strings.Join(names, ", "),
		}
	}
}

// failure describes what all failures with a status have in common, once, and
// returns its name.
func (d *describer) failure(status int) string {
	name := strings.ReplaceAll(http.StatusText(status), " ", "")
	if d.Components.Responses[name] != nil {
		return name
	}
	r := &huma.Response{
		Description: http.StatusText(status),
		Content:     map[string]*huma.MediaType{"application/json": {Schema: d.schema(reflect.TypeFor[failure]())}},
	}
	d.Components.Responses[name] = r
	if status == http.StatusTooManyRequests {
		number := func(doc string) *huma.Param {
			return &huma.Param{Description: doc, Schema: &huma.Schema{Type: huma.TypeInteger}}
		}
		r.Headers = map[string]*huma.Param{
			"Retry-After":           number("Seconds until a try can succeed."),
			"X-RateLimit-Limit":     number("How many are allowed."),
			"X-RateLimit-Remaining": number("How many are left."),
			"X-RateLimit-Reset":     number("When all are back, in seconds since the epoch."),
		}
	}
	return name
}
