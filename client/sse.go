package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// maxCursors is how many bytes of cursors travel in an address. A client that
// follows more uses the packed cursor that the server gave him.
const maxCursors = 4 << 10

var errSilent = errors.New("the server was silent for too long")

// eventSource is a pipe over server-sent events: it goes one way only.
type eventSource struct {
	lines  *bufio.Reader
	body   io.Closer
	cancel context.CancelCauseFunc
	ctx    context.Context
	alarm  *time.Timer
	data   bytes.Buffer
	id     string // of the newest event that has one
	packed bool   // resumed from a packed cursor, which may lie before what one has
}

// dialSSE connects before within ends; the connection lasts until ctx ends.
func (c *Client) dialSSE(ctx, within context.Context, token string, revs map[string]int64, lastID string) (pipe, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(within, func() { cancel(within.Err()) })
	defer stop()
	req, packed, err := c.eventRequest(ctx, token, revs, lastID)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	e := &eventSource{ctx: ctx, cancel: cancel, id: lastID, packed: packed}
	e.alarm = time.AfterFunc(silence, func() { cancel(errSilent) })
	res, err := c.http.Do(req) //nolint:bodyclose // the pipe reads it, and cut closes it
	if err != nil {
		e.cut()
		return nil, withoutQuery(err)
	}
	e.body = res.Body
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		defer e.cut()
		if _, err = readEnvelope(res); err == nil {
			err = &Error{Status: res.StatusCode, Message: "the server does not send events: " + res.Status}
		}
		return nil, err
	}
	e.lines = bufio.NewReader(res.Body)
	return e, nil
}

func (c *Client) eventRequest(ctx context.Context, token string, revs map[string]int64, lastID string) (r *http.Request, packed bool, err error) {
	cursors, err := json.Marshal(revs)
	if err != nil {
		return nil, false, err
	}
	packed = len(cursors) > maxCursors && lastID != ""
	address := c.server + streamPath
	if len(revs) > 0 && !packed {
		address += "?cursors=" + url.QueryEscape(string(cursors))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Cache-Control", "no-store")
	if packed {
		req.Header.Set("Last-Event-ID", lastID)
	}
	c.authorize(req.Header, token)
	return req, packed, nil
}

// read returns the data of the next event.
func (e *eventSource) read() ([]byte, error) {
	e.data.Reset()
	for {
		line, err := e.line()
		if err != nil {
			if cause := context.Cause(e.ctx); errors.Is(cause, errSilent) {
				err = cause
			}
			return nil, err
		}
		if len(line) == 0 {
			if e.data.Len() > 0 {
				return e.data.Bytes(), nil
			}
			continue
		}
		if err := e.take(line); err != nil {
			return nil, err
		}
	}
}

func (e *eventSource) take(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "id":
		e.id = string(value)
	case "data":
		if e.data.Len() > 0 {
			e.data.WriteByte('\n')
		}
		if e.data.Write(value); e.data.Len() > maxFrame {
			return fmt.Errorf("the server sent an event of more than %d bytes", maxFrame)
		}
	}
	return nil // comments keep the connection alive; the other fields say nothing here
}

// line returns the next line without its end; it is good until the next one.
func (e *eventSource) line() ([]byte, error) {
	var whole []byte
	for {
		part, err := e.lines.ReadSlice('\n')
		e.alarm.Reset(silence)
		if err == nil && whole == nil {
			return bytes.TrimRight(part, "\r\n"), nil
		}
		if whole = append(whole, part...); len(whole) > maxFrame {
			return nil, fmt.Errorf("the server sent a line of more than %d bytes", maxFrame)
		}
		switch {
		case err == nil:
			return bytes.TrimRight(whole, "\r\n"), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

func (e *eventSource) write([][]byte) error { return ErrNotOverSSE }

func (e *eventSource) leave() { e.cut() }

func (e *eventSource) cut() {
	e.alarm.Stop()
	e.cancel(nil)
	if e.body != nil {
		e.body.Close()
	}
}
