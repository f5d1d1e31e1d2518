// Package objects shows the folders below one folder as the buckets of an object store:
// what ItemReader reads and ResultWriter writes.
//
// Nothing outside that folder can be reached, whatever a key says and wherever a link
// leads. The package knows no executions.
package objects

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// Folder holds one folder for each bucket.
type Folder struct{ root *os.Root }

// Object is a file of a bucket.
type Object struct {
	Key          string
	Size         int64
	LastModified time.Time
	ETag         string
}

// ErrNoFolder: no folder was configured.
var ErrNoFolder = errors.New("no data folder is configured; start Countersign with --data-folder DIR, where each bucket is a folder")

// Open makes the folder if it does not exist. An empty name gives a Folder of which every
// method answers ErrNoFolder.
func Open(name string) (*Folder, error) {
	if name == "" {
		return &Folder{}, nil
	}
	if err := os.MkdirAll(name, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return &Folder{root}, nil
}

// Close lets the folder go.
func (f *Folder) Close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// place is where a key is below the folder.
func (f *Folder) place(bucket, key string) (string, error) {
	if f.root == nil {
		return "", ErrNoFolder
	}
	if bucket == "" || bucket == "." || bucket == ".." || strings.ContainsAny(bucket, `/\`) {
		return "", fmt.Errorf("%q is no name of a bucket", bucket)
	}
	if key == "" || !fs.ValidPath(key) {
		return "", fmt.Errorf("%q is no key of an object", key)
	}
	return path.Join(bucket, key), nil
}

// Get opens an object for reading.
func (f *Folder) Get(bucket, key string) (io.ReadCloser, error) {
	at, err := f.place(bucket, key)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Stat(at) // before it is opened: opening a pipe waits for somebody who writes
	if err != nil {
		return nil, plain(err, bucket, key)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the object %s in the bucket %s is not a file", key, bucket)
	}
	file, err := f.root.Open(at)
	if err != nil {
		return nil, plain(err, bucket, key)
	}
	return file, nil
}

// plain leaves this machine's paths out of an error: people of other machines read it.
func plain(err error, bucket, key string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the bucket %s has no object %s", bucket, key)
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("the object %s in the bucket %s: %w", key, bucket, err)
}

// List visits the objects whose key begins with prefix, in the order of their keys.
func (f *Folder) List(bucket, prefix string, visit func(Object) error) error {
	if _, err := f.place(bucket, "x"); err != nil {
		return err
	}
	below, err := fs.Sub(f.root.FS(), bucket)
	if err != nil {
		return plain(err, bucket, prefix)
	}
	return fs.WalkDir(below, ".", func(key string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return plain(err, bucket, key)
		case entry.IsDir():
			if key != "." && !strings.HasPrefix(key+"/", prefix) && !strings.HasPrefix(prefix, key+"/") {
				return fs.SkipDir
			}
			return nil
		case !entry.Type().IsRegular() || !strings.HasPrefix(key, prefix):
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return plain(err, bucket, key)
		}
		return visit(Object{Key: key, Size: info.Size(), LastModified: info.ModTime().UTC(), ETag: tag(info)})
	})
}

// tag tells versions of a file apart without reading it.
func tag(info fs.FileInfo) string {
	sum := md5.Sum(fmt.Appendf(nil, "%d %d", info.Size(), info.ModTime().UnixNano()))
	return hex.EncodeToString(sum[:])
}

// Put writes an object as a whole or not at all. It replaces one of the same key.
func (f *Folder) Put(bucket, key string, write func(io.Writer) error) (err error) {
	at, err := f.place(bucket, key)
	if err != nil {
		return err
	}
	if err := f.root.MkdirAll(path.Dir(at), 0o750); err != nil {
		return plain(err, bucket, key)
	}
	draft := at + ".part"
	file, err := f.root.OpenFile(draft, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o640)
	if err != nil {
		return plain(err, bucket, key)
	}
	defer func() {
		if err != nil {
			f.root.Remove(draft)
		}
	}()
	if err := errors.Join(write(file), file.Sync(), file.Close()); err != nil {
		return plain(err, bucket, key)
	}
	return f.root.Rename(draft, at)
}
