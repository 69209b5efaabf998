package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// own is a throw-away cluster, started from an installed PostgreSQL.
var own struct {
	folder string
	server *exec.Cmd
}

// startOwn starts a cluster in a folder of its own on a free port.
func startOwn() (address string, err error) {
	bin, err := installed()
	if err != nil {
		return "", err
	}
	removeStale()
	if own.folder, err = os.MkdirTemp("", "parley-postgres-"); err != nil {
		return "", err
	}
	who, err := servant()
	if err != nil {
		return "", err
	}
	if who != nil {
		if err := os.Chown(own.folder, int(who.Uid), int(who.Gid)); err != nil {
			return "", err
		}
	}
	data := filepath.Join(own.folder, "data")
	if out, err := command(who, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8").CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	// The machine does not lose its power during the tests, and after them nobody needs the data.
	own.server = command(who, filepath.Join(bin, "postgres"), "-D", data, "-k", own.folder, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "fsync=off", "-c", "full_page_writes=off")
	if err := own.server.Start(); err != nil {
		return "", fmt.Errorf("start postgres: %w", err)
	}
	address = "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if err = answers(address); err == nil || time.Now().After(deadline) {
			return address, err
		}
	}
}

// removeStale removes the folders of clusters whose tests were killed.
func removeStale() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), "parley-postgres-*"))
	for _, f := range folders {
		content, err := os.ReadFile(filepath.Join(f, "data", "postmaster.pid"))
		if err != nil {
			continue // just being made
		}
		pid, _, _ := strings.Cut(string(content), "\n")
		if n, err := strconv.Atoi(pid); err == nil && errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
			_ = os.RemoveAll(f)
		}
	}
}

func stopOwn() {
	if own.server != nil && own.server.Process != nil {
		_ = own.server.Process.Signal(syscall.SIGINT)
		_ = own.server.Wait()
	}
	if own.folder != "" {
		_ = os.RemoveAll(own.folder)
	}
}

// installed finds the programs of the newest PostgreSQL on this machine.
func installed() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	newest, where := 0, ""
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		folders, _ := filepath.Glob(pattern)
		for _, f := range folders {
			version := strings.TrimLeft(filepath.Base(filepath.Dir(f)), "abcdefghijklmnopqrstuvwxyz-@")
			if n, err := strconv.Atoi(version); err == nil && n > newest {
				newest, where = n, f
			}
		}
	}
	if where == "" {
		return "", errors.New("none is running at 127.0.0.1:5432 and none is installed; PARLEY_TEST_POSTGRES names another")
	}
	return where, nil
}

// servant is whom the server runs as where the tests run as root, which
// PostgreSQL refuses; else nil.
func servant() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user for it")
}

func command(who *syscall.Credential, name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...) //nolint:noctx // ends with stopOwn
	c.Dir = own.folder
	// It goes with the tests, also when those are killed.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: who, Pdeathsig: syscall.SIGQUIT}
	return c
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a port of this machine, at once
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
