package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/admin"
	"parley/internal/chat"
)

// adminRead runs one question of administrators.
func adminRead[T any](w *world, ask func(admin.Reader) (T, error)) T {
	w.t.Helper()
	var answer T
	w.must(w.st.(admin.Store).ReadAdmin(w.ctx, func(r admin.Reader) (err error) {
		answer, err = ask(r)
		return err
	}))
	return answer
}

func (w *world) adminWrite(fn func(admin.Tx) error) {
	w.t.Helper()
	w.must(w.st.(admin.Store).WriteAdmin(w.ctx, fn))
}

// paged reads a list page by page, two at a time.
func paged[T any](w *world, read func(r admin.Reader, after *admin.Place) ([]T, bool, error), at func(T) (string, admin.Place)) (names []string) {
	w.t.Helper()
	var after *admin.Place
	for more := true; more; {
		page := adminRead(w, func(r admin.Reader) (list []T, err error) {
			list, more, err = read(r, after)
			return list, err
		})
		if len(page) > 2 || more && len(page) < 2 {
			w.t.Fatalf("a page of %d, more %v", len(page), more)
		}
		for _, one := range page {
			name, place := at(one)
			names = append(names, name)
			p, err := admin.ParsePlace(place.String())
			w.must(err)
			after = p
		}
	}
	return names
}

