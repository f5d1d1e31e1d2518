package models

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitSilence bounds how long what was sent may stay unconfirmed; otherwise a write to a
// server that was cut off waits for a quarter of an hour.
func limitSilence(network, _ string, raw syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	return raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(peerPatience.Milliseconds()))
	})
}
