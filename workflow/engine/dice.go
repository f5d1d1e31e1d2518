package engine

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// dice is where everything comes from that is drawn.
type dice struct {
	source io.Reader // crypto/rand when nil
}

func (d dice) fill(b []byte) {
	if d.source == nil {
		rand.Read(b) // never fails
		return
	}
	drawn := make([]byte, len(b)) // b itself stays off the heap
	if _, err := io.ReadFull(d.source, drawn); err != nil {
		panic(fmt.Sprintf("engine: there is nothing left to draw from: %v", err))
	}
	copy(b, drawn)
}

func (d dice) seed() (s asl.Seed) {
	d.fill(s[:])
	return s
}

func (d dice) number() uint64 {
	var b [8]byte
	d.fill(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// float is from 0 up to but not 1.
func (d dice) float() float64 { return float64(d.number()>>11) / (1 << 53) }

// around is a pause that is up to a quarter longer, so that not all who failed together come
// together again.
func (d dice) around(pause time.Duration) time.Duration {
	return pause + time.Duration(d.float()*float64(pause)/4)
}

func (d dice) uuid() string {
	var b [16]byte
	d.fill(b[:])
	return workflow.UUID(b)
}
