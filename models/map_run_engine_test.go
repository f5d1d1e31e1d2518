package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/objects"
)

// mapper is an engine on a real store whose function Work does what the test says.
type mapper struct {
	t      *testing.T
	store  *Store
	engine *engine.Engine
	work   workflow.Handler
	folder string
	child  workflow.StateMachineType
	runs   engine.MapRuns // the store itself when nil
	lease  time.Duration
}

func newMapper(t *testing.T, work workflow.Handler) *mapper {
	m := &mapper{t: t, store: openTest(t), work: work, folder: t.TempDir(), child: workflow.Standard}
	m.run()
	return m
}

// run starts an engine, as a process does.
func (m *mapper) run() {
	m.t.Helper()
	data, err := objects.Open(m.folder)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { data.Close() })
	runs := m.runs
	if runs == nil {
		runs = m.store
	}
	m.engine = engine.New(engine.Options{
		Store: m.store, MapRuns: runs, Objects: data, Exclusive: true, Workers: 16, Poll: 10 * time.Millisecond, Lease: m.lease,
		Functions: map[string]workflow.Handler{"Work": func(ctx context.Context, call workflow.Call) (workflow.Result, error) { return m.work(ctx, call) }},
	})
	if err := m.engine.Run(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { m.drain() })
}

func (m *mapper) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	m.engine.Drain(ctx)
}

// start starts an execution of a state machine of one Distributed Map with the given fields.
func (m *mapper) start(fields, input string) workflow.ExecutionInfo {
	m.t.Helper()
	definition := fmt.Sprintf(`{"StartAt": "Rows", "States": {"Rows": {"Type": "Map", "Label": "rows", %s "End": true,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": %q}, "StartAt": "Work",
			"States": {"Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Work", "End": true}}}}}}`, fields, m.child)
	if _, err := m.store.PutDefinition(m.t.Context(), "Load", []byte(definition)); err != nil {
		m.t.Fatal(err)
	}
	info, err := m.engine.StartExecution(m.t.Context(), engine.StartRequest{StateMachine: "Load", Name: "once", Input: json.RawMessage(input)})
	if err != nil {
		m.t.Fatal(err)
	}
	return info
}

// until reads the execution until it is as wanted.
func (m *mapper) until(id workflow.ExecutionID, wanted func(workflow.ExecutionInfo) bool) workflow.ExecutionInfo {
	m.t.Helper()
	changes, stop := m.store.Subscribe(TopicExecution(id))
	defer stop()
	deadline := time.After(20 * time.Second)
	for {
		row, err := m.store.Load(m.t.Context(), id)
		if err != nil {
			m.t.Fatal(err)
		}
		if wanted(row.ExecutionInfo) {
			return row.ExecutionInfo
		}
		select {
		case <-changes:
		case <-deadline:
			m.t.Fatalf("the execution is still %s: %s %s", row.Status, row.Error, row.Cause)
		}
	}
}

func closed(e workflow.ExecutionInfo) bool { return e.Status.Closed() }

func (m *mapper) mapRun(id workflow.ExecutionID) workflow.MapRun {
	m.t.Helper()
	runs, _, err := m.store.MapRuns(m.t.Context(), id, Page{})
	if err != nil || len(runs) != 1 {
		m.t.Fatalf("%d map runs, %v", len(runs), err)
	}
	return runs[0]
}

func array(n int) string {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	text, _ := json.Marshal(items)
	return string(text)
}

func TestADistributedMapWorksOffItsItems(t *testing.T) {
	var mu sync.Mutex
	going, most := 0, 0
	m := newMapper(t, func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		mu.Lock()
		going++
		most = max(most, going)
		mu.Unlock()
		defer func() { mu.Lock(); going--; mu.Unlock() }()
		return workflow.Result{Output: call.Payload}, nil
	})
	info := m.until(m.start(`"MaxConcurrency": 5,`, array(120)).ID, closed)
	if info.Status != workflow.Succeeded || string(info.Output) != array(120) {
		t.Errorf("%s %s %s", info.Status, info.Output, info.Cause)
	}
	if most > 5 {
		t.Errorf("%d child executions at the same time", most)
	}
	run := m.mapRun(info.ID)
	executions, items, err := m.store.CountMapRun(t.Context(), run.ARN)
	want := workflow.MapRunCounts{Succeeded: 120}
	if err != nil || executions != want || items != want || run.Status != workflow.Succeeded || run.StoppedAt.IsZero() {
		t.Errorf("%+v %+v %+v %v", run, executions, items, err)
	}
}

