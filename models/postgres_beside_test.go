package models

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// TestWhatIsAnsweredAtAnotherReplica has a replica call a function for one branch of an execution while
// the question of the other branch is answered at another replica: the first one goes on with that
// branch, and not only when its call has ended.
func TestWhatIsAnsweredAtAnotherReplica(t *testing.T) {
	s := replicas(t, 2)
	const question = `"Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"Ask","Payload":{"token.$":"$$.Task.Token"}}`
	const call = `"Resource":"arn:aws:lambda:us-east-1:123456789012:function:`
	definition := `{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"Ask","States":{"Ask":{"Type":"Task",` + question + `,"Next":"Then"},"Then":{"Type":"Task",` + call + `Then","End":true}}},
		{"StartAt":"Slow","States":{"Slow":{"Type":"Task",` + call + `Slow","End":true}}}]}}}`
	_, err := s[0].PutDefinition(t.Context(), "Two", []byte(definition))
	noError(t, err)

	asked, slow, then, release := make(chan workflow.TaskToken, 1), make(chan string, 2), make(chan string, 2), make(chan struct{})
	engines := make([]*engine.Engine, len(s))
	for i, name := range []string{"first", "second"} {
		engines[i] = engine.New(engine.Options{Store: s[i], MapRuns: s[i], Owner: name, Workers: 4, Functions: map[string]workflow.Handler{
			"Ask": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
				asked <- c.Token
				return workflow.Result{}, nil
			},
			"Slow": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
				slow <- name
				select {
				case <-release:
				case <-ctx.Done():
				}
				return workflow.Result{Output: json.RawMessage(`1`)}, nil
			},
			"Then": func(context.Context, workflow.Call) (workflow.Result, error) {
				then <- name
				return workflow.Result{Output: json.RawMessage(`2`)}, nil
			},
		}})
		noError(t, engines[i].Run(t.Context()))
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			noError(t, engines[i].Drain(ctx))
		})
	}
	info, err := engines[0].StartExecution(t.Context(), engine.StartRequest{StateMachine: "Two", Name: "x", Input: json.RawMessage(`{}`)})
	noError(t, err)
	token := comes(t, asked, "the question")
	if name := comes(t, slow, "the slow call"); name != "first" {
		t.Errorf("the slow function is called at the %s replica", name)
	}
	noError(t, engines[1].SucceedTask(t.Context(), token, json.RawMessage(`1`)))
	if name := comes(t, then, "the next call beside the slow one"); name != "first" {
		t.Errorf("what follows is called at the %s replica", name)
	}
	close(release)
	changed, cancel := s[1].Subscribe(TopicExecution(info.ID))
	defer cancel()
	hearsUntil(t, changed, "the end", func() bool {
		row, err := s[1].Load(t.Context(), info.ID)
		return err == nil && row.Status == workflow.Succeeded
	})
	if len(slow)+len(then) > 0 {
		t.Error("a function was called twice")
	}
}

// comes waits for something to be said.
func comes[T any](t *testing.T, said <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-said:
	case <-time.After(20 * time.Second): // less than a lease
		t.Fatalf("it does not come: %s", what)
	}
	return v
}
