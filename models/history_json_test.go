package models

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

// A member that Details gains and the encoder does not know would be lost here.
func TestEventsKeepEveryDetail(t *testing.T) {
	var details workflow.Details
	v := reflect.ValueOf(&details).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch f := v.Field(i).Addr().Interface().(type) {
		case *string:
			*f = name + " \"quoted\" \\ <b>&</b> \u2028 é\n"
		case *workflow.ARN:
			*f = workflow.ARN(name)
		case *json.RawMessage:
			*f = json.RawMessage(`{ "of":"` + name + `<>&",  "n":1.0, "e":1E400 }`) // as it is, spaces and all
		case **int64:
			n := int64(i)
			*f = &n
		case **int:
			n := 0
			*f = &n
		default:
			t.Fatalf("Details.%s has type %T: teach appendDetails and this test", name, f)
		}
	}
	want := []workflow.HistoryEvent{
		{ID: 1, Type: workflow.EventExecutionStarted, At: time.UnixMilli(1).UTC()},
		{ID: 2, PreviousID: 1, Type: workflow.EventTaskFailed, At: time.UnixMilli(1_790_000_000_123).UTC(), Details: details},
	}
	text, err := encodeEvents(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeEvents(nil, text, 0)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestBadPayloadIsRefused(t *testing.T) {
	for _, bad := range []string{`{`, `{}}`, `nope`, `"open`, `1 2`} {
		event := workflow.HistoryEvent{ID: 1, Details: workflow.Details{Output: json.RawMessage(bad)}}
		if text, err := encodeEvents([]workflow.HistoryEvent{event}); err == nil {
			t.Errorf("stored %s", text)
		}
	}
}