func TestADistributedMapFailsBeyondItsThreshold(t *testing.T) {
	fails := func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		if strings.HasSuffix(string(call.Payload), "3") {
			return workflow.Result{}, workflow.Failf("Odd", "three")
		}
		return workflow.Result{Output: call.Payload}, nil
	}
	for _, test := range []struct {
		fields string
		status workflow.ExecutionStatus
	}{
		{``, workflow.Failed},
		{`"ToleratedFailureCount": 2,`, workflow.Succeeded},
		{`"ToleratedFailureCount": 1,`, workflow.Failed},
		{`"ToleratedFailurePercentage": 10,`, workflow.Succeeded},
		{`"ToleratedFailurePercentage": 9,`, workflow.Failed},
	} {
		t.Run(test.fields, func(t *testing.T) {
			m := newMapper(t, fails)
			info := m.until(m.start(test.fields, array(20)).ID, closed)
			if info.Status != test.status || info.Status == workflow.Failed && info.Error != workflow.ErrorThresholdExceeded {
				t.Errorf("%s %s %s", info.Status, info.Error, info.Cause)
			}
			if run := m.mapRun(info.ID); run.Status != test.status {
				t.Errorf("the map run is %s", run.Status)
			}
		})
	}
}

func TestADistributedMapReadsAndWritesFiles(t *testing.T) {
	m := newMapper(t, func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		return workflow.Result{Output: json.RawMessage(`[` + string(call.Payload) + `]`)}, nil
	})
	if err := os.MkdirAll(filepath.Join(m.folder, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.folder, "in", "rows.csv"), []byte("a,b\n1,2\n3,4\n5,6\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	info := m.until(m.start(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key.$": "$.key"},
			"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
		"ItemSelector": {"n.$": "$$.Map.Item.Index", "row.$": "$$.Map.Item.Value.b"},
		"ItemBatcher": {"MaxItemsPerBatch": 2},
		"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "results"},
			"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}},`, `{"key": "rows.csv"}`).ID, closed)
	var output struct {
		MapRunArn           workflow.ARN
		ResultWriterDetails struct{ Bucket, Key string }
	}
	if err := json.Unmarshal(info.Output, &output); err != nil || info.Status != workflow.Succeeded {
		t.Fatalf("%s %s %s, %v", info.Status, info.Output, info.Cause, err)
	}
	manifest, err := os.ReadFile(filepath.Join(m.folder, output.ResultWriterDetails.Bucket, output.ResultWriterDetails.Key))
	if err != nil {
		t.Fatal(err)
	}
	var written struct {
		ResultFiles map[string][]struct {
			Key  string
			Size int64
		}
	}
	if err := json.Unmarshal(manifest, &written); err != nil || len(written.ResultFiles["SUCCEEDED"]) != 1 || len(written.ResultFiles["FAILED"]) != 0 {
		t.Fatalf("%s %v", manifest, err)
	}
	file := written.ResultFiles["SUCCEEDED"][0]
	text, err := os.ReadFile(filepath.Join(m.folder, "out", file.Key))
	want := `{"Items":[{"n":0,"row":"2"},{"n":1,"row":"4"}]}` + "\n" + `{"Items":[{"n":2,"row":"6"}]}` + "\n"
	if diff := cmp.Diff(want, string(text)); err != nil || diff != "" || file.Size != int64(len(want)) {
		t.Errorf("%v size %d %s", err, file.Size, diff)
	}
	if run := m.mapRun(info.ID); run.ARN != output.MapRunArn || run.Items != 3 || run.Executions != 2 || run.ResultsWritten != 2 {
		t.Errorf("%+v", run)
	}
}

