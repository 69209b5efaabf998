package websocket

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// packSize is how much goes into one system call by copying. Larger messages
// go out from where they lie.
const packSize = 16 << 10

// Write sends each frame as one text message.
func (c *Conn) Write(frames [][]byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.mayWrite(); err != nil {
		return err
	}
	p := packs.Get().(*pack)
	defer packs.Put(p)
	return c.wrote(p.writeAll(c.nc, frames))
}

// send writes whole control frames.
func (c *Conn) send(raw []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.mayWrite(); err != nil {
		return err
	}
	_, err := c.nc.Write(raw)
	return c.wrote(err)
}

// mayWrite starts the clock of a write. The end is looked for after the
// deadline is set: an end that comes later sets its own, shorter one after it.
// Setting it fails only on a closed connection, and then so does the write.
func (c *Conn) mayWrite() error {
	_ = c.nc.SetWriteDeadline(time.Now().Add(c.opts.WriteTimeout))
	if c.end.Load() != nil {
		return c.cause()
	}
	return nil
}

// wrote ends the connection after a write that failed.
func (c *Conn) wrote(err error) error {
	if err == nil {
		return nil
	}
	c.torn = true
	c.abort(fmt.Errorf("websocket: write: %w", err))
	return c.cause()
}

// pack gathers small messages for one system call.
type pack struct {
	bytes.Buffer
	head [ws.MaxHeaderSize]byte
}

var packs = sync.Pool{New: func() any {
	p := new(pack)
	p.Grow(packSize)
	return p
}}

func (p *pack) writeAll(w io.Writer, frames [][]byte) error {
	p.Reset()
	for _, f := range frames {
		if err := p.add(w, f); err != nil {
			return err
		}
	}
	return p.flush(w)
}

func (p *pack) add(w io.Writer, frame []byte) error {
	large := len(frame) > packSize-ws.MaxHeaderSize
	copied := ws.MaxHeaderSize
	if !large {
		copied += len(frame)
	}
	if p.Len()+copied > packSize {
		if err := p.flush(w); err != nil {
			return err
		}
	}
	// Neither of these fails on a bytes.Buffer.
	_ = ws.WriteHeaderBuffer(p, ws.Header{Fin: true, OpCode: ws.OpText, Length: int64(len(frame))}, p.head[:])
	if !large {
		p.Write(frame)
		return nil
	}
	both := net.Buffers{p.Bytes(), frame}
	_, err := both.WriteTo(w)
	p.Reset()
	return err
}

func (p *pack) flush(w io.Writer) error {
	if p.Len() == 0 {
		return nil
	}
	_, err := w.Write(p.Bytes())
	p.Reset()
	return err
}
