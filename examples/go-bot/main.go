// Command go-bot logs in to a Parley server and says again what others say to
// it, in every conversation that it is in.
//
//	PARLEY_SERVER=http://127.0.0.1:8080 PARLEY_USERNAME=echo PARLEY_PASSWORD=… go run ./examples/go-bot
package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"os/signal"

	"parley/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	c := client.New(cmp.Or(os.Getenv("PARLEY_SERVER"), "http://127.0.0.1:8080"))
	me, err := c.Login(ctx, os.Getenv("PARLEY_USERNAME"), os.Getenv("PARLEY_PASSWORD"))
	if err != nil {
		return err
	}
	s, err := c.Stream(ctx, client.StreamOptions{Device: "bot"})
	if err != nil {
		return err
	}
	defer s.Close()
	log.Printf("listening as %s", me.Username)
	for u := range s.Updates() {
		m, ok := client.NewMessage(u)
		if !ok || m.SenderID == me.ID || m.Type == client.System {
			continue
		}
		if _, err := s.Send(ctx, client.Draft{ConversationID: m.ConversationID, Content: "You said: " + m.Content}); err != nil {
			log.Printf("answering message %d: %v", m.ID, err)
		}
	}
	return s.Err()
}
