package objects

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func folder(t *testing.T) (*Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func put(t *testing.T, f *Folder, bucket, key, text string) {
	t.Helper()
	if err := f.Put(bucket, key, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsPutCanBeGotAndListed(t *testing.T) {
	f, _ := folder(t)
	put(t, f, "in", "a.csv", "first")
	put(t, f, "in", "a.csv", "second")
	put(t, f, "in", "deep/er/b.json", "[]")
	put(t, f, "in", "deeper.json", "[]")
	r, err := f.Get("in", "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || string(text) != "second" {
		t.Errorf("%q %v", text, err)
	}
	for prefix, want := range map[string][]string{
		"": {"a.csv", "deep/er/b.json", "deeper.json"}, "deep": {"deep/er/b.json", "deeper.json"}, "deep/e": {"deep/er/b.json"}, "x": nil,
	} {
		var got []string
		if err := f.List("in", prefix, func(o Object) error { got = append(got, o.Key); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
	}
}

func TestAPutThatFailsLeavesNothing(t *testing.T) {
	f, _ := folder(t)
	broken := errors.New("broken")
	if err := f.Put("out", "x", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	err := f.List("out", "", func(o Object) error { t.Errorf("left behind: %s", o.Key); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingOutsideIsReached(t *testing.T) {
	f, dir := folder(t)
	secret := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, f, "in", "ok", "1")
	if err := os.Symlink(secret, filepath.Join(dir, "in", "link")); err != nil {
		t.Fatal(err)
	}
	for _, at := range [][2]string{
		{"in", "../../secret"}, {"..", "secret"}, {"in", "link"}, {"in", "/etc/passwd"}, {".", "in/ok"}, {"", "in/ok"}, {"in/..", "ok"}, {"in", ""}, {"in", "."}, {"in", "none"}, {"none", "x"},
	} {
		r, err := f.Get(at[0], at[1])
		if err == nil {
			r.Close()
			t.Errorf("%q can be read", at)
			continue
		}
		if strings.Contains(err.Error(), dir) {
			t.Errorf("the error tells where the folder is: %v", err)
		}
	}
}

func TestWithoutAFolder(t *testing.T) {
	f, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get("in", "x"); !errors.Is(err, ErrNoFolder) {
		t.Error(err)
	}
	if err := f.List("in", "", nil); !errors.Is(err, ErrNoFolder) {
		t.Error(err)
	}
	if err := f.Put("in", "x", nil); !errors.Is(err, ErrNoFolder) {
		t.Error(err)
	}
}
