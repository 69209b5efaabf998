package roomapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"parley/internal/chat"
)

// Enc is an encrypted message: to the server a number and two texts.
type Enc struct {
	V  int    `json:"v"`
	IV string `json:"iv"`
	CT string `json:"ct"`
}

const (
	encVersion = 1
	maxIV      = 64 // characters
)

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/="

// ParseEnc reads an enc member and returns it as it is stored; "" if there is none.
func ParseEnc(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	var e Enc
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return "", chat.Invalid("enc", `enc must be {"v":1,"iv":"…","ct":"…"}`)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", chat.Invalid("enc", "enc must be one object")
	}
	switch {
	case e.V != encVersion:
		return "", chat.Invalid("enc", "enc.v must be %d", encVersion)
	case e.IV == "" || len(e.IV) > maxIV || strings.Trim(e.IV, base64Letters) != "":
		return "", chat.Invalid("enc", "enc.iv must be base64 of at most %d characters", maxIV)
	case e.CT == "" || strings.Trim(e.CT, base64Letters) != "":
		return "", chat.Invalid("enc", "enc.ct must be base64")
	}
	stored, err := json.Marshal(e)
	return string(stored), err
}

// readEnc reads what ParseEnc has made.
func readEnc(stored string) *Enc {
	var e Enc
	if err := json.Unmarshal([]byte(stored), &e); err != nil {
		return nil
	}
	return &e
}
