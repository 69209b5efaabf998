package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// sources are the places where settings come from besides flags and defaults.
type sources struct {
	settings    []setting
	environment map[string]string // what is set and not empty
	path        string
	file        map[string]any // by names with dots

	origins map[string]string
	errs    []error
}

func newSources(environ []string) *sources {
	s := &sources{settings: settings(&Config{}), environment: map[string]string{}, origins: map[string]string{}}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); value != "" {
			s.environment[name] = value
		}
	}
	return s
}

// readFile fails if there is a path but no good file, or one with unknown keys.
func (s *sources) readFile(path string) error {
	if path == "" {
		return nil
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	s.path, s.file = path, k.All()

	var known []string
	for _, setting := range s.settings {
		if setting.Name != fileSetting {
			known = append(known, setting.Name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.file)) {
		if !slices.Contains(known, key) && !s.isAlias(key) && !s.isEmptySection(key) {
			s.errs = append(s.errs, fmt.Errorf("unknown key %q in %s (the nearest known one is %q)", key, path, nearest(key, known)))
		}
	}
	return nil
}

func (s *sources) isAlias(key string) bool {
	return slices.ContainsFunc(s.settings, func(known setting) bool { return known.alsoNamed() == key })
}

// isEmptySection recognises "chat:" with every setting below it commented out.
func (s *sources) isEmptySection(key string) bool {
	if section, isMap := s.file[key].(map[string]any); s.file[key] != nil && (!isMap || len(section) > 0) {
		return false
	}
	return slices.ContainsFunc(s.settings, func(known setting) bool {
		return strings.HasPrefix(known.Name, key+".") || strings.HasPrefix(known.alsoNamed(), key+".")
	})
}

// lookup returns the value of the source that wins, and where that was.
func (s *sources) lookup(wanted setting) (value, origin string, ok bool) {
	if value, ok := s.environment[wanted.env()]; ok {
		return value, wanted.env(), true
	}
	if value, ok := s.fromFile(wanted.Name); ok {
		return value, s.path, true
	}
	if older := wanted.alsoNamed(); older != "" {
		if value, ok := s.environment[envName(older)]; ok {
			return value, envName(older), true
		}
		if value, ok := s.fromFile(older); ok {
			return value, s.path, true
		}
	}
	value, ok = s.environment[wanted.fallback()]
	if ok && wanted.fallback() == "PORT" {
		value = ":" + value
	}
	return value, wanted.fallback(), ok
}

// fromFile returns a value as a flag would have it. A key without a value
// counts as absent.
func (s *sources) fromFile(key string) (string, bool) {
	switch value := s.file[key].(type) {
	case nil:
		return "", false
	case []any:
		var items []string
		for _, item := range value {
			items = append(items, fmt.Sprint(item))
		}
		return strings.Join(items, ","), true
	default:
		return fmt.Sprint(value), true
	}
}

// warnings names the variables that look like settings but are none.
func (s *sources) warnings() []string {
	var known, list []string
	for _, setting := range s.settings {
		known = append(known, setting.env())
	}
	known = append(known, "PARLEY_SERVER", "PARLEY_PROFILE", "PARLEY_PASSWORD") // of parley chat
	for _, name := range slices.Sorted(maps.Keys(s.environment)) {
		if strings.HasPrefix(name, "PARLEY_") && !strings.HasPrefix(name, "PARLEY_TEST_") && !slices.Contains(known, name) {
			list = append(list, fmt.Sprintf("unknown environment variable %s (the nearest known one is %s)", name, nearest(name, known)))
		}
	}
	return list
}
