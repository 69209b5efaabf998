package rest

import (
	"maps"
	"math"
	"slices"
	"time"

	"parley/internal/admin"
	"parley/internal/chatapi"
)

// delays is how long something took, in milliseconds.
type delays struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50Ms"`
	P99   float64 `json:"p99Ms"`
}

func delaysOf(h admin.Histogram) delays {
	tenths := func(part float64) float64 { return math.Round(10*h.Quantile(part)) / 10 }
	return delays{h.Count(), tenths(0.5), tenths(0.99)}
}

// statsDay are the figures of a day, in UTC.
type statsDay struct {
	Date            string `json:"date" format:"date"`
	Messages        int64  `json:"messages"`
	ActiveUsers     int64  `json:"activeUsers"`
	ActiveUsers7    int64  `json:"activeUsers7" doc:"Of the seven days that end with it."`
	ActiveUsers30   int64  `json:"activeUsers30" doc:"Of the thirty days that end with it."`
	Users           int64  `json:"users"`
	PeakConnections int64  `json:"peakConnections"`
	Delivery        delays `json:"delivery"`
	DatabaseBytes   int64  `json:"databaseBytes" doc:"At its end; 0: nobody looked."`
	FileBytes       int64  `json:"fileBytes" doc:"At its end; 0: nobody looked."`
}

// statsSlot are the figures of five minutes.
type statsSlot struct {
	At              string `json:"at" format:"date-time" doc:"When they began."`
	Connections     int64  `json:"connections"`
	PeakConnections int64  `json:"peakConnections"`
	Delivery        delays `json:"delivery"`
}

// protocolConnections are the open connections of a protocol.
type protocolConnections struct {
	Protocol string `json:"protocol"`
	Open     int64  `json:"open"`
}

// statsMessages are the messages of all the days that were asked for.
type statsMessages struct {
	Total  int64 `json:"total"`
	Before int64 `json:"before" doc:"In as many days before those."`
}

// statsActive is who was active until now.
type statsActive struct {
	Day   int64 `json:"day" doc:"Today."`
	Week  int64 `json:"week" doc:"In seven days, today included."`
	Month int64 `json:"month" doc:"In thirty days, today included."`
}

// statsConnections are the open connections of all nodes.
type statsConnections struct {
	Open       int64                 `json:"open"`
	ByProtocol []protocolConnections `json:"byProtocol"`
	Peak       int64                 `json:"peak" doc:"In the last 24 hours."`
	PeakAt     *string               `json:"peakAt" format:"date-time" doc:"To five minutes."`
}

// storedKind is how much of a kind of files is stored.
type storedKind struct {
	Kind  string `json:"kind" enum:"image,video,voice,audio,file,avatar,preview"`
	Files int64  `json:"files"`
	Bytes int64  `json:"bytes"`
}

// statsStorage is what is stored.
type statsStorage struct {
	DatabaseBytes int64 `json:"databaseBytes" doc:"Messages, the search index and everything but files."`
	FileBytes     int64 `json:"fileBytes"`

	FilesByKind []storedKind `json:"filesByKind" doc:"Those kinds of which there are some. Files as they were uploaded: smaller forms of images do not count."`

	DiskFreeBytes  *int64 `json:"diskFreeBytes" doc:"Where this node keeps files; null: unknown."`
	DiskTotalBytes *int64 `json:"diskTotalBytes"`
}

// statsTotals is how much there is of everything.
type statsTotals struct {
	Users          int64 `json:"users"`
	DisabledUsers  int64 `json:"disabledUsers"`
	Administrators int64 `json:"administrators"`
	Invitations    int64 `json:"invitations" doc:"That are good."`
	Sessions       int64 `json:"sessions" doc:"Devices that are signed in."`
	Groups         int64 `json:"groups"`
	Channels       int64 `json:"channels"`
	Messages       int64 `json:"messages" doc:"That people ever sent, deleted ones too."`
	Files          int64 `json:"files"`
}

