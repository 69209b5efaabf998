package websocket

import (
	"net"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// parting bounds each half of a farewell: getting the close frame out, and
// waiting for the client to hang up.
const parting = 2 * time.Second

// longAgo as a deadline unblocks at once.
var longAgo = time.Unix(1, 0)

// ending is why a connection is over.
type ending struct{ cause error }

// finish ends the connection in good order, the first time it is called.
func (c *Conn) finish(cause error, code int, reason string) {
	c.part(cause, closeFrame(code, reason))
}

// part is finish with all that is to be sent.
func (c *Conn) part(cause error, farewell []byte) {
	if !c.end.CompareAndSwap(nil, &ending{cause}) {
		return
	}
	c.pulse.Stop()
	// A deadline that cannot be set is one of a connection that is closed already.
	_ = c.nc.SetWriteDeadline(time.Now().Add(parting))
	_ = c.nc.SetReadDeadline(longAgo)
	go c.leave(farewell)
}

// leave says farewell and waits for the client to hang up. Closing at once
// would make the kernel reset the connection when something of the client's is
// still unread, and the reset can overtake the close frame.
func (c *Conn) leave(farewell []byte) {
	defer c.gone.Done()
	defer c.nc.Close()
	if !c.sayFarewell(farewell) {
		return
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // only a courtesy: the close frame said it
	}
	c.reading.Lock() // a Read under way has been unblocked
	defer c.reading.Unlock()
	_ = c.nc.SetReadDeadline(time.Now().Add(parting))
	// Not into the source: the last frame may still be in use.
	scratch := make([]byte, idleBuffer)
	for {
		if _, err := c.nc.Read(scratch); err != nil {
			return
		}
	}
}

func (c *Conn) sayFarewell(frame []byte) bool {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.torn {
		return false
	}
	_ = c.nc.SetWriteDeadline(time.Now().Add(parting))
	_, err := c.nc.Write(frame)
	return err == nil
}

// abort ends a connection on which nothing more can be said.
func (c *Conn) abort(cause error) {
	if !c.end.CompareAndSwap(nil, &ending{cause}) {
		return
	}
	c.pulse.Stop()
	hangUp(c.nc)
	c.gone.Done()
}

// hangUp closes without TLS's own farewell, for which a client that does not
// read would make it wait.
func hangUp(nc net.Conn) {
	inner(nc).Close()
}

// inner is the connection that carries nc: below TLS, if it is there.
func inner(nc net.Conn) net.Conn {
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		return secure.NetConn()
	}
	return nc
}

// cause is why the connection is over.
func (c *Conn) cause() error {
	if e := c.end.Load(); e != nil {
		return e.cause
	}
	return net.ErrClosed
}

// sendable says that a close frame may carry the code: those of RFC 6455,
// section 7.4.1, and of IANA's registry (1012 to 1014), and those free for use.
func sendable(code int) bool {
	switch code {
	case 1004, 1005, 1006:
		return false
	}
	return code >= 1000 && code <= 1014 || code >= 3000 && code <= 4999
}

// closeFrame builds one that is valid whatever it is given.
func closeFrame(code int, reason string) []byte {
	if !sendable(code) {
		return ws.CompiledClose
	}
	reason = reason[:min(len(reason), ws.MaxControlFramePayloadSize-2)]
	body := ws.NewCloseFrameBody(ws.StatusCode(code), strings.ToValidUTF8(reason, ""))
	return ws.MustCompileFrame(ws.NewCloseFrame(body))
}

func textFrame(message []byte) []byte {
	return ws.MustCompileFrame(ws.NewTextFrame(message))
}
