package bench

import (
	"context"
	"fmt"
	"time"
)

// latency is measured round by round and reported of all rounds together.
type latency struct {
	all    histogram
	rounds []Percentiles
}

// idle measures one at a time: sample says how long each took.
func (b *bench) idle(ctx context.Context, l *latency, sample func(context.Context) (time.Duration, error)) error {
	var round histogram
	for range max(1, b.Samples/b.Rounds) {
		took, err := sample(ctx)
		if err != nil {
			return err
		}
		round.add(took)
		l.all.add(took)
	}
	l.rounds = append(l.rounds, round.percentiles())
	return nil
}

// startToFinish is the time that an execution takes.
func (b *bench) startToFinish(start Start) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) { return b.once(ctx, start) }
}

// approval is the time from the approval of a waiting order until the next state is
// entered, on disk.
func (b *bench) approval(ctx context.Context) (time.Duration, error) {
	order, err := b.Orders.StartAboveLimit(ctx, b.next.Add(1))
	if err != nil {
		return 0, err
	}
	var approve func(context.Context) error
	err = poll(ctx, time.Millisecond, func() (bool, error) {
		approve, err = b.Orders.Approve(ctx, order)
		return approve != nil, err
	})
	if err != nil {
		return 0, fmt.Errorf("approve %s: %w", order.Name, err)
	}
	began := time.Now()
	if err := approve(ctx); err != nil {
		return 0, fmt.Errorf("approve %s: %w", order.Name, err)
	}
	took := time.Since(began)
	return took, b.wait(ctx, order.ID)
}

// report adds a latency's rounds to the figures; it is nil when nothing was measured.
func (l *latency) report(to Figures, name string) *Percentiles {
	if l == nil || l.all.n == 0 {
		return nil
	}
	for _, p := range l.rounds {
		to.add(name+".p50", "ms", lower, p.P50)
		to.add(name+".p99", "ms", lower, p.P99)
	}
	p := l.all.percentiles()
	return &p
}
