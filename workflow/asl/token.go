package asl

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"countersign/workflow"
)

// A task token is the base64 text of: a version byte, the execution's id, the state
// entry, 128 random bits, and a checksum that tells a mistyped token from a stale
// one. The random bits are the secret; they are new with every attempt.
const (
	tokenVersion = 1
	tokenRandom  = 17 // offset of the random bits
	tokenSum     = 33
	tokenLength  = 37
)

func (x *stepper) newToken(f *frame) workflow.TaskToken {
	var b [tokenLength]byte
	b[0] = tokenVersion
	binary.BigEndian.PutUint64(b[1:], uint64(x.s.id))
	binary.BigEndian.PutUint64(b[9:], uint64(f.entry))
	x.draw().Read(b[tokenRandom:tokenSum])
	binary.BigEndian.PutUint32(b[tokenSum:], crc32.ChecksumIEEE(b[:tokenSum]))
	return workflow.TaskToken(base64.RawURLEncoding.EncodeToString(b[:]))
}

// readToken takes a token apart. It does not say that the token is genuine.
func readToken(t workflow.TaskToken) (workflow.ExecutionID, workflow.EntryID, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(t))
	if err != nil || len(b) != tokenLength || b[0] != tokenVersion ||
		binary.BigEndian.Uint32(b[tokenSum:]) != crc32.ChecksumIEEE(b[:tokenSum]) {
		return 0, 0, workflow.ErrTaskTokenInvalid
	}
	return workflow.ExecutionID(binary.BigEndian.Uint64(b[1:])), workflow.EntryID(binary.BigEndian.Uint64(b[9:])), nil
}

// TokenExecution says whose token it is, so that its execution can be loaded; only a
// step on that execution says whether the token is good. The error is
// workflow.ErrTaskTokenInvalid.
func TokenExecution(t workflow.TaskToken) (workflow.ExecutionID, error) {
	id, _, err := readToken(t)
	return id, err
}
