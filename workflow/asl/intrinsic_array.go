package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

func intrinsicArray(in *invocation) (json.RawMessage, error) { return joined(in.args) }

func intrinsicArrayPartition(in *invocation) (json.RawMessage, error) {
	items, err := in.list(0)
	if err != nil {
		return nil, err
	}
	size, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	if size <= 0 {
		return nil, errors.New("the chunk size must be a positive number")
	}
	var chunks []json.RawMessage
	for len(items) > 0 {
		n := min(int64(len(items)), size)
		chunk, err := joined(items[:n])
		if err != nil {
			return nil, err
		}
		chunks, items = append(chunks, chunk), items[n:]
	}
	return joined(chunks)
}

func intrinsicArrayContains(in *invocation) (json.RawMessage, error) {
	items, err := in.list(0)
	if err != nil {
		return nil, err
	}
	wanted := canonical(in.args[1])
	for _, item := range items {
		if canonical(item) == wanted {
			return json.RawMessage("true"), nil
		}
	}
	return json.RawMessage("false"), nil
}

// canonical is a text that two values share when they are equal.
func canonical(b json.RawMessage) string {
	var v any
	if json.Unmarshal(b, &v) != nil { // a number beyond float64
		return string(b)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// maxRange is how many elements States.ArrayRange may make.
const maxRange = 1000

func intrinsicArrayRange(in *invocation) (json.RawMessage, error) {
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = in.whole(i); err != nil {
			return nil, err
		}
	}
	start, end, step := n[0], n[1], n[2]
	if step == 0 {
		return nil, errors.New("the step of a range must not be zero")
	}
	out := json.RawMessage{'['}
	for count := 0; step > 0 && start <= end || step < 0 && start >= end; count++ {
		if count == maxRange {
			return nil, fmt.Errorf("a range must not have more than %d elements", maxRange)
		}
		if count > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, start, 10)
		start += step
	}
	return append(out, ']'), nil
}

func intrinsicArrayGetItem(in *invocation) (json.RawMessage, error) {
	items, err := in.list(0)
	if err != nil {
		return nil, err
	}
	i, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= int64(len(items)) {
		return nil, fmt.Errorf("the index %d is outside the array of %d elements", i, len(items))
	}
	return items[i], nil
}

func intrinsicArrayLength(in *invocation) (json.RawMessage, error) {
	items, err := in.list(0)
	return strconv.AppendInt(nil, int64(len(items)), 10), err
}

func intrinsicArrayUnique(in *invocation) (json.RawMessage, error) {
	items, err := in.list(0)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var kept []json.RawMessage
	for _, item := range items {
		if c := canonical(item); !seen[c] {
			seen[c] = true
			kept = append(kept, item)
		}
	}
	return joined(kept)
}

// roundHalfUp rounds as the service's Math.round does: −1.5 to −1.
func roundHalfUp(b json.RawMessage, i int) (int64, error) {
	f, err := strconv.ParseFloat(string(b), 64)
	if rawKind(b) != '0' || err != nil {
		return 0, fmt.Errorf("argument %d must be a number", i+1)
	}
	f = math.Floor(f + 0.5)
	return int64(max(-2*maxWhole, min(f, 2*maxWhole))), nil
}
