package asl

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
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
	// ends, as texts that do not change any more: INDEX,RESULT,INDEX,RESULT,… The last
	// one grows. So a step neither goes through them nor copies them all. What exceeds
	// the limit of a payload is not kept.
	results [][]byte
	last    []byte
	size    int // bytes of all results

	// given is what every branch of a Parallel state, all of which begin at once, is
	// given. It is not stored.
	given json.RawMessage
	// data is a Map state's input as its own paths see it. It is not stored, but made
	// again when it is needed.
	data json.RawMessage
	// selector is the state's ItemSelector with what is the same for every item filled
	// in. It goes with data.
	selector *template
}

// thresholdless is group.allow of a state that fails with its first iteration.
const thresholdless = -1

func (g *group) clone() *group {
	if g == nil {
		return nil
	}
	c := *g
	c.results, c.last = slices.Clip(g.results), slices.Clip(g.last) // appending makes a copy
	return &c
}

// keep adds the result of a branch.
func (g *group) keep(index int, result json.RawMessage) {
	if g.size += len(result) + 1; g.size > workflow.MaxPayload {
		return
	}
	if len(g.last) > 0 {
		g.last = append(g.last, ',')
	}
	g.last = strconv.AppendInt(g.last, int64(index), 10)
	if g.last = append(append(g.last, ','), result...); len(g.last) >= enoughResults {
		g.results, g.last = append(g.results, g.last), nil
	}
}

// enoughResults is how long a text of results grows.
const enoughResults = 4096

// texts calls yield with each text of results.
func (g *group) texts(yield func([]byte) bool) {
	for _, t := range g.results {
		if !yield(t) {
			return
		}
	}
	if len(g.last) > 0 {
		yield(g.last)
	}
}

// array joins the results in the order of their indices.
func (g *group) array() json.RawMessage {
	at := make([][]byte, g.length)
	for text := range g.texts {
		for len(text) > 0 {
			number, rest, _ := bytes.Cut(text, []byte{','})
			index, err := strconv.Atoi(string(number))
			if err != nil || index < 0 || index >= g.length {
				break
			}
			end := jsontext.SkipValue(rest, 0)
			at[index] = rest[:end]
			text = rest[min(end+1, len(rest)):]
		}
	}
	out := append(make(json.RawMessage, 0, g.size+2), '[')
	for _, result := range at {
		if result == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, result...)
	}
	return append(out, ']')
}

// item takes the next element of the array.
func (g *group) item() (start, end int) {
	start = jsontext.SkipSpace(g.items, max(g.cursor, 1))
	if start < len(g.items) && g.items[start] == ',' {
		start = jsontext.SkipSpace(g.items, start+1)
	}
	end = jsontext.SkipValue(g.items, start)
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
