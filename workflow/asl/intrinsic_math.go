package asl

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"

	"countersign/workflow"
)

func intrinsicMathAdd(in *invocation) (json.RawMessage, error) {
	a, err := in.whole(0)
	if err != nil {
		return nil, err
	}
	b, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	return strconv.AppendInt(nil, a+b, 10), nil
}

// intrinsicMathRandom draws from start, inclusive, to end, exclusive. With a seed it
// is the same number every time.
func intrinsicMathRandom(in *invocation) (json.RawMessage, error) {
	start, err := in.whole(0)
	if err != nil {
		return nil, err
	}
	end, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	if start >= end {
		return nil, errors.New("the start must be smaller than the end")
	}
	source := in.e.draw()
	if len(in.args) == 3 {
		n, err := in.whole(2)
		if err != nil {
			return nil, err
		}
		var seed Seed
		binary.BigEndian.PutUint64(seed[:], uint64(n))
		source = rand.NewChaCha8(seed)
	}
	return strconv.AppendInt(nil, start+rand.New(source).Int64N(end-start), 10), nil
}

// intrinsicUUID makes a version 4 UUID.
func intrinsicUUID(in *invocation) (json.RawMessage, error) {
	return strconv.AppendQuote(nil, newUUID(in.e.draw())), nil
}

// newUUID draws a UUID of version 4 (RFC 9562).
func newUUID(from *rand.ChaCha8) string {
	var b [16]byte
	from.Read(b[:])
	return workflow.UUID(b)
}
