package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"sync"
	"testing"
	"time"

	"parley/client"
	"parley/internal/app"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// The nodes' clocks are five minutes apart. Everything works, and the order is
// that of the numbers.
func TestClocksFiveMinutesApart(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2, parleytest.Clocks(nil, func() time.Time { return time.Now().Add(5 * time.Minute) }))
	ears := p.everywhere(1)
	var sent []client.Message
	for n := range 20 {
		m, err := p.client(0, n%2).SendMessage(t.Context(), client.Draft{ConversationID: p.group, Content: fmt.Sprint(n)})
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, m)
	}
	if apart := sent[1].CreatedAt.Sub(sent[2].CreatedAt); apart < 4*time.Minute {
		t.Errorf("the clocks are %v apart", apart)
	}
	for n, m := range sent { // each on the node that has not written it
		if _, err := p.client(0, 1-n%2).EditMessage(t.Context(), m.ID, client.Edit{Content: fmt.Sprint("edited ", n)}); err != nil {
			t.Errorf("edit message %d: %v", n, err)
		}
		state, err := p.client(1, 1-n%2).MarkRead(t.Context(), p.group, m.ID)
		if err != nil || state.UnreadCount != int64(len(sent)-1-n) {
			t.Errorf("after reading message %d: %+v %v", n, state, err)
		}
	}
	history := wholeHistory(t, p.client(1, 0), p.group)
	for n, m := range history[1:] {
		if m.Content != fmt.Sprint("edited ", n) {
			t.Errorf("message %d is %q", n, m.Content)
		}
	}
	checkAll(t, ears, history)
	ann := stream(t, p.client(0, 1), client.StreamOptions{})
	next[*client.Ready](t, ann)
	presence(t, p.client(0, 0), p.people[1].ID, client.Online)
}

// A session that one node has opened is good on the other, is renewed there, and
// ends there, whichever clock is ahead.
func TestSessionsWithClocksFiveMinutesApart(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1, parleytest.With("--registration", "open"),
		parleytest.Clocks(nil, func() time.Time { return time.Now().Add(5 * time.Minute) }))
	for opened := range 2 {
		here, there := p.NodeURL(opened), p.NodeURL(1-opened)
		first := client.New(here)
		t.Cleanup(first.Close)
		if _, err := first.Register(t.Context(), client.Registration{Username: fmt.Sprint("eve", opened), Password: "correct horse battery"}); err != nil {
			t.Fatal(err)
		}
		moved := client.New(there, client.WithTokens(first.Tokens()))
		t.Cleanup(moved.Close)
		if _, err := moved.Me(t.Context()); err != nil {
			t.Errorf("a token of node %d on the other: %v", opened, err)
		}
		renewed, err := p.NodeAt(1-opened).Auth.Refresh(t.Context(), first.Tokens().Refresh)
		if err != nil {
			t.Fatalf("renew a token of node %d on the other: %v", opened, err)
		}
		if _, err := clientOf(t, here, renewed.AccessToken).Me(t.Context()); err != nil {
			t.Errorf("a token renewed on the other node: %v", err)
		}
		s := stream(t, clientOf(t, here, renewed.AccessToken), client.StreamOptions{})
		next[*client.Ready](t, s)
		if err := clientOf(t, there, renewed.AccessToken).Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		endsWithin(t, s, time.Second)
	}
}

// presence returns when a client is told that somebody's presence is this.
func presence(t *testing.T, c *client.Client, u chat.UserID, want string) {
	t.Helper()
	deadline, got := time.Now().Add(within), ""
	for got != want && time.Now().Before(deadline) {
		of, err := c.PresenceOf(t.Context(), int64(u))
		if err != nil {
			t.Fatal(err)
		}
		got = of[0].Status
	}
	if got != want {
		t.Fatalf("user %d is %s, want %s", u, got, want)
	}
}

// endsWithin fails unless a stream's connection ends in time.
func endsWithin(t *testing.T, s *client.Stream, limit time.Duration) {
	t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		u, err := s.Next(ctx)
		if _, cut := u.(*client.Interruption); !cut && err == nil {
			continue
		}
		if took := time.Since(begun); took > limit || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the connection was open for %v", took)
		}
		return
	}
}

// A session that is ended on one node ends on the other within a second, with
// NATS or without; an account that the command line disables ends on both.
func TestRevocationReachesTheOtherNode(t *testing.T) {
	t.Parallel()
	p := newPair(t, 3)
	open := func(who, node int) *client.Stream {
		s := stream(t, p.client(who, node), client.StreamOptions{})
		next[*client.Ready](t, s)
		return s
	}
	anns, bobs := open(0, 1), open(1, 0)
	if err := p.client(0, 0).Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	endsWithin(t, anns, time.Second)
	p.NATS.Stop()
	if err := p.client(1, 1).Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	endsWithin(t, bobs, 1200*time.Millisecond) // the table is read every second
	p.NATS.Start()

	cats := []*client.Stream{open(2, 0), open(2, 1)}
	beside, err := app.OpenAccounts(t.Context(), p.Config()) // as `parley user disable` does
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if err := beside.Auth.SetDisabled(t.Context(), chat.Operator, p.people[2].ID, true); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for _, s := range cats {
		endsWithin(t, s, 1200*time.Millisecond-time.Since(begun))
	}
	for node := range 2 {
		if code, status := call(t, p.NodeURL(node), p.people[2].Token, "GET", "/api/users/me", ""); status != http.StatusUnauthorized {
			t.Errorf("the disabled reads his profile on node %d: %d %s", node, status, code)
		}
	}
}

