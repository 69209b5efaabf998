// Command topics-go prints what people say, as Parley publishes it on NATS: for
// servers with --topics.nats-prefix. It comes at least once; a program that must do
// its work only once remembers the ids it has seen.
//
//	NATS_URL=nats://127.0.0.1:4222 TOPICS_PREFIX=parley go run ./examples/topics-go
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/nats-io/nats.go"
)

// newMessage is the part of chat.message.new that this program needs.
type newMessage struct {
	ConversationID string `json:"conversation_id"`
	Message        struct {
		ID, Content, Type string
		SenderName        string `json:"sender_name"`
	} `json:"message"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	nc, err := nats.Connect(cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL))
	if err != nil {
		return err
	}
	defer nc.Close()
	prefix := cmp.Or(os.Getenv("TOPICS_PREFIX"), "parley")
	// Several programs of one queue share the messages.
	_, err = nc.QueueSubscribe(prefix+".chat.message.new", "printers", func(m *nats.Msg) {
		var n newMessage
		if err := json.Unmarshal(m.Data, &n); err != nil {
			log.Printf("message %s cannot be read: %v", m.Header.Get("Nats-Msg-Id"), err)
			return
		}
		fmt.Printf("%s in conversation %s: %s\n", n.Message.SenderName, n.ConversationID, n.Message.Content)
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		return err
	}
	fmt.Println("listening")
	<-ctx.Done()
	return nil
}
