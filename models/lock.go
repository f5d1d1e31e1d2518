package models

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fileLock keeps other processes from a database: FILE.lock is locked and names
// this process. The file stays when the lock is gone; removing it would let two
// processes lock two files of the same name.
type fileLock struct{ file *os.File }

// LockDatabase keeps every process from using the database at path, which need not be there,
// until release is called, or fails with an *OpenError.
func LockDatabase(path string) (release func() error, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	l, err := lockDatabase(resolved(path))
	if err != nil {
		return nil, err
	}
	return l.release, nil
}

func lockDatabase(path string) (*fileLock, error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, openError(OpenReadOnly, path, err,
			"%s cannot be made: %v; make its directory writable, or choose another --database", name, err)
	}
	taken, err := tryLock(f)
	if err != nil {
		_ = f.Close()
		return nil, unusable(path, err)
	}
	if !taken {
		defer f.Close()
		return nil, inUse(path, f)
	}
	l := &fileLock{file: f}
	if err := l.sign(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		_ = l.release()
		return nil, unusable(path, err)
	}
	return l, nil
}

// inUse names the other process, unless it is just now starting.
func inUse(path string, lock *os.File) error {
	text := make([]byte, 20)
	n, _ := lock.ReadAt(text, 0)
	who := "another Countersign process"
	if pid := strings.TrimSpace(string(text[:n])); pid != "" {
		who += " (pid " + pid + ")"
	}
	return openError(OpenInUse, path, nil,
		"%s is in use by %s; stop it or choose another --database", path, who)
}

func (l *fileLock) sign(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}

func (l *fileLock) release() error {
	_ = l.sign("")
	return l.file.Close()
}