func TestAFileThatIsNotThereFailsTheMap(t *testing.T) {
	m := newMapper(t, nil)
	info := m.until(m.start(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "none.json"},
		"ReaderConfig": {"InputType": "JSON"}},`, `{}`).ID, closed)
	if info.Error != workflow.ErrorItemReaderFailed || strings.Contains(info.Cause, m.folder) {
		t.Errorf("%s %s", info.Error, info.Cause)
	}
}

func TestAMapRunSurvivesItsEngine(t *testing.T) {
	release := make(chan struct{})
	reached := make(chan struct{}, 100)
	var mu sync.Mutex
	calls := map[string]int{}
	m := newMapper(t, func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		mu.Lock()
		calls[call.IdempotencyKey]++
		mu.Unlock()
		reached <- struct{}{}
		select {
		case <-release:
			return workflow.Result{Output: call.Payload}, nil
		case <-ctx.Done():
			return workflow.Result{}, ctx.Err()
		}
	})
	id := m.start(`"MaxConcurrency": 4,`, array(30)).ID
	for range 4 {
		<-reached
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m.engine.Drain(ctx) // no patience: functions are cut off
	close(release)
	m.run()
	info := m.until(id, closed)
	if info.Status != workflow.Succeeded || string(info.Output) != array(30) {
		t.Errorf("%s %s %s %s", info.Status, info.Output, info.Error, info.Cause)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(calls) != 30 {
		t.Errorf("%d children did the work of 30 items", len(calls))
	}
}

func TestStoppingTheParentStopsItsMapRun(t *testing.T) {
	reached := make(chan struct{}, 100)
	m := newMapper(t, func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
		reached <- struct{}{}
		<-ctx.Done()
		return workflow.Result{}, ctx.Err()
	})
	id := m.start(`"MaxConcurrency": 3,`, array(10)).ID
	<-reached
	if err := m.engine.StopExecution(t.Context(), id, "Enough", ""); err != nil {
		t.Fatal(err)
	}
	run := m.mapRun(id)
	changes, stop := m.store.Subscribe(TopicMapRun(run.ARN), TopicExecutions)
	defer stop()
	deadline := time.After(20 * time.Second)
	for {
		executions, _, err := m.store.CountMapRun(t.Context(), run.ARN)
		if err != nil {
			t.Fatal(err)
		}
		if m.mapRun(id).Status == workflow.Aborted && executions.Running == 0 {
			if executions.Succeeded != 0 || executions.Aborted == 0 {
				t.Errorf("%+v", executions)
			}
			return
		}
		select {
		case <-changes:
		case <-deadline:
			t.Fatalf("%+v %+v", m.mapRun(id), executions)
		}
	}
}

func TestARedriveGoesOnWithTheFailedChildren(t *testing.T) {
	var mu sync.Mutex
	mended, calls := false, 0
	m := newMapper(t, func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		if string(call.Payload) == "7" && !mended {
			return workflow.Result{}, errors.New("broken")
		}
		return workflow.Result{Output: call.Payload}, nil
	})
	info := m.until(m.start(`"MaxConcurrency": 2,`, array(12)).ID, closed)
	if info.Status != workflow.Failed {
		t.Fatalf("%s %s", info.Status, info.Output)
	}
	mu.Lock()
	mended = true
	mu.Unlock()
	if err := m.engine.Redrive(t.Context(), info.ID); err != nil {
		t.Fatal(err)
	}
	info = m.until(info.ID, closed)
	run := m.mapRun(info.ID)
	if info.Status != workflow.Succeeded || string(info.Output) != array(12) || run.Redrives != 1 || run.Status != workflow.Succeeded {
		t.Errorf("%s %s %s %+v", info.Status, info.Output, info.Cause, run)
	}
	mu.Lock()
	defer mu.Unlock()
	if calls < 13 || calls > 15 {
		t.Errorf("%d calls for 12 items, of which one failed", calls)
	}
}

// The executions of EXPRESS children end for good: others process their items.
func TestARedriveStartsExpressChildrenAnew(t *testing.T) {
	var mended atomic.Bool
	m := newMapper(t, func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		if string(call.Payload) == "2" && !mended.Load() {
			return workflow.Result{}, errors.New("broken")
		}
		return workflow.Result{Output: call.Payload}, nil
	})
	m.child = workflow.Express
	info := m.until(m.start(`"MaxConcurrency": 1,`, array(5)).ID, closed)
	if info.Status != workflow.Failed {
		t.Fatalf("%s %s", info.Status, info.Output)
	}
	mended.Store(true)
	if err := m.engine.Redrive(t.Context(), info.ID); err != nil {
		t.Fatal(err)
	}
	if info = m.until(info.ID, closed); info.Status != workflow.Succeeded || string(info.Output) != array(5) {
		t.Errorf("%s %s %s", info.Status, info.Output, info.Cause)
	}
	executions, _, err := m.store.CountMapRun(t.Context(), m.mapRun(info.ID).ARN)
	if want := (workflow.MapRunCounts{Succeeded: 5}); err != nil || executions != want {
		t.Errorf("%+v, %v", executions, err)
	}
	err = m.store.MapChildren(t.Context(), m.mapRun(info.ID).ARN, nil, func(_ int64, child workflow.ExecutionInfo) error {
		if !strings.Contains(string(child.ARN()), ":express:") {
			t.Errorf("an EXPRESS child is called %s", child.ARN())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// dyingRuns is a store whose process dies just after a Map Run was opened again.
type dyingRuns struct {
	*Store
	opened chan struct{}
}

func (d *dyingRuns) RedriveMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error {
	if err := d.Store.RedriveMapRun(ctx, arn, at); err != nil {
		return err
	}
	close(d.opened)
	<-ctx.Done()
	return ctx.Err()
}

func TestARedriveOfAMapRunSurvivesItsEngine(t *testing.T) {
	var mended atomic.Bool
	m := newMapper(t, func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		if string(call.Payload) == "1" && !mended.Load() {
			return workflow.Result{}, errors.New("broken")
		}
		return workflow.Result{Output: call.Payload}, nil
	})
	info := m.until(m.start(`"MaxConcurrency": 1,`, array(4)).ID, closed)
	m.drain()
	dying := &dyingRuns{m.store, make(chan struct{})}
	m.runs = dying
	m.run()
	mended.Store(true)
	if err := m.engine.Redrive(t.Context(), info.ID); err != nil {
		t.Fatal(err)
	}
	<-dying.opened
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m.engine.Drain(ctx) // no patience
	m.runs = nil
	m.run()
	if info = m.until(info.ID, closed); info.Status != workflow.Succeeded || string(info.Output) != array(4) {
		t.Errorf("%s %s %s", info.Status, info.Output, info.Cause)
	}
}

// Nobody runs the Map Run of a parent that was stopped before an engine had taken it up.
func TestAMapRunWithoutAParentIsEnded(t *testing.T) {
	m := &mapper{t: t, store: openTest(t), folder: t.TempDir(), child: workflow.Standard, lease: 30 * time.Millisecond}
	m.run()
	parent := m.until(m.start(``, `[]`).ID, closed)
	run := mapRunOf(1)
	run.Execution = parent.ID
	changes, stop := m.store.Subscribe(TopicMapRun(run.ARN))
	defer stop()
	if _, err := m.store.OpenMapRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for {
		found, err := m.store.MapRun(t.Context(), run.ARN)
		if err != nil {
			t.Fatal(err)
		}
		if found.Status == workflow.Aborted {
			return
		}
		select {
		case <-changes:
		case <-deadline:
			t.Fatalf("it is %s", found.Status)
		}
	}
}

// An item that can be nobody's input fails the Map Run instead of being tried for ever.
func TestItemsThatAreNoInput(t *testing.T) {
	m := newMapper(t, nil)
	if err := os.MkdirAll(filepath.Join(m.folder, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	deep := "[" + strings.Repeat("[", 1500) + strings.Repeat("]", 1500) + "]"
	if err := os.WriteFile(filepath.Join(m.folder, "in", "deep.json"), []byte(deep), 0o644); err != nil {
		t.Fatal(err)
	}
	info := m.until(m.start(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "deep.json"},
		"ReaderConfig": {"InputType": "JSON"}},`, `{}`).ID, closed)
	if info.Status != workflow.Failed || info.Error != workflow.ErrorItemReaderFailed || !strings.Contains(info.Cause, "nests deeper") {
		t.Errorf("%s: %s: %s", info.Status, info.Error, info.Cause)
	}
}
