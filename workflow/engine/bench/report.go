package bench

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// Percentiles of a duration, in milliseconds.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
	N   int     `json:"n"`
}

// Throughput is what was sustained, a second.
type Throughput struct {
	Transitions float64     `json:"transitions_per_second"`
	Executions  float64     `json:"executions_per_second"`
	Commits     float64     `json:"commits_per_second"`
	Latency     Percentiles `json:"start_to_finish_loaded_ms"`
}

// Report is what `countersign bench` prints.
type Report struct {
	TransitionsPerSecond float64     `json:"transitions_per_second"` // states of orders entered
	ExecutionsPerSecond  float64     `json:"executions_per_second"`  // orders from start to end
	StartToFinish        Percentiles `json:"start_to_finish_ms"`     // one order at a time
	ApproveToNextState   Percentiles `json:"approve_to_next_state_ms"`

	Order    Throughput         `json:"order"`
	NoOps    Throughput         `json:"seven_no_ops"`
	NoOp     Percentiles        `json:"seven_no_ops_start_to_finish_ms"`
	Settings map[string]any     `json:"settings"`
	Process  map[string]float64 `json:"process,omitempty"` // memory, database size
}

// Print writes the report for people.
func (r Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what string, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	row("order workflow, sustained", "%.0f transitions/s, %.0f orders/s, %.0f commits/s", r.Order.Transitions, r.Order.Executions, r.Order.Commits)
	row("seven no-op tasks, sustained", "%.0f transitions/s, %.0f executions/s", r.NoOps.Transitions, r.NoOps.Executions)
	row("order, start to finish, idle", "%s", r.StartToFinish)
	row("seven no-ops, start to finish, idle", "%s", r.NoOp)
	row("approve to next state, idle", "%s", r.ApproveToNextState)
	for _, group := range []map[string]any{r.Settings, generalise(r.Process)} {
		for _, key := range slices.Sorted(maps.Keys(group)) {
			row("  "+key, "%v", group[key])
		}
	}
	return t.Flush()
}

func (p Percentiles) String() string {
	return fmt.Sprintf("p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms (%d)", p.P50, p.P90, p.P99, p.Max, p.N)
}

func generalise(m map[string]float64) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func rate(n int64, seconds float64) float64 { return math.Round(float64(n)/seconds*10) / 10 }

type collector struct {
	mu   sync.Mutex
	list []time.Duration
}

func (c *collector) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, d)
}

func (c *collector) percentiles() Percentiles {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) == 0 {
		return Percentiles{}
	}
	slices.Sort(c.list)
	at := func(q float64) float64 {
		d := c.list[min(len(c.list)-1, int(q*float64(len(c.list))))]
		return math.Round(float64(d.Microseconds())) / 1000
	}
	return Percentiles{P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1), N: len(c.list)}
}
