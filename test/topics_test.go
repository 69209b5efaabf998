package test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"parley/client"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// consumer is a program outside that hears topics.
type consumer struct {
	t    *testing.T
	conn io.ReadWriteCloser
}

// topicMessage is a frame of the server's.
type topicMessage struct {
	Type, ID, Subscription, Topic, Code, Error, Field string
	Offset                                            *string
	Payload                                           map[string]any
}

func eventsKey(t *testing.T, s *parleytest.Server, scopes ...string) (secret string, id int64) {
	t.Helper()
	secret, key, err := s.Auth.CreateKey(t.Context(), chat.Operator, "consumer", scopes)
	if err != nil {
		t.Fatal(err)
	}
	return secret, key.ID
}

func consume(t *testing.T, url, key string) *consumer {
	t.Helper()
	d := ws.Dialer{Header: ws.HandshakeHeaderHTTP{"X-Api-Key": {key}}, Protocols: []string{"parley.topics.v1"}, Timeout: within}
	conn, early, hs, err := d.Dial(t.Context(), "ws"+strings.TrimPrefix(url, "http")+"/api/realtime/topics")
	if err != nil {
		t.Fatal(err)
	}
	if early != nil || hs.Protocol != "parley.topics.v1" {
		t.Fatalf("handshake: %+v", hs)
	}
	c := &consumer{t, conn}
	t.Cleanup(func() { conn.Close() })
	return c
}

func (c *consumer) send(frame string, args ...any) {
	c.t.Helper()
	if err := wsutil.WriteClientText(c.conn, fmt.Appendf(nil, frame, args...)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *consumer) receive() (topicMessage, error) {
	var m topicMessage
	b, err := wsutil.ReadServerText(c.conn)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	return m, err
}

func (c *consumer) next() topicMessage {
	c.t.Helper()
	read := make(chan topicMessage, 1)
	failed := make(chan error, 1)
	go func() {
		m, err := c.receive()
		if err != nil {
			failed <- err
			return
		}
		read <- m
	}()
	select {
	case m := <-read:
		return m
	case err := <-failed:
		c.t.Fatal(err)
	case <-time.After(within):
		c.t.Fatal("nothing came")
	}
	return topicMessage{}
}

// subscribe asks for a topic and waits until it is given.
func (c *consumer) subscribe(id, rest string) {
	c.t.Helper()
	c.send(`{"type":"subscribe","id":%q,%s}`, id, rest)
	if m := c.next(); m.Type != "subscribed" || m.ID != id {
		c.t.Fatalf("subscribing: %+v", m)
	}
}

// refused asks for something that is not given.
func (c *consumer) refused(code, field, frame string) {
	c.t.Helper()
	c.send("%s", frame)
	if m := c.next(); m.Type != "error" || m.Code != code || m.Field != field {
		c.t.Errorf("%s: %+v, want %s of %q", frame, m, code, field)
	}
}

// expect checks some fields of the next message's payload.
func (c *consumer) expect(topic string, want map[string]any) topicMessage {
	c.t.Helper()
	m := c.next()
	if m.Type != "message" || m.Topic != topic || m.Subscription != topic {
		c.t.Fatalf("%+v, want %s", m, topic)
	}
	for field, value := range want {
		if got := m.Payload[field]; fmt.Sprint(got) != fmt.Sprint(value) {
			c.t.Errorf("%s: %s is %v, want %v", topic, field, got, value)
		}
	}
	if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(m.Payload["timestamp"])); err != nil {
		c.t.Errorf("%s: %v", topic, err)
	}
	return m
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// Each thing that happens is told to whoever subscribed to its topic, in the form of
// the contract.
func TestTopicsTellWhatHappens(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	key, _ := eventsKey(t, w.Server, auth.ScopeEventsRead)
	consumers := map[string]*consumer{}
	for _, topic := range []string{
		"chat.message.new", "chat.message.updated", "chat.message.deleted", "chat.reaction",
		"chat.conversation.updated", "chat.conversation.participant_added", "chat.conversation.participant_removed", "chat.typing",
	} {
		consumers[topic] = consume(t, w.URL, key)
		consumers[topic].subscribe(topic, fmt.Sprintf(`"topic":%q`, topic))
	}
	// Who writes has read what was there: that may be told as well.
	consumers["chat.receipt.read"] = consume(t, w.URL, key)
	consumers["chat.receipt.read"].subscribe("chat.receipt.read", fmt.Sprintf(`"topic":"chat.receipt.read","filter":{"user_id":%d}`, w.bob.ID))
	hear := func(topic string, want map[string]any) topicMessage {
		t.Helper()
		return consumers[topic].expect(topic, want)
	}
	ctx, group := t.Context(), fmt.Sprint(w.group)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	must(w.Chat.Typing(ctx, w.ann.Actor, w.group, true))
	hear("chat.typing", map[string]any{"conversation_id": group, "user_id": w.ann.ID, "is_typing": true})
	id := w.say(w.ann, "hello")
	hear("chat.typing", map[string]any{"conversation_id": group, "user_id": w.ann.ID, "is_typing": false})
	m := hear("chat.message.new", map[string]any{"conversation_id": group})
	message, _ := m.Payload["message"].(map[string]any)
	for field, want := range map[string]any{
		"id": number(id), "conversation_id": group, "sender_id": fmt.Sprint(w.ann.ID), "content": "hello", "type": "text", "encrypted_content": nil,
		"file_url": nil, "file_name": nil, "file_size": nil, "reply_to_id": nil, "is_edited": false, "is_deleted": false, "is_flagged": false,
		"edited_at": nil, "deleted_at": nil, "metadata": map[string]any{}, "reactions": map[string]any{}, "sender_name": "ann",
	} {
		if got, there := message[field]; !there || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("message: %s is %v, want %v", field, got, want)
		}
	}

	_, err := w.Chat.React(ctx, w.bob.Actor, chat.React{MessageID: chat.MessageID(id), Emoji: "👍", Add: true})
	must(err)
	hear("chat.reaction", map[string]any{"message_id": id, "user_id": w.bob.ID, "emoji": "👍", "added": true, "conversation_id": group})
	_, err = w.Chat.EditMessage(ctx, w.ann.Actor, chat.EditMessage{MessageID: chat.MessageID(id), Content: "hello again"})
	must(err)
	m = hear("chat.message.updated", map[string]any{"conversation_id": group})
	message, _ = m.Payload["message"].(map[string]any)
	if message["content"] != "hello again" || message["is_edited"] != true || fmt.Sprint(message["reactions"]) != fmt.Sprintf("map[👍:[%d]]", w.bob.ID) {
		t.Errorf("the edited message is %v", message)
	}
	_, err = w.Chat.MarkRead(ctx, w.bob.Actor, w.group, chat.MessageID(id))
	must(err)
	hear("chat.receipt.read", map[string]any{"message_id": id, "user_id": w.bob.ID, "conversation_id": group})
	_, err = w.Chat.DeleteMessage(ctx, w.ann.Actor, chat.MessageID(id))
	must(err)
	hear("chat.message.deleted", map[string]any{"message_id": id, "deleted_by": w.ann.ID, "conversation_id": group})

	name := "other"
	_, err = w.Chat.UpdateConversation(ctx, w.ann.Actor, w.group, chat.ConversationPatch{Name: &name})
	must(err)
	hear("chat.conversation.updated", map[string]any{"name": "other", "by": w.ann.ID})
	_, _, err = w.Chat.AddParticipants(ctx, w.ann.Actor, w.group, []chat.UserID{w.cleo.ID})
	must(err)
	hear("chat.conversation.participant_added", map[string]any{"user_id": w.cleo.ID, "by": w.ann.ID, "role": "member"})
	_, err = w.Chat.Leave(ctx, w.cleo.Actor, w.group, chat.Departure{})
	must(err)
	hear("chat.conversation.participant_removed", map[string]any{"user_id": w.cleo.ID, "reason": "left"})
}

