package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Load is what a scenario sustained: medians of its rounds.
type Load struct {
	Transitions  float64     `json:"transitions_per_second"`
	Executions   float64     `json:"executions_per_second"`
	Commits      float64     `json:"commits_per_second"` // to disk; each waits for the disk once
	PerCommit    float64     `json:"transitions_per_commit"`
	Checkpoints  float64     `json:"checkpoints_per_minute"`
	CPU          float64     `json:"cpu_us_per_transition"` // of the whole process, the load's own too
	Bytes        float64     `json:"allocated_bytes_per_transition"`
	Objects      float64     `json:"allocated_objects_per_transition"`
	PerExecution float64     `json:"database_bytes_per_execution"`
	Latency      Percentiles `json:"start_to_finish_loaded_ms"`

	title, ends string
	name        string
}

// Report is what `countersign bench` prints.
type Report struct {
	TransitionsPerSecond float64      `json:"transitions_per_second,omitempty"` // states of orders entered
	ExecutionsPerSecond  float64      `json:"executions_per_second,omitempty"`  // orders from start to end
	StartToFinish        *Percentiles `json:"start_to_finish_ms,omitempty"`     // one order at a time
	ApproveToNextState   *Percentiles `json:"approve_to_next_state_ms,omitempty"`
	NoOp                 *Percentiles `json:"seven_no_ops_start_to_finish_ms,omitempty"`

	Order    *Load    `json:"order,omitempty"`
	NoOps    *Load    `json:"seven_no_ops,omitempty"`
	Payloads *Load    `json:"big_payloads,omitempty"`
	Map      *Load    `json:"map,omitempty"`
	Waiting  *Waiting `json:"waiting,omitempty"`

	Figures  Figures            `json:"figures"` // what compares: the rounds of each
	Settings map[string]any     `json:"settings"`
	Process  map[string]float64 `json:"process"`

	loads []*load // for the plot
}

// loaded puts a scenario's medians in their place.
func (r *Report) loaded(l *load) {
	f := func(figure string) float64 { return r.Figures.median(l.name + "." + figure) }
	load := &Load{
		Transitions: f("transitions_per_second"), Executions: f("executions_per_second"), Commits: f("commits_per_second"),
		PerCommit: f("transitions_per_commit"), Checkpoints: f("checkpoints_per_minute"), CPU: f("cpu_us_per_transition"),
		Bytes: f("allocated_bytes_per_transition"), Objects: f("allocated_objects_per_transition"),
		PerExecution: f("database_bytes_per_execution"), Latency: l.all.percentiles(), title: l.title, ends: l.ends, name: l.name,
	}
	r.loads = append(r.loads, l)
	switch l.name {
	case "order":
		r.Order, r.TransitionsPerSecond, r.ExecutionsPerSecond = load, load.Transitions, load.Executions
	case "seven_no_ops":
		r.NoOps = load
	case "big_payloads":
		r.Payloads = load
	case "map":
		r.Map = load
	}
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what string, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	for _, l := range []*Load{r.Order, r.NoOps, r.Payloads, r.Map} {
		if l != nil {
			l.print(row, r.Figures)
		}
	}
	for _, l := range []struct {
		what string
		p    *Percentiles
	}{
		{"an order, start to finish, idle machine", r.StartToFinish}, {"seven no-ops, start to finish, idle machine", r.NoOp},
		{"approve to next state, idle machine", r.ApproveToNextState},
	} {
		if l.p != nil {
			row(l.what, "%s", l.p)
		}
	}
	if n := r.Waiting; n != nil {
		row(fmt.Sprintf("%d orders waiting for approval", n.Executions), "%.1f MB resident (at most %.1f MB) and ready in %.0f ms after a restart",
			n.Resident/1e6, n.Most/1e6, n.Ready)
		row("  approve to next state meanwhile", "%s", n.Approve)
	}
	for _, group := range []struct {
		title string
		of    map[string]any
	}{{"measured with", r.Settings}, {"the process in the end", general(r.Process)}} {
		fmt.Fprintf(t, "\n%s\t\n", group.title)
		for _, key := range slices.Sorted(maps.Keys(group.of)) {
			row("  "+key, "%s", plain(group.of[key]))
		}
	}
	if load, ok := busy(r.Settings); ok {
		fmt.Fprintf(t, "\nThe machine was busy with something else (load average %s): on a quiet one the figures are better.\n", load)
	}
	return t.Flush()
}

// busy says that others kept a good part of the machine from what was measured.
func busy(settings map[string]any) (load string, yes bool) {
	load, _ = settings["load_average"].(string)
	average, err := strconv.ParseFloat(load, 64)
	cores, ok := settings["cores"].(int)
	return load, err == nil && ok && average > float64(cores)/2
}

func (l *Load) print(row func(what, format string, args ...any), f Figures) {
	span := func(figure string) string {
		g := f[l.name+"."+figure]
		if g == nil {
			return ""
		}
		if len(g.Rounds) == 1 {
			return number(g.Median)
		}
		return fmt.Sprintf("%s (%s – %s)", number(g.Median), number(g.Lowest), number(g.Highest))
	}
	row(l.title+", sustained", "%s transitions/s, %s %s/s", span("transitions_per_second"), number(l.Executions), l.ends)
	row("  CPU a transition", "%s µs", span("cpu_us_per_transition"))
	row("  allocated a transition", "%s bytes, %s objects", number(l.Bytes), number(l.Objects))
	row("  commits", "%s/s, %s transitions each, %s checkpoints/min", number(l.Commits), number(l.PerCommit), number(l.Checkpoints))
	row("  database", "%s bytes each of the %s", number(l.PerExecution), l.ends)
	row("  start to finish, loaded", "%s", l.Latency)
}

// number shows what is needed of a figure, with separators.
func number(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.4g", x)
	}
	digits := fmt.Sprintf("%.0f", x)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// plain shows a setting, which may be a group of them.
func plain(setting any) string {
	group, ok := setting.(map[string]string)
	if !ok {
		return fmt.Sprint(setting)
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(group)) {
		all = append(all, key+"="+group[key])
	}
	return strings.Join(all, " ")
}

func general(m map[string]float64) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = fmt.Sprintf("%.0f", v)
	}
	return out
}
