package app

import (
	"net/http"
	"slices"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/follow"
	"parley/internal/gateway/realtime"
	topicsgateway "parley/internal/gateway/topics"
	"parley/internal/topics"
)

// buildTopics makes the topics, and publishes them on NATS if that is wanted.
func (n *Node) buildTopics(clock func() time.Time) (err error) {
	o := topics.Options{Chat: n.Chat, Store: n.store, Clock: clock, Prefix: n.config.Topics.NATSPrefix, Log: n.log}
	if n.cluster != nil {
		o.Outlet = n.cluster
	}
	if n.topics, err = topics.New(o); err != nil {
		return err
	}
	if o.Prefix != "" {
		n.follow(n.topics.Publisher())
	}
	n.consumers = topicsgateway.New(topicsgateway.Config{Topics: n.topics, Admit: n.readsEvents, Refuse: realtime.Refuse, Log: n.log})
	return nil
}

// follow adds a consumer of the log.
func (n *Node) follow(c follow.Consumer) {
	n.followers = append(n.followers, follow.New(c, n.store, func() bool { return n.store.Waiting() > 0 }, n.log))
}

// readsEvents admits applications whose key may read the events of everything.
func (n *Node) readsEvents(r *http.Request) error {
	id, err := n.rest.Credentials(r)
	if err != nil {
		return err
	}
	if !slices.Contains(id.Scopes, auth.ScopeEventsRead) {
		return chat.Errorf(chat.Forbidden, "An API key with the scope %s is required", auth.ScopeEventsRead)
	}
	return nil
}
