// Package storetest says what every engine must do. An engine's own test is one
// call to Run.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"parley/internal/chat"
)

// Open returns a fresh store that is closed with the test.
type Open func(t *testing.T) chat.Store

// Run puts the engine that open returns through the suite; open is called once
// for each part.
func Run(t *testing.T, open Open) {
	for name, part := range map[string]func(*testing.T, *world){
		"a failed function leaves nothing":                failedFunctionLeavesNothing,
		"a panic costs only its call":                     panicCostsOnlyItsCall,
		"numbers have no holes under contention":          numbersHaveNoHoles,
		"a repeated tempId gives the first message":       repeatGivesFirst,
		"one batch decides in order of arrival":           batchInOrderOfArrival,
		"events leave in commit order":                    eventsLeaveInOrder,
		"a refused message takes no number":               refusedTakesNoNumber,
		"a cancelled call changes nothing":                cancelledChangesNothing,
		"pages ascend and tell whether there is more":     pages,
		"read positions only move forward":                readOnlyForward,
		"read marks are at most one per second":           readMarksAreHeld,
		"writing ends what is unread by hand":             writingEndsUnreadByHand,
		"lists of channels have pages":                    channelPages,
		"unread is computed":                              unreadIsComputed,
		"positions are found by halving":                  revAt,
		"heads since a position":                          headsSince,
		"taken names are named":                           takenNames,
		"a message wakes what sleeps":                     messageWakes,
		"a deleted conversation is erased in small steps": erasedInSteps,
		"the log is pruned but for the newest":            prunedButForTheNewest,
		"only what is old and read is pruned":             prunedOnlyWhatIsOldAndRead,
		"the log is complete and in order":                logIsComplete,
		"a place in the log moves only from where it was": placeMovesOnce,
		"two followers of one name share the work":        followersShare,
		"a follower that fails goes on":                   followerGoesOn,
		"a lease has one holder":                          leaseHasOneHolder,
		"a follower that works alone is alone":            followerAlone,
		"a group hands out each event once":               groupHandsOut,
		"nothing of a deleted message is indexed":         indexForgets,
		"an index can be rebuilt":                         indexRebuilt,
		"only what may be searched is indexed":            indexesOnlyText,
		"accounts are found page by page":                 peoplePages,
		"groups are found page by page":                   groupPages,
		"the audit log is read page by page":              deedPages,
		"figures are counted and kept":                    figuresAreKept,
		"checks of the log and settings are kept":         checksAndSettings,
		"an audit finds holes":                            auditFindsHoles,
		"it is known who is the last administrator":       lastAdmin,
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, st: open(t), ctx: t.Context()}
			w.st.OnCommit(w.heard)
			part(t, w)
		})
	}
}

// epoch is when the tests' time begins.
var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func admitAll(chat.AppendContext) error { return nil }

