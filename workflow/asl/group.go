package asl

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"countersign/workflow"
)

// group is what a state's frame knows of its branches or iterations, of which only
// the active ones are frames. It is kept when the execution fails, so that a redrive
// goes on with those that did not succeed.
type group struct {
	length int   // how many there are
	next   int   // the first that has not begun
	limit  int   // how many may be active at the same time
	began  int64 // the history event that leads to the first ones
	failed int   // iterations that failed and were tolerated
	allow  int   // failures to tolerate; thresholdless when the state sets no threshold

	// items is the array that a Map state iterates over; cursor is the offset in it
	// where the element number next is looked for.
	items   json.RawMessage
	itemsAt int // where they are in the state's input; -1 when they are not in it
	cursor  int

	// results are those of the branches that have succeeded, in the order of their
	// ends: INDEX,RESULT,INDEX,RESULT,… One text, so that a step copies it whole and
	// does not go through it. What exceeds the limit of a payload is not kept.
	results []byte
	size    int // bytes of all results

	// given is what every branch of a Parallel state, all of which begin at once, is
	// given. It is not stored.
	given json.RawMessage
	// data is a Map state's input as its own paths see it. It is not stored, but made
	// again when it is needed.
	data json.RawMessage
}

// thresholdless is group.allow of a state that fails with its first iteration.
const thresholdless = -1

func (g *group) clone() *group {
	if g == nil {
		return nil
	}
	c := *g
	c.results = slices.Clip(g.results) // appending makes a copy
	return &c
}

// keep adds the result of a branch.
func (g *group) keep(index int, result json.RawMessage) {
	if g.size += len(result) + 1; g.size > workflow.MaxPayload {
		return
	}
	if len(g.results) > 0 {
		g.results = append(g.results, ',')
	}
	g.results = strconv.AppendInt(g.results, int64(index), 10)
	g.results = append(append(g.results, ','), result...)
}

// array joins the results in the order of their indices.
func (g *group) array() json.RawMessage {
	type span struct{ start, end int }
	at := make([]span, g.length)
	for i := 0; i < len(g.results); {
		comma := i + bytes.IndexByte(g.results[i:], ',')
		index, _ := strconv.Atoi(string(g.results[i:comma]))
		end := skipValue(g.results, comma+1)
		if index < 0 || index >= g.length || end <= comma {
			break
		}
		at[index] = span{comma + 1, end}
		i = skipSpace(g.results, end) + 1
	}
	out := append(make(json.RawMessage, 0, len(g.results)+2), '[')
	for _, s := range at {
		if s.end == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, g.results[s.start:s.end]...)
	}
	return append(out, ']')
}

// item takes the next element of the array.
func (g *group) item() (start, end int) {
	start = skipSpace(g.items, max(g.cursor, 1))
	if start < len(g.items) && g.items[start] == ',' {
		start = skipSpace(g.items, start+1)
	}
	end = skipValue(g.items, start)
	g.cursor = end
	return start, end
}

// tolerates counts a failed iteration, and says whether the state goes on.
func (g *group) tolerates() bool {
	if g.failed >= g.allow {
		return false
	}
	g.failed++
	return true
}

// lengthOf counts the elements of an array.
func lengthOf(items []byte) (n int) {
	elements(items, func(int, int) bool {
		n++
		return true
	})
	return n
}
