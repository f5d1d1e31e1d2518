package integrations

import (
	"context"
	"testing"
	"time"

	"countersign/workflow"
)

// A name is free for everybody but the state machine whose own functions have it.
func TestRegisteredFunctionsComeFirst(t *testing.T) {
	s := serve(t, says(200, "", `"registered"`))
	functions := NewFunctions(&book{functions: map[string]workflow.HTTPFunction{"Charge": {Name: "Charge", URL: s.URL, Timeout: time.Second}}}, atNoon)
	builtIn := func(context.Context, workflow.Call) (workflow.Result, error) {
		return workflow.Result{Output: []byte(`"built in"`)}, nil
	}
	handlers := functions.Before(map[string]workflow.Handler{"Charge": builtIn, "Ship": builtIn}, "Orders")
	for _, tc := range []struct{ function, machine, want string }{
		{"Charge", "Orders", `"built in"`}, {"Charge", "Mine", `"registered"`}, {"Ship", "Mine", `"built in"`}, {"Ship", "Orders", `"built in"`},
	} {
		call := callOf("lambda:invoke", `{}`)
		call.Function, call.Execution.StateMachine = tc.function, tc.machine
		result, err := handlers[tc.function](t.Context(), call)
		if err != nil || string(result.Output) != tc.want {
			t.Errorf("%s in %s: %s, %v", tc.function, tc.machine, result.Output, err)
		}
	}
}
