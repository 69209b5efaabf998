package config

import "slices"

// changeable are the settings that an administrator may change while the server runs.
var changeable = []string{"registration", "chat.members-can-invite", "chat.edit-window-minutes", "chat.user-quota-mb", "presence.scope"}

// pinsAll stands for all of them in PinnedSettings.
const pinsAll = "all"

// Changeable is a setting that an administrator may change while the server runs.
type Changeable struct {
	Name, Help      string
	Value           string   // as it is configured
	Source          string   // where that comes from
	Values          []string // that it may have; nil: it is a number
	Least, Greatest int64
	Pinned          bool // it may not be changed after all
}

// Changeables returns those settings.
func (c *Config) Changeables() (list []Changeable) {
	for _, s := range settings(c) {
		if !slices.Contains(changeable, s.Name) {
			continue
		}
		v := Changeable{
			Name: s.Name, Help: s.Help, Value: s.text(), Source: c.origin(s.Name), Values: s.values(),
			Pinned: slices.Contains(c.PinnedSettings, s.Name) || slices.Contains(c.PinnedSettings, pinsAll),
		}
		if _, ok := s.Target.Interface().(Switch); ok {
			v.Values = []string{"on", "off"}
		}
		v.Least, v.Greatest, _ = s.bounds()
		list = append(list, v)
	}
	return list
}

func (c *Config) validatePins(refuse func(name, reason string, args ...any)) {
	for _, name := range c.PinnedSettings {
		if name != pinsAll && !slices.Contains(changeable, name) {
			refuse("pinned-settings", "%q is no setting that changes while the server runs (the nearest one is %q)", name, nearest(name, changeable))
		}
	}
}
