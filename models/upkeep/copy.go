package upkeep

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"countersign/models"
)

// fileCopy is a copy of a database on its way to its name.
type fileCopy struct {
	temporary, name string
	release         func() error // lets others see that nobody is at it any more
}

// copyOf copies a database to a temporary file beside name.
func copyOf(ctx context.Context, database, name string) (*fileCopy, error) {
	if info, err := os.Stat(filepath.Dir(name)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no directory %s; make it, or choose another file", filepath.Dir(name))
	}
	if err := removeUnfinished(name); err != nil {
		return nil, err
	}
	c := &fileCopy{temporary: name + "." + rand.Text()[:partLetters] + partSuffix, name: name}
	release, err := models.LockDatabase(c.temporary)
	if err != nil {
		return nil, err
	}
	c.release = release
	if err := models.CopyDatabase(ctx, database, c.temporary); err != nil {
		c.discard()
		return nil, err
	}
	return c, nil
}

func errExists(name string) error {
	return fmt.Errorf("%s exists and is not replaced; choose another name", name)
}

func mustNotExist(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return errExists(name)
	}
	return nil
}

// publish gives the copy its name, at once and for good, unless something has it.
func (c *fileCopy) publish() error {
	err := os.Link(c.temporary, c.name)
	switch {
	case errors.Is(err, fs.ErrExist):
		return errExists(c.name)
	case err != nil: // a file system without links
		if err := mustNotExist(c.name); err != nil {
			return err
		}
		if err := os.Rename(c.temporary, c.name); err != nil {
			return err
		}
	}
	c.discard()
	return syncDirectory(filepath.Dir(c.name))
}

// discard removes what was not published. After publish it does nothing.
func (c *fileCopy) discard() {
	if c.release != nil {
		removePart(c.temporary)
		_ = c.release()
		_ = os.Remove(c.temporary + lockSuffix)
		c.release = nil
	}
}

func removePart(part string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(part + suffix)
	}
}

const (
	partSuffix  = ".part"
	partLetters = 8
	lockSuffix  = ".lock"
)

// removeUnfinished removes what processes that were killed have left of copies to name, and not
// what others are making just now.
func removeUnfinished(name string) error {
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return err
	}
	for _, e := range entries {
		left, mine := strings.CutPrefix(strings.TrimSuffix(e.Name(), lockSuffix), filepath.Base(name)+".")
		if !mine || len(left) != partLetters+len(partSuffix) || !strings.HasSuffix(left, partSuffix) {
			continue
		}
		part := name + "." + left
		release, err := models.LockDatabase(part)
		if err != nil {
			continue // somebody is at it
		}
		removePart(part)
		_ = release()
		_ = os.Remove(part + lockSuffix)
	}
	return nil
}

// putAside renames a database together with what SQLite keeps beside it: the write-ahead log of
// one must never come to lie beside another. It returns the new name and how to take that back.
func putAside(database string, now time.Time) (aside string, undo func(), err error) {
	aside = database + ".replaced-" + now.UTC().Format("20060102T150405Z")
	if err := mustNotExist(aside); err != nil {
		return "", nil, err
	}
	var renamed []string
	undo = func() {
		for _, suffix := range renamed {
			_ = os.Rename(aside+suffix, database+suffix)
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		err := os.Rename(database+suffix, aside+suffix)
		if err == nil {
			renamed = append(renamed, suffix)
		} else if !errors.Is(err, fs.ErrNotExist) {
			undo()
			return "", nil, err
		}
	}
	return aside, undo, nil
}

// syncDirectory makes names durable, where the system can.
func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
