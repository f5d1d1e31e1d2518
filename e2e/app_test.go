package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/e2e/chromium"
)

// binary is countersign, built once for all tests.
var binary string

// atOnce is how many tests are under way together unless -parallel says otherwise: most of
// the time they wait, for a retry or a deadline.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		flag.Set("test.parallel", atOnce)
	}
	dir, err := os.MkdirTemp("", "countersign-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // one test is somebody else
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "countersign")
	build := exec.Command("go", "build", "-o", binary, "..")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	chromium.Quit()
	os.RemoveAll(dir)
	os.Exit(code)
}

// app is a process of the built binary.
type app struct {
	t        testing.TB
	URL      string
	Database string
	addr     string // to listen on, at every start; empty: a port that is held for this app
	args     []string
	env      []string // beside the test's own
	cmd      *exec.Cmd
	log      *lockedBuffer
	exited   chan struct{}
}

// lockedBuffer is written by the process and read by the test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startApp starts countersign on a new database and a port of its own.
func startApp(t *testing.T, args ...string) *app {
	t.Helper()
	a := &app{t: t, Database: filepath.Join(t.TempDir(), "countersign.db"), args: args}
	a.start()
	t.Cleanup(func() {
		a.kill()
		if t.Failed() {
			t.Logf("the app said:\n%s", tail(assets.ReplaceAllString(a.log.String(), ""), 4000))
		}
	})
	return a
}

// assets in the log tell nothing.
var assets = regexp.MustCompile(`.* path=/static/.*\n`)

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// start starts the process (again) and waits until it says where it is.
func (a *app) start() {
	a.t.Helper()
	a.log = &lockedBuffer{}
	if a.addr == "" {
		a.addr = held(a.t)
	}
	a.cmd = exec.Command(binary, append([]string{"serve", "--addr", a.addr, "--database", a.Database}, a.args...)...)
	a.cmd.Env = append(os.Environ(), a.env...)
	a.cmd.Stderr = a.log
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.exited = make(chan struct{})
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(a.log, lines.Text())
			if at := strings.Index(lines.Text(), "http://"); at >= 0 {
				select {
				case said <- lines.Text()[at:]:
				default:
				}
			}
		}
		_ = a.cmd.Wait()
		close(a.exited)
	}()
	select {
	case url := <-said:
		if url != a.URL { // at the same place again it may be asked things meanwhile
			a.URL = url
		}
	case <-a.exited:
		a.t.Fatalf("the app ended at its start:\n%s", a.log)
	case <-time.After(30 * time.Second):
		a.t.Fatalf("the app did not say where it is:\n%s", a.log)
	}
}

// kill is kill -9.
func (a *app) kill() {
	_ = a.cmd.Process.Kill()
	<-a.exited
}

// terminate is SIGTERM, and waits for the orderly end.
func (a *app) terminate() {
	a.t.Helper()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		a.t.Fatal(err)
	}
	select {
	case <-a.exited:
	case <-time.After(30 * time.Second):
		a.t.Fatal("the app does not end on SIGTERM")
	}
	if code := a.cmd.ProcessState.ExitCode(); code != 0 {
		a.t.Errorf("the app ended with exit code %d", code)
	}
}

// held is an address that is kept until the end of the test for whoever listens there, now or after
// a restart: its port is given to nobody else meanwhile, to listen on or to connect from.
func held(t testing.TB) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(socket) })
	// A socket that only has the address does not stand in the way of one that listens.
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	got, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(got.(*syscall.SockaddrInet4).Port))
}

// audit checks books and histories of the database; the app must not be up.
func (a *app) audit() {
	a.t.Helper()
	out, err := exec.Command(binary, "audit", "--database", a.Database).CombinedOutput()
	if err != nil {
		a.t.Errorf("audit: %v\n%s", err, out)
	}
}

// request sends one request with the demo key and reads the whole answer.
func (a *app) request(ctx context.Context, method, path, body string) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, a.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer demo")
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// exitCode is how a command ended, and what it said.
func exitCode(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), string(out)
	case err != nil:
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return 0, string(out)
}
