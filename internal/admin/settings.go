package admin

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/chat"
)

// Setting is something that an administrator may change while the server runs. Its
// values are texts, as in the configuration.
type Setting struct {
	Name, Help      string
	Values          []string // that it may have; nil: it is a number
	Least, Greatest int64    // of a number
	Configured      string   // holds unless an administrator says otherwise
	Source          string   // where Configured comes from
	Pinned          bool     // the operator lets nobody change it
	// Apply makes a value hold on this node.
	Apply func(value string)
}

// StoredSetting is what an administrator has said of a setting.
type StoredSetting struct {
	Name, Value string
	By          chat.UserID // 0: an API key by itself, or the operator
	At          time.Time
}

// SettingState is a setting as it is.
type SettingState struct {
	Setting
	Value string
	// Changed is what an administrator has said; nil: the configured value holds.
	Changed *StoredSetting
}

// lookEvery bounds how long another process's change goes unnoticed when the bus does
// not bring it.
const lookEvery = time.Second

// Settings keeps the settings of this node as they are in the database.
type Settings struct {
	store Store
	bus   chat.Bus
	list  []Setting
	now   func() time.Time
	log   *slog.Logger

	reading sync.Mutex
	version int64 // of what holds here

	wake        chan struct{}
	unsubscribe func()
	cancel      context.CancelFunc
	done        chan struct{}
}

func newSettings(store Store, bus chat.Bus, list []Setting, now func() time.Time, log *slog.Logger) *Settings {
	return &Settings{store: store, bus: bus, list: list, now: now, log: log, version: -1, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (s *Settings) start(ctx context.Context) error {
	if err := s.Load(ctx); err != nil {
		return err
	}
	s.unsubscribe = s.bus.Subscribe(chat.Subscriber{Signal: func(sig chat.Signal) {
		if sig.Kind != chat.SignalSettings {
			return
		}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}})
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go s.run(ctx)
	return nil
}

func (s *Settings) stop(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.unsubscribe()
	s.cancel()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Settings) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
		err := s.Load(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.log.Error("reading the settings", "error", err)
		}
		failing = err != nil
	}
}

// Load makes what the database says hold here, if it is news.
func (s *Settings) Load(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	var version int64
	var stored []StoredSetting
	err := s.store.ReadAdmin(ctx, func(r Reader) (err error) {
		if version, err = r.SettingsVersion(ctx); err != nil || version == s.version {
			return err
		}
		stored, err = r.StoredSettings(ctx)
		return err
	})
	if err != nil || version == s.version {
		return err
	}
	for _, state := range s.states(stored) {
		if state.Apply != nil {
			state.Apply(state.Value)
		}
	}
	s.version = version
	return nil
}

// states puts what was stored into its settings. A value that is none, as of another
// release, and one of a setting that is pinned do not count.
func (s *Settings) states(stored []StoredSetting) []SettingState {
	out := make([]SettingState, len(s.list))
	for i, setting := range s.list {
		out[i] = SettingState{Setting: setting, Value: setting.Configured}
		at := slices.IndexFunc(stored, func(v StoredSetting) bool { return v.Name == setting.Name })
		if at < 0 || setting.Pinned {
			continue
		}
		if value, err := setting.check(stored[at].Value); err == nil {
			out[i].Value, out[i].Changed = value, &stored[at]
		}
	}
	return out
}

// check returns a value as it is stored.
func (v *Setting) check(value string) (string, error) {
	value = strings.TrimSpace(value)
	if v.Values != nil {
		if !slices.Contains(v.Values, value) {
			return "", chat.Invalid("value", "%s must be one of %s", v.Name, strings.Join(v.Values, ", "))
		}
		return value, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < v.Least || n > v.Greatest {
		return "", chat.Invalid("value", "%s must be a number from %d to %d", v.Name, v.Least, v.Greatest)
	}
	return strconv.FormatInt(n, 10), nil
}

// List returns all settings as they are.
func (s *Settings) List(ctx context.Context) ([]SettingState, error) {
	var stored []StoredSetting
	err := s.store.ReadAdmin(ctx, func(r Reader) (err error) {
		stored, err = r.StoredSettings(ctx)
		return err
	})
	return s.states(stored), err
}

// Set changes a setting, on all nodes at once.
func (s *Settings) Set(ctx context.Context, by chat.Actor, name, value string) (*SettingState, error) {
	setting, err := s.named(name)
	if err != nil {
		return nil, err
	}
	if value, err = setting.check(value); err != nil {
		return nil, err
	}
	return s.change(ctx, by, setting, value)
}

// Reset goes back to the configured value.
func (s *Settings) Reset(ctx context.Context, by chat.Actor, name string) (*SettingState, error) {
	setting, err := s.named(name)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, by, setting, "")
}

func (s *Settings) named(name string) (*Setting, error) {
	i := slices.IndexFunc(s.list, func(v Setting) bool { return v.Name == name })
	if i < 0 {
		return nil, chat.Errorf(chat.NotFound, "There is no such setting")
	}
	if s.list[i].Pinned {
		return nil, chat.Errorf(chat.Conflict, "The server's configuration lets nobody change %s", name)
	}
	return &s.list[i], nil
}

// change stores a value, "" for the configured one, and tells everybody.
func (s *Settings) change(ctx context.Context, by chat.Actor, setting *Setting, value string) (state *SettingState, err error) {
	err = s.store.WriteAdmin(ctx, func(tx Tx) error {
		ctx := context.WithoutCancel(ctx)
		stored, err := tx.StoredSettings(ctx)
		if err != nil {
			return err
		}
		before := s.stateOf(setting.Name, stored)
		now := s.now()
		next := StoredSetting{Name: setting.Name, Value: value, By: by.ID, At: now}
		if state = before; before.Changed == nil && value == "" || before.Changed != nil && before.Value == value {
			return nil
		}
		if err := tx.StoreSetting(ctx, next); err != nil {
			return err
		}
		detail := map[string]any{"name": setting.Name, "from": before.Value, "to": value}
		state = &SettingState{Setting: *setting, Value: value, Changed: &next}
		if value == "" {
			state.Value, state.Changed, detail["to"] = setting.Configured, nil, setting.Configured
		}
		return chat.Record(ctx, tx, by, now, chat.ActionSettingChanged, 0, detail)
	})
	if err != nil {
		return nil, err
	}
	s.bus.Signal(chat.Signal{Kind: chat.SignalSettings})
	return state, s.Load(context.WithoutCancel(ctx))
}

func (s *Settings) stateOf(name string, stored []StoredSetting) *SettingState {
	all := s.states(stored)
	return &all[slices.IndexFunc(all, func(v SettingState) bool { return v.Name == name })]
}
