package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"
)

// UploadOptions are what may be said of a file. All may be left out.
type UploadOptions struct {
	ConversationID int64         // for which it is; its limits then hold at once
	Duration       time.Duration // of sound or film
	Peaks          *Peaks        // of a voice message
}

// Variants of an image for Download: the longer side has at most so many pixels.
const (
	Whole = 0
	Small = 320
	Large = 1280
)

// Upload uploads a file for a message (Draft.AttachmentIDs). It is read as it is
// sent, once, so that a failed upload is not repeated. It takes as long as ctx lets
// it. A file that is not used within a day is removed.
func (c *Client) Upload(ctx context.Context, name string, file io.Reader, o UploadOptions) (Attachment, error) {
	fields := map[string]string{"conversationId": number(o.ConversationID), "durationMs": number(o.Duration.Milliseconds())}
	if o.Peaks != nil {
		peaks, err := json.Marshal(o.Peaks)
		if err != nil {
			return Attachment{}, err
		}
		fields["peaks"] = string(peaks)
	}
	return sendFile[Attachment](ctx, c, http.MethodPost, "/api/chat/attachments", name, file, fields)
}

// SetAvatar makes an image one's picture, in place of the one before.
func (c *Client) SetAvatar(ctx context.Context, name string, image io.Reader) (User, error) {
	return sendFile[User](ctx, c, http.MethodPut, "/api/users/me/avatar", name, image, nil)
}

// DeleteAvatar takes one's picture away.
func (c *Client) DeleteAvatar(ctx context.Context) (User, error) {
	return fetch[User](ctx, c, request{method: http.MethodDelete, path: "/api/users/me/avatar"})
}

// Download reads a file, or a smaller form of an image. The caller closes it; ctx
// bounds the reading too.
func (c *Client) Download(ctx context.Context, attachmentID int64, variant int) (io.ReadCloser, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.download(ctx, attachmentID, variant, token)
	if CodeOf(err) == CodeTokenExpired && c.spoil(token) {
		if token, err = c.token(ctx); err != nil {
			return nil, err
		}
		res, err = c.download(ctx, attachmentID, variant, token)
	}
	return res, err
}

func (c *Client) download(ctx context.Context, id int64, variant int, token string) (io.ReadCloser, error) {
	address := c.server + pathOf("/api/chat/attachments/%d", id)
	if variant != Whole {
		address += "?variant=" + strconv.Itoa(variant)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	c.authorize(req.Header, token)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, withoutQuery(err)
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer res.Body.Close()
	if _, err = readEnvelope(res); err == nil {
		err = fmt.Errorf("unexpected answer: %s", res.Status)
	}
	return nil, err
}

// sendFile sends a form with fields, where they are not empty, and a file.
func sendFile[T any](ctx context.Context, c *Client, method, path, name string, file io.Reader, fields map[string]string) (data T, err error) {
	token, err := c.token(ctx)
	if err != nil {
		return data, err
	}
	begin, end, typ, err := formAround(name, fields)
	if err != nil {
		return data, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.server+path+"?raw=1", io.MultiReader(begin, file, end))
	if err != nil {
		return data, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", typ)
	c.authorize(req.Header, token)
	res, err := c.http.Do(req)
	if err != nil {
		return data, withoutQuery(err)
	}
	defer res.Body.Close()
	e, err := readEnvelope(res)
	if err != nil {
		return data, err
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return data, fmt.Errorf("%s %s: unexpected data: %w", method, path, err)
	}
	return data, nil
}

// formAround is what stands before and after the bytes of a file in a form.
func formAround(name string, fields map[string]string) (begin, end io.Reader, contentType string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for field, value := range fields {
		if value == "" {
			continue
		}
		if err := w.WriteField(field, value); err != nil {
			return nil, nil, "", err
		}
	}
	if _, err := w.CreateFormFile("file", name); err != nil {
		return nil, nil, "", err
	}
	before := bytes.Clone(form.Bytes())
	form.Reset()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return bytes.NewReader(before), &form, w.FormDataContentType(), nil
}
