package models

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"countersign/workflow"
)

const (
	testMachine  = "arn:aws:states:us-east-1:123456789012:stateMachine:Machine"
	testFunction = "arn:aws:lambda:us-east-1:123456789012:function:Check"
)

// history writes an execution's commits, one event after the other, each some milliseconds
// after the one before.
type historyWriter struct {
	t      testing.TB
	s      *Store
	commit workflow.Commit
	at     time.Time
	last   int64
}

func begin(t testing.TB, s *Store, id workflow.ExecutionID, at time.Time) *historyWriter {
	h := &historyWriter{t: t, s: s, at: at}
	h.commit.Info = workflow.ExecutionInfo{ID: id, Name: fmt.Sprint("e", id), StateMachine: "Machine", Version: 1,
		Status: workflow.Running, Input: []byte(`{}`), StartedAt: at}
	h.commit.Snapshot = []byte(`{}`)
	h.write(0, happening{event: workflow.EventExecutionStarted})
	return h
}

type happening struct {
	event    workflow.EventType
	follows  int64 // how many events before; 0: the one before
	resource string
	kind     string // of the resource, for a service integration
	err      string
}

// write commits events that happen after a pause.
func (h *historyWriter) write(pause time.Duration, steps ...happening) {
	h.t.Helper()
	h.at = h.at.Add(pause)
	h.commit.Events = nil
	for _, s := range steps {
		h.last++
		h.commit.Events = append(h.commit.Events, workflow.HistoryEvent{ID: h.last, PreviousID: h.last - max(s.follows, 1), Type: s.event, At: h.at,
			Details: workflow.Details{Resource: s.resource, ResourceType: s.kind, Error: s.err}})
	}
	mustCommit(h.t, h.s, &h.commit)
	h.commit.Expect++
}

