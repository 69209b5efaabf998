package rest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

const schemaPrefix = "#/components/schemas/"

// contractNames are what the contract calls objects whose types have another
// name here.
var contractNames = map[string]string{
	"ConversationView": "ConversationResponse",
	"MessageView":      "ChatMessageResponse",
	"Presence":         "PresenceResponse",
	"Sent":             "SentMessage",
	"SignedInUser":     "SignedIn",
	"Nothing":          "Empty",
}

// enums are the values of string types.
var enums = map[reflect.Type][]any{
	reflect.TypeFor[chat.Kind]():           {chat.Direct, chat.Group, chat.Channel, chat.Support},
	reflect.TypeFor[chat.Role]():           {chat.Owner, chat.Admin, chat.RoleMember},
	reflect.TypeFor[chat.UserKind]():       {chat.Member, chat.Visitor, chat.Guest, chat.Bot, chat.System},
	reflect.TypeFor[chat.MessageType]():    {chat.TypeText, chat.TypeImage, chat.TypeFile, chat.TypeAudio, chat.TypeVideo, chat.TypeSystem, chat.TypeCall},
	reflect.TypeFor[chat.PresenceStatus](): {chat.Online, chat.Away, chat.DND, chat.Offline},
	reflect.TypeFor[chat.Level]():          {chat.NotifyAll, chat.NotifyMentions, chat.NotifyNothing},
	reflect.TypeFor[chat.DeliveryStatus](): {chat.StatusSent, chat.StatusDelivered, chat.StatusRead},
	reflect.TypeFor[chat.Action]():         anyOf(chat.Actions),
}

func anyOf[T any](list []T) (out []any) {
	for _, v := range list {
		out = append(out, v)
	}
	return out
}

// newRegistry knows the types that write themselves as something else.
func newRegistry() huma.Registry {
	r := huma.NewMapRegistry(schemaPrefix, func(t reflect.Type, hint string) string {
		name := huma.DefaultSchemaNamer(t, hint)
		if contract, ok := contractNames[name]; ok {
			return contract
		}
		return name
	})
	r.RegisterTypeAlias(reflect.TypeFor[chatapi.ReactionSummary](), reflect.TypeFor[map[string]int64]())
	r.RegisterTypeAlias(reflect.TypeFor[json.RawMessage](), reflect.TypeFor[map[string]any]())
	return r
}

// repair corrects what reflection cannot know: our lists are never null, objects
// may get new members, a pointer to an object may be null, and people read
// members in the order in which they were written down.
func repair(r huma.Registry) {
	for name, s := range r.Map() {
		s.AdditionalProperties = nil
		var order []string
		for _, f := range jsonFields(r.TypeFromRef(schemaPrefix + name)) {
			member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			prop := s.Properties[member]
			if prop == nil {
				continue
			}
			order = append(order, member)
			s.Properties[member] = repairMember(prop, f.Type, strings.Contains(options, "omitempty"))
		}
		s.Extensions = map[string]any{orderExtension: order}
	}
}

// orderExtension lists an object's members in the order of the contract.
const orderExtension = "x-order"

func repairMember(prop *huma.Schema, t reflect.Type, optional bool) *huma.Schema {
	isPointer := t.Kind() == reflect.Pointer
	if isPointer {
		t = t.Elem()
	}
	if values := enums[t]; values != nil && prop.Enum == nil {
		if prop.Enum = values; prop.Nullable {
			prop.Enum = append(slices.Clone(values), nil)
		}
	}
	switch {
	case prop.Type == huma.TypeArray:
		prop.Nullable = false
	case prop.Ref != "" && isPointer && !optional:
		return &huma.Schema{AnyOf: []*huma.Schema{prop, {Type: "null"}}}
	}
	return prop
}

// jsonFields are the fields of a struct as encoding/json sees them: those of
// embedded structs are its own.
func jsonFields(t reflect.Type) []reflect.StructField {
	var list []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Anonymous && f.Tag.Get("json") == "":
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			list = append(list, jsonFields(embedded)...)
		case f.IsExported():
			list = append(list, f)
		}
	}
	return list
}
