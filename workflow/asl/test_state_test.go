package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/workflow"
	"countersign/workflow/awsshape"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestStatesAlone tests the states of testdata/teststate/*.txtar, each with every request
// of its archive, and compares what comes of it. A request NAME is told as the API tells
// it, with JSON where that has texts of JSON; its result is NAME.result. "answers" are the
// work's: each a result, or {"error", "cause"} with the member "failed".
func TestStatesAlone(t *testing.T) {
	files, err := filepath.Glob("testdata/teststate/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			whole := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".result") {
					continue
				}
				whole.Files = append(whole.Files, f)
				if f.Name == "definition.json" {
					continue
				}
				got := tested(t, section(archive, "definition.json"), f.Data)
				whole.Files = append(whole.Files, txtar.File{Name: f.Name + ".result", Data: got})
				want := section(archive, f.Name+".result")
				if diff := cmp.Diff(string(want), string(got)); diff != "" && !*update {
					t.Errorf("%s: %s (-want +got; -update rewrites it):\n%s", name, f.Name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(whole), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// told is a request of a transcript.
type toldRequest struct {
	StateName                 string
	RoleARN                   string `json:"roleArn"`
	Input, Variables, Context json.RawMessage
	RevealSecrets             bool
	Mock                      *struct {
		Result              json.RawMessage
		Text                *string // a result that is no JSON
		ErrorOutput         *MockFailure
		FieldValidationMode string
	}
	StateConfiguration struct {
		RetrierRetryCount, MapIterationFailureCount *int
		ErrorCausedByState                          string
		MapItemReaderData                           *string
	}
	Answers []json.RawMessage
}

func (r toldRequest) request(definition []byte) TestRequest {
	c := r.StateConfiguration
	out := TestRequest{
		Definition: definition, StateName: r.StateName, RoleARN: r.RoleARN,
		Input: r.Input, Variables: r.Variables, Context: r.Context, Reveal: r.RevealSecrets,
		Execution: "EXECUTION", StateMachine: "MACHINE",
		Retries: c.RetrierRetryCount, MapFailures: c.MapIterationFailureCount, CausedBy: c.ErrorCausedByState, ItemData: c.MapItemReaderData,
		CheckResult: awsshape.Check, Items: plainItems{},
	}
	if m := r.Mock; m != nil {
		out.Mock = &TestMock{Result: m.Text, Failure: m.ErrorOutput, Validation: m.FieldValidationMode}
		if m.Result != nil {
			text := string(m.Result)
			out.Mock.Result = &text
		}
	}
	return out
}

func tested(t *testing.T, definition, request []byte) []byte {
	t.Helper()
	var told toldRequest
	d := json.NewDecoder(bytes.NewReader(request))
	d.DisallowUnknownFields()
	if err := d.Decode(&told); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	test, err := NewTest(told.request(definition))
	if err != nil {
		var refused *TestError
		if errors.As(err, &refused) && refused.Definition {
			out.WriteString("definition ")
		}
		fmt.Fprintf(&out, "refused: %v\n", err)
		return out.Bytes()
	}
	result, err := test.Run(epoch, Seed{})
	if err != nil {
		fmt.Fprintf(&out, "refused: %v\n", err)
		return out.Bytes()
	}
	for _, answer := range told.Answers {
		if result.Invoke == nil {
			t.Fatal("nothing was asked")
		}
		fmt.Fprintf(&out, "invoke %s(%s) attempt %d\n", result.Invoke.Function, result.Invoke.Payload, result.Invoke.Attempt)
		var e Event = TaskSucceeded{Entry: result.Invoke.Entry, Attempt: result.Invoke.Attempt, Output: answer}
		var fails struct {
			Failed       bool
			Error, Cause string
		}
		if json.Unmarshal(answer, &fails) == nil && fails.Failed {
			e = TaskFailed{Entry: result.Invoke.Entry, Attempt: result.Invoke.Attempt, Error: fails.Error, Cause: fails.Cause}
		}
		if result, err = test.Answer(e, epoch, Seed{}); err != nil {
			t.Fatal(err)
		}
	}
	describe(&out, result)
	return out.Bytes()
}

// describe writes what is set of a result, a line each.
func describe(out *bytes.Buffer, r TestResult) {
	if r.Invoke != nil {
		fmt.Fprintf(out, "asks for %s(%s)\n", r.Invoke.Function, r.Invoke.Payload)
		return
	}
	fmt.Fprintf(out, "%s", r.Status)
	if r.NextState != "" {
		fmt.Fprintf(out, " → %s", r.NextState)
	}
	out.WriteByte('\n')
	if r.Error != "" || r.Cause != "" {
		fmt.Fprintf(out, "%s: %s\n", r.Error, r.Cause)
	}
	if r.Output != nil {
		fmt.Fprintf(out, "output %s\n", r.Output)
	}
	inspection := reflect.ValueOf(r.Inspection)
	for i := range inspection.NumField() {
		value, name := inspection.Field(i), inspection.Type().Field(i).Name
		switch {
		case value.IsZero():
		case value.Kind() == reflect.Pointer:
			fmt.Fprintf(out, "  %s %v\n", name, value.Elem())
		case value.Kind() == reflect.Slice:
			fmt.Fprintf(out, "  %s %s\n", name, value.Bytes())
		default:
			fmt.Fprintf(out, "  %s %v\n", name, value)
		}
	}
}

// plainItems reads arrays of JSON and puts the same number of items into each batch.
type plainItems struct{}

func (plainItems) Read(r *ItemReader, document string) ([]json.RawMessage, *workflow.TaskError) {
	var whole map[string]json.RawMessage
	var list []json.RawMessage
	if json.Unmarshal([]byte(document), &whole) != nil || json.Unmarshal(whole[strings.TrimPrefix(r.Pointer, "/")], &list) != nil {
		return nil, workflow.Failf(workflow.ErrorItemReaderFailed, "there is nothing at %s", r.Pointer)
	}
	return list[:min(len(list), int(r.MaxItems))], nil
}

func (plainItems) Batch(run *MapRun, items []json.RawMessage) (batches []json.RawMessage, _ *workflow.TaskError) {
	for batch := range slices.Chunk(items, int(run.MaxItemsPerBatch)) {
		batches = append(batches, json.RawMessage(`{"BatchInput":`+string(run.BatchInput)+`,"Items":`+string(arrayOf(batch))+`}`))
	}
	return batches, nil
}
