package files

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"parley/internal/chat"
)

// A right signature is good until its second ends, for its own user and file.
func TestSignaturesEnd(t *testing.T) {
	s := New(Options{Key: []byte("a key of this test's own")})
	now := time.Unix(1_700_000_000, 0)
	f := &chat.File{Key: "abcdefghijklmnopqrstuvwxyz"}
	address, err := url.Parse(s.SignedURL(f, 7, now.Add(SignedFor)))
	if err != nil {
		t.Fatal(err)
	}
	if address.Path != "/f/"+f.Key {
		t.Errorf("the address is %s", address)
	}
	for _, tc := range []struct {
		key  string
		at   time.Duration
		good bool
	}{
		{f.Key, 0, true}, {f.Key, SignedFor, true}, {f.Key, SignedFor + time.Second, false}, {"zbcdefghijklmnopqrstuvwxyz", 0, false}, {"", 0, false},
	} {
		a, err := s.Signed(tc.key, address.Query(), now.Add(tc.at))
		if good := err == nil && a.ID == 7; good != tc.good || !good && !chat.Has(err, chat.Forbidden) {
			t.Errorf("%q after %v: %v, %v", tc.key, tc.at, a, err)
		}
	}
	other := New(Options{Key: []byte("another key")})
	if _, err := other.Signed(f.Key, address.Query(), now); !chat.Has(err, chat.Forbidden) {
		t.Errorf("another server's: %v", err)
	}
}

func TestTypesAreReadOffTheBytes(t *testing.T) {
	mp4 := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	for i, tc := range []struct {
		head, declared, typ string
		kind                chat.FileKind
	}{
		{"just text", "image/png", "text/plain", chat.OtherFile},
		{"<html><body>", "text/plain", unknownType, chat.OtherFile},
		{"  \n<!doctype html>", "image/png", unknownType, chat.OtherFile},
		{`<svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml", unknownType, chat.OtherFile},
		{`<?xml version="1.0"?><a/>`, "", unknownType, chat.OtherFile},
		{"\x7fELF\x02\x01\x01", "image/png", unknownType, chat.OtherFile},
		{"%PDF-1.7\n", "", "application/pdf", chat.OtherFile},
		{"\xff\xd8\xff\xe0\x00\x10JFIF", "text/html", "image/jpeg", chat.ImageFile},
		{mp4, "video/mp4", "video/mp4", chat.VideoFile}, {mp4, "audio/mp4", "audio/mp4", chat.AudioFile}, {mp4, "text/html", "video/mp4", chat.VideoFile},
	} {
		if typ, kind := sniff([]byte(tc.head), tc.declared); typ != tc.typ || kind != tc.kind {
			t.Errorf("%d: %.20q is %s (%s), want %s", i, tc.head, typ, kind, tc.typ)
		}
	}
}

func TestOwnersOfKeys(t *testing.T) {
	if got := fmt.Sprint(owners([]string{"abc", "abc_320", "abc_1280"})); got != "[abc abc abc]" {
		t.Error(got)
	}
}
