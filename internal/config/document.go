package config

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

const introduction = `# Configuration

Every setting can be a flag of ` + "`parley serve`" + `, an environment variable, or a key
in the YAML file that ` + "`--config`" + ` (` + "`PARLEY_CONFIG`" + `) names. When several set the same
one, the flag wins, then the variable, then the file. Empty variables count as
not set. Unknown keys in the file are errors, unknown ` + "`PARLEY_`" + ` variables are
reported in the log.

` + "```yaml" + `
listen: 0.0.0.0:8080
public-url: https://chat.example.com
trusted-proxies: [10.0.0.0/8]
chat:
  max-file-size-mb: 100
limits:
  send: 60/1m
` + "```" + `

Lists are separated by commas in flags and variables. A rate limit is a number
and a duration, such as ` + "`30/1m`" + `, or ` + "`off`" + `.
`

// Document writes the documentation of all settings in Markdown.
func Document(w io.Writer) error {
	var doc strings.Builder
	doc.WriteString(introduction)
	group := ""
	for _, s := range settings(&Config{}) {
		if s.Group.Title != group {
			group = s.Group.Title
			fmt.Fprintf(&doc, "\n## %s\n\n| Setting | Variable | Default | Meaning |\n| --- | --- | --- | --- |\n", group)
		}
		fmt.Fprintf(&doc, "| `%s` | `%s` | %s | %s |\n", s.Name, s.env(), codeOrNothing(s.Default), s.meaning())
	}
	_, err := io.WriteString(w, doc.String())
	return err
}

func (s setting) meaning() string {
	text := s.OrigHelp + s.choices()
	if older := s.alsoNamed(); older != "" {
		text += fmt.Sprintf(" Also `%s` in the file and `%s`.", older, envName(older))
	}
	if s.fallback() != "" {
		text += fmt.Sprintf(" If nothing sets it, `%s` does.", s.fallback())
	}
	return text
}

func codeOrNothing(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// Show writes the values of c and where each comes from, without secrets.
func Show(w io.Writer, c Config) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range settings(&c) {
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, s.text(), c.origin(s.Name))
	}
	return table.Flush()
}
