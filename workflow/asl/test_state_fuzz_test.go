package asl

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

// FuzzTestState: whatever is asked for, there is a result that fits its status, or a
// refusal. The same request has the same result.
func FuzzTestState(f *testing.F) {
	files, err := filepath.Glob("testdata/teststate/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, name := range files {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			var r toldRequest
			if json.Unmarshal(file.Data, &r) != nil {
				continue
			}
			mock, failure := "", ""
			if r.Mock != nil {
				mock = string(r.Mock.Result)
				if r.Mock.ErrorOutput != nil && r.Mock.ErrorOutput.Error != nil {
					failure = *r.Mock.ErrorOutput.Error
				}
			}
			f.Add(section(a, "definition.json"), r.StateName, []byte(r.Input), mock, failure, []byte(r.Context), []byte(r.Variables), 1)
		}
	}
	f.Fuzz(func(t *testing.T, definition []byte, name string, input []byte, mock, failure string, context, variables []byte, n int) {
		r := TestRequest{
			Definition: definition, StateName: name, RoleARN: "arn:aws:iam::123456789012:role/r", Input: input,
			Execution: "e", StateMachine: "m",
		}
		if mock != "" || failure != "" {
			r.Mock = &TestMock{}
			if mock != "" {
				r.Mock.Result, r.MapFailures = &mock, &n
			}
			if failure != "" {
				r.Mock.Failure, r.Retries = &MockFailure{Error: &failure}, &n
			}
			if len(context) > 0 {
				r.Context = context
			}
		}
		if len(variables) > 0 {
			r.Variables = variables
		}
		first, again := runTest(t, r), runTest(t, r)
		if string(first) != string(again) {
			t.Errorf("first\n%s\nthen\n%s", first, again)
		}
	})
}

func runTest(t *testing.T, r TestRequest) []byte {
	test, err := NewTest(r)
	if err != nil {
		var refused *TestError
		var diagnostics Diagnostics
		if !errors.As(err, &refused) && !errors.As(err, &diagnostics) && !errors.Is(err, ErrInvalidInput) {
			t.Fatalf("refused with a %T", err)
		}
		return []byte(err.Error())
	}
	result, err := test.Run(epoch, Seed{})
	if err != nil {
		return []byte(err.Error())
	}
	if result.Invoke != nil {
		if r.Mock != nil {
			t.Fatal("mocked work is asked for")
		}
		e := TaskSucceeded{Entry: result.Invoke.Entry, Attempt: result.Invoke.Attempt, Output: json.RawMessage(`{"done": true}`)}
		if result, err = test.Answer(e, epoch, Seed{}); err != nil || result.Invoke != nil {
			t.Fatal("the answer is not taken: ", err)
		}
	}
	p := result.Inspection
	switch result.Status {
	case TestSucceeded:
		if result.Error != "" || !json.Valid(result.Output) {
			t.Fatalf("succeeded: %+v", result)
		}
	case TestCaught:
		if p.CatchIndex == nil || result.NextState == "" || !json.Valid(result.Output) {
			t.Fatalf("caught: %+v", result)
		}
	case TestRetriable:
		if p.RetryIndex == nil || p.RetryBackoff < 0 || result.Output != nil {
			t.Fatalf("retriable: %+v", result)
		}
	case TestFailed:
		if result.Output != nil || result.NextState != "" {
			t.Fatalf("failed: %+v", result)
		}
	default:
		t.Fatalf("no status: %+v", result)
	}
	text, err := json.Marshal([]any{result.Status, result.Output, result.Error, result.Cause, result.NextState, p})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
