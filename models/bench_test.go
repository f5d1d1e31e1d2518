package models

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/workflow"
)

// BenchmarkCommit commits executions of eight steps (create and seven more, three
// events and a snapshot of 600 bytes each), from one goroutine, which waits for the
// disk every time, and from 128, which share commits. One iteration is one step.
func BenchmarkCommit(b *testing.B) {
	for _, committers := range []int{1, 128} {
		b.Run(fmt.Sprint("committers=", committers), func(b *testing.B) { benchCommit(b, committers) })
	}
}

func benchCommit(b *testing.B, committers int) {
	const steps = 8
	s := openTest(b)
	ctx := context.Background()
	var executions atomic.Int64
	var wg sync.WaitGroup
	total := (int64(b.N) + steps - 1) / steps
	b.ReportAllocs()
	b.ResetTimer()
	before := s.Commits()
	for range committers {
		wg.Go(func() {
			for n := executions.Add(1); n <= total; n = executions.Add(1) {
				for _, c := range benchExecution(n, steps) {
					if err := s.Commit(ctx, c); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	done := float64(total * steps)
	b.ReportMetric(done/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(done/float64(s.Commits()-before), "steps/commit")
}

func benchExecution(n int64, steps int) []*workflow.Commit {
	now := time.Now()
	id := workflow.ExecutionID(now.UnixMilli()<<20 + n)
	payload := json.RawMessage(`{"order":{"orderId":"12345","customerId":"67890","items":[{"itemId":"item1","quantity":2}]},"total":{"amount":4200,"currency":"EUR"}}`)
	snapshot := []byte(`{"v":1,"frames":[{"state":"ProcessPayment","data":"` + strings.Repeat("x", 540) + `"}]}`)
	commits := make([]*workflow.Commit, steps)
	for i := range commits {
		first := int64(3*i + 1)
		c := &workflow.Commit{
			Info: workflow.ExecutionInfo{
				ID: id, Name: fmt.Sprintf("order-CS-%08X", uint32(n*2654435761)), StateMachine: "OrderFulfillmentWorkflow",
				Version: 1, Status: workflow.Running, Input: payload, StartedAt: now,
			},
			Snapshot: snapshot,
			Expect:   int64(i),
			Owner:    "engine-1",
			DueAt:    time.Now().Add(30 * time.Second),
			Events: []workflow.HistoryEvent{
				{ID: first, PreviousID: first - 1, Type: workflow.EventTaskScheduled, At: now, Details: workflow.Details{
					Resource: "invoke", ResourceType: "lambda", Region: workflow.Region, Parameters: payload}},
				{ID: first + 1, PreviousID: first, Type: workflow.EventTaskStarted, At: now, Details: workflow.Details{
					Resource: "invoke", ResourceType: "lambda"}},
				{ID: first + 2, PreviousID: first + 1, Type: workflow.EventTaskSucceeded, At: now, Details: workflow.Details{
					Resource: "invoke", ResourceType: "lambda", Output: payload}},
			},
		}
		if i > 0 {
			c.Holder = "engine-1"
		}
		if i == steps-1 {
			c.Owner, c.DueAt = "", time.Time{}
			c.Info.Status, c.Info.Output, c.Info.StoppedAt = workflow.Succeeded, payload, time.Now()
		}
		commits[i] = c
	}
	return commits
}
