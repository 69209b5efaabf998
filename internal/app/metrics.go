package app

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/internal/gateway"
)

// figures are what REST reports; everything else is read when it is asked for.
// No label names a user or a conversation.
type figures struct {
	requests *prometheus.CounterVec
	seconds  prometheus.Histogram
}

func newFigures() *figures {
	return &figures{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_requests_total", Help: "REST requests, by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_http_request_seconds", Help: "How long REST requests took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}),
	}
}

func (f *figures) observe(route string, status int, took time.Duration) {
	f.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	f.seconds.Observe(took.Seconds())
}

// metrics serves the figures in Prometheus' format.
func (n *Node) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(n.figures.requests, n.figures.seconds, sessions{n}, lags{n}, deliveries{n})
	commits := func(i int) func() float64 {
		return func() float64 {
			transactions, calls := n.store.Commits()
			return float64([]int64{transactions, calls}[i])
		}
	}
	counter := func(name, help string, read func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
	}
	loaded := func(v interface{ Load() int64 }) func() float64 { return func() float64 { return float64(v.Load()) } }

	counter("parley_commits_total", "Transactions committed.", commits(0))
	counter("parley_commit_jobs_total", "Writes that the commits carried.", commits(1))
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "parley_commit_waiting", Help: "Writes waiting for their commit.",
	}, func() float64 { return float64(n.store.Waiting()) }))
	counter("parley_events_dispatched_total", "Events handed to streams with followers.", loaded(&n.Hub.Metrics.Dispatched))
	counter("parley_events_repaired_total", "Events read from the log because the bus did not bring them.", loaded(&n.Hub.Metrics.Repaired))
	counter("parley_events_replayed_total", "Events given to clients that were behind.", loaded(&n.Hub.Metrics.Replayed))
	counter("parley_gaps_total", "Times a client was told to reload.", loaded(&n.Hub.Metrics.Gaps))
	counter("parley_slow_consumers_total", "Connections cut because they did not read.", loaded(&n.Gateway.Metrics.SlowConsumers))
	counter("parley_frames_out_total", "Frames written to streams.", loaded(&n.Gateway.Metrics.FramesOut))
	counter("parley_writes_total", "Writes to streams, each of one frame or more.", loaded(&n.Gateway.Metrics.Writes))
	if b := n.cluster; b != nil {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "parley_bus_connected", Help: "Whether there is a connection to NATS.",
		}, func() float64 {
			if b.Connected() {
				return 1
			}
			return 0
		}))
		counter("parley_bus_published_total", "Messages sent to other nodes.", loaded(&b.Metrics.Published))
		counter("parley_bus_received_total", "Messages of other nodes.", loaded(&b.Metrics.Received))
		counter("parley_bus_dropped_total", "Messages that could not be sent: the log brings what they held.", loaded(&b.Metrics.Dropped))
		counter("parley_bus_malformed_total", "Messages of other nodes that were not understood.", loaded(&b.Metrics.Malformed))
	}
	rooms := n.whereRooms().Chat
	for what, n := range map[string]*atomic.Int64{
		"destroyed": &rooms.RoomCounts.Destroyed, "expired": &rooms.RoomCounts.Expired, "operator": &rooms.RoomCounts.ByOperator, "restart": &rooms.RoomCounts.ByRestart,
	} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "parley_rooms_ended_total", Help: "Disposable rooms that this node ended, by why.", ConstLabels: prometheus.Labels{"reason": what},
		}, loaded(n)))
	}
	counter("parley_rooms_created_total", "Disposable rooms that were made on this node.", loaded(&rooms.RoomCounts.Created))
	r.MustRegister(openRooms{n})
	counter("parley_commands_total", "Commands that came over streams.", loaded(&n.Gateway.Metrics.Commands))
	counter("parley_job_failures_total", "Attempts of jobs that failed on this node.", func() float64 { failed, _ := n.jobs.Failures(); return float64(failed) })
	counter("parley_jobs_given_up_total", "Jobs that failed for the last time on this node.", func() float64 { _, lost := n.jobs.Failures(); return float64(lost) })
	r.MustRegister(queue{n})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// sessions reports the open connections of each dialect.
type sessions struct{ n *Node }

var sessionsOpen = prometheus.NewDesc("parley_sessions", "Open stream connections.", []string{"dialect"}, nil)

func (s sessions) Describe(to chan<- *prometheus.Desc) { to <- sessionsOpen }

func (s sessions) Collect(to chan<- prometheus.Metric) {
	for _, g := range []*gateway.Server{s.n.Gateway, s.n.whereRooms().rooms.gateway} {
		for dialect, open := range g.Metrics.Sessions() {
			to <- prometheus.MustNewConstMetric(sessionsOpen, prometheus.GaugeValue, float64(open), dialect)
		}
	}
}

// openRooms reports how many disposable rooms there are in the whole cluster.
type openRooms struct{ n *Node }

var roomsOpen = prometheus.NewDesc("parley_rooms", "Disposable rooms of the whole cluster that have not ended.", nil, nil)

func (o openRooms) Describe(to chan<- *prometheus.Desc) { to <- roomsOpen }

func (o openRooms) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if n, err := o.n.whereRooms().Chat.CountRooms(ctx); err == nil { // the other figures are worth having
		to <- prometheus.MustNewConstMetric(roomsOpen, prometheus.GaugeValue, float64(n))
	}
}

// deliveries reports how long messages took to clients.
type deliveries struct{ n *Node }

var deliverySeconds = prometheus.NewDesc("parley_delivery_seconds", "From a message's being accepted until it was written to a client: one for each write to a stream, of the message that waited longest.", nil, nil)

func (d deliveries) Describe(to chan<- *prometheus.Desc) { to <- deliverySeconds }

func (d deliveries) Collect(to chan<- prometheus.Metric) {
	counts, sum := d.n.Gateway.Metrics.Delivered.Counts()
	buckets, all := map[float64]uint64{}, uint64(0)
	for i, count := range counts {
		if all += uint64(count); i < len(gateway.DelayBounds) {
			buckets[gateway.DelayBounds[i].Seconds()] = all
		}
	}
	to <- prometheus.MustNewConstHistogram(deliverySeconds, all, sum.Seconds(), buckets)
}

// lags reports how far consumers of the log are behind it.
type lags struct{ n *Node }

var followerLag = prometheus.NewDesc("parley_follower_lag", "Positions of the log that a consumer is behind.", []string{"follower"}, nil)

func (l lags) Describe(to chan<- *prometheus.Desc) { to <- followerLag }

func (l lags) Collect(to chan<- prometheus.Metric) {
	for _, f := range l.n.followers {
		to <- prometheus.MustNewConstMetric(followerLag, prometheus.GaugeValue, float64(f.Lag()), f.Name())
	}
}

// queue reports the jobs of the whole cluster by state.
type queue struct{ n *Node }

var jobsInQueue = prometheus.NewDesc("parley_jobs", "Jobs in the queue of the whole cluster.", []string{"state"}, nil)

func (q queue) Describe(to chan<- *prometheus.Desc) { to <- jobsInQueue }

func (q queue) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	counts, err := q.n.jobs.States(ctx)
	if err != nil {
		return // the other figures are worth having
	}
	for state, n := range counts {
		to <- prometheus.MustNewConstMetric(jobsInQueue, prometheus.GaugeValue, float64(n), state)
	}
}
