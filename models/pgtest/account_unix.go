//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is who runs the server; nil is the present user.
type account struct{ credential syscall.Credential }

// whoRuns is the user postgres if the present one is root, as whom PostgreSQL does not run.
func whoRuns() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("it does not run as root, and there is no user postgres: %w", err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &account{syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

func (a *account) own(paths ...string) error {
	if a == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(a.credential.Uid), int(a.credential.Gid)); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) as(cmd *exec.Cmd) {
	cmd.Dir = "/" // one that the account can enter
	if a != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &a.credential}
	}
}
