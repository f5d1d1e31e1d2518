package models

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"countersign/workflow"
)

// Whatever is shown again, the history reads as it was told.
func TestRepeatedPayloadsAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.Custom(func(t *rapid.T) json.RawMessage {
			n := rapid.IntRange(0, 6).Draw(t, "payload")
			if n == 0 {
				return nil
			}
			return json.RawMessage(`{"same": {"input": "1.output"}, "n":` + strings.Repeat(" ", 40) + string(rune('0'+n)) + `}`)
		})
		var events []workflow.HistoryEvent
		first := rapid.Int64Range(1, 1<<40).Draw(t, "first")
		for id := first; id < first+rapid.Int64Range(1, 12).Draw(t, "events"); id++ {
			events = append(events, workflow.HistoryEvent{ID: id, PreviousID: id - 1, Type: workflow.EventTaskStateExited,
				At: time.UnixMilli(id).UTC(), Details: workflow.Details{Name: "S", Input: payload.Draw(t, "input"), Output: payload.Draw(t, "output"),
					Parameters: payload.Draw(t, "parameters"), Assigned: payload.Draw(t, "assigned")}})
		}
		text, err := encodeEvents(events)
		if err != nil || !json.Valid(text) {
			t.Fatalf("%v in %s", err, text)
		}
		read, err := decodeEvents(nil, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events, read); diff != "" {
			t.Errorf("(-told +read)\n%s\nof %s", diff, text)
		}
	})
}

func TestAPayloadIsStoredOnce(t *testing.T) {
	big := json.RawMessage(`"` + strings.Repeat("x", 100_000) + `"`)
	text, err := encodeEvents([]workflow.HistoryEvent{
		{ID: 5, Details: workflow.Details{Output: big}}, {ID: 6, Details: workflow.Details{Output: big}}, {ID: 7, Details: workflow.Details{Input: big}}})
	if err != nil || len(text) > len(big)+500 || !strings.Contains(string(text), `"same":{"input":"5.output"}`) {
		t.Errorf("%d bytes, %v, ending in %s", len(text), err, text[max(0, len(text)-300):])
	}
}

func TestAReferenceThatLeadsNowhereIsAnError(t *testing.T) {
	for _, from := range []string{"4.output", "6.output", "5.name", "5.input", "5.output", "5", "", "x.output"} {
		text := `[{"id":5,"details":{"same":{"input":"` + from + `"}}}]`
		if events, err := decodeEvents(nil, []byte(text), 0); err == nil {
			t.Errorf("%s was read as %v", text, events)
		}
	}
	if _, err := decodeEvents(nil, []byte(`[]`), 0); err != nil {
		t.Error(err)
	}
}
