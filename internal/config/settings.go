package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// setting is a field of a Config as its tags describe it.
type setting struct{ *kong.Flag }

// settings returns the fields of c, in order. Setting values through them
// changes c.
func settings(c *Config) []setting {
	parser := kong.Must(c, kong.NoDefaultHelp())
	var all []setting
	for _, flag := range parser.Model.Flags {
		all = append(all, setting{flag})
	}
	return all
}

// fileSetting cannot be set in the file it names.
const fileSetting = "config"

func (s setting) env() string { return envName("parley." + s.Name) }

// alsoNamed returns the older name in the file, or nothing.
func (s setting) alsoNamed() string { return s.Tag.Get("also") }

func (s setting) fallback() string { return s.Tag.Get("fallback") }

// values returns what the setting may be; nil means that it is free.
func (s setting) values() []string {
	if list := s.Tag.Get("values"); list != "" {
		return strings.Split(list, ",")
	}
	return nil
}

// bounds returns the least and greatest number, if the setting is one.
func (s setting) bounds() (least, greatest int64, ok bool) {
	least, err := s.Tag.GetInt("min")
	if err != nil {
		return 0, 0, false
	}
	greatest, err = s.Tag.GetInt("max")
	return least, greatest, err == nil
}

// text returns the current value as a source would have it, secrets hidden.
func (s setting) text() string {
	if s.Target.Kind() != reflect.Slice {
		return fmt.Sprint(s.Target.Interface())
	}
	var items []string
	for i := range s.Target.Len() {
		items = append(items, fmt.Sprint(s.Target.Index(i).Interface()))
	}
	return strings.Join(items, ",")
}

// accepts reports why value cannot be read, without setting it.
func (s setting) accepts(value string) error {
	scan := kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: value})
	scratch := reflect.New(s.Target.Type()).Elem()
	return s.Mapper.Decode(&kong.DecodeContext{Value: s.Value, Scan: scan}, scratch)
}

func envName(name string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name))
}

// nearest returns the candidate that takes the fewest edits to become name.
func nearest(name string, candidates []string) string {
	best, fewest := "", -1
	for _, candidate := range candidates {
		if edits := editDistance(name, candidate); fewest < 0 || edits < fewest {
			best, fewest = candidate, edits
		}
	}
	return best
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
