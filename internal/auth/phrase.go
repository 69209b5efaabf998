package auth

import "context"

// HashPhrase hashes a pass phrase of something that is no account, at the cost of a
// password and in the same queue.
func (s *Service) HashPhrase(ctx context.Context, phrase string) (string, error) {
	return s.hashes.hash(ctx, phrase)
}

// MatchesPhrase checks a phrase against what HashPhrase has made.
func (s *Service) MatchesPhrase(ctx context.Context, hash, phrase string) (bool, error) {
	return s.hashes.matches(ctx, hash, phrase)
}