// openMetered opens a store whose clock stands at testStart.
func openMetered(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: path, Now: func() time.Time { return testStart }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newMetered(t testing.TB) *Store {
	return openMetered(t, newDatabaseFor(t))
}

// points are a metric's sums by minute since testStart, as "samples sum low-high".
func points(t testing.TB, s *Store, name string, dimensions ...string) map[int]string {
	t.Helper()
	m := Metric{Name: name, Dimensions: map[string]string{}}
	for i := 0; i < len(dimensions); i += 2 {
		m.Dimensions[dimensions[i]] = dimensions[i+1]
	}
	all, err := s.MetricPoints(t.Context(), m, testStart, testStart.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	for _, p := range all {
		got[int(p.At.Sub(testStart).Minutes())] = fmt.Sprintf("%d %d %d-%d", p.Samples, p.Sum, p.Low, p.High)
	}
	return got
}

func wantPoints(t testing.TB, s *Store, want map[int]string, name string, dimensions ...string) {
	t.Helper()
	if diff := cmp.Diff(want, points(t, s, name, dimensions...)); diff != "" {
		t.Errorf("%s %v (-want +got):\n%s", name, dimensions, diff)
	}
}

// sampleRuns are two executions: one that calls a function, one that waits for an activity.
func sampleRuns(t testing.TB, s *Store) {
	a := begin(t, s, 1, testStart)
	a.write(0, happening{event: workflow.EventLambdaFunctionScheduled, resource: testFunction})
	a.write(20*time.Millisecond, happening{event: workflow.EventLambdaFunctionStarted})
	a.write(300*time.Millisecond, happening{event: workflow.EventLambdaFunctionSucceeded},
		happening{event: workflow.EventTaskScheduled, kind: "lambda", resource: "invoke.waitForTaskToken"})
	a.write(time.Minute, happening{event: workflow.EventTaskStarted, kind: "lambda", resource: "invoke.waitForTaskToken"},
		happening{event: workflow.EventTaskSubmitted, kind: "lambda", resource: "invoke.waitForTaskToken"})
	a.write(time.Minute, happening{event: workflow.EventTaskTimedOut, kind: "lambda", resource: "invoke.waitForTaskToken"},
		happening{event: workflow.EventExecutionFailed})
	b := begin(t, s, 2, testStart.Add(time.Second))
	b.write(0, happening{event: workflow.EventActivityScheduled, resource: "arn:activity"})
	b.write(5*time.Second, happening{event: workflow.EventActivityTimedOut, err: workflow.ErrorHeartbeatTimeout}, happening{event: workflow.EventExecutionSucceeded})
}

func wantSampleRuns(t testing.TB, s *Store) {
	t.Helper()
	of := []string{"StateMachineArn", testMachine}
	wantPoints(t, s, map[int]string{0: "3 2 0-1", 2: "1 0 0-0"}, "ExecutionsStarted", of...)
	wantPoints(t, s, map[int]string{0: "3 2 0-1", 2: "1 0 0-0"}, "ExecutionsStarted")
	wantPoints(t, s, map[int]string{0: "1 1 1-1", 2: "1 0 0-0"}, "ExecutionsSucceeded", of...)
	wantPoints(t, s, map[int]string{0: "1 0 0-0", 2: "1 1 1-1"}, "ExecutionsFailed", of...)
	wantPoints(t, s, map[int]string{0: "1 5000 5000-5000", 2: "1 120320 120320-120320"}, "ExecutionTime", of...)
	wantPoints(t, s, map[int]string{}, "ExecutionsRedriven", of...)
	fn := []string{"LambdaFunctionArn", testFunction}
	wantPoints(t, s, map[int]string{0: "1 1 1-1"}, "LambdaFunctionsStarted", fn...)
	wantPoints(t, s, map[int]string{0: "1 20 20-20"}, "LambdaFunctionScheduleTime", fn...)
	wantPoints(t, s, map[int]string{0: "1 300 300-300"}, "LambdaFunctionRunTime", fn...)
	wantPoints(t, s, map[int]string{0: "1 320 320-320"}, "LambdaFunctionTime", fn...)
	waiting := []string{"ServiceIntegrationResourceArn", "arn:aws:states:us-east-1:123456789012:lambda:invoke.waitForTaskToken"}
	wantPoints(t, s, map[int]string{0: "1 1 1-1"}, "ServiceIntegrationsScheduled", waiting...)
	wantPoints(t, s, map[int]string{2: "1 1 1-1"}, "ServiceIntegrationsTimedOut", waiting...)
	wantPoints(t, s, map[int]string{2: "1 60000 60000-60000"}, "ServiceIntegrationRunTime", waiting...)
	wantPoints(t, s, map[int]string{0: "1 1 1-1"}, "ActivitiesHeartbeatTimedOut", "ActivityArn", "arn:activity")
	wantPoints(t, s, map[int]string{}, "ActivitiesTimedOut", "ActivityArn", "arn:activity")
	wantPoints(t, s, map[int]string{0: "1 5000 5000-5000"}, "ActivityTime", "ActivityArn", "arn:activity")
}

func TestMetricsCountWhatIsCommitted(t *testing.T) {
	s := newMetered(t)
	sampleRuns(t, s)
	wantSampleRuns(t, s)
	wantSampleRuns(t, s) // reading again counts nothing twice
}

// What a process had counted in memory only is counted by the next one, once.
func TestMetricsAreCountedAgainFromTheHistory(t *testing.T) {
	for name, forget := range map[string]string{
		"everything": `DELETE FROM metric_minutes; DELETE FROM metric_series; UPDATE metric_progress SET counted_to = 0`,
		"nothing":    ``,
	} {
		t.Run(name, func(t *testing.T) {
			path := newDatabaseFor(t)
			s := openMetered(t, path)
			sampleRuns(t, s)
			if err := s.countUp(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return tx.Exec(forget + ";").Error }); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wantSampleRuns(t, openMetered(t, path))
		})
	}
}

// More rows than are read at once, and commits meanwhile.
func TestMetricsCatchUpWhileOthersCommit(t *testing.T) {
	path := newDatabaseFor(t)
	s := openMetered(t, path)
	const before, after = 3*rowsAtOnce + 7, 50
	for i := range before {
		begin(t, s, workflow.ExecutionID(i+1), testStart)
	}
	s.meter.setLive(false)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range after {
			begin(t, s, workflow.ExecutionID(before+i+1), testStart)
		}
	}()
	points(t, s, "ExecutionsStarted")
	<-done
	wantPoints(t, s, map[int]string{0: fmt.Sprintf("%[1]d %[1]d 1-1", before+after)}, "ExecutionsStarted")
}

