package models

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// OpenReason is why a database cannot be used.
type OpenReason string

// The reasons of an OpenError.
const (
	OpenInUse       OpenReason = "in use"        // by another process
	OpenReadOnly    OpenReason = "read-only"     // the file or its directory
	OpenNotDatabase OpenReason = "not ours"      // a directory, another kind of file, another program's database
	OpenNewer       OpenReason = "newer"         // written by a later version
	OpenMoved       OpenReason = "moved"         // to another database, or not yet whole there
	OpenUnreachable OpenReason = "not reachable" // no such directory, no permission, a failing disk
)

// OpenError says why a database cannot be used and what to do about it. The
// database is as it was before.
type OpenError struct {
	Reason  OpenReason
	Path    string
	Message string // for people, complete
	Err     error  // what the system said; may be nil
}

func (e *OpenError) Error() string { return e.Message }
func (e *OpenError) Unwrap() error { return e.Err }

func openError(reason OpenReason, path string, err error, format string, args ...any) *OpenError {
	return &OpenError{Reason: reason, Path: path, Message: fmt.Sprintf(format, args...), Err: err}
}

// unusable words what went wrong between the file checks and a database ready for use.
func unusable(path string, err error) error {
	var own *OpenError
	var lite sqlite3.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, errNewerDatabase):
		return openError(OpenNewer, path, err,
			"%s was written by a newer version of Countersign; start that version, or choose another --database", path)
	case errors.As(err, &lite) && (lite.Code == sqlite3.ErrNotADB || lite.Code == sqlite3.ErrCorrupt):
		return openError(OpenNotDatabase, path, err,
			"%s is damaged (%v); %s", path, lite, restoreAdvice)
	case errors.As(err, &lite) && (lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked):
		return openError(OpenInUse, path, err,
			"%s is in use by another program; close that program or choose another --database", path)
	case errors.As(err, &lite) && lite.Code == sqlite3.ErrReadonly:
		return openError(OpenReadOnly, path, err,
			"%s cannot be written; make it and its directory writable, or choose another --database", path)
	}
	return openError(OpenUnreachable, path, err,
		"%s cannot be opened: %v; mend that or choose another --database", path, err)
}
