package models

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// applicationID marks a SQLite file as Countersign's ("CSgn"), in its header.
const applicationID = 0x4353676e

var sqliteMagic = []byte("SQLite format 3\x00")

// address begins as addresses of databases do, whose like in a file's name is a mistake: nobody
// should find a new file where a server was meant. A single letter is a drive.
var address = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:|^(host|hostaddr|port|user|dbname|service)\s*=`)

// usablePath checks, without changing anything, that a database can be kept at a
// path, and returns the path that its links lead to.
func usablePath(url string) (string, error) {
	if url == "" {
		return "", openError(OpenUnreachable, url, nil, "no database is named; give a file with --database")
	}
	if address.MatchString(url) { // it may hold a password, and is not repeated
		return "", openError(OpenUnreachable, "", nil, "the --database is neither a file nor an address that begins with postgres://; "+
			"write ./ before the name of a file that has a colon, or postgres://USER:PASSWORD@HOST:5432/DATABASE")
	}
	path, err := filepath.Abs(url)
	if err != nil {
		return "", unusable(url, err)
	}
	path = resolved(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, cmp.Or(usableDirectory(path), noLogAlone(path))
	case err != nil:
		return "", unusable(path, err)
	case info.IsDir():
		return "", openError(OpenNotDatabase, path, nil,
			"%s is a directory; name a file in it with --database, such as %s", path, filepath.Join(path, "countersign.db"))
	case !info.Mode().IsRegular():
		return "", openError(OpenNotDatabase, path, nil, "%s is not a file; choose another --database", path)
	}
	if err := writable(path, info); err != nil {
		return "", err
	}
	if info.Size() == 0 {
		return path, noLogAlone(path)
	}
	return path, checkHeader(path, info.Size())
}

// noLogAlone refuses a new database where the write-ahead log of another one lies, which SQLite
// would remove, with whatever was acknowledged last.
func noLogAlone(path string) error {
	log := path + "-wal"
	if info, err := os.Stat(log); err != nil || info.Size() == 0 {
		return nil
	}
	return openError(OpenNotDatabase, path, nil, "%s is empty or gone, but its write-ahead log, %s, is there, so it held a database; "+
		"put that back or %s, and remove the log only to begin anew", path, log, restoreAdvice)
}

// resolved follows links, so that two names of one file share its lock.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

func usableDirectory(path string) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return openError(OpenUnreachable, path, err,
			"there is no directory %s for the database; make it, or choose another --database", dir)
	}
	return nil
}

// writable honours the mode even for a user whom the system lets write anything.
func writable(path string, info fs.FileInfo) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_ = f.Close()
	}
	if err != nil || info.Mode().Perm()&0o222 == 0 {
		return openError(OpenReadOnly, path, err,
			"%s is read-only; make it writable, or choose another --database", path)
	}
	return nil
}

// checkHeader looks at a file's first bytes: an empty file is a new database.
// https://www.sqlite.org/fileformat.html#the_database_header
func checkHeader(path string, size int64) error {
	if size == 0 {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return unusable(path, err)
	}
	defer f.Close()
	header := make([]byte, 100)
	_, err = io.ReadFull(f, header)
	if err != nil || !bytes.HasPrefix(header, sqliteMagic) || binary.BigEndian.Uint32(header[68:]) != applicationID {
		return openError(OpenNotDatabase, path, err,
			"%s is not a Countersign database; choose another --database", path)
	}
	return nil
}

// makeFile makes an absent file that only its owner can read.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return openError(OpenReadOnly, path, err,
			"%s cannot be made: %v; make the directory writable, or choose another --database", path, err)
	}
	return f.Close()
}
