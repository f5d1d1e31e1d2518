package models

import (
	"bytes"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

// A process starts with few connections, and wants more only under load.
func TestTooFewConnectionsAreSaidAtTheStart(t *testing.T) {
	address := migrated.URL(t)
	u, err := url.Parse(address)
	noError(t, err)
	onServer(t, address, `ALTER DATABASE `+strings.TrimPrefix(u.Path, "/")+` CONNECTION LIMIT 8`)
	var log bytes.Buffer
	noError(t, openSaid(t, address, slog.NewTextHandler(&log, nil)))
	if !strings.Contains(log.String(), "fewer connections left") {
		t.Errorf("the log says %q", &log)
	}
}
