package integrations

import (
	"context"
	"testing"
	"time"

	"countersign/workflow"
)

// A name is free for everybody but the definitions whose own functions have it.
func TestRegisteredFunctionsComeFirst(t *testing.T) {
	s := serve(t, says(200, "", `"registered"`))
	i := New(Options{Books: &book{functions: map[string]workflow.HTTPFunction{"Charge": {Name: "Charge", URL: s.URL, Timeout: time.Minute}}}, Now: atNoon})
	builtIn := func(context.Context, workflow.Call) (workflow.Result, error) {
		return workflow.Result{Output: []byte(`"built in"`)}, nil
	}
	handlers := i.Before(map[string]workflow.Handler{"Charge": builtIn, "Ship": builtIn})
	for _, tc := range []struct {
		function, machine string
		version           int64
		want              string
	}{
		{"Charge", "Orders", 1, `"built in"`}, {"Charge", "Orders", 2, `"registered"`}, {"Charge", "Mine", 1, `"registered"`},
		{"Ship", "Mine", 1, `"built in"`}, {"Ship", "Orders", 1, `"built in"`}, {"Charge", "Orders", 1, `"built in"`},
	} {
		call := callOf("lambda:invoke", `{}`)
		call.Function, call.Execution.StateMachine, call.Execution.Version = tc.function, tc.machine, tc.version
		result, err := handlers[tc.function](t.Context(), call)
		if err != nil || string(result.Output) != tc.want {
			t.Errorf("%s in %s %d: %s, %v", tc.function, tc.machine, tc.version, result.Output, err)
		}
	}
}
