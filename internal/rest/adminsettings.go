package rest

import (
	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/chatapi"
)

// serverSetting is a setting that an administrator may change while the server runs.
type serverSetting struct {
	Name        string       `json:"name" doc:"As in the configuration."`
	Description string       `json:"description"`
	Value       string       `json:"value" doc:"What holds now."`
	Values      []string     `json:"values" doc:"What it may be; none: it is a number."`
	Minimum     *int64       `json:"minimum" doc:"Of a number."`
	Maximum     *int64       `json:"maximum" doc:"Of a number."`
	Configured  string       `json:"configured" doc:"What holds unless an administrator says otherwise."`
	Source      string       `json:"source" doc:"Where the configured value comes from: default, a flag, a variable, a file."`
	Pinned      bool         `json:"pinned" doc:"The operator lets nobody change it."`
	Changed     bool         `json:"changed" doc:"An administrator has said otherwise."`
	ChangedBy   *chat.UserID `json:"changedBy" doc:"Null: nobody, an API key by itself, or the operator at a shell."`
	ChangedAt   *string      `json:"changedAt" format:"date-time"`
}

func shownSetting(s *admin.SettingState) serverSetting {
	shown := serverSetting{
		Name: s.Name, Description: s.Help, Value: s.Value, Values: append([]string{}, s.Values...),
		Configured: s.Configured, Source: s.Source, Pinned: s.Pinned,
	}
	if s.Values == nil {
		shown.Minimum, shown.Maximum = &s.Least, &s.Greatest
	}
	if s.Changed != nil {
		shown.Changed, shown.ChangedAt = true, new(chatapi.Time(s.Changed.At))
		if s.Changed.By != 0 {
			shown.ChangedBy = &s.Changed.By
		}
	}
	return shown
}

type serverSettingsIn struct {
	_ struct{} `doc:"What may be changed while the server runs. The configured value holds unless an administrator says otherwise; what the configuration pins cannot be changed."`
}

func (a *API) listServerSettings(c *call, _ serverSettingsIn) (answer[[]serverSetting], error) {
	list, err := a.options.Admin.Settings.List(c)
	if err != nil {
		return no[[]serverSetting](err)
	}
	shown := make([]serverSetting, len(list))
	for i := range list {
		shown[i] = shownSetting(&list[i])
	}
	return ok(shown)
}

type setServerSettingIn struct {
	_     struct{} `doc:"Holds on all nodes at once."`
	Name  string   `path:"name" doc:"The setting."`
	Value string   `json:"value" required:"true" example:"invite" doc:"A word of its values, or a number."`
}

func (a *API) setServerSetting(c *call, in setServerSettingIn) (answer[serverSetting], error) {
	s, err := a.options.Admin.Settings.Set(c, c.Actor, in.Name, in.Value)
	if err != nil {
		return no[serverSetting](err)
	}
	return ok(shownSetting(s))
}

type resetServerSettingIn struct {
	_    struct{} `doc:"Goes back to the configured value, on all nodes at once."`
	Name string   `path:"name" doc:"The setting."`
}

func (a *API) resetServerSetting(c *call, in resetServerSettingIn) (answer[serverSetting], error) {
	s, err := a.options.Admin.Settings.Reset(c, c.Actor, in.Name)
	if err != nil {
		return no[serverSetting](err)
	}
	return ok(shownSetting(s))
}
