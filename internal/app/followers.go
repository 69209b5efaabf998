package app

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"parley/internal/follow"
)

// follower is one that follows the log on this node's store.
func (n *Node) follower(name string, h follow.Handle) *follow.Follower {
	return follow.New(name, n.store, h, follow.Options{Alone: n.store.Alone(), Log: n.log})
}

func (n *Node) startFollowers() {
	for _, f := range n.followers {
		f.Start()
	}
}

func (n *Node) stopFollowers(ctx context.Context) error {
	var errs []error
	for _, f := range n.followers {
		errs = append(errs, f.Stop(ctx))
	}
	return errors.Join(errs...)
}

// lags reports how far the followers are behind.
type lags struct{ n *Node }

var (
	lagPositions = prometheus.NewDesc("parley_follower_lag", "How far a follower of the log is behind, in positions.", []string{"follower"}, nil)
	lagSeconds   = prometheus.NewDesc("parley_follower_lag_seconds", "How old what a follower of the log handled last is, while it is behind.", []string{"follower"}, nil)
)

func (lags) Describe(to chan<- *prometheus.Desc) { to <- lagPositions; to <- lagSeconds }

func (l lags) Collect(to chan<- prometheus.Metric) {
	for _, f := range l.n.followers {
		positions, age := f.Lag()
		to <- prometheus.MustNewConstMetric(lagPositions, prometheus.GaugeValue, float64(positions), f.Name())
		to <- prometheus.MustNewConstMetric(lagSeconds, prometheus.GaugeValue, age.Seconds(), f.Name())
	}
}
