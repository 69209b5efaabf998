package gateway

// Conn is one live connection as an ordered pipe of whole frames. It knows no
// protocol.
type Conn interface {
	// Read returns the next frame of the client (text or binary message
	// payload), at most the pipe's limit. The slice is valid until the next
	// Read. Called from one goroutine. Transport pings are handled inside and
	// are not frames.
	//
	// The error is io.EOF when the client closed in good order and
	// net.ErrClosed after Close; any other means that the pipe broke or that
	// the client broke its rules, and the pipe has closed itself. After an
	// error there is nothing more to read or write.
	Read() ([]byte, error)

	// Write writes whole frames, packed into as few system calls as possible.
	// Called from one goroutine at a time, blocks no longer than the pipe's
	// write deadline. The frames are not kept and not changed. After an error
	// the pipe has closed itself, and how much arrived is unknown.
	Write(frames [][]byte) error

	// Close ends the pipe with a close code and reason where the transport
	// has them; safe to call at any time from any goroutine, more than once
	// (the first call counts); unblocks Read and Write. It does not block.
	Close(code int, reason string)

	// RemoteAddr is the client's address, for logs and limits.
	RemoteAddr() string
}
