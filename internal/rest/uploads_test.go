package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/files"
	"parley/internal/rest"
)

func uploadForm(t *testing.T, name, content string) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), form.FormDataContentType()
}

// uploadTo uploads a file for a conversation.
func (w *world) uploadTo(u chat.UserID, conversation string) *reply {
	w.Helper()
	body, contentType := uploadForm(w.T, "a.txt", "hello")
	return w.do(request{method: "POST", path: conversation + "/attachments", body: body, header: map[string]string{
		"X-Api-Key": w.key, "X-Act-As": fmt.Sprint(u), "Content-Type": contentType,
	}})
}

// An upload that takes longer than other requests may is answered all the same.
func TestLongUploadIsAnswered(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	handler := w.server.Config.Handler
	w.server.Close()
	w.server = httptest.NewUnstartedServer(handler)
	w.server.Config.WriteTimeout = time.Nanosecond // over when the body begins to come
	w.server.Start()
	body, contentType := uploadForm(t, "a.txt", "slowly")
	w.do(request{method: "POST", path: "/api/chat/attachments", body: body, header: map[string]string{
		"X-Api-Key": w.key, "X-Act-As": fmt.Sprint(ann), "Content-Type": contentType,
	}}).is(201).has(`"a.txt"`, "data", "fileName")
}

// gate holds uploads up until it is opened.
type gate struct {
	rest.Files
	entered chan struct{}
	open    chan struct{}
}

func (g gate) Take(ctx context.Context, a chat.Actor, u files.Upload) (*chat.File, error) {
	g.entered <- struct{}{}
	<-g.open
	return g.Files.Take(ctx, a, u)
}

// One user has only so many uploads under way; when they end, others begin.
func TestUploadsAtOnce(t *testing.T) {
	const atOnce = 4
	g := gate{entered: make(chan struct{}, 2*atOnce), open: make(chan struct{})}
	w := newWorld(t, setup{edge: func(o *rest.Options) { g.Files = o.Files; o.Files = g }})
	ann, bob := w.user("ann"), w.user("bob")
	body, contentType := uploadForm(t, "a.txt", "slowly")
	upload := func(u chat.UserID) *reply {
		return w.do(request{method: "POST", path: "/api/chat/attachments", body: body, header: map[string]string{
			"X-Api-Key": w.key, "X-Act-As": fmt.Sprint(u), "Content-Type": contentType,
		}})
	}
	var begun sync.WaitGroup
	for range atOnce {
		begun.Go(func() { upload(ann).is(201) })
	}
	begun.Go(func() { upload(bob).is(201) })
	for range atOnce + 1 {
		<-g.entered
	}
	upload(ann).fails(429, chat.RateLimited, "At most 4 uploads at once")
	close(g.open)
	begun.Wait()
	upload(ann).is(201)
}
