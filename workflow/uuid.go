package workflow

import (
	"crypto/rand"
	"fmt"
)

// UUID spells 16 random bytes as a UUID of version 4 (RFC 9562).
func UUID(random [16]byte) string {
	b := random
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// NewUUID is a random UUID, as names and requests have them that nobody has named.
func NewUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return UUID(b)
}
