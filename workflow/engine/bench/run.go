package bench

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
)

// report measures latencies on the idle system first, then throughput, then what waits.
func (b *bench) report(ctx context.Context, c *Command) (*Report, error) {
	r := &Report{Figures: Figures{}, Settings: machine(), Process: map[string]float64{}}
	if err := b.describe(ctx, c, r); err != nil {
		return nil, err
	}
	for _, replica := range b.replicas {
		if err := replica.Engine.Run(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.fill(ctx, c.History); err != nil {
		return nil, err
	}
	loads, err := b.loads(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := b.latencies(ctx, loads, r); err != nil {
		return nil, err
	}
	err = profiled(c.Profile, func() error { return b.allRounds(ctx, loads, r) })
	if err == nil && slices.Contains(c.Scenario, kindWaiting) {
		r.Waiting, err = b.manyWaiting(ctx, c.Waiting, r.Figures)
	}
	if err != nil {
		return nil, err
	}
	return r, b.lastly(ctx, r)
}

func (b *bench) describe(ctx context.Context, c *Command, r *Report) error {
	name, settings, err := b.Database.Describe(ctx)
	maps.Copy(r.Settings, map[string]any{
		"database": name, "database_settings": settings, "history_events": c.History, "scenarios": c.Scenario, "workers": c.Workers, "replicas": c.Replicas,
		"rounds": c.Rounds, "in_flight": c.InFlight, "warm_up": c.WarmUp.String(), "duration": c.Duration.String(), "samples": c.Samples,
	})
	return err
}

// fill stores a history, of copies of an order's.
func (b *bench) fill(ctx context.Context, events int64) error {
	if events == 0 {
		return nil
	}
	b.say("storing %s history events", number(float64(events)))
	info, err := b.Orders.Start(ctx, b.next.Add(1))
	if err == nil {
		err = b.wait(ctx, info.ID)
	}
	if err == nil {
		err = b.Database.Multiply(ctx, info.ID, events)
	}
	if err != nil {
		return fmt.Errorf("store %d history events: %w", events, err)
	}
	return nil
}

func (b *bench) loads(ctx context.Context, c *Command) (all []*load, err error) {
	for _, kind := range c.Scenario {
		if kind == kindWaiting {
			continue
		}
		s, err := b.scenarioOf(ctx, kind, c)
		if err != nil {
			return nil, err
		}
		all = append(all, &load{scenario: s})
	}
	return all, nil
}

// latencies are measured of all scenarios in turn, so that what disturbs the machine for a
// while disturbs each of them.
func (b *bench) latencies(ctx context.Context, loads []*load, r *Report) error {
	idle := map[string]*latency{}
	approvals := &latency{}
	for round := range b.Rounds {
		b.say("one at a time, round %d of %d", round+1, b.Rounds)
		for _, l := range loads {
			if !l.idle {
				continue
			}
			if idle[l.name] == nil {
				idle[l.name] = &latency{}
			}
			if err := b.idle(ctx, idle[l.name], b.startToFinish(l.start)); err != nil {
				return fmt.Errorf("bench %s: %w", l.title, err)
			}
			if l.name == "order" {
				if err := b.idle(ctx, approvals, b.approval); err != nil {
					return fmt.Errorf("bench approvals: %w", err)
				}
			}
		}
	}
	r.StartToFinish = idle["order"].report(r.Figures, "order.start_to_finish_ms")
	r.ApproveToNextState = approvals.report(r.Figures, "order.approve_to_next_state_ms")
	r.NoOp = idle["seven_no_ops"].report(r.Figures, "seven_no_ops.start_to_finish_ms")
	return nil
}

func (b *bench) allRounds(ctx context.Context, loads []*load, r *Report) error {
	for round := range b.Rounds {
		for _, l := range loads {
			b.say("%s under load, round %d of %d", l.title, round+1, b.Rounds)
			if err := b.round(ctx, l, r.Figures); err != nil {
				return err
			}
		}
	}
	for _, l := range loads {
		r.loaded(l)
	}
	return nil
}

// lastly notes what the process has come to.
func (b *bench) lastly(ctx context.Context, r *Report) error {
	size, err := b.Database.Size(ctx)
	r.Process["database_bytes"] = float64(size)
	r.Process["resident_bytes"], r.Process["peak_resident_bytes"] = resident(os.Getpid())
	r.Process["memory_from_system_bytes"] = float64(uintMetric("/memory/classes/total:bytes"))
	return err
}
