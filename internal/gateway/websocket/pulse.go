package websocket

import (
	"errors"
	"io"
	"time"

	"github.com/gobwas/ws"
)

// beat pings the client and notices when it is gone. It runs on the timer's
// goroutine, never twice at a time, and is over by the write deadline.
func (c *Conn) beat() {
	silent := c.silence()
	if silent >= c.opts.IdleTimeout {
		c.finish(ErrSilent, int(ws.StatusGoingAway), "nothing heard for too long")
		return
	}
	if c.send(ws.CompiledPing) != nil {
		return
	}
	c.pulse.Reset(min(c.opts.PingEvery, c.opts.IdleTimeout-silent))
	if c.end.Load() != nil {
		c.pulse.Stop()
	}
}

// silence is how long Read has waited for the client. A client that is not
// read, because its commands take long, is not silent.
func (c *Conn) silence() time.Duration {
	since := c.waiting.Load()
	if since == 0 {
		return 0
	}
	return time.Since(c.opened) - time.Duration(since-1)
}

// receive reads from the network.
func (c *Conn) receive(p []byte) (int, error) {
	if err := c.sendPongs(); err != nil {
		return 0, err
	}
	c.waiting.Store(1 + int64(time.Since(c.opened)))
	n, err := c.nc.Read(p)
	c.waiting.Store(0)
	if n > 0 {
		return n, nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // io.EOF is for who says goodbye
	}
	return 0, err
}
