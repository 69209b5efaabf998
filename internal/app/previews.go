package app

import (
	"context"

	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/preview"
)

// buildPreviews lets links be looked up if the operator wants that.
func (n *Node) buildPreviews(ctx context.Context, blobs blob.Store, o Options) error {
	if !n.config.Chat.LinkPreviews.On {
		// It may have followed the log before: what does not follow must not hold up
		// its pruning.
		known := false
		err := n.store.Read(ctx, func(r chat.Reader) (err error) {
			known, err = r.HasFollower(ctx, preview.Name)
			return err
		})
		if err != nil || !known {
			return err
		}
		return n.store.Write(ctx, func(tx chat.Tx) error { return tx.ForgetFollower(ctx, preview.Name) })
	}
	allow := o.AllowLink
	if allow == nil {
		allow = preview.Public
	}
	n.previews = preview.New(preview.Options{Chat: n.Chat, Store: n.store, Blobs: blobs, Allow: allow, Clock: o.Clock, Log: n.log})
	n.follow(n.previews.Consumer())
	return nil
}

func (n *Node) startPreviews() {
	if n.previews != nil {
		n.previews.Start()
	}
}

func (n *Node) stopPreviews(ctx context.Context) error {
	if n.previews == nil {
		return nil
	}
	return n.previews.Stop(ctx)
}
