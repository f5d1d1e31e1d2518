package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"countersign/models"
	"countersign/workflow/outage"
)

// Retention deletes executions that have been closed for long, a few at a time.
type Retention struct {
	Store   *models.Store
	Keep    time.Duration    // how long an execution is kept after it has closed
	Archive string           // folder that executions are written to before they are deleted; empty: they are not
	Now     func() time.Time // absent: time.Now
	Logger  *slog.Logger
}

const (
	retentionEvery  = time.Hour   // between two passes
	retentionAgain  = time.Minute // after one that failed
	lookedAtAtOnce  = 500         // executions
	deletedAtOnce   = 50          // executions in one write
	retentionShare  = 3           // the pause after a write is as many times what it took: others wait for the writer, too
	retentionPause  = 5 * time.Millisecond
	retentionAtMost = 2 * time.Second // of a pause
)

// Run makes one pass after the other until ctx ends. What a pass could not do, the next does.
func (r *Retention) Run(ctx context.Context) {
	trouble := outage.Log{Logger: r.Logger, Over: "closed executions are deleted again"}
	for {
		began, next := time.Now(), retentionEvery
		n, err := r.Pass(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			trouble.Failed("closed executions could not be deleted; trying again in a minute", 1, err, "deleted", n)
			next = retentionAgain
		case n > 0:
			r.Logger.Info("closed executions were deleted", "deleted", n, "kept_for", r.Keep, "took", time.Since(began).Round(time.Millisecond))
		}
		if err == nil {
			trouble.Worked()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// Pass deletes every execution that has been closed for long enough, and returns how many those
// were. It pauses after each write for longer than that took. Ended early, it has deleted some
// executions whole and left the others whole.
func (r *Retention) Pass(ctx context.Context) (deleted int, err error) {
	now := r.Now
	if now == nil {
		now = time.Now
	}
	before := now().Add(-r.Keep)
	if r.Archive != "" {
		if err := removeParts(r.Archive, now()); err != nil {
			return 0, err
		}
	}
	if err := r.repeat(ctx, r.Store.FinishLeaving); err != nil { // what a process that was killed has left
		return 0, err
	}
	if err := r.Store.CountMetrics(ctx); err != nil { // what they have not counted yet would stay until the next pass
		return 0, err
	}
	for {
		n, held, err := r.sweep(ctx, before)
		deleted += n
		if err != nil {
			return deleted, err
		}
		if n == 0 || held == 0 {
			break
		}
	}
	return deleted, r.repeat(ctx, r.Store.Shrink)
}

// sweep goes through the executions once. held are those that can go only in the next one.
func (r *Retention) sweep(ctx context.Context, before time.Time) (deleted, held int, err error) {
	var after models.SweepCursor
	for {
		found, err := r.Store.SweepClosed(ctx, before, after, lookedAtAtOnce)
		if err != nil {
			return deleted, held, err
		}
		n, err := r.delete(ctx, found.Closed, before)
		deleted, held, after = deleted+n, held+found.Held, found.Next
		if err != nil || found.Done {
			return deleted, held, err
		}
	}
}

func (r *Retention) delete(ctx context.Context, closed []models.ClosedExecution, before time.Time) (deleted int, err error) {
	if r.Archive != "" && len(closed) > 0 {
		if err := archive(ctx, r.Store, r.Archive, closed); err != nil {
			return 0, err
		}
	}
	for len(closed) > 0 && err == nil {
		some := closed[:min(deletedAtOnce, len(closed))]
		closed = closed[len(some):]
		err = r.paced(ctx, func() error {
			n, err := r.Store.ForgetExecutions(ctx, some, before)
			deleted += n
			return err
		})
		if err == nil {
			err = r.repeat(ctx, r.Store.FinishLeaving)
		}
	}
	return deleted, err
}

// repeat takes small steps until there are no more.
func (r *Retention) repeat(ctx context.Context, step func(context.Context) (more bool, err error)) error {
	for more := true; more; {
		err := r.paced(ctx, func() (err error) {
			more, err = step(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// paced does something, and then nothing for a while.
func (r *Retention) paced(ctx context.Context, do func() error) error {
	began := time.Now()
	err := do()
	select {
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	case <-time.After(min(retentionPause+retentionShare*time.Since(began), retentionAtMost)):
		return err
	}
}
