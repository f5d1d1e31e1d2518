package asl

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWaiting(t *testing.T) {
	m := compile(t, `{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"F"},
			"TimeoutSeconds":600,"HeartbeatSeconds":60,"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":5}],"Next":"Pause"},
		"Pause":{"Type":"Wait","Seconds":30,"Next":"Check"},
		"Check":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:G","End":true}}}`)
	x := newTester(t, m)
	step := func(what string, e Event, want ...Waiting) {
		t.Helper()
		if _, err := x.step(e); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if d := cmp.Diff(want, x.snapshot.Waiting()); d != "" {
			t.Errorf("%s:\n%s", what, d)
		}
	}
	o, err := x.start([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	asked := Waiting{Entry: 2, State: "Ask", Deadline: x.now.Add(10 * time.Minute), HeartbeatBy: x.now.Add(time.Minute), Token: true}
	if d := cmp.Diff([]Waiting{asked}, x.snapshot.Waiting()); d != "" {
		t.Error(d)
	}
	token := o.Commands[0].(Invoke).Token
	step("a failure that is retried", TokenFailed{Token: token, Error: "E"}, Waiting{Entry: 2, State: "Ask", RetryAt: x.now.Add(5 * time.Second)})
	x.now = x.now.Add(5 * time.Second)
	again := Waiting{Entry: 2, State: "Ask", Deadline: x.now.Add(10 * time.Minute), HeartbeatBy: x.now.Add(time.Minute), Token: true}
	step("the next attempt", Tick{}, again)
	token = m.Outstanding(x.snapshot)[0].(Invoke).Token
	step("its answer", TokenSucceeded{Token: token, Output: []byte(`1`)},
		Waiting{Entry: 10, State: "Pause", WakeAt: x.now.Add(30 * time.Second)})
	x.now = x.now.Add(30 * time.Second)
	step("the end of the pause", Tick{}, Waiting{Entry: 12, State: "Check"})
	step("a stop", Stop{})
}