func peoplePages(t *testing.T, w *world) {
	people := []*chat.User{
		{Username: "cy", DisplayName: "Cy Twombly", Email: "cy@art.example", Roles: []string{chat.RoleServerAdmin, chat.RoleAgent}},
		{Username: "ann", DisplayName: "Ann Lee", Email: "lee@harbour.example", LastSeenAt: epoch.Add(time.Hour)},
		{Username: "bob", DisplayName: "Bob Émile", Roles: []string{chat.RoleAgent}, LastSeenAt: epoch},
		{Username: "dan", DisplayName: "Dan", DisabledAt: epoch, LastSeenAt: epoch},
		{Username: "gone", DeletedAt: epoch, DisabledAt: epoch},
		{Username: "bot", DisplayName: "A Bot", Kind: chat.Bot},
	}
	w.write(func(tx chat.Tx) error {
		for _, u := range people {
			if u.Kind == "" {
				u.Kind = chat.Member
			}
			u.CreatedAt = epoch
			if err := tx.InsertUser(w.ctx, u); err != nil {
				return err
			}
			if err := tx.UpdateUser(w.ctx, u); err != nil {
				return err
			}
		}
		return tx.AddActivity(w.ctx, []chat.Activity{
			{UserID: people[0].ID, Day: chat.DayOf(epoch), Messages: 3}, {UserID: people[0].ID, Day: chat.DayOf(epoch) - 29, Messages: 2},
			{UserID: people[0].ID, Day: chat.DayOf(epoch) - 30, Messages: 100},
		})
	})
	find := func(f admin.PeopleFilter) []string {
		f.Limit, f.Now = 2, epoch
		return paged(w, func(r admin.Reader, after *admin.Place) ([]admin.Person, bool, error) {
			f.After = after
			return r.People(w.ctx, f)
		}, func(p admin.Person) (string, admin.Place) { return p.Username, p.At })
	}
	for name, c := range map[string]struct {
		f    admin.PeopleFilter
		want []string
	}{
		"all by name":      {admin.PeopleFilter{}, []string{"bot", "ann", "bob", "cy", "dan"}},
		"newest":           {admin.PeopleFilter{Order: admin.ByCreation}, []string{"bot", "dan", "bob", "ann", "cy"}},
		"last seen":        {admin.PeopleFilter{Order: admin.BySeen}, []string{"ann", "dan", "bob", "bot", "cy"}},
		"agents":           {admin.PeopleFilter{Role: chat.RoleAgent}, []string{"bob", "cy"}},
		"ordinary members": {admin.PeopleFilter{Role: admin.NoRole, Kind: chat.Member}, []string{"ann", "dan"}},
		"disabled":         {admin.PeopleFilter{State: admin.StateDisabled}, []string{"dan"}},
		"active":           {admin.PeopleFilter{State: admin.StateActive}, []string{"bot", "ann", "bob", "cy"}},
		"deleted":          {admin.PeopleFilter{State: admin.StateDeleted}, []string{"gone"}},
		"by name":          {admin.PeopleFilter{Query: "LEE ann"}, []string{"ann"}},
		"without accents":  {admin.PeopleFilter{Query: "emile"}, []string{"bob"}},
		"by address":       {admin.PeopleFilter{Query: "art.example"}, []string{"cy"}},
		"signs":            {admin.PeopleFilter{Query: "%"}, nil},
		"nobody":           {admin.PeopleFilter{Query: "zoe"}, nil},
	} {
		if got := find(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	cy := adminRead(w, func(r admin.Reader) ([]admin.Person, error) {
		return r.PeopleByID(w.ctx, []chat.UserID{people[0].ID, 99}, epoch)
	})
	if len(cy) != 1 || cy[0].Messages != 5 || cy[0].Username != "cy" {
		t.Errorf("%+v", cy)
	}
}

func groupPages(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	small := w.conversation(chat.Conversation{Kind: chat.Group, Name: "Small talk"}, ann)
	big := w.conversation(chat.Conversation{Kind: chat.Channel, Name: "Big news"}, ann, bob)
	busy := w.conversation(chat.Conversation{Kind: chat.Group, Name: "Busy"}, bob)
	w.conversation(chat.Conversation{Kind: chat.Direct, DirectA: ann, DirectB: bob}, ann, bob)
	for range 3 {
		w.must(w.send(busy, bob, "hi"))
	}
	w.must(w.send(small, ann, "hi"))
	w.write(func(tx chat.Tx) error {
		for i, size := range []int64{10, 20} {
			f := &chat.File{Key: fmt.Sprint("key", i), OwnerID: ann, ConversationID: big, Size: size, Name: "x", Type: "text/plain", Kind: chat.OtherFile, CreatedAt: epoch}
			if err := tx.InsertFile(w.ctx, f); err != nil {
				return err
			}
		}
		p, err := tx.Participant(w.ctx, big, ann)
		if err != nil {
			return err
		}
		p.Role = chat.Owner
		return tx.UpdateParticipant(w.ctx, p)
	})
	find := func(f admin.GroupFilter) []string {
		f.Limit = 2
		return paged(w, func(r admin.Reader, after *admin.Place) ([]admin.Group, bool, error) {
			f.After = after
			return r.Groups(w.ctx, f)
		}, func(g admin.Group) (string, admin.Place) { return g.Name, g.At })
	}
	for name, c := range map[string]struct {
		f    admin.GroupFilter
		want []string
	}{
		"by name":     {admin.GroupFilter{Order: admin.ByName}, []string{"Big news", "Busy", "Small talk"}},
		"newest":      {admin.GroupFilter{Order: admin.ByCreation}, []string{"Busy", "Big news", "Small talk"}},
		"by messages": {admin.GroupFilter{Order: admin.ByMessages}, []string{"Busy", "Small talk", "Big news"}},
		"channels":    {admin.GroupFilter{Kind: chat.Channel, Order: admin.ByActivity}, []string{"Big news"}},
		"found":       {admin.GroupFilter{Query: "talk", Order: admin.ByParticipants}, []string{"Small talk"}},
	} {
		if got := find(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	g := adminRead(w, func(r admin.Reader) ([]admin.Group, error) {
		return r.GroupsByID(w.ctx, []chat.ConversationID{big, busy})
	})
	if len(g) != 2 || g[0].Owner != ann || g[0].OwnerName != "ann" || g[0].Files != 2 || g[0].FileBytes != 30 || g[1].Owner != 0 || g[1].LastCount != 3 {
		t.Errorf("%+v", g)
	}
}

func deedPages(t *testing.T, w *world) {
	w.write(func(tx chat.Tx) error {
		for i := range 6 {
			d := chat.Deed{At: epoch.Add(time.Duration(i) * time.Hour), By: chat.UserID(i % 2), Key: int64(i % 3), Action: chat.ActionUserRoles, Target: 7, Detail: json.RawMessage(`{"n":1}`)}
			if i == 5 {
				d.Action, d.Target = chat.ActionSettingChanged, 0
			}
			if err := tx.InsertDeed(w.ctx, &d); err != nil {
				return err
			}
		}
		return tx.InsertAccesses(w.ctx, []chat.Access{
			{FileID: 3, UserID: 1, Variant: "320", IPPrefix: "10.0.0.0/24", At: epoch}, {FileID: 4, UserID: 2, At: epoch.Add(time.Hour)},
		})
	})
	find := func(f admin.DeedFilter) (ids []int64) {
		f.Limit = 2
		for more := true; more; {
			page := adminRead(w, func(r admin.Reader) (list []chat.Deed, err error) {
				list, more, err = r.Deeds(w.ctx, f)
				return list, err
			})
			for _, d := range page {
				ids, f.Before = append(ids, d.ID), d.ID
			}
		}
		return ids
	}
	for name, c := range map[string]struct {
		f    admin.DeedFilter
		want []int64
	}{
		"all":         {admin.DeedFilter{}, []int64{6, 5, 4, 3, 2, 1}},
		"an action":   {admin.DeedFilter{Action: "setting.changed"}, []int64{6}},
		"a kind":      {admin.DeedFilter{Action: "user."}, []int64{5, 4, 3, 2, 1}},
		"somebody's":  {admin.DeedFilter{By: new(chat.UserID(1))}, []int64{6, 4, 2}},
		"nobody's":    {admin.DeedFilter{By: new(chat.UserID(0)), Action: "user.roles"}, []int64{5, 3, 1}},
		"to somebody": {admin.DeedFilter{Kind: "user", Target: 7}, []int64{5, 4, 3, 2, 1}},
		"to settings": {admin.DeedFilter{Kind: "setting"}, []int64{6}},
		"to keys":     {admin.DeedFilter{Kind: "apikey"}, nil},
		"of a time":   {admin.DeedFilter{From: epoch.Add(time.Hour), To: epoch.Add(3 * time.Hour)}, []int64{3, 2}},
	} {
		if got := find(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	looks := adminRead(w, func(r admin.Reader) ([]chat.Deed, error) {
		list, more, err := r.FileAccesses(w.ctx, admin.DeedFilter{By: new(chat.UserID(1)), Limit: 5})
		if more {
			t.Error("there are more")
		}
		return list, err
	})
	if len(looks) != 1 || looks[0].Target != 3 || looks[0].By != 1 || string(looks[0].Detail) != `{"variant":"320","network":"10.0.0.0/24"}` {
		t.Errorf("%+v", looks)
	}
}

func figuresAreKept(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	today := chat.DayOf(epoch)
	for range 3 {
		w.must(w.send(c, ann, "hi"))
	}
	sent := read(w, func(r chat.Reader) ([]chat.MessageID, error) {
		page, _, err := r.Messages(w.ctx, c, 0, chat.Page{Limit: 10})
		var ids []chat.MessageID
		for _, m := range page {
			ids = append(ids, m.ID)
		}
		return ids, err
	})
	w.write(func(tx chat.Tx) error {
		found, err := tx.SentBy(w.ctx, sent)
		if err != nil {
			return err
		}
		if len(found) != 1 || found[0] != (chat.Activity{UserID: ann, Day: today, Messages: 3}) {
			t.Errorf("%+v", found)
		}
		if err := tx.AddActivity(w.ctx, append(found, chat.Activity{UserID: bob, Day: today - 6})); err != nil {
			return err
		}
		guest, gone := &chat.User{Kind: chat.Guest, CreatedAt: epoch}, &chat.User{Username: "gone", Kind: chat.Member, CreatedAt: epoch, DeletedAt: epoch}
		for _, u := range []*chat.User{guest, gone} { // of whom there are no figures
			if err := errors.Join(tx.InsertUser(w.ctx, u), tx.UpdateUser(w.ctx, u)); err != nil {
				return err
			}
		}
		return tx.AddActivity(w.ctx, []chat.Activity{
			{UserID: ann, Day: today, Messages: 2}, {UserID: guest.ID, Day: today}, {UserID: gone.ID, Day: today}, {UserID: 999_999, Day: today},
		})
	})
	for days, want := range map[int64]int64{1: 1, 6: 1, 7: 2} {
		if got := adminRead(w, func(r admin.Reader) (int64, error) { return r.ActiveIn(w.ctx, today-days, today) }); got != want {
			t.Errorf("%d were active in %d days, want %d", got, days, want)
		}
	}
	d := admin.Day{Day: today, Active: 2, ActiveWeek: 3, ActiveMonth: 4, Users: 5, PeakSessions: 6, Delivered: admin.Histogram{5: 7, 0: 1}, DatabaseBytes: 8, FileBytes: 9}
	w.adminWrite(func(tx admin.Tx) error { return tx.StoreDay(w.ctx, d) })
	d.Messages = 5
	days := adminRead(w, func(r admin.Reader) ([]admin.Day, error) { return r.Days(w.ctx, today-7, today) })
	if len(days) != 2 || days[0].Day != today-6 || fmt.Sprint(days[1]) != fmt.Sprint(d) {
		t.Errorf("%+v", days)
	}
	w.write(func(tx chat.Tx) error { return tx.ForgetPrivate(w.ctx, bob) })
	if got := adminRead(w, func(r admin.Reader) (int64, error) { return r.ActiveIn(w.ctx, 0, today) }); got != 1 {
		t.Errorf("%d were active after one was erased", got)
	}
	for at, want := range map[time.Time]int64{epoch: 0, epoch.Add(time.Second): 2} {
		if got := adminRead(w, func(r admin.Reader) (int64, error) { return r.UsersAt(w.ctx, at) }); got != want {
			t.Errorf("%d accounts at %v, want %d", got, at, want)
		}
	}
	totals := adminRead(w, func(r admin.Reader) (admin.Totals, error) { return r.Totals(w.ctx, epoch) })
	if diff := cmp.Diff(admin.Totals{Users: 2, Groups: 1, Messages: 5}, totals); diff != "" {
		t.Error(diff)
	}
	storedKinds(t, w, ann)
	if n := adminRead(w, func(r admin.Reader) (int64, error) { return r.DatabaseBytes(w.ctx) }); n < 50_000 {
		t.Errorf("the database takes %d bytes", n)
	}
	nodesAndSamples(t, w)
}

// storedKinds tells files by what they are; those that are to go do not count.
func storedKinds(t *testing.T, w *world, u chat.UserID) {
	file := func(kind chat.FileKind, size int64) *chat.File {
		return &chat.File{Key: fmt.Sprint("stored", kind, size), OwnerID: u, Size: size, Name: "x", Type: "x/y", Kind: kind, CreatedAt: epoch}
	}
	voice := file(chat.AudioFile, 4)
	voice.Peaks = make([]int, chat.FilePeaks)
	picture, before := file(chat.ImageFile, 32), file(chat.ImageFile, 1_000)
	w.write(func(tx chat.Tx) error {
		for _, f := range []*chat.File{file(chat.ImageFile, 1), file(chat.VideoFile, 2), voice, file(chat.AudioFile, 8), file(chat.OtherFile, 16), file(chat.OtherFile, 17), before, picture} {
			if err := tx.InsertFile(w.ctx, f); err != nil {
				return err
			}
		}
		for _, f := range []*chat.File{before, picture} { // which takes the place of the one before
			if err := tx.SetAvatar(w.ctx, u.Stream(), f.ID, epoch); err != nil {
				return err
			}
		}
		shown := file(chat.ImageFile, 64)
		shown.OwnerID = 0
		return tx.InsertPreview(w.ctx, &chat.Preview{URL: "https://a.example/", Title: "A", Image: shown, FetchedAt: epoch, FreshUntil: epoch})
	})
	totals := adminRead(w, func(r admin.Reader) (admin.Totals, error) { return r.Totals(w.ctx, epoch) })
	of := func(kind string, files, bytes int64) admin.StoredKind {
		return admin.StoredKind{Kind: kind, Files: files, Bytes: bytes}
	}
	want := []admin.StoredKind{of("image", 1, 1), of("video", 1, 2), of("voice", 1, 4), of("audio", 1, 8), of("file", 2, 33), of("avatar", 1, 32), of("preview", 1, 64)}
	if diff := cmp.Diff(want, totals.Stored); diff != "" || totals.Files != 8 || totals.FileBytes != 144 {
		t.Errorf("%d files of %d bytes: %s", totals.Files, totals.FileBytes, diff)
	}
}

func nodesAndSamples(t *testing.T, w *world) {
	beat := func(name string, beats int64, sessions map[string]int64) {
		w.adminWrite(func(tx admin.Tx) error {
			return tx.Beat(w.ctx, admin.Node{Name: name, Version: "1", StartedAt: epoch, SeenAt: epoch, Beats: beats, Sessions: sessions},
				admin.Sample{Slot: epoch.Truncate(admin.SlotLength), Node: name, Sessions: beats, Peak: beats, Delivered: admin.Histogram{1: beats}})
		})
	}
	beat("a", 1, nil)
	beat("a", 2, map[string]int64{"native": 3})
	beat("b", 1, nil)
	samples := adminRead(w, func(r admin.Reader) ([]admin.Sample, error) {
		return r.Samples(w.ctx, epoch.Add(-time.Hour), epoch.Add(time.Hour))
	})
	if len(samples) != 2 || samples[0].Peak != 2 || samples[0].Delivered[1] != 2 || samples[1].Node != "b" {
		t.Errorf("%+v", samples)
	}
	nodes := func() (names []string) {
		for _, n := range adminRead(w, func(r admin.Reader) ([]admin.Node, error) { return r.Nodes(w.ctx) }) {
			names = append(names, fmt.Sprint(n.Name, n.Beats, n.Sessions["native"]))
		}
		return names
	}
	if got := nodes(); !slices.Equal(got, []string{"a 2 3", "b 1 0"}) && !slices.Equal(got, []string{"a2 3", "b1 0"}) {
		t.Errorf("%v", got)
	}
	w.adminWrite(func(tx admin.Tx) error { return tx.ForgetOtherNodes(w.ctx, "b") })
	w.adminWrite(func(tx admin.Tx) error { return tx.PruneFigures(w.ctx, epoch.Add(time.Hour), chat.DayOf(epoch)+1) })
	if got := nodes(); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if left := adminRead(w, func(r admin.Reader) ([]admin.Sample, error) {
		return r.Samples(w.ctx, time.Time{}, epoch.Add(time.Hour))
	}); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

func checksAndSettings(t *testing.T, w *world) {
	for i := range 32 {
		c := admin.LogCheck{StartedAt: epoch, Checked: int64(i)}
		w.adminWrite(func(tx admin.Tx) error { return tx.StoreLogCheck(w.ctx, &c) })
		c.Wrong, c.FinishedAt, c.Examples = 1, epoch, []admin.Audited{{ID: 5, Trouble: "a hole"}}
		w.adminWrite(func(tx admin.Tx) error { return tx.StoreLogCheck(w.ctx, &c) })
	}
	checks := adminRead(w, func(r admin.Reader) ([]admin.LogCheck, error) { return r.LogChecks(w.ctx, 100) })
	if len(checks) != 30 || checks[0].Checked != 31 || checks[0].Examples[0].Trouble != "a hole" {
		t.Errorf("%d, %+v", len(checks), checks[0])
	}
	version := func() int64 {
		return adminRead(w, func(r admin.Reader) (int64, error) { return r.SettingsVersion(w.ctx) })
	}
	before := version()
	for _, value := range []string{"invite", "closed"} {
		w.adminWrite(func(tx admin.Tx) error {
			return tx.StoreSetting(w.ctx, admin.StoredSetting{Name: "registration", Value: value, By: 1, At: epoch})
		})
	}
	stored := adminRead(w, func(r admin.Reader) ([]admin.StoredSetting, error) { return r.StoredSettings(w.ctx) })
	if len(stored) != 1 || stored[0] != (admin.StoredSetting{Name: "registration", Value: "closed", By: 1, At: epoch}) || version() != before+2 {
		t.Errorf("%+v, version %d after %d", stored, version(), before)
	}
	w.adminWrite(func(tx admin.Tx) error { return tx.StoreSetting(w.ctx, admin.StoredSetting{Name: "registration"}) })
	if stored := adminRead(w, func(r admin.Reader) ([]admin.StoredSetting, error) { return r.StoredSettings(w.ctx) }); len(stored) != 0 {
		t.Errorf("%+v", stored)
	}
}

func auditFindsHoles(t *testing.T, w *world) {
	ann := w.user("ann")
	good, bad := w.group(ann), w.group(ann)
	for range 3 {
		w.must(w.send(good, ann, "hi"))
		w.must(w.send(bad, ann, "hi"))
	}
	w.write(func(tx chat.Tx) error { // as a bug would
		_, err := tx.EraseConversation(w.ctx, bad, 1)
		return err
	})
	found := adminRead(w, func(r admin.Reader) ([]admin.Audited, error) { return r.Audit(w.ctx, 0, 10) })
	if len(found) != 2 || found[0].Trouble != "" || found[1].ID != bad || found[1].Trouble == "" {
		t.Errorf("%+v", found)
	}
	jobs := adminRead(w, func(r admin.Reader) ([]admin.JobCount, error) {
		w.write(func(tx chat.Tx) error { return tx.Enqueue(w.ctx, chat.CheckLog{}) })
		return r.Jobs(w.ctx)
	})
	if len(jobs) != 1 || jobs[0] != (admin.JobCount{Kind: "check_log", State: "available", N: 1}) {
		t.Errorf("%+v", jobs)
	}
}

func lastAdmin(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	other := func(but chat.UserID) bool {
		return read(w, func(r chat.Reader) (bool, error) { return r.HasOtherAdmin(w.ctx, but) })
	}
	if other(0) {
		t.Error("there is an administrator")
	}
	change := func(id chat.UserID, edit func(*chat.User)) {
		w.write(func(tx chat.Tx) error {
			u, err := tx.User(w.ctx, id)
			if err != nil {
				return err
			}
			edit(u)
			return tx.UpdateUser(w.ctx, u)
		})
	}
	change(ann, func(u *chat.User) { u.Roles = []string{chat.RoleAgent, chat.RoleServerAdmin} })
	if !other(bob) || other(ann) {
		t.Error("ann is the only administrator")
	}
	change(ann, func(u *chat.User) { u.DisabledAt = epoch })
	if other(bob) {
		t.Error("one who is disabled is none")
	}
}
