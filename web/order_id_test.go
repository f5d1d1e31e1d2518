package web

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/workflow"
)

func TestOrderIDs(t *testing.T) {
	form := regexp.MustCompile(`^CS-[A-Z2-7]{10}$`)
	rapid.Check(t, func(t *rapid.T) {
		early := orderEpoch.Add(time.Duration(rapid.Int64Range(0, 1<<30-2).Draw(t, "early")) * time.Second)
		late := early.Add(time.Duration(rapid.Int64Range(1, 1<<30-1-(early.Unix()-orderEpoch.Unix())).Draw(t, "later")) * time.Second)
		a, b := newOrderID(early), newOrderID(late)
		if !form.MatchString(string(a)) || !form.MatchString(string(b)) || a >= b {
			t.Fatalf("%s at %v, %s at %v", a, early, b, late)
		}
	})
	ids, now := map[workflow.OrderID]bool{}, time.Now()
	for range 100 { // of one second
		ids[newOrderID(now)] = true
	}
	if len(ids) < 98 {
		t.Errorf("%d ids of 100", len(ids))
	}
	for _, far := range []time.Time{{}, orderEpoch.AddDate(100, 0, 0)} { // a clock that is wrong
		if id := newOrderID(far); !form.MatchString(string(id)) {
			t.Errorf("%s at %v", id, far)
		}
	}
}
