package asl

import (
	"encoding/json"

	"countersign/workflow"
)

// TestRequest asks what one state does with an input, without an execution around it
// (TestState). Everything but the definition may be left out.
type TestRequest struct {
	Definition []byte // of a state; with StateName, of the state machine that has it
	StateName  string
	RoleARN    string
	Input      json.RawMessage // nil stands for {}
	Variables  json.RawMessage // an object: name → value
	Context    json.RawMessage // the whole context object; nil for a made-up one
	Mock       *TestMock
	Reveal     bool // show the secrets of a connection

	// Execution and StateMachine name what the made-up context object tells of.
	Execution, StateMachine string

	// What would be known of an execution that has come as far.
	Retries     *int   // of the retrier that the mocked failure is for
	CausedBy    string // the state within that the mocked failure comes from
	MapFailures *int   // iterations that have failed
	ItemData    *string
	// Items is needed for ItemReader and ItemBatcher to be inspected.
	Items TestItems
	// CheckResult holds a mocked result against the answers of an API's operation and says
	// what is wrong with it; nil when nobody can say.
	CheckResult func(service, action string, result json.RawMessage, required bool) (problem string, err error)
}

// TestMock stands for the work of a Task, a Parallel or a Map. It has either a result or
// a failure.
type TestMock struct {
	Result     *string // a JSON text
	Failure    *MockFailure
	Validation string // STRICT (as when it is empty), PRESENT or NONE
}

// MockFailure is how mocked work fails.
type MockFailure struct{ Error, Cause *string }

// TestStatus is what became of a tested state.
type TestStatus string

// The statuses of a test.
const (
	TestSucceeded TestStatus = "SUCCEEDED"
	TestFailed    TestStatus = "FAILED"
	TestRetriable TestStatus = "RETRIABLE"    // a retrier would try again
	TestCaught    TestStatus = "CAUGHT_ERROR" // a catcher goes on with the failure
)

// TestResult is what a test came to, or what has to be done before it can go on.
type TestResult struct {
	// Invoke is work to be done and brought back through Answer. Nothing else is set then.
	Invoke *Invoke

	Status       TestStatus
	Output       json.RawMessage // nil when there is none
	Error, Cause string
	NextState    string
	Inspection   Inspection
}

// Inspection is the data of a state on its way through the state's fields; nil where the
// state's query language or type has no such field, or the way ended before.
type Inspection struct {
	Input, AfterInputPath, AfterParameters, AfterArguments json.RawMessage
	Result, AfterResultSelector, AfterResultPath           json.RawMessage

	AfterItemsPath, AfterItemsPointer, AfterItemSelector, AfterItemBatcher json.RawMessage
	ToleratedFailureCount                                                  *int64
	ToleratedFailurePercentage                                             *float64
	MaxConcurrency                                                         *int64

	Variables json.RawMessage // as the state leaves them; nil when there are none

	CatchIndex, RetryIndex *int
	RetryBackoff           int64 // seconds
}

// TestError is why a state cannot be tested as it was asked for. Errors in a definition's
// text are Diagnostics instead.
type TestError struct {
	Definition bool // the definition is to blame, else the request
	Message    string
}

func (e *TestError) Error() string { return e.Message }

// Test is one state under test. It has one user at a time.
type Test struct {
	request TestRequest
	m       *StateMachine
	s       *state
	result  json.RawMessage // mocked; nil for none
	probe   *probe
	snap    *Snapshot
}

// nameOfTested is what the service calls a state that is tested without a state machine.
const nameOfTested = "StateName"

// NewTest compiles a state and checks that it can be tested as the request says. The error
// is Diagnostics, a *TestError or ErrInvalidInput, unless CheckResult has another.
func NewTest(r TestRequest) (*Test, error) {
	t := &Test{request: r}
	var err error
	if r.StateName != "" {
		if t.m, err = compileFor(r.Definition, leniency{mocked: r.Mock != nil}); err != nil {
			return nil, err
		}
		if t.s = t.m.byName[r.StateName]; t.s == nil {
			return nil, &TestError{Message: "State not found in definition"}
		}
	} else {
		if t.m, err = compileAlone(r.Definition, r.Mock != nil); err != nil {
			return nil, err
		}
		t.s = t.m.byName[nameOfTested]
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, nil
}

// compileAlone compiles a definition that is one state only, as if a state machine had
// only this state: its transitions may lead anywhere.
func compileAlone(definition []byte, mocked bool) (*StateMachine, error) {
	if !json.Valid(definition) || len(definition) > workflow.MaxDefinition || rawKind(trim(definition)) != '{' {
		_, err := Compile(definition)
		return nil, err
	}
	const before, after = `{"StartAt":"` + nameOfTested + `","States":{"` + nameOfTested + `":`, `}}`
	whole := make([]byte, 0, len(before)+len(definition)+len(after))
	whole = append(append(append(whole, before...), definition...), after...)
	return compileFor(whole, leniency{alone: true, mocked: mocked})
}

// leniency is what a compilation for a test is told besides.
type leniency struct {
	alone  bool // the definition is one state: it may lead to states that are not there
	mocked bool // integrations that are not offered are accepted: they are not called
}
