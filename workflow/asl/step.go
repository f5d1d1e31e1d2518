package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/workflow"
)

// Start is an execution to begin.
type Start struct {
	ID           workflow.ExecutionID
	Name         string
	StateMachine string // its name
	Version      int64  // of the state machine; the caller's to keep
	// Type is STANDARD when it is empty. An EXPRESS execution has room for a million
	// history events instead of 25,000, and ends after five minutes.
	Type    workflow.StateMachineType
	RoleARN string
	Input   json.RawMessage // nil stands for {}
	// Published and Alias are what the state machine was reached by; zero for neither.
	Published int64
	Alias     string
}

// Outcome is what a step came to.
type Outcome struct {
	Snapshot *Snapshot
	Events   []workflow.HistoryEvent
	Commands []Command
}

// Errors of Start and Step besides those of package workflow. Nothing has happened.
var (
	// ErrInvalidInput: an execution's input that is not JSON, larger than 256 KiB or nested too deep.
	ErrInvalidInput = errors.New("invalid execution input")
	// ErrInvalidOutput: a task's output, sent with its token, that is no good in the same way.
	ErrInvalidOutput = errors.New("invalid task output")
)

// Start begins an execution.
func (m *StateMachine) Start(s Start, now time.Time, seed Seed) (Outcome, error) {
	x, f, err := m.starting(s, now, seed)
	if err != nil {
		return Outcome{}, err
	}
	x.proceed(f, x.enter(f, m.start, f.input))
	x.run()
	return x.outcome(), nil
}

// starting is an execution before its first state.
func (m *StateMachine) starting(s Start, now time.Time, seed Seed) (*stepper, *frame, error) {
	input := trim(s.Input)
	if len(input) == 0 {
		input = rawEmpty
	}
	if err := checkPayload(input); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrInvalidInput, err)
	}
	snap := &Snapshot{
		id: s.ID, name: s.Name, machine: s.StateMachine, role: s.RoleARN,
		started: toMillis(now), status: workflow.Running,
	}
	if s.Type == workflow.Express {
		snap.kind = workflow.Express
	}
	if m.readsInput {
		snap.input = input
	}
	x := newStepper(m, snap, now, seed)
	x.limitExecution()
	f := &frame{}
	snap.root = f
	x.emit(f, workflow.EventExecutionStarted, s.details(input))
	f.prev = 0 // the service leads the first state's entry back to nothing
	x.goTo(f, m.start, input)
	return x, f, nil
}

func (s Start) details(input json.RawMessage) workflow.Details {
	d := workflow.Details{Input: input, RoleARN: s.RoleARN}
	if s.Alias != "" {
		d.StateMachineAlias = workflow.AliasARN(s.StateMachine, s.Alias)
	}
	if s.Published != 0 {
		d.StateMachineVersion = workflow.VersionARN(s.StateMachine, s.Published)
	}
	return d
}

// Step moves an execution on by one event. On an error nothing has happened.
func (m *StateMachine) Step(s *Snapshot, e Event, now time.Time, seed Seed) (Outcome, error) {
	return m.StepAt(Pace{}, s, e, now, seed)
}

// fits refuses a snapshot of another state machine.
func (m *StateMachine) fits(s *Snapshot) (err error) {
	s.root.each(func(f *frame) {
		st := m.byName[f.state]
		switch {
		case err != nil:
		case st == nil:
			err = fmt.Errorf("asl: the snapshot is in the state %q, which the state machine has not", f.state)
		case !st.fits(f) || !m.holds(f, st):
			err = fmt.Errorf("asl: the snapshot waits in the state %q in a way that its type does not", f.state)
		}
	})
	return err
}

// fits says whether a snapshot's frame can be in the state in the way it is.
func (s *state) fits(f *frame) bool {
	switch s.body.(type) {
	case *parallelBody:
		if f.group != nil && f.group.length != len(s.scopes) {
			return false
		}
	case *mapBody:
		if f.group != nil && f.group.items == nil {
			return false
		}
	default:
		if f.group != nil {
			return false
		}
	}
	switch f.phase {
	case phaseTask:
		switch s.body.(type) {
		case *taskBody:
		case *mapRunBody:
			if f.task == nil || f.task.seed == nil {
				return false
			}
		default:
			return false
		}
	case phaseRetry:
		if _, ok := s.body.(retryable); !ok {
			return false
		}
	case phaseWait:
		if _, ok := s.body.(*waitBody); !ok {
			return false
		}
	case phaseChildren:
		return f.group != nil && len(f.children) > 0
	}
	return true
}

// holds says whether a frame can be a branch of the one it is in.
func (m *StateMachine) holds(f *frame, s *state) bool {
	p := f.parent
	if p == nil {
		return s.within == m.within
	}
	outer := m.state(p)
	if s.within != outer || p.group == nil || f.index < 0 || f.index >= p.group.next {
		return false
	}
	_, iteration := outer.body.(*mapBody)
	return s.scope == outer.body.(branching).scope(outer, f.index) && iteration == (f.itemEnd > 0)
}

func (x *stepper) take(e Event) error {
	switch e := e.(type) {
	case TaskSucceeded:
		return x.taskSucceeded(e)
	case TaskFailed:
		return x.taskFailed(e)
	case TaskSubmitted:
		return x.taskSubmitted(e)
	case ActivityStarted:
		return x.activityStarted(e)
	case ChildClosed:
		return x.childClosed(e)
	case TokenSucceeded:
		return x.tokenSucceeded(e)
	case TokenFailed:
		return x.tokenFailed(e)
	case TokenHeartbeat:
		return x.tokenHeartbeat(e)
	case Redrive:
		return x.redrive()
	case Tick:
		if !x.open() {
			return workflow.ErrClosed
		}
		x.tick()
		return nil
	case Stop:
		if !x.open() {
			return workflow.ErrClosed
		}
		x.stop(e)
		return nil
	}
	return fmt.Errorf("asl: no event of the interpreter: %T", e)
}

// checkPayload refuses what may not enter an execution from outside.
func checkPayload(b json.RawMessage) error {
	if len(b) > workflow.MaxPayload {
		return fmt.Errorf("%d bytes are more than the limit of %d", len(b), workflow.MaxPayload)
	}
	if !json.Valid(b) {
		return errors.New("it is not JSON")
	}
	if deep(b) {
		return fmt.Errorf("it nests deeper than %d levels", maxPayloadNesting)
	}
	return nil
}