// Presence is told once, on whichever node the consumer and the user are.
func TestTopicOfPresence(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	key, _ := eventsKey(t, s, auth.ScopeEventsRead)
	var consumers []*consumer
	for i := range s.Nodes() {
		c := consume(t, s.NodeURL(i), key)
		c.subscribe("chat.presence", fmt.Sprintf(`"topic":"chat.presence","filter":{"user_id":%d}`, ann.ID))
		consumers = append(consumers, c)
	}
	next[*client.Ready](t, stream(t, clientFor(t, s, ann), client.StreamOptions{}))
	for _, c := range consumers {
		c.expect("chat.presence", map[string]any{"user_id": ann.ID, "status": "online"})
	}
	if _, err := s.Chat.SetStatus(t.Context(), ann.Actor, chat.SetStatus{Choice: new(chat.PresenceAway)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range consumers {
		c.expect("chat.presence", map[string]any{"user_id": ann.ID, "status": "away"})
	}
}

// What is kept can be read again: from the beginning, behind an offset, filtered; over
// a WebSocket and as Server-Sent Events.
func TestTopicsAreReadAgain(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	key, _ := eventsKey(t, w.Server, auth.ScopeEventsRead)
	var ids []int64
	for i := range 450 {
		ids = append(ids, w.say(w.ann, fmt.Sprint("message ", i)))
	}
	erased := ids[3]
	if _, err := w.Chat.DeleteMessage(t.Context(), w.ann.Actor, chat.MessageID(erased)); err != nil {
		t.Fatal(err)
	}
	ids = slices.Delete(ids, 3, 4) // of it only the deletion is told
	c := consume(t, w.URL, key)
	c.subscribe("all", `"topic":"chat.message.new","from":"earliest","filter":{"message.type":"text"}`)
	var offsets []string
	var got []int64
	for range ids {
		m := c.next()
		offsets = append(offsets, *m.Offset)
		got = append(got, idIn(t, m))
	}
	if !slices.Equal(got, ids) {
		t.Errorf("read %v, want %v", got, ids)
	}
	c.subscribe("more", fmt.Sprintf(`"topic":"chat.message.new","from":%q`, offsets[len(offsets)-3]))
	for _, want := range ids[len(ids)-2:] {
		if m := c.next(); m.Subscription != "more" || idIn(t, m) != want {
			t.Errorf("behind an offset: %+v, want %d", m, want)
		}
	}
	c.subscribe("one", fmt.Sprintf(`"topic":"chat.message.new","from":"earliest","filter":{"message.content":"message 7","conversation_id":%d}`, w.group))
	if m := c.next(); m.Subscription != "one" || fmt.Sprint(m.Payload["message"].(map[string]any)["content"]) != "message 7" {
		t.Errorf("filtered: %+v", m)
	}

	read := func(query, last string, n int) (ids []int64) {
		for _, m := range serverSent(t, w.URL+"/api/realtime/topics?topic=chat.message.new&"+query, key, last, n) {
			ids = append(ids, idIn(t, m))
		}
		return ids
	}
	if got := read("from=earliest", "", len(ids)+1)[1:]; !slices.Equal(got, ids) { // the first is that the group was made
		t.Errorf("Server-Sent Events: %v, want %v", got, ids)
	}
	if got := read("from=earliest", offsets[len(offsets)-3], 2); !slices.Equal(got, ids[len(ids)-2:]) {
		t.Errorf("after a reconnect: %v", got)
	}
	filter := url.QueryEscape(`{"message.content":"message 9"}`)
	if got := read("from=earliest&filter="+filter, "", 1); len(got) != 1 {
		t.Errorf("filtered: %v", got)
	}
}

func idIn(t *testing.T, m topicMessage) int64 {
	t.Helper()
	message, _ := m.Payload["message"].(map[string]any)
	id, err := strconv.ParseInt(fmt.Sprint(message["id"]), 10, 64)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	return id
}

// serverSent reads n events.
func serverSent(t *testing.T, address, key, last string, n int) (list []topicMessage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"X-Api-Key": {key}, "Accept": {"text/event-stream"}}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", address, res.StatusCode)
	}
	for lines := bufio.NewScanner(res.Body); len(list) < n && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var m topicMessage
			if err := json.Unmarshal([]byte(data), &m.Payload); err != nil {
				t.Fatal(err)
			}
			list = append(list, m)
		}
	}
	return list
}

