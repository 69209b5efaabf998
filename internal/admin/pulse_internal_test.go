package admin

import (
	"slices"
	"testing"
	"time"
)

// A node counts as lost when its beats stand still, whatever its clock says, and is
// forgotten later.
func TestNodesThatFallSilent(t *testing.T) {
	p := newPulse(&Service{clock: time.Now}, "here", "1")
	nodes := func(beats int64) []Node {
		return []Node{{Name: "here", Beats: 1}, {Name: "there", Beats: beats, SeenAt: time.Now().Add(-time.Hour)}}
	}
	alive := func(beats int64) bool {
		list := nodes(beats)
		p.judge(list)
		if !list[0].Alive || !list[0].Here || list[1].Here {
			t.Errorf("%+v", list)
		}
		return list[1].Alive
	}
	age := func(d time.Duration) {
		h := p.heard["there"]
		h.at = h.at.Add(-d)
		p.heard["there"] = h
	}
	if !alive(1) {
		t.Error("one that was just found is lost")
	}
	age(silentFor)
	if alive(1) {
		t.Error("one that stands still is alive")
	}
	if !alive(2) {
		t.Error("one that goes on is lost")
	}
	age(forgetAfter)
	if gone := p.hear(nodes(2)); !slices.Equal(gone, []string{"there"}) {
		t.Errorf("forgotten are %v", gone)
	}

	command := newPulse(&Service{clock: time.Now}, "", "")
	list := []Node{{Name: "a", SeenAt: time.Now()}, {Name: "b", SeenAt: time.Now().Add(-time.Hour)}}
	if command.judge(list); !list[0].Alive || list[1].Alive {
		t.Errorf("%+v", list)
	}
}
