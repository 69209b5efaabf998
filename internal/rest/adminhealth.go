package rest

import (
	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/chatapi"
)

// nodeHealth is a server that works on the database.
type nodeHealth struct {
	Name        string                `json:"name"`
	Version     string                `json:"version"`
	StartedAt   string                `json:"startedAt" format:"date-time"`
	SeenAt      string                `json:"seenAt" format:"date-time" doc:"By its own clock."`
	Alive       bool                  `json:"alive"`
	Here        bool                  `json:"here" doc:"The one that answers."`
	Connections []protocolConnections `json:"connections"`
}

// followerHealth is a consumer of the log, as the search index.
type followerHealth struct {
	Name string `json:"name"`
	Lag  int64  `json:"lag" doc:"Positions of the log that it is behind."`
}

// jobsHealth are the jobs of a kind that are not done.
type jobsHealth struct {
	Kind     string `json:"kind"`
	Waiting  int64  `json:"waiting"`
	Running  int64  `json:"running"`
	Retrying int64  `json:"retrying" doc:"They failed and are tried again."`
	Failed   int64  `json:"failed" doc:"They were given up in the last week."`
}

// wrongNumbers is a conversation whose numbers are not right.
type wrongNumbers struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	Trouble        string              `json:"trouble"`
}

// logCheck is a look at the numbers of all conversations.
type logCheck struct {
	StartedAt  string         `json:"startedAt" format:"date-time"`
	FinishedAt *string        `json:"finishedAt" format:"date-time" doc:"Null: under way."`
	Checked    int64          `json:"checked" doc:"Conversations."`
	Wrong      int64          `json:"wrong" doc:"Those whose messages or events have a hole, or whose counters disagree with them."`
	Examples   []wrongNumbers `json:"examples"`
}

// backedUp is a backup.
type backedUp struct {
	At string `json:"at" format:"date-time" doc:"The moment that it holds."`
}

// health is how the deployment is.
type health struct {
	At        string           `json:"at" format:"date-time"`
	OK        bool             `json:"ok" doc:"There are no troubles."`
	Troubles  []string         `json:"troubles" doc:"What somebody should look into."`
	Nodes     []nodeHealth     `json:"nodes"`
	Followers []followerHealth `json:"followers"`
	Jobs      []jobsHealth     `json:"jobs"`
	LogCheck  *logCheck        `json:"logCheck" doc:"The last one that was finished; null: none was."`
	Checking  *logCheck        `json:"checking" doc:"The one that is under way."`
	Backup    *backedUp        `json:"lastBackup" doc:"The last one that parley backup has made of this database; null: none is known. Those that other tools make are not known."`
}

type healthIn struct {
	_ struct{} `doc:"How the deployment is. That no conversation's log has a hole is looked at once a day, in the background; this shows what came of it."`
}

func (a *API) getHealth(c *call, _ healthIn) (answer[health], error) {
	h, err := a.options.Admin.Health(c)
	if err != nil {
		return no[health](err)
	}
	shown := health{
		At: chatapi.Time(h.At), OK: len(h.Troubles) == 0, Troubles: append([]string{}, h.Troubles...),
		Nodes: []nodeHealth{}, Followers: []followerHealth{}, Jobs: []jobsHealth{},
		LogCheck: shownCheck(h.Check), Checking: shownCheck(h.Checking),
	}
	if h.Backup != nil {
		shown.Backup = &backedUp{chatapi.Time(h.Backup.At)}
	}
	for _, n := range h.Nodes {
		shown.Nodes = append(shown.Nodes, nodeHealth{
			n.Name, n.Version, chatapi.Time(n.StartedAt), chatapi.Time(n.SeenAt), n.Alive, n.Here, byProtocol(n.Sessions),
		})
	}
	for _, f := range h.Followers {
		shown.Followers = append(shown.Followers, followerHealth{f.Name, f.Lag})
	}
	for _, k := range h.Jobs {
		shown.Jobs = append(shown.Jobs, jobsHealth{k.Kind, k.Waiting, k.Running, k.Retrying, k.Lost})
	}
	return ok(shown)
}

func shownCheck(c *admin.LogCheck) *logCheck {
	if c == nil {
		return nil
	}
	shown := &logCheck{
		StartedAt: chatapi.Time(c.StartedAt), FinishedAt: orNull(c.FinishedAt), Checked: c.Checked, Wrong: c.Wrong, Examples: []wrongNumbers{},
	}
	for _, e := range c.Examples {
		shown.Examples = append(shown.Examples, wrongNumbers{e.ID, e.Trouble})
	}
	return shown
}

type askForCheckIn struct {
	_ struct{} `doc:"Has the numbers of all conversations looked at soon, in the background. The health tells when it is done."`
}

type askedForCheck struct {
	Asked bool `json:"asked"`
}

func (a *API) askForCheck(c *call, _ askForCheckIn) (answer[askedForCheck], error) {
	if err := a.options.Admin.AskForCheck(c, c.Actor); err != nil {
		return no[askedForCheck](err)
	}
	return ok(askedForCheck{true})
}
