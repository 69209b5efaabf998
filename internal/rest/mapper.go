package rest

import (
	"slices"

	"parley/internal/chat"
	"parley/internal/chatapi"
)

// mapper makes the contract's objects for the reader of an answer.
func (a *API) mapper(c *call) chatapi.Mapper {
	return chatapi.Mapper{Mode: c.mode, Presences: a.options.Presence.Of}
}

// mapperOf is mapper for conversations. Who was only written to in a direct
// conversation, and has not seen it yet, does not show his presence in it.
func (a *API) mapperOf(c *call, list []chat.ConversationView) (chatapi.Mapper, error) {
	m := a.mapper(c)
	var others []chat.UserID
	for i := range list {
		if v := &list[i]; v.Kind == chat.Direct {
			others = append(others, v.Other(c.ID))
		}
	}
	if len(others) == 0 {
		return m, nil
	}
	visible, err := a.chat.PresenceVisible(c, c.Actor, others)
	if err != nil {
		return m, err
	}
	m.Presences = func(users []chat.UserID) []chat.Presence {
		shown := a.options.Presence.Of(users)
		for i, u := range users {
			if slices.Contains(others, u) && !slices.Contains(visible, u) {
				shown[i] = hiddenPresence(u)
			}
		}
		return shown
	}
	return m, nil
}

// hiddenPresence is what somebody sees who may not see more.
func hiddenPresence(u chat.UserID) chat.Presence {
	return chat.Presence{UserID: u, Status: chat.Offline}
}
