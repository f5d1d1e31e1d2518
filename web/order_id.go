package web

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"

	"countersign/workflow"
)

// orderLetters stand in the order that texts are compared in.
var orderLetters = base32.NewEncoding("234567ABCDEFGHIJKLMNOPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// orderEpoch is the second that ids count from; thirty bits of seconds last until 2060.
var orderEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newOrderID is the second and 20 random bits: short enough to read out over the telephone. The
// tables of orders have it for a key, so ids in the order of time are written side by side; with
// 95,000 orders in the database random ones made placing another a fifth slower.
func newOrderID(now time.Time) workflow.OrderID {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	second := uint64(now.Unix() - orderEpoch.Unix())
	binary.BigEndian.PutUint64(b[:], second<<34|binary.BigEndian.Uint64(b[:])>>30)
	return workflow.OrderID("CS-" + orderLetters.EncodeToString(b[:])[:10])
}