// A conversation is deleted on one node while the other delivers to it: that is
// the last thing that anybody hears of it, and nothing of it can be had.
func TestDeletedWhileTheOtherNodeDelivers(t *testing.T) {
	t.Parallel()
	p := newPair(t, 4)
	aside := p.groupOf(p.people[1].ID, p.people[2].ID, p.people[3].ID)
	file := p.upload(1, 1)
	if _, err := p.client(1, 1).SendMessage(t.Context(), client.Draft{ConversationID: p.group, Content: "walrus", AttachmentIDs: []int64{file}}); err != nil {
		t.Fatal(err)
	}
	for node := range 2 {
		findable(t, p.client(2, node), client.Search{Query: "walrus"}, p.newest())
		p.wantFile(2, node, file, http.StatusOK)
	}
	ears := p.everywhere(2)
	ears["the sender"] = p.listener(3, 1, client.WebSocket)
	var sending sync.WaitGroup
	delivered := make(chan struct{}, 1<<12)
	for range 4 {
		sending.Go(func() {
			for n := 0; ; n++ {
				_, err := p.client(3, 1).SendMessage(t.Context(), client.Draft{ConversationID: p.group, Content: fmt.Sprint("walrus ", n)})
				if err != nil {
					if code := client.CodeOf(err); code != client.CodeNotFound && code != client.CodeNotParticipant {
						t.Errorf("sending: %v", err)
					}
					return
				}
				delivered <- struct{}{}
			}
		})
	}
	for range 200 {
		<-delivered
	}
	if _, err := p.client(0, 0).LeaveConversation(t.Context(), p.group, client.Departure{Delete: true}); err != nil {
		t.Fatal(err)
	}
	sending.Wait()
	if _, err := p.client(3, 1).SendMessage(t.Context(), client.Draft{ConversationID: aside, Content: theEnd}); err != nil {
		t.Fatal(err)
	}
	for name, l := range ears {
		hearsDeletionLast(t, name, l.s, p.group)
	}
	for node := range 2 {
		findable(t, p.client(2, node), client.Search{Query: "walrus"})
		p.wantFile(2, node, file, http.StatusForbidden, http.StatusNotFound)
		for who := range p.people {
			path := fmt.Sprintf("/api/chat/conversations/%d/messages", p.group)
			if code, status := call(t, p.NodeURL(node), p.people[who].Token, "GET", path, ""); status != http.StatusNotFound && status != http.StatusForbidden {
				t.Errorf("p%d reads it on node %d: %d %s", who, node, status, code)
			}
		}
	}
}

// hearsDeletionLast fails unless a conversation's last event is that it was
// deleted, with everything before something that happened later elsewhere.
func hearsDeletionLast(t *testing.T, name string, s *client.Stream, group int64) {
	t.Helper()
	left := false
	for {
		e := next[*client.Event](t, s)
		if m, ok := e.Payload.(*client.Message); ok && m.Content == theEnd {
			if !left {
				t.Errorf("%s did not hear that the conversation is gone", name)
			}
			return
		}
		if l, ok := e.Payload.(*client.Left); ok && e.Type == client.ConversationLeft && l.ConversationID == group {
			if left = true; l.Reason != "DELETED" {
				t.Errorf("%s: left because of %q", name, l.Reason)
			}
		} else if left && e.ConversationID == group {
			t.Errorf("%s heard %s after it was gone", name, e.Type)
		}
	}
}

// newest is the id of the group's newest message.
func (p *pair) newest() int64 {
	p.t.Helper()
	page, err := p.client(1, 0).Messages(p.t.Context(), p.group, client.Page{Limit: 1})
	if err != nil {
		p.t.Fatal(err)
	}
	return page.Messages[0].ID
}

// upload gives the group a file by way of one node.
func (p *pair) upload(who, node int) int64 {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "walrus.txt")
	if err == nil {
		_, err = part.Write([]byte("I am the walrus\n"))
	}
	if err := errors.Join(err, form.Close()); err != nil {
		p.t.Fatal(err)
	}
	res := p.do(who, node, "POST", fmt.Sprintf("/api/chat/conversations/%d/attachments", p.group), form.FormDataContentType(), &body)
	defer res.Body.Close()
	var made struct{ Data client.Attachment }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || res.StatusCode != http.StatusCreated {
		p.t.Fatalf("uploading answered %d: %v", res.StatusCode, err)
	}
	return made.Data.ID
}

func (p *pair) do(who, node int, method, path, contentType string, body *bytes.Buffer) *http.Response {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.NodeURL(node)+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.people[who].Token)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

// wantFile asks for a file's content and fails unless the answer is one of these.
func (p *pair) wantFile(who, node int, file int64, want ...int) {
	p.t.Helper()
	res := p.do(who, node, "GET", fmt.Sprintf("/api/chat/attachments/%d", file), "", &bytes.Buffer{})
	defer res.Body.Close()
	for _, status := range want {
		if res.StatusCode == status {
			return
		}
	}
	p.t.Errorf("the file answers %d on node %d, want %v", res.StatusCode, node, want)
}