// A write that fails counts nothing twice and loses nothing.
func TestMetricsAreCountedOnceAfterAFailedWrite(t *testing.T) {
	s := uncounted(newMetered(t))
	begin(t, s, 1, testStart)
	if err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return tx.Exec(`ALTER TABLE metric_progress RENAME TO gone`).Error }); err != nil {
		t.Fatal(err)
	}
	if err := s.countUp(t.Context(), true); err == nil {
		t.Fatal("no error without the table")
	}
	begin(t, s, 2, testStart)
	if err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return tx.Exec(`ALTER TABLE gone RENAME TO metric_progress`).Error }); err != nil {
		t.Fatal(err)
	}
	begin(t, s, 3, testStart)
	wantPoints(t, s, map[int]string{0: "3 3 1-1"}, "ExecutionsStarted")
}

func TestMetricsOfRedrivenExecutions(t *testing.T) {
	s := uncounted(newMetered(t))
	h := begin(t, s, 1, testStart)
	h.write(time.Second, happening{event: workflow.EventExecutionFailed})
	h.commit.Info.Redrives, h.commit.Info.RedrivenAt = 1, testStart.Add(time.Minute)
	h.write(time.Minute, happening{event: workflow.EventExecutionRedriven})
	h.write(time.Second, happening{event: workflow.EventExecutionAborted})
	for range 2 {
		wantPoints(t, s, map[int]string{1: "1 1 1-1"}, "ExecutionsRedriven", "StateMachineArn", testMachine)
		wantPoints(t, s, map[int]string{1: "1 1 1-1"}, "RedrivenExecutionsAborted", "StateMachineArn", testMachine)
		wantPoints(t, s, map[int]string{0: "1 0 0-0", 1: "1 1 1-1"}, "ExecutionsAborted", "StateMachineArn", testMachine)
		wantPoints(t, s, map[int]string{1: "1 0 0-0"}, "RedrivenExecutionsFailed", "StateMachineArn", testMachine)
		if onPostgres(t) {
			return // there is nothing to count again
		}
		forgetMetrics(t, s)
	}
}

// forgetMetrics makes the meter count everything from the history.
func forgetMetrics(t testing.TB, s *Store) {
	t.Helper()
	for _, statement := range []string{`DELETE FROM metric_minutes`, `DELETE FROM metric_series`} {
		if err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err != nil {
			t.Fatal(err)
		}
	}
	s.meter.counting.Lock()
	defer s.meter.counting.Unlock()
	s.meter.written, s.meter.ledger.to, s.meter.ledger.sheets = 0, 0, nil
	clear(s.meter.series)
	s.meter.setLive(false)
}

