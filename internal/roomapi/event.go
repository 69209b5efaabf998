package roomapi

import "parley/internal/chat"

// The names of a stream's events.
const (
	EventMessage  = "message"
	EventDestroy  = "destroy"
	EventJoin     = "join"
	EventLeave    = "leave"
	EventTyping   = "typing"
	EventPresence = "presence"
	EventRead     = "read"
	EventReaction = "reaction"
	EventTTL      = "ttl"
	EventCipher   = "cipher"
	EventKnock    = "knock"
	EventReload   = "reload"
)

// Data of the events.
type (
	// Destroy is the last event. By is "you" or "peer"; nil: neither.
	Destroy struct {
		RoomID      chat.RoomID  `json:"roomId"`
		IsDestroyed bool         `json:"isDestroyed"`
		Reason      chat.RoomEnd `json:"reason"`
		By          *string      `json:"by"`
	}
	// Joined says that a seat was taken, or that its holder came back.
	Joined struct {
		RoomID chat.RoomID `json:"roomId"`
		Seat   int         `json:"seat"`
		Mine   bool        `json:"mine"`
	}
	// Gone says that the holder of a seat has left, or was shown out.
	Gone struct {
		RoomID chat.RoomID `json:"roomId"`
		Mine   bool        `json:"mine"`
		Kicked bool        `json:"kicked"`
	}
	// Typing is never about oneself.
	Typing struct {
		RoomID chat.RoomID `json:"roomId"`
		Typing bool        `json:"typing"`
	}
	// Presence is whether the other side is connected.
	Presence struct {
		RoomID chat.RoomID `json:"roomId"`
		Online bool        `json:"online"`
	}
	// Read says up to which message somebody has read.
	Read struct {
		RoomID    chat.RoomID `json:"roomId"`
		MessageID string      `json:"messageId"`
		Mine      bool        `json:"mine"`
	}
	// Reacted says what stands under a message now in the place of a seat's reaction.
	Reacted struct {
		RoomID    chat.RoomID `json:"roomId"`
		MessageID string      `json:"messageId"`
		Reaction
	}
	// TTL is how long the room lives.
	TTL struct {
		RoomID    chat.RoomID `json:"roomId"`
		TTL       int64       `json:"ttl"`
		ExpiresAt int64       `json:"expiresAt"`
	}
	// Cipher says that something was said that the server can read.
	Cipher struct {
		RoomID chat.RoomID `json:"roomId"`
		Cipher bool        `json:"cipher"`
	}
	// About is all there is to say of the rest.
	About struct {
		RoomID chat.RoomID `json:"roomId"`
	}
)