// A group shares a topic: each message goes to one of its members, and is done when
// that one says so.
func TestGroupsShareTopics(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	key, _ := eventsKey(t, w.Server, auth.ScopeEventsRead)
	const want = `"topic":"chat.message.new","group":"workers","from":"earliest","filter":{"message.type":"text"}`
	join := func() *consumer {
		c := consume(t, w.URL, key)
		c.subscribe("s", want)
		return c
	}
	const messages, members = 300, 3
	done := make(chan topicMessage)
	for range members {
		c := join()
		go func() {
			for {
				m, err := c.receive()
				if err != nil {
					return
				}
				done <- m
				_ = wsutil.WriteClientText(c.conn, fmt.Appendf(nil, `{"type":"ack","subscription":"s","offset":%q}`, *m.Offset))
			}
		}()
	}
	var ids []int64
	for i := range messages {
		ids = append(ids, w.say(w.ann, fmt.Sprint(i)))
	}
	var got []int64
	for range messages {
		select {
		case m := <-done:
			got = append(got, idIn(t, m))
		case <-time.After(within):
			t.Fatalf("%d of %d messages came", len(got), messages)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, ids) {
		t.Errorf("the group got %d messages, not each of %d once", len(got), messages)
	}
	consume(t, w.URL, key).refused("conflict", "", `{"type":"subscribe","id":"x","topic":"chat.message.new","group":"workers"}`)
}

// What a member of a group has not done when it goes is handed to another one, and
// what it has done is not.
func TestGroupsHandOver(t *testing.T) {
	t.Parallel()
	w := newTalk(t)
	key, _ := eventsKey(t, w.Server, auth.ScopeEventsRead)
	const want = `"topic":"chat.message.new","group":"g","from":"earliest","filter":{"message.type":"text"}`
	first, second := w.say(w.ann, "first"), w.say(w.ann, "second")
	a := consume(t, w.URL, key)
	a.subscribe("s", want)
	one, two := a.next(), a.next()
	if idIn(t, one) != first || idIn(t, two) != second {
		t.Fatalf("%+v, %+v", one, two)
	}
	a.send(`{"type":"ack","subscription":"s","offset":%q}`, *one.Offset)
	if err := a.conn.Close(); err != nil {
		t.Fatal(err)
	}
	b := consume(t, w.URL, key)
	b.subscribe("s", want)
	if m := b.next(); idIn(t, m) != second {
		t.Errorf("handed over: %+v, want %d", m, second)
	}
	third := w.say(w.ann, "third")
	if m := b.next(); idIn(t, m) != third {
		t.Errorf("after that: %+v, want %d", m, third)
	}
	b.send(`{"type":"unsubscribe","id":"s"}`)
	c := consume(t, w.URL, key)
	c.subscribe("s", want)
	if one, two := c.next(), c.next(); idIn(t, one) != second || idIn(t, two) != third {
		t.Errorf("after unsubscribing: %+v, %+v", one, two)
	}
}

// Only a key that may read all events hears topics, and no longer than it is good.
func TestTopicsNeedTheirKey(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	few, _ := eventsKey(t, s, auth.ScopeChatAct)
	for name, header := range map[string]http.Header{
		"nobody": {}, "a user": {"Authorization": {"Bearer " + ann.Token}}, "another scope": {"X-Api-Key": {few}}, "no key": {"X-Api-Key": {"x"}},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/realtime/topics?topic=chat.typing", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		r.Header.Set("Accept", "text/event-stream")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	key, id := eventsKey(t, s, auth.ScopeEventsRead)
	c := consume(t, s.URL, key)
	c.subscribe("t", `"topic":"chat.message.new"`)
	if err := s.Auth.RevokeKey(t.Context(), chat.Operator, id); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := c.receive()
		ended <- err
	}()
	select {
	case err := <-ended:
		var closed wsutil.ClosedError
		if !errors.As(err, &closed) || closed.Code != 4401 {
			t.Errorf("the connection ended with %v", err)
		}
	case <-time.After(within):
		t.Error("the connection of a revoked key goes on")
	}
}

// Nonsense is refused by name.
func TestTopicsRefuseNonsense(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	key, _ := eventsKey(t, s, auth.ScopeEventsRead)
	c := consume(t, s.URL, key)
	c.subscribe("s", `"topic":"chat.message.new"`)
	for _, r := range []struct{ code, field, frame string }{
		{"validation_failed", "topic", `{"type":"subscribe","id":"1","topic":"chat.secrets"}`},
		{"validation_failed", "topic", `{"type":"subscribe","id":"1"}`},
		{"validation_failed", "id", `{"type":"subscribe","topic":"chat.typing"}`},
		{"already_exists", "", `{"type":"subscribe","id":"s","topic":"chat.typing"}`},
		{"validation_failed", "group", `{"type":"subscribe","id":"1","topic":"chat.typing","group":"g"}`},
		{"validation_failed", "from", `{"type":"subscribe","id":"1","topic":"chat.typing","from":"earliest"}`},
		{"validation_failed", "from", `{"type":"subscribe","id":"1","topic":"chat.message.new","from":"yesterday"}`},
		{"validation_failed", "from", `{"type":"subscribe","id":"1","topic":"chat.message.new","from":-1}`},
		{"validation_failed", "from", `{"type":"subscribe","id":"1","topic":"chat.message.new","from":{}}`},
		{"validation_failed", "filter", `{"type":"subscribe","id":"1","topic":"chat.message.new","filter":{"a":[1]}}`},
		{"validation_failed", "filter", `{"type":"subscribe","id":"1","topic":"chat.message.new","filter":{"":"x"}}`},
		{"validation_failed", "group", `{"type":"subscribe","id":"1","topic":"chat.message.new","group":"` + strings.Repeat("g", 65) + `"}`},
		{"not_found", "", `{"type":"unsubscribe","id":"x"}`},
		{"not_found", "", `{"type":"ack","subscription":"x","offset":"1"}`},
		{"validation_failed", "offset", `{"type":"ack","subscription":"s","offset":"x"}`},
		{"bad_frame", "", `{"type":"hello"}`},
	} {
		c.refused(r.code, r.field, r.frame)
	}
	for i := range 19 {
		c.subscribe(fmt.Sprint("n", i), `"topic":"chat.message.deleted"`)
	}
	c.refused("rate_limited", "", `{"type":"subscribe","id":"one more","topic":"chat.typing"}`)
	for range 3 {
		c.refused("bad_frame", "", `{`)
	}
	var closed wsutil.ClosedError
	if _, err := c.receive(); !errors.As(err, &closed) || closed.Code != 4400 {
		t.Errorf("after three bad frames: %v", err)
	}
}
