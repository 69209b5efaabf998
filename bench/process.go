package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a Parley process under load.
type server struct {
	cmd  *exec.Cmd
	db   database
	url  string
	done chan error
}

// startServer runs the binary on a data folder and waits for the line that says
// it is ready.
func startServer(ctx context.Context, binary, data string, db database) (*server, error) {
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--rate-limits", "off", "--log-level", "error"}
	cmd := exec.CommandContext(ctx, binary, append(args, db.args()...)...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 15 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	s := &server{cmd: cmd, db: db, done: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if i := strings.Index(lines.Text(), "http://"); i >= 0 && s.url == "" {
				ready <- strings.Fields(lines.Text()[i:])[0]
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		s.done <- cmd.Wait()
	}()
	select {
	case s.url = <-ready:
		return s, nil
	case err := <-s.done:
		return nil, fmt.Errorf("the server ended: %w", errors.Join(err))
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		return nil, errors.New("the server was not ready within 20 s")
	}
}

// stop ends the server and waits until it has.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-s.done:
		return err
	case <-time.After(15 * time.Second):
		return errors.Join(errors.New("the server did not stop within 15 s"), s.cmd.Process.Kill())
	}
}

// cpu is the processor time that the server and its database have used so far,
// user and system.
func (s *server) cpu() (time.Duration, error) {
	own, err := processorTime(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid), 2)
	if err != nil {
		return 0, err
	}
	database, err := s.db.cpu()
	return own + database, err
}

// processorTime adds up the first n of utime, stime, cutime and cstime, which are
// the 12th field and those after it, behind the name in parentheses, which may
// hold spaces (proc(5)).
func processorTime(stat string, n int) (time.Duration, error) {
	b, err := os.ReadFile(stat)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	var ticks int64
	for _, f := range fields[11 : 11+n] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	const ticksPerSecond = 100 // USER_HZ on Linux
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// memory is the server's resident memory in bytes.
func (s *server) memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}
