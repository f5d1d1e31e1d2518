package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a private PostgreSQL server, which a test may stop and start.
type Cluster struct {
	server
	binaries string
	dir      string
	port     int
	settings []string
	entry    string // how users prove who they are
	user     *account
	life     keeper
}

// keeper is a process that removes the cluster when its input ends, with this process at the latest.
type keeper struct {
	life io.Closer
	cmd  *exec.Cmd
}

// Close returns when the cluster is gone.
func (k keeper) Close() error {
	_ = k.life.Close()
	return k.cmd.Wait()
}

const (
	superuser = "countersign"
	password  = "correct horse" // a blank, so that nobody forgets to escape it
)

// Start starts a cluster for one test, which does wait for the disk.
func Start(t testing.TB) *Cluster {
	t.Helper()
	c, err := start(true)
	if err != nil {
		absent(t, err)
	}
	t.Cleanup(func() {
		_ = c.life.Close()
		_ = os.RemoveAll(c.dir) // which the server's user may not where TMPDIR is root's own
	})
	return c
}

// URL makes an empty database in the cluster.
func (c *Cluster) URL(t testing.TB) string { return c.database(t, "template0") }

// Addr is where the server listens, HOST:PORT.
func (c *Cluster) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)) }

// Stop stops the server: politely, which ends its connections, or as a crash does.
func (c *Cluster) Stop(t testing.TB, crash bool) {
	t.Helper()
	mode := "fast"
	if crash {
		mode = "immediate"
	}
	if err := c.control("stop", "-m", mode); err != nil {
		t.Fatal(err)
	}
}

// Start starts the server again after Stop, where it was.
func (c *Cluster) Start(t testing.TB) {
	t.Helper()
	if err := c.up(); err != nil {
		t.Fatal(err)
	}
}

func start(durable bool) (*Cluster, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	c := &Cluster{binaries: binaries, entry: "scram-sha-256", settings: []string{"shared_buffers=64MB", "max_connections=200", "max_wal_size=2GB"}}
	if !durable { // a database lives for a moment, and opens ten connections in it
		c.settings = append(c.settings, "fsync=off", "full_page_writes=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0")
		c.entry = "md5" // for SCRAM each connection hashes 4096 times: most of what it costs
	}
	if c.user, err = whoRuns(); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return nil, err
	}
	if err := c.make(); err != nil {
		_ = os.RemoveAll(c.dir)
		return nil, err
	}
	if err := c.start(); err != nil || durable {
		return c, err
	}
	return c, c.copyFiles()
}

// copyFiles has databases copied in the way that is cheap where nobody waits for the disk, as
// those before version 15 do anyway.
func (c *Cluster) copyFiles() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	version, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), ".")
	if n, err := strconv.Atoi(version); err == nil && n >= 15 {
		c.strategy = " STRATEGY FILE_COPY"
	}
	return nil
}

// make initialises the directory, so far without a server.
func (c *Cluster) make() error {
	secret := filepath.Join(c.dir, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	if err := c.user.own(c.dir, secret); err != nil {
		return err
	}
	return c.run("initdb", "-D", c.data(), "-U", superuser, "--pwfile", secret, "-A", c.entry, "-E", "UTF8", "--locale=C", "--no-sync")
}

// start begins with what ends: a shell that waits for the end of its input.
func (c *Cluster) start() error {
	const keep = `trap '' INT TERM HUP; cat >/dev/null; "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1; rm -rf "$2"`
	cmd := exec.Command("/bin/sh", "-c", keep, "sh", c.binaries, c.dir)
	c.user.as(cmd)
	life, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.life = keeper{life, cmd}
	for range 5 { // somebody else may take the port in between
		if c.port, err = freePort(); err != nil {
			return err
		}
		if err = c.up(); err == nil {
			of := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, password), Host: c.Addr(), Path: "/postgres", RawQuery: "sslmode=disable"}
			c.server = server{url: of.String(), ours: true}
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	_ = c.life.Close()
	return fmt.Errorf("%w\n%s", err, log)
}

func (c *Cluster) up() error {
	options := "-h 127.0.0.1 -p " + strconv.Itoa(c.port) + " -k " + c.dir
	for _, setting := range c.settings {
		options += " -c " + setting
	}
	return c.control("start", "-l", filepath.Join(c.dir, "log"), "-o", options)
}

func (c *Cluster) control(action string, args ...string) error {
	seconds := strconv.Itoa(int(patience / time.Second))
	return c.run("pg_ctl", append([]string{action, "-D", c.data(), "-w", "-t", seconds}, args...)...)
}

func (c *Cluster) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.binaries, program), args...)
	c.user.as(cmd)
	output, err := os.CreateTemp("", "pgtest-output") // a pipe would stay open as long as the server runs
	if err != nil {
		return err
	}
	defer func() {
		_ = output.Close()
		_ = os.Remove(output.Name())
	}()
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(output.Name())
		return fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// freePort is one that no system hands out to whoever wants any port: so it is still free when a
// server that was stopped is started again.
func freePort() (port int, err error) {
	for range 50 {
		port = 10_000 + rand.IntN(20_000)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// findBinaries is the directory of the newest PostgreSQL server that is installed.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	newest, version := "", 0.0
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"} {
		found, _ := filepath.Glob(pattern)
		for _, dir := range found {
			digits := strings.TrimLeft(filepath.Base(filepath.Dir(dir)), "abcdefghijklmnopqrstuvwxyz-@")
			v, _ := strconv.ParseFloat(digits, 64)
			if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil && v >= version {
				newest, version = dir, v
			}
		}
	}
	if newest == "" {
		return "", errors.New("it is not installed")
	}
	return newest, nil
}
