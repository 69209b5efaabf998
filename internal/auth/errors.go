package auth

import "parley/internal/chat"

// The text is the same whether the name, the address or the password is wrong,
// so that nobody learns who has an account.
func errWrongCredentials() error {
	return chat.Errorf(chat.Unauthenticated, "Wrong username or password")
}

func errAccountDisabled() error {
	return chat.Errorf(chat.Forbidden, "This account is disabled")
}

func errTokenInvalid() error {
	return chat.Errorf(chat.TokenInvalid, "The token is not valid")
}

func errTokenExpired() error {
	return chat.Errorf(chat.TokenExpired, "The token has expired")
}

func errSessionEnded() error {
	return chat.Errorf(chat.TokenInvalid, "This session has ended")
}

func errTokenReused() error {
	return chat.Errorf(chat.TokenInvalid, "This refresh token was used before: its session has been ended")
}

func errUserNotFound() error { return chat.Errorf(chat.NotFound, "User not found") }

func errTaken(field string) error {
	return &chat.Error{Code: chat.AlreadyExists, Field: field, Message: field + " is already taken"}
}