func TestListOfMetrics(t *testing.T) {
	s := newMetered(t)
	sampleRuns(t, s)
	all, next, err := s.Metrics(t.Context(), MetricFilter{Since: testStart}, 500)
	if err != nil || next != 0 || len(all) < 20 {
		t.Fatal(len(all), next, err)
	}
	var paged []Metric
	for after := int64(0); ; {
		part, next, err := s.Metrics(t.Context(), MetricFilter{Since: testStart, After: after}, 3)
		if err != nil || len(part) > 3 {
			t.Fatal(len(part), err)
		}
		paged = append(paged, part...)
		if after = next; after == 0 {
			break
		}
	}
	if diff := cmp.Diff(all, paged); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name string
		f    MetricFilter
		want []string
	}{
		{"name", MetricFilter{Name: "ActivityTime"}, []string{"ActivityTime"}},
		{"dimension", MetricFilter{Dimensions: map[string]string{"ActivityArn": ""}},
			[]string{"ActivitiesHeartbeatTimedOut", "ActivitiesScheduled", "ActivityTime"}},
		{"value", MetricFilter{Name: "ExecutionTime", Dimensions: map[string]string{"StateMachineArn": testMachine}}, []string{"ExecutionTime"}},
		{"another value", MetricFilter{Dimensions: map[string]string{"StateMachineArn": "arn:other"}}, nil},
		{"another dimension", MetricFilter{Dimensions: map[string]string{"Alias": ""}}, nil},
		{"old", MetricFilter{Since: testStart.Add(time.Hour)}, nil},
	} {
		got, _, err := s.Metrics(t.Context(), c.f, 500)
		var names []string
		for _, m := range got {
			names = append(names, m.Name)
		}
		slices.Sort(names)
		if err != nil || !slices.Equal(names, c.want) {
			t.Errorf("%s: %v, %v", c.name, names, err)
		}
	}
}

func TestMetricsGrowCoarse(t *testing.T) {
	var age atomic.Int64
	s, err := Open(t.Context(), Options{URL: newDatabaseFor(t),
		Now: func() time.Time { return testStart.Add(time.Duration(age.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for i := range 90 {
		h := begin(t, s, workflow.ExecutionID(i+1), testStart.Add(time.Duration(i)*time.Minute))
		h.write(time.Duration(i+1)*time.Millisecond, happening{event: workflow.EventExecutionSucceeded})
	}
	for _, c := range []struct {
		age   time.Duration
		spans []int // minutes since testStart
		first string
	}{
		{0, nil, "1 1 1-1"},
		{16 * 24 * time.Hour, nil, "5 15 1-5"},
		{64 * 24 * time.Hour, []int{0, 60}, "60 1830 1-60"},
		{460 * 24 * time.Hour, []int{}, ""},
	} {
		age.Store(int64(c.age))
		if _, err := s.MetricPoints(t.Context(), Metric{}, testStart, testStart); err != nil {
			t.Fatal(err)
		}
		if err := s.ageMetrics(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := points(t, s, "ExecutionTime", "StateMachineArn", testMachine)
		if spans := slices.Sorted(maps.Keys(got)); got[0] != c.first || c.spans != nil && !slices.Equal(spans, c.spans) {
			t.Errorf("after %v: %v", c.age, got)
		}
	}
}

func TestPercentiles(t *testing.T) {
	var s, first, second MetricStat
	for i := range int64(1000) {
		part := &first
		if i%2 == 0 {
			part = &second
		}
		part.add(i+1, true)
	}
	var stored MetricStat
	if err := stored.decodeBuckets(first.encodeBuckets()); err != nil {
		t.Fatal(err)
	}
	stored.Samples, stored.Sum, stored.Low, stored.High = first.Samples, first.Sum, first.Low, first.High
	s.Merge(stored)
	s.Merge(second)
	for p, want := range map[float64]float64{0: 1, 50: 500, 90: 900, 99: 990, 100: 1000} {
		if got := s.Percentile(p); got < want*0.98 || got > want*1.02 {
			t.Errorf("p%v is %v, want about %v", p, got, want)
		}
	}
	counts := MetricStat{Samples: 10, Sum: 3, Low: 0, High: 1}
	if counts.Percentile(50) != 0 || counts.Percentile(90) != 1 || (MetricStat{}).Percentile(50) != 0 {
		t.Error("percentiles of counts", counts.Percentile(50), counts.Percentile(90))
	}
	if err := new(MetricStat).decodeBuckets([]byte{0xff}); err == nil {
		t.Error("a broken distribution is read")
	}
}
