package admin_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"parley/internal/admin"
	"parley/internal/bus"
	"parley/internal/chat"
)

// knob is a setting that remembers what was applied.
type knob struct{ value atomic.Value }

func (k *knob) setting(change func(*admin.Setting)) admin.Setting {
	s := admin.Setting{Name: "registration", Values: []string{"open", "invite", "closed"}, Configured: "open", Source: "default", Apply: func(v string) { k.value.Store(v) }}
	if change != nil {
		change(&s)
	}
	return s
}

func (k *knob) is(value string) func() bool {
	return func() bool { return k.value.Load() == value }
}

func start(t *testing.T, s *admin.Service) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// What an administrator sets holds in every process, whether the bus tells of it or
// not, and after a restart.
func TestSettingsHoldEverywhere(t *testing.T) {
	w := newWorld(t)
	var here, there, deaf knob
	first := w.service(admin.Options{}, here.setting(nil))
	second := w.service(admin.Options{}, there.setting(nil))
	third := admin.New(w.store, bus.NewLocal(), []admin.Setting{deaf.setting(nil)}, admin.Options{})
	for _, s := range []*admin.Service{first, second, third} {
		start(t, s)
	}
	for _, k := range []*knob{&here, &there, &deaf} {
		if !k.is("open")() {
			t.Errorf("%v holds, want the configured value", k.value.Load())
		}
	}
	admins := chat.Actor{ID: 7, Key: 3}
	state, err := first.Settings.Set(t.Context(), admins, "registration", "invite")
	w.must(err)
	if state.Value != "invite" || state.Changed == nil || state.Changed.By != 7 || !here.is("invite")() {
		t.Errorf("%+v, %v holds", state, here.value.Load())
	}
	w.eventually("the other hears of it", there.is("invite"))
	w.eventually("who does not hear the bus finds it", deaf.is("invite"))

	var later knob
	fourth := w.service(admin.Options{}, later.setting(nil))
	start(t, fourth)
	if !later.is("invite")() {
		t.Errorf("after a restart %v holds", later.value.Load())
	}
	_, err = first.Settings.Set(t.Context(), admins, "registration", "invite") // as it is
	w.must(err)
	state, err = fourth.Settings.Reset(t.Context(), chat.Operator, "registration")
	w.must(err)
	if state.Value != "open" || state.Changed != nil {
		t.Errorf("%+v", state)
	}
	w.eventually("the first hears of it", here.is("open"))
	want := []string{`0/0 setting.changed 0 {"from":"invite","name":"registration","to":"open"}`, `7/3 setting.changed 0 {"from":"open","name":"registration","to":"invite"}`}
	if got := w.deeds(first); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestSettingsRefuse(t *testing.T) {
	w := newWorld(t)
	var k knob
	number := admin.Setting{Name: "chat.user-quota-mb", Least: 0, Greatest: 100, Configured: "0"}
	s := w.service(admin.Options{}, k.setting(nil), number)
	for _, c := range []struct{ name, value string }{
		{"registration", "maybe"}, {"registration", ""}, {"chat.user-quota-mb", "101"}, {"chat.user-quota-mb", "-1"}, {"chat.user-quota-mb", "many"},
	} {
		if _, err := s.Settings.Set(t.Context(), chat.Operator, c.name, c.value); !chat.Has(err, chat.ValidationFailed) {
			t.Errorf("%s = %q: %v", c.name, c.value, err)
		}
	}
	if _, err := s.Settings.Set(t.Context(), chat.Operator, "listen", ":80"); !chat.Has(err, chat.NotFound) {
		t.Error(err)
	}
	if state, err := s.Settings.Set(t.Context(), chat.Operator, "chat.user-quota-mb", " 050 "); err != nil || state.Value != "50" {
		t.Errorf("%+v, %v", state, err)
	}
	if got := w.deeds(s); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// What the operator pins holds, whatever an administrator said before.
func TestPinnedSettingsStay(t *testing.T) {
	w := newWorld(t)
	var before, after knob
	_, err := w.service(admin.Options{}, before.setting(nil)).Settings.Set(t.Context(), chat.Operator, "registration", "closed")
	w.must(err)
	s := w.service(admin.Options{}, after.setting(func(s *admin.Setting) { s.Pinned = true }))
	w.must(s.Settings.Load(t.Context()))
	if !after.is("open")() {
		t.Errorf("%v holds", after.value.Load())
	}
	list, err := s.Settings.List(t.Context())
	if err != nil || !list[0].Pinned || list[0].Value != "open" || list[0].Changed != nil {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := s.Settings.Set(t.Context(), chat.Operator, "registration", "invite"); !chat.Has(err, chat.Conflict) {
		t.Error(err)
	}
	if _, err := s.Settings.Reset(t.Context(), chat.Operator, "registration"); !chat.Has(err, chat.Conflict) {
		t.Error(err)
	}
}
