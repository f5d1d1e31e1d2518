//go:build unix

package asl

import (
	"syscall"
	"time"
)

// spent is the processor time that this process has had: what something costs, however long a
// busy machine takes to pay for it.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		panic("the system does not say what this process has spent")
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
