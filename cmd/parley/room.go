package main

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/app"
	"parley/internal/chat"
)

type roomCmd struct {
	Count roomCountCmd `cmd:"" help:"Say how many rooms there are."`
	End   roomEndCmd   `cmd:"" help:"End a room: nothing of it is left."`
}

// inReach fails if rooms are where another process does not get at them.
func inReach(p place) error {
	cfg, err := p.config()
	if err == nil && cfg.Rooms.MemoryOnly.On {
		err = errors.New("with rooms.memory-only, rooms are in the memory of the running server: ask it for parley_rooms, or DELETE /api/admin/rooms/{id}")
	}
	return err
}

type roomCountCmd struct{ place }

func (c *roomCountCmd) Run(ctx context.Context) error {
	if err := inReach(c.place); err != nil {
		return err
	}
	return c.with(ctx, func(a *app.Accounts) error {
		n, err := a.Chat.CountRooms(ctx)
		return said(err, "%d", n)
	})
}

type roomEndCmd struct {
	place
	sure
	ID string `arg:"" help:"The room's name, as it stands in its address after /room/."`
}

func (c *roomEndCmd) Run(ctx context.Context) error {
	id, ok := chat.ParseRoomID(c.ID)
	if !ok {
		return fmt.Errorf("%q is not the name of a room", c.ID)
	}
	if err := errors.Join(c.check(), inReach(c.place)); err != nil {
		return err
	}
	return c.with(ctx, func(a *app.Accounts) error {
		return said(a.Chat.EndRoom(ctx, chat.Operator, id), "The room is ended; a running server removes its files in a few seconds.")
	})
}
