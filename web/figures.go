package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"countersign/workflow/engine"
)

// EngineFigures shows an engine's counts at /metrics.
func EngineFigures(stats func() engine.Stats) []prometheus.Collector {
	var all []prometheus.Collector
	counter := func(name, help string, read func(engine.Stats) int64) {
		all = append(all, prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "countersign_" + name, Help: help},
			func() float64 { return float64(read(stats())) }))
	}
	gauge := func(name, help string, read func(engine.Stats) int) {
		all = append(all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "countersign_" + name, Help: help},
			func() float64 { return float64(read(stats())) }))
	}
	counter("executions_started_total", "Executions started by this process.", func(s engine.Stats) int64 { return s.Started })
	counter("executions_closed_total", "Executions that came to an end in this process.", func(s engine.Stats) int64 { return s.Closed })
	counter("state_transitions_total", "States entered.", func(s engine.Stats) int64 { return s.Transitions })
	counter("commits_total", "Commits of executions.", func(s engine.Stats) int64 { return s.Commits })
	counter("function_calls_total", "Function calls.", func(s engine.Stats) int64 { return s.Invocations })
	counter("refused_commits_total", "Commits refused because the facts had changed.", func(s engine.Stats) int64 { return s.Refused })
	counter("fenced_commits_total", "Commits refused because another worker had taken over.", func(s engine.Stats) int64 { return s.Fenced })
	counter("executions_taken_over_total", "Executions taken over from another process that did not renew its lease.", func(s engine.Stats) int64 { return s.TakenOver })
	gauge("executions_live", "Executions in memory.", func(s engine.Stats) int { return s.Live })
	gauge("function_calls_queued", "Function calls that wait for a worker.", func(s engine.Stats) int { return s.Queued })
	gauge("function_calls_busy", "Function calls in progress.", func(s engine.Stats) int { return s.Busy })
	return all
}
