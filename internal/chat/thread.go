package chat

import "context"

// Thread is a thread in which somebody takes part: he wrote what it begins with, or a
// reply.
type Thread struct {
	Root   Message
	Last   Message // the latest reply
	Unread int64   // replies of others that he has not read
}

// ThreadPage is a part of somebody's threads.
type ThreadPage struct {
	Threads []Thread
	HasMore bool
}

// Threads returns the actor's threads, the latest reply first; those whose latest is
// older than before, if that is not 0, and only those with something unread, if so
// asked. What he may not see any more is not among them.
func (s *Service) Threads(ctx context.Context, a Actor, before MessageID, unread bool, limit int) (page ThreadPage, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		if page.Threads, err = r.Threads(ctx, a.ID, before, unread, limit+1); err != nil {
			return err
		}
		page.HasMore = len(page.Threads) > limit
		page.Threads = page.Threads[:min(limit, len(page.Threads))]
		list := make([]*Message, 0, 2*len(page.Threads))
		for i := range page.Threads {
			list = append(list, &page.Threads[i].Root, &page.Threads[i].Last)
		}
		return personalise(ctx, r, a, list)
	})
	return page, err
}
