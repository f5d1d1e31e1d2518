package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Limits of a password. Length is what protects it (NIST SP 800-63B, 3.1.1), so nothing is
// asked about its characters; the upper end bounds the work of hashing.
const (
	minPassword = 12
	maxPassword = 256 // bytes
)

// argonCost is OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane.
var argonCost = cost{memory: 19 * 1024, passes: 2, lanes: 1}

type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

const saltLength, keyLength = 16, 32

// hashing bounds how many passwords are hashed at once, and with it the memory that
// strangers at the sign-in form can make us use.
var hashing = make(chan struct{}, 4)

var errNotAHash = errors.New("stored password is not an argon2id hash")

// hashPassword makes the text that is stored, in the PHC string format.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key, err := argonCost.key(ctx, password, salt, keyLength)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		argonCost.memory, argonCost.passes, argonCost.lanes, b64(salt), b64(key)), nil
}

// verifyPassword says whether password is the one behind stored. With an empty stored text
// (nobody has that e-mail address, or the person has no password) it does the same work and says no,
// so that the time it takes tells nothing.
func verifyPassword(ctx context.Context, password, stored string) (bool, error) {
	if len(password) > maxPassword {
		password, stored = "", ""
	}
	known := stored != ""
	if !known {
		stored = nobodysHash
	}
	c, salt, want, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	got, err := c.key(ctx, password, salt, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// nobodysHash costs as much to check as a real one and belongs to no password.
var nobodysHash = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
	argonCost.memory, argonCost.passes, argonCost.lanes, b64(make([]byte, saltLength)), b64(make([]byte, keyLength)))

func (c cost) key(ctx context.Context, password string, salt []byte, length uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, length), nil
}

func parseHash(stored string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return c, nil, nil, errNotAHash
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return c, nil, nil, errNotAHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.lanes); err != nil ||
		c.memory > 1<<20 || c.passes == 0 || c.passes > 64 || c.lanes == 0 {
		return c, nil, nil, errNotAHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) < 16 {
		return c, nil, nil, errNotAHash
	}
	return c, salt, key, nil
}

func b64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// checkNewPassword says what is wrong with a password that somebody chooses, if anything.
func checkNewPassword(password, again string) []FieldError {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return []FieldError{{"password", fmt.Sprintf("Choose a password of at least %d characters; a few words in a row are easy to remember.", minPassword)}}
	case len(password) > maxPassword:
		return []FieldError{{"password", fmt.Sprintf("Choose a password of at most %d bytes.", maxPassword)}}
	case password != again:
		return []FieldError{{"password_again", "The two passwords differ. Type the same one twice."}}
	}
	return nil
}
