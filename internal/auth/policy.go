package auth

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"parley/internal/chat"
	"parley/internal/text"
)

// Bounds of a password's length in code points (contracts/core.md).
const (
	minPassword = 8
	maxPassword = 256
)

//go:embed common.txt
var commonText string

// commonPasswords are those that are tried first, in lower case.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		set[word] = true
	}
	return set
})

// rows are what fingers and heads produce without thinking.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "0123456789",
	"qwertyuiopasdfghjklzxcvbnm", "qwertyuiop", "asdfghjkl", "zxcvbnm",
	"qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
}

// checkPassword refuses a new password that is too short, too long, or among
// the first that somebody would guess for this account.
func checkPassword(field, password, username, email string) error {
	if !plausiblePassword(password) || text.Length(password) < minPassword {
		return chat.Invalid(field, "%s must have %d to %d characters", field, minPassword, maxPassword)
	}
	if isGuessable(strings.ToLower(password), strings.ToLower(username), strings.ToLower(email)) {
		return chat.Invalid(field, "This password is too easy to guess")
	}
	return nil
}

// plausiblePassword reports whether somebody can have this password; what
// cannot be one is not worth a hash.
func plausiblePassword(password string) bool {
	return utf8.ValidString(password) && password != "" && text.Length(password) <= maxPassword
}

func isGuessable(password, username, email string) bool {
	mailbox, _, _ := strings.Cut(email, "@")
	return slices.Contains([]string{username, email, mailbox}, password) ||
		commonPasswords()[password] || isRun(password)
}

// isRun reports whether the password is one character again and again, or goes
// along a row in either direction.
func isRun(password string) bool {
	runes := []rune(password)
	first := string(runes[0])
	if password == strings.Repeat(first, len(runes)) {
		return true
	}
	slices.Reverse(runes)
	backwards := string(runes)
	for _, row := range rows {
		round := strings.Repeat(row, len(password)/len(row)+2)
		if strings.Contains(round, password) || strings.Contains(round, backwards) {
			return true
		}
	}
	return false
}
