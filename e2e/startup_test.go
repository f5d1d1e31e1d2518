package e2e

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// TestUnusableDatabases: each gets one clear message, exit code 3, and is left as it was.
func TestUnusableDatabases(t *testing.T) {
	t.Parallel()
	busy := startApp(t)
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	write(t, garbage, strings.Repeat("this is not a database\n", 400))
	newer := filepath.Join(dir, "newer.db")
	fromTheFuture(t, newer)
	for _, test := range []struct{ name, database, want string }{
		{"a directory", dir, "directory"},
		{"another kind of file", garbage, "not"},
		{"a missing directory", filepath.Join(dir, "no", "where.db"), "directory"},
		{"in use by another process", busy.Database, "in use"},
		{"from a newer version", newer, "newer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, _ := os.ReadFile(test.database)
			code, said := exitCode(t, "serve", "--addr", "127.0.0.1:0", "--database", test.database)
			if code != 3 || !strings.Contains(said, test.want) || strings.Count(strings.TrimSpace(said), "\n") > 2 {
				t.Errorf("exit code %d, want 3 and a line with %q; it said:\n%s", code, test.want, said)
			}
			if after, _ := os.ReadFile(test.database); test.database != busy.Database && string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestAuditMakesNoDatabase: of a mistyped name it must not say that all is well.
func TestAuditMakesNoDatabase(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "countersing.db")
	if code, said := exitCode(t, "audit", "--database", absent); code != 3 || !strings.Contains(said, "does not exist") {
		t.Errorf("exit code %d, want 3; it said:\n%s", code, said)
	}
	if _, err := os.Stat(absent); err == nil {
		t.Error("a database was made")
	}
}

// TestReadOnlyDatabase runs as somebody whom permissions bind: root could write anyway.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	dir := publicDir(t)
	a := &app{t: t, Database: filepath.Join(dir, "countersign.db")}
	a.start()
	a.terminate()
	for _, test := range []struct {
		name      string
		dir, file os.FileMode
	}{
		{"file", 0o777, 0o444},
		{"file and directory", 0o555, 0o444},
		{"directory", 0o555, 0o666},
		{"not even readable", 0o777, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := errors.Join(os.Chmod(a.Database, test.file), os.Chmod(dir, test.dir)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			serve := exec.CommandContext(ctx, binary, "serve", "--addr", "127.0.0.1:0", "--database", a.Database)
			if os.Getuid() == 0 {
				const nobody = 65534
				serve.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := serve.CombinedOutput()
			if code := serve.ProcessState.ExitCode(); code != 3 || !regexp.MustCompile("read-only|cannot be (read|written)|permission").Match(out) {
				t.Errorf("exit code %d, %v; it said:\n%s", code, err, out)
			}
			if lines := strings.Count(strings.TrimSpace(string(out)), "\n"); lines > 2 {
				t.Errorf("%d lines where one would do:\n%s", lines+1, out)
			}
		})
	}
	if err := errors.Join(os.Chmod(dir, 0o777), os.Chmod(a.Database, 0o600)); err != nil {
		t.Fatal(err)
	}
	a.audit()
}

// publicDir is a directory that every user may enter.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "countersign-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o777); os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func fromTheFuture(t *testing.T, path string) {
	t.Helper()
	a := &app{t: t, Database: path}
	a.start()
	a.terminate()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO migrations (id) VALUES ('9999_of_a_later_release')`); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnusableAddresses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	database := filepath.Join(t.TempDir(), "x.db")
	for _, test := range []struct {
		name, addr string
		code       int
		want       string
	}{
		{"in use", taken.Addr().String(), 4, "in use"},
		{"nonsense", "127.0.0.1:banana", 4, "--addr"},
		{"demo mode for everybody", "0.0.0.0:0", 1, "--no-demo"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, said := exitCode(t, "serve", "--addr", test.addr, "--database", database)
			if code != test.code || !strings.Contains(said, test.want) {
				t.Errorf("exit code %d, want %d and %q; it said:\n%s", code, test.code, test.want, said)
			}
		})
	}
	for _, absurd := range []string{"--workers=0", "--workers=-5", "--workers=1000000", "--keep-closed=-1", "--keep-closed=NaN", "--keep-closed=1e300",
		"--smtp-port=99999", "--smtp-host=localhost --smtp-from=nobody"} {
		args := append([]string{"serve", "--addr", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "countersign.db")}, strings.Fields(absurd)...)
		name, _, _ := strings.Cut(absurd[strings.LastIndex(absurd, "--"):], "=") // the last one is wrong
		if code, said := exitCode(t, args...); code != 2 || !strings.Contains(said, name+" ") {
			t.Errorf("%s: exit code %d, it said:\n%s", absurd, code, said)
		}
	}
	for _, absurd := range []string{"--duration=0s", "--duration=-1s", "--duration=banana", "--warm-up=-1s", "--rounds=-1", "--rounds=0", "--replicas=0", "--replicas=2",
		"--in-flight=0", "--samples=0", "--items=0", "--waiting=-1", "--payload=0", "--payload=10000000", "--workers=0", "--history=-1", "--scenario=nonsense"} {
		name, _, _ := strings.Cut(absurd, "=")
		if code, said := exitCode(t, "bench", "--dir", t.TempDir(), absurd); code != 2 || !strings.Contains(said, name) {
			t.Errorf("bench %s: exit code %d, it said:\n%s", absurd, code, said)
		}
	}
	for _, unnamed := range []string{"serve --database=", "audit --database=", "backup --database= b.db", "compact --database=", "restore --replace=maybe b.db", "restore", "migrate --from= --to=postgres://host/db"} {
		if code, said := exitCode(t, strings.Fields(unnamed)...); code != 2 {
			t.Errorf("%s: exit code %d, it said:\n%s", unnamed, code, said)
		}
	}
	if code, said := exitCode(t, "serve", "--nonsense"); code != 2 || !strings.Contains(said, "--help") {
		t.Errorf("an unknown flag: exit code %d, it said:\n%s", code, said)
	}
	if _, err := os.Stat(database); err == nil {
		t.Error("a start that failed left a database behind")
	}
}

func TestNoDemoPrintsTheSetupLinkOnce(t *testing.T) {
	t.Parallel()
	a := &app{t: t, Database: filepath.Join(t.TempDir(), "countersign.db"), addr: "127.0.0.1:0", args: []string{"--no-demo"}}
	a.start()
	t.Cleanup(a.kill)
	if !strings.Contains(a.log.String(), a.URL) || strings.HasSuffix(a.URL, ":0") {
		t.Errorf("it said:\n%s", a.log)
	}
	eventually(t, time.Minute, "a set-up link", func() bool { return strings.Contains(a.log.String(), "/setup/") })
	status, _, err := a.request(t.Context(), "GET", "/api/orders/12345", "")
	if err != nil || status != 401 {
		t.Errorf("the demo key without demo mode: status %d, %v", status, err)
	}
}
