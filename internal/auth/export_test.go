package auth

import (
	"context"
	"errors"
)

// FillHashQueue makes every password hash be refused until empty is called.
func (s *Service) FillHashQueue() (empty func()) {
	n := cap(s.hashes.queue)
	for range n {
		s.hashes.queue <- struct{}{}
	}
	return func() {
		for range n {
			<-s.hashes.queue
		}
	}
}

// Upkeep does what the service does by itself each second.
func (s *Service) Upkeep() error {
	return errors.Join(s.upkeep.work(context.Background()), s.Prune(context.Background()))
}

// Remembered is how many revocations are held in memory.
func (s *Service) Remembered() int { return len(s.revoked.sessions) + len(s.revoked.users) }
