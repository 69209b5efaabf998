package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Load reads the settings from command line flags, an environment in the form
// of os.Environ, the file that either of them names, and the defaults, the
// first of these winning. Its error names every bad setting that it found.
func Load(args, environ []string) (Config, error) {
	var c Config
	parser, err := kong.New(&c, kong.Name("parley"), kong.NoDefaultHelp(), From(environ))
	if err != nil {
		return Config{}, err
	}
	if _, err := parser.Parse(args); err != nil {
		return Config{}, err
	}
	return c, nil
}

// From makes every Config in a kong command line read environ and its file.
func From(environ []string) kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		if err := kong.Bind(newSources(environ)).Apply(k); err != nil {
			return err
		}
		return kong.PostBuild(nameVariablesInHelp).Apply(k)
	})
}

func nameVariablesInHelp(k *kong.Kong) error {
	known := map[string]bool{}
	for _, s := range settings(&Config{}) {
		known[s.Name] = true
	}
	return kong.Visit(k.Model, func(v kong.Visitable, next kong.Next) error {
		if flag, ok := v.(*kong.Flag); ok && known[flag.Name] {
			s := setting{flag}
			flag.Help += s.choices() + " [$" + s.env() + "]"
		}
		return next(nil)
	})
}

// choices is a sentence, or nothing.
func (s setting) choices() string {
	if values := s.values(); values != nil {
		return " One of " + strings.Join(values, ", ") + "."
	}
	if least, greatest, ok := s.bounds(); ok {
		return fmt.Sprintf(" From %d to %d.", least, greatest)
	}
	return ""
}

// BeforeResolve is called by kong when it knows the flags.
func (c *Config) BeforeResolve(ctx *kong.Context, s *sources) error {
	path := s.environment[envName("parley."+fileSetting)]
	for _, flag := range ctx.Flags() {
		if given, _ := ctx.FlagValue(flag).(string); flag.Name == fileSetting && given != "" {
			path = given
		}
	}
	if err := s.readFile(path); err != nil {
		return err
	}
	ctx.AddResolver(s)
	return nil
}

// BeforeApply is called by kong when it has asked all sources. Validate follows.
func (c *Config) BeforeApply(ctx *kong.Context, s *sources) error {
	c.origins, c.warnings = s.origins, s.warnings()
	for _, path := range ctx.Path {
		if path.Flag != nil && !path.Resolved {
			c.origins[path.Flag.Name] = "--" + path.Flag.Name
		}
	}
	return errors.Join(s.errs...)
}

// Resolve looks a setting up in everything but flags and defaults. Values that
// cannot be read are collected, to be reported together.
func (s *sources) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !slices.ContainsFunc(s.settings, func(known setting) bool { return known.Name == flag.Name }) {
		return nil, nil
	}
	value, origin, ok := s.lookup(setting{flag})
	if !ok {
		return nil, nil
	}
	if err := (setting{flag}).accepts(value); err != nil {
		s.errs = append(s.errs, fmt.Errorf("%s (from %s): %w", flag.Name, origin, err))
		return nil, nil
	}
	s.origins[flag.Name] = origin
	return value, nil
}

// Validate has nothing to add to Config's.
func (s *sources) Validate(*kong.Application) error { return nil }
