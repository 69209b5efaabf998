// Package chat is Parley's domain: the nouns (user, conversation, participant,
// message, reaction, read position), the rules about them, every durable event,
// and the two interfaces the rules need: Store and Bus.
//
// Every read and write is authorised here, in access.go, by participation and
// role. A gateway cannot forget it, because there is no other way from an id to
// an object.
package chat
