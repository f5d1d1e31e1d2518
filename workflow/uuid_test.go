package workflow

import (
	"regexp"
	"testing"
)

func TestUUIDs(t *testing.T) {
	var all [16]byte
	for i := range all {
		all[i] = 0xff
	}
	if got := UUID(all); got != "ffffffff-ffff-4fff-bfff-ffffffffffff" {
		t.Error(got)
	}
	if got := UUID([16]byte{}); got != "00000000-0000-4000-8000-000000000000" {
		t.Error(got)
	}
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if a, b := NewUUID(), NewUUID(); !form.MatchString(a) || a == b {
		t.Error(a, b)
	}
}