func failedFunctionLeavesNothing(t *testing.T, w *world) {
	boom := errors.New("boom")
	c := w.group(w.user("ann"))
	err := w.st.Write(w.ctx, func(tx chat.Tx) error {
		if err := tx.InsertUser(w.ctx, &chat.User{Username: "ghost", Kind: chat.Member, CreatedAt: epoch}); err != nil {
			return err
		}
		if err := tx.Emit(w.ctx, &chat.Event{Stream: c.Stream(), Type: chat.ConversationUpdated, At: epoch}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("err = %v, want boom", err)
	}
	if u := read(w, func(r chat.Reader) (*chat.User, error) { return r.UserByUsername(w.ctx, "ghost") }); u != nil {
		t.Fatal("the failed function's user is there")
	}
	if head := w.head(c.Stream()); head != 0 {
		t.Fatalf("head = %d, want 0", head)
	}
}

func panicCostsOnlyItsCall(t *testing.T, w *world) {
	err := w.st.Write(w.ctx, func(chat.Tx) error { panic("a bug") })
	if err == nil {
		t.Fatal("a panic was no error")
	}
	w.user("ann") // the committer goes on
}

func numbersHaveNoHoles(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	const each = 50
	w.together(8, func(i int) error {
		for n := range each {
			sender := ann
			if i%2 == 1 {
				sender = bob
			}
			if err := w.send(c, sender, fmt.Sprintf("%d.%d", i, n)); err != nil {
				return err
			}
			if n%10 == 0 {
				if err := w.emit(c.Stream()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w.checkLog(c)
	page := read(w, func(r chat.Reader) ([]chat.Message, error) {
		list, _, err := r.Messages(w.ctx, c, 0, chat.Page{Limit: 1000})
		return list, err
	})
	if len(page) != 8*each {
		t.Fatalf("%d messages, want %d", len(page), 8*each)
	}
	for i, m := range page {
		if m.Seq != int64(i+1) || m.Count != int64(i+1) || i > 0 && m.ID <= page[i-1].ID {
			t.Fatalf("message %d has id %d, seq %d, count %d", i, m.ID, m.Seq, m.Count)
		}
	}
}

func repeatGivesFirst(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	ids := make([]chat.MessageID, 16)
	w.together(len(ids), func(i int) error {
		a := w.message(c, ann, fmt.Sprint("try ", i))
		a.Message.TempID = "t1"
		err := w.st.Append(w.ctx, a)
		ids[i] = a.Message.ID
		return err
	})
	for _, id := range ids {
		if id == 0 || id != ids[0] {
			t.Fatalf("ids differ: %v", ids)
		}
	}
	if head := w.head(c.Stream()); head != 1 {
		t.Fatalf("%d events, want 1", head)
	}
}

// batchInOrderOfArrival holds the committer in a function while others queue up,
// so that what follows is one batch.
func batchInOrderOfArrival(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	release := w.hold()
	refuse := chat.Errorf(chat.NotParticipant, "gone")
	send := func() error {
		a := w.message(c, bob, "still here?")
		a.Admit = func(in chat.AppendContext) error {
			if in.Sender == nil {
				return refuse
			}
			return nil
		}
		return w.st.Append(w.ctx, a)
	}
	before := w.queue(send)
	leave := w.queue(func() error {
		return w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.DeleteParticipant(w.ctx, c, bob) })
	})
	after := w.queue(send)
	release()
	if err := <-before; err != nil {
		t.Fatalf("sent before leaving: %v", err)
	}
	if err := <-leave; err != nil {
		t.Fatal(err)
	}
	if err := <-after; !errors.Is(err, refuse) {
		t.Fatalf("sent after leaving: %v", err)
	}
}

func eventsLeaveInOrder(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	w.together(4, func(i int) error {
		for n := range 25 {
			if err := w.send(c, ann, fmt.Sprintf("%d.%d", i, n)); err != nil {
				return err
			}
		}
		return nil
	})
	heard := w.events()
	for i, e := range heard {
		if i > 0 && e.Pos <= heard[i-1].Pos {
			t.Fatalf("event %d has pos %d after %d", i, e.Pos, heard[i-1].Pos)
		}
	}
	if last := heard[len(heard)-1]; last.Rev != 100 {
		t.Fatalf("last rev %d, want 100", last.Rev)
	}
}

func refusedTakesNoNumber(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	release := w.hold()
	var results []<-chan error
	for i := range 9 {
		a := w.message(c, ann, fmt.Sprint(i))
		if i%3 == 0 {
			a.Admit = func(chat.AppendContext) error { return chat.Errorf(chat.Forbidden, "no") }
		}
		results = append(results, w.queue(func() error { return w.st.Append(w.ctx, a) }))
	}
	release()
	for i, r := range results {
		if err := <-r; (err != nil) != (i%3 == 0) {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	w.checkLog(c)
	if head := w.head(c.Stream()); head != 6 {
		t.Fatalf("head %d, want 6", head)
	}
}

func cancelledChangesNothing(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	release := w.hold()
	ctx, cancel := context.WithCancel(w.ctx)
	a := w.message(c, ann, "never")
	result := w.queue(func() error { return w.st.Append(ctx, a) })
	cancel()
	release()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want context.Canceled", err)
	}
	if head := w.head(c.Stream()); head != 0 {
		t.Fatalf("head %d, want 0", head)
	}
}
