package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/workflow"
)

func splitKey(key string) (machine, name string) {
	machine, name, _ = strings.Cut(key, "/")
	return machine, name
}

// trouble is what a function may meet besides success.
func trouble(ctx context.Context, w *World, call workflow.Call) error {
	what := call.Execution.StateMachine + "/" + call.State
	if w.Calm() {
		return nil
	}
	switch w.Draw(12, what) {
	case 0, 1:
		return workflow.Failf("Unavailable", "try again")
	case 2:
		return workflow.Failf("Broken", "for good")
	case 3:
		return errors.New("no connection")
	case 4, 5: // longer than the timeout, or than the lease, now and then
		select {
		case <-time.After(w.Span(time.Duration(w.Draw(70, what+" slow")) * time.Second)):
		case <-ctx.Done():
		}
		w.turns.take(fmt.Sprint("after a rest ", call.IdempotencyKey, " ", call.Attempt))
		return ctx.Err()
	}
	return nil
}

// work has an outside effect and a local one, and answers with something to choose by.
func (m *Mix) work(w *World, p *Process) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		if err := w.Perform(p, call.IdempotencyKey); err != nil {
			return workflow.Result{}, err
		}
		if err := trouble(ctx, w, call); err != nil {
			if _, answered := err.(*workflow.TaskError); answered {
				return workflow.Result{Effects: []workflow.Effect{Done("failed", call.IdempotencyKey, call.Attempt)}}, err
			}
			return workflow.Result{}, err
		}
		ok := w.Draw(4, call.State+" ok") > 0
		return workflow.Result{Output: json.RawMessage(fmt.Sprintf(`{"ok":%t,"items":[1,2]}`, ok)),
			Effects: []workflow.Effect{Done("done", call.IdempotencyKey)}}, nil
	}
}

// ask hands a token to somebody who will answer.
func (m *Mix) ask(w *World, p *Process) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		if err := w.Perform(p, call.IdempotencyKey); err != nil {
			return workflow.Result{}, err
		}
		m.mu.Lock()
		if _, known := m.answers[call.Token]; !known {
			m.answers[call.Token] = call.IdempotencyKey
			m.tokens = append(m.tokens, call.Token)
		}
		m.mu.Unlock()
		if err := trouble(ctx, w, call); err != nil {
			return workflow.Result{}, err
		}
		return workflow.Result{Effects: []workflow.Effect{Done("asked", call.IdempotencyKey, call.Attempt)}}, nil
	}
}
