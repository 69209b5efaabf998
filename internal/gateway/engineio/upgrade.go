package engineio

import (
	"bytes"
	"net/http"
	"time"

	"parley/internal/gateway/websocket"
)

var (
	probePacket   = []byte("2probe")
	probeAnswer   = []byte("3probe")
	upgradePacket = []byte{typeUpgrade}
)

// upgrade is the handshake of a WebSocket that is to replace the polling
// (Engine.IO protocol 4, "Upgrade").
func (c *Conn) upgrade(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	refuse := c.cause != nil || c.ws != nil || c.probing != noProbe
	if !refuse {
		c.probing = connected
	}
	c.mu.Unlock()
	if refuse {
		errBadRequest.write(w)
		return
	}
	ws, err := websocket.Upgrade(w, r, c.server.socketOptions())
	if err != nil { // it has been answered
		c.probeIs(noProbe)
		return
	}
	go c.probe(ws)
}

// probe does the rest of the upgrade. A client that does not come to its end in
// time goes on polling.
func (c *Conn) probe(ws *websocket.Conn) {
	late := time.AfterFunc(c.server.o.UpgradeTimeout, func() { ws.Close(websocketGone, "upgrade timeout") })
	done := c.takeOver(ws)
	if !late.Stop() || !done {
		ws.Close(websocketGone, "")
	}
}

func (c *Conn) takeOver(ws *websocket.Conn) (done bool) {
	if packet, err := ws.Read(); err != nil || !bytes.Equal(packet, probePacket) {
		c.probeIs(noProbe)
		return false
	}
	c.probeIs(probed)
	if ws.Write([][]byte{probeAnswer}) != nil {
		c.probeIs(noProbe)
		return false
	}
	if packet, err := ws.Read(); err != nil || !bytes.Equal(packet, upgradePacket) {
		c.probeIs(noProbe)
		return false
	}
	return c.move(ws)
}

func (c *Conn) probeIs(p probe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probing = p
	c.out.wake()
}

// move makes the WebSocket the session's.
func (c *Conn) move(ws *websocket.Conn) bool {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return false
	}
	c.ws, c.probing = ws, noProbe
	owed := c.out.pinging
	c.out.pinging = false
	close(c.upgraded)
	c.out.wake()
	c.mu.Unlock()
	c.server.heard(c)
	if owed {
		_ = c.writeSocket(ws, [][]byte{pingPacket})
	}
	return true
}
