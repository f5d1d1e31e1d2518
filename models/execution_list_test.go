package models

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

// listed fills a store with ten executions: those with even ids of machine Even,
// the others of Odd, ids from 8 on failed; "order-<id>", but 5 is "other".
func listed(t *testing.T) *Store {
	t.Helper()
	s := openTest(t)
	for id := range workflow.ExecutionID(10) {
		c := newCommit(id, fmt.Sprint("order-", id))
		c.Info.StateMachine = []string{"Even", "Odd"}[id%2]
		if id == 5 {
			c.Info.Name = "other"
		}
		if id >= 8 {
			c.Info.Status = workflow.Failed
		}
		mustCommit(t, s, c)
	}
	return s
}

func TestExecutionsAreFiltered(t *testing.T) {
	s := listed(t)
	at := func(id int) time.Time { return testStart.Add(time.Duration(id) * time.Second) }
	for _, test := range []struct {
		name   string
		filter ExecutionFilter
		want   []workflow.ExecutionID
	}{
		{"all", ExecutionFilter{}, []workflow.ExecutionID{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
		{"by status", ExecutionFilter{Status: workflow.Failed}, []workflow.ExecutionID{9, 8}},
		{"by state machine", ExecutionFilter{StateMachine: "Even"}, []workflow.ExecutionID{8, 6, 4, 2, 0}},
		{"by time, from inclusive, to exclusive", ExecutionFilter{From: at(3), To: at(5)}, []workflow.ExecutionID{4, 3}},
		{"by prefix", ExecutionFilter{NamePrefix: "ot"}, []workflow.ExecutionID{5}},
		{"by whole name", ExecutionFilter{NamePrefix: "order-7"}, []workflow.ExecutionID{7}},
		{"a prefix is not a pattern", ExecutionFilter{NamePrefix: "%"}, nil},
		{"by everything", ExecutionFilter{Status: workflow.Running, StateMachine: "Odd", NamePrefix: "order-", From: at(2)},
			[]workflow.ExecutionID{7, 3}},
	} {
		infos, next, err := s.Executions(context.Background(), test.filter, Page{})
		var got []workflow.ExecutionID
		for _, info := range infos {
			got = append(got, info.ID)
		}
		if diff := cmp.Diff(test.want, got); err != nil || next != "" || diff != "" {
			t.Errorf("%s: %v, next %q %s", test.name, err, next, diff)
		}
	}
}

func TestExecutionsInPages(t *testing.T) {
	s := listed(t)
	for range 3 { // at the same moment, so that the id decides
		c := newCommit(workflow.ExecutionID(100+len(listAll(t, s, 50))), fmt.Sprint("same-", len(listAll(t, s, 50))))
		c.Info.StartedAt = testStart
		mustCommit(t, s, c)
	}
	all := listAll(t, s, 50)
	if len(all) != 13 {
		t.Fatalf("%d executions", len(all))
	}
	for size := range 13 {
		if diff := cmp.Diff(all, listAll(t, s, size+1)); diff != "" {
			t.Errorf("pages of %d: %s", size+1, diff)
		}
	}
}

func listAll(t *testing.T, s *Store, size int) []workflow.ExecutionID {
	t.Helper()
	var all []workflow.ExecutionID
	for page := (Page{Limit: size}); ; {
		infos, next, err := s.Executions(context.Background(), ExecutionFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range infos {
			all = append(all, info.ID)
		}
		if next == "" {
			return all
		}
		page.After = next
	}
}

func TestManyNamesWithOnePrefix(t *testing.T) {
	s := openTest(t)
	var wg sync.WaitGroup
	for id := range workflow.ExecutionID(fewNames + 2) {
		wg.Go(func() {
			if err := s.Commit(context.Background(), newCommit(id, fmt.Sprint("order-", id))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	infos, next, err := s.Executions(context.Background(), ExecutionFilter{NamePrefix: "order-"}, Page{Limit: 2})
	if err != nil || len(infos) != 2 || infos[0].ID != fewNames+1 || next == "" {
		t.Errorf("%d executions, next %q, %v", len(infos), next, err)
	}
}

func TestExecutionsByName(t *testing.T) {
	s := listed(t)
	c := newCommit(20, "order-3")
	c.Info.StateMachine = "Another"
	mustCommit(t, s, c)
	infos, err := s.ExecutionsNamed(context.Background(), "order-3")
	if err != nil || len(infos) != 2 || infos[0].StateMachine != "Another" || infos[1].ID != 3 {
		t.Errorf("got %+v, %v", infos, err)
	}
	again := newCommit(21, "order-3")
	again.Info.StateMachine, again.Info.Type = "Another", workflow.Express
	mustCommit(t, s, again)
	infos, err = s.ExecutionsCalled(context.Background(), "Another", "order-3")
	if err != nil || len(infos) != 2 || infos[0].ID != 21 || infos[1].ID != 20 {
		t.Errorf("of Another: %+v, %v", infos, err)
	}
	if infos, err := s.ExecutionsCalled(context.Background(), "Odd", "order-4"); err != nil || len(infos) != 0 {
		t.Errorf("of Odd: %+v, %v", infos, err)
	}
	if infos, err := s.ExecutionsNamed(context.Background(), "order-33"); err != nil || len(infos) != 0 {
		t.Errorf("got %+v, %v", infos, err)
	}
}

func TestExecutionsAreCounted(t *testing.T) {
	counts, err := listed(t).CountExecutions(context.Background())
	want := map[workflow.ExecutionStatus]workflow.Count{workflow.Running: {N: 8}, workflow.Failed: {N: 2}}
	if diff := cmp.Diff(want, counts); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// A Map Run of thousands would fill every list. Its children are listed with it, and with the
// state machine that they follow, which has a name of its own.
func TestChildrenOfMapRunsAreListedWithThem(t *testing.T) {
	s := listed(t)
	run := workflow.MapRunARN("Even", "Label", "run")
	for id := workflow.ExecutionID(20); id < 24; id++ {
		c := newCommit(id, fmt.Sprint("order-", id))
		c.Info.StateMachine, c.Info.MapRun, c.Info.Parent = "Even/Label", run, workflow.Parent{Execution: 2, Entry: 3}
		if id == 23 {
			c.Info.Status = workflow.Failed
		}
		mustCommit(t, s, c)
	}
	for name, test := range map[string]struct {
		filter ExecutionFilter
		want   []workflow.ExecutionID
	}{
		"all":                        {ExecutionFilter{}, []workflow.ExecutionID{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
		"by status":                  {ExecutionFilter{Status: workflow.Failed}, []workflow.ExecutionID{9, 8}},
		"by prefix":                  {ExecutionFilter{NamePrefix: "order-2"}, []workflow.ExecutionID{2}},
		"by state machine":           {ExecutionFilter{StateMachine: "Even"}, []workflow.ExecutionID{8, 6, 4, 2, 0}},
		"of the Map Run":             {ExecutionFilter{MapRun: run}, []workflow.ExecutionID{23, 22, 21, 20}},
		"of the Map Run, by status":  {ExecutionFilter{MapRun: run, Status: workflow.Failed}, []workflow.ExecutionID{23}},
		"of the processor":           {ExecutionFilter{StateMachine: "Even/Label"}, []workflow.ExecutionID{23, 22, 21, 20}},
		"of the processor, by all":   {ExecutionFilter{StateMachine: "Even/Label", Status: workflow.Running, NamePrefix: "order-22"}, []workflow.ExecutionID{22}},
		"of the Map Run, by a name":  {ExecutionFilter{MapRun: run, NamePrefix: "order-20"}, []workflow.ExecutionID{20}},
		"status and state machine":   {ExecutionFilter{StateMachine: "Odd", Status: workflow.Failed}, []workflow.ExecutionID{9}},
		"running of a state machine": {ExecutionFilter{StateMachine: "Odd", Status: workflow.Running}, []workflow.ExecutionID{7, 5, 3, 1}},
	} {
		infos, _, err := s.Executions(t.Context(), test.filter, Page{})
		var got []workflow.ExecutionID
		for _, info := range infos {
			got = append(got, info.ID)
		}
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	counts, err := s.CountExecutions(t.Context())
	want := map[workflow.ExecutionStatus]workflow.Count{workflow.Running: {N: 8}, workflow.Failed: {N: 2}}
	if diff := cmp.Diff(want, counts); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
