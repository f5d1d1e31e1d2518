package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/engine"
)

// looping makes 24,000 history events and then waits for a day.
const looping = `{"StartAt": "Each", "States": {
	"Each": {"Type": "Map", "MaxConcurrency": 20, "Next": "Rest", "ItemProcessor": {"StartAt": "Do", "States": {"Do": {"Type": "Pass", "Assign": {"seen.$": "$.n"}, "End": true}}}},
	"Rest": {"Type": "Wait", "Seconds": 86400, "End": true}}}`

// longHistory starts an execution with n iterations, four events each.
func longHistory(r *realSite, n int) workflow.ExecutionInfo {
	r.t.Helper()
	r.has("Long", workflow.Standard, looping)
	items := make([]string, n)
	for i := range items {
		items[i] = `{"n": 1, "text": "` + strings.Repeat("x", 20) + `"}`
	}
	info, err := r.engine.StartExecution(r.t.Context(), engine.StartRequest{StateMachine: "Long", Name: "long", Input: json.RawMessage("[" + strings.Join(items, ",") + "]")})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.awaitInfo(info.ID, func(e workflow.ExecutionInfo) bool {
		events, err := r.store.HistoryBefore(r.t.Context(), e.ID, 0, 1)
		return err == nil && len(events) == 1 && events[0].Type == workflow.EventWaitStateEntered
	})
}

func BenchmarkPageOfALongExecution(b *testing.B) {
	r := openRealSite(b)
	longHistory(r, 6000)
	olga := r.as(models.DemoOperator)
	olga.get(paths.Execution("Long:long")).is(http.StatusOK)
	for b.Loop() {
		olga.get(paths.Execution("Long:long")).is(http.StatusOK)
	}
}