// stats are the figures of an overview.
type stats struct {
	At          string           `json:"at" format:"date-time" doc:"When they were made."`
	Messages    statsMessages    `json:"messages"`
	ActiveUsers statsActive      `json:"activeUsers"`
	Delivery    delays           `json:"delivery" doc:"In the last 24 hours: from a message's being accepted until it was written to a client."`
	Connections statsConnections `json:"connections"`
	Storage     statsStorage     `json:"storage"`
	Totals      statsTotals      `json:"totals"`
	Days        []statsDay       `json:"days" doc:"Up to today, in order."`
	Last24Hours []statsSlot      `json:"last24Hours" doc:"In order; nothing where no node ran."`
}

type statsIn struct {
	_    struct{} `doc:"Figures of all nodes together. They may be ten seconds old. Days are those of UTC. Active is who wrote, read or reacted; bots do not count."`
	Days int      `query:"days" default:"30" minimum:"1" maximum:"90" doc:"How many days, today included."`
}

func (a *API) getStats(c *call, in statsIn) (answer[stats], error) {
	f, err := a.options.Admin.Figures(c, in.Days)
	if err != nil {
		return no[stats](err)
	}
	t := f.Totals
	shown := stats{
		At:          chatapi.Time(f.At),
		Messages:    statsMessages{Before: f.Before},
		ActiveUsers: statsActive{f.Active, f.ActiveWeek, f.ActiveMonth},
		Delivery:    delaysOf(f.Delivered),
		Connections: connectionsOf(f),
		Storage:     statsStorage{DatabaseBytes: f.DatabaseBytes, FileBytes: t.FileBytes, FilesByKind: make([]storedKind, len(t.Stored))},
		Totals:      statsTotals{t.Users, t.Disabled, t.Admins, t.Invitations, t.Sessions, t.Groups, t.Channels, t.Messages, t.Files},
		Days:        make([]statsDay, len(f.Days)), Last24Hours: make([]statsSlot, len(f.Slots)),
	}
	for i, k := range t.Stored {
		shown.Storage.FilesByKind[i] = storedKind(k)
	}
	if f.DiskTotal > 0 {
		shown.Storage.DiskFreeBytes, shown.Storage.DiskTotalBytes = &f.DiskFree, &f.DiskTotal
	}
	for i := range f.Days {
		shown.Days[i] = statsDayOf(&f.Days[i])
		shown.Messages.Total += f.Days[i].Messages
	}
	for i, slot := range f.Slots {
		shown.Last24Hours[i] = statsSlot{chatapi.Time(slot.Slot), slot.Sessions, slot.Peak, delaysOf(slot.Delivered)}
	}
	return ok(shown)
}

func statsDayOf(d *admin.Day) statsDay {
	return statsDay{
		Date:     time.Unix(d.Day*24*60*60, 0).UTC().Format(time.DateOnly),
		Messages: d.Messages, ActiveUsers: d.Active, ActiveUsers7: d.ActiveWeek, ActiveUsers30: d.ActiveMonth, Users: d.Users,
		PeakConnections: d.PeakSessions, Delivery: delaysOf(d.Delivered), DatabaseBytes: d.DatabaseBytes, FileBytes: d.FileBytes,
	}
}

func connectionsOf(f *admin.Figures) statsConnections {
	c := statsConnections{ByProtocol: byProtocol(f.Sessions)}
	for _, p := range c.ByProtocol {
		c.Open += p.Open
	}
	for _, slot := range f.Slots {
		if slot.Peak > c.Peak {
			c.Peak, c.PeakAt = slot.Peak, new(chatapi.Time(slot.Slot))
		}
	}
	c.Peak = max(c.Peak, c.Open)
	return c
}

func byProtocol(sessions map[string]int64) []protocolConnections {
	list := []protocolConnections{}
	for _, name := range slices.Sorted(maps.Keys(sessions)) {
		list = append(list, protocolConnections{name, sessions[name]})
	}
	return list
}
