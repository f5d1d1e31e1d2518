package asl

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"strings"

	"countersign/workflow"
)

// mapRunBody is a Map state in DISTRIBUTED mode. Its items are processed by child
// executions, which a Map Run starts: like a task, the state asks for that and waits.
type mapRunBody struct {
	items     mapBody // what both modes have
	label     string
	childType workflow.StateMachineType
	reader    *readerBody
	batcher   *batcherBody
	writer    *writerBody
}

// readerBody is an ItemReader.
type readerBody struct {
	resource  string
	arguments expression
	inputType string
	location  string
	headers   []string
	delimiter string
	maxItems  quantity
	pointer   string
}

type batcherBody struct {
	maxItems, maxBytes quantity
	input              expression
}

// writerBody is a ResultWriter; resource is empty when the results are the state's.
type writerBody struct {
	resource       string
	arguments      expression
	transformation string
	outputType     string
}

// labelOf names the processor of a Map state without a Label.
func labelOf(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:8])
}

func (b *mapRunBody) begin(x *stepper, f *frame, s *state) verdict { return b.again(x, f, s) }

// again begins a Map Run, or on a redrive goes on with the one that there was.
func (b *mapRunBody) again(x *stepper, f *frame, s *state) verdict {
	f.attempt++
	f.task = &pending{scheduled: x.now, seed: new(Seed)}
	x.draw().Read(f.task.seed[:])
	redriven := f.run != ""
	if !redriven {
		f.run = newUUID(x.draw())
	}
	run, fail := b.spec(&environment{x: x, f: f}, s)
	if fail != nil {
		f.task, f.run = nil, ""
		return failed(fail)
	}
	if redriven {
		count := x.s.redrives
		x.emit(f, workflow.EventMapRunRedriven, workflow.Details{MapRunARN: run.ARN, RedriveCount: &count})
	} else {
		length := 0
		if run.Reader == nil {
			length = lengthOf(run.Items)
		}
		x.emit(f, workflow.EventMapStateStarted, workflow.Details{Length: &length})
		x.emit(f, workflow.EventMapRunStarted, workflow.Details{MapRunARN: run.ARN})
	}
	if !x.open() {
		return verdict{}
	}
	f.phase = phaseTask
	x.commands = append(x.commands, b.invoke(f, run))
	return verdict{}
}

func (b *mapRunBody) invoke(f *frame, run *MapRun) Invoke {
	return Invoke{
		Entry: f.entry, Attempt: f.attempt, State: f.state, Resource: "map:run", Map: run,
		ScheduledAt: f.task.scheduled.time(),
	}
}

// spec evaluates what the Map Run is to do. It depends on the snapshot only.
func (b *mapRunBody) spec(e *environment, s *state) (*MapRun, *failure) {
	e.chance = rand.NewChaCha8(*e.f.task.seed)
	data, fail := s.lang.effective(e, e.f.input)
	if fail != nil {
		return nil, fail
	}
	machine, _, _ := strings.Cut(e.x.s.machine, "/") // labels are unique in the whole definition
	run := &MapRun{ARN: workflow.MapRunARN(machine, b.label, e.f.run), Label: b.label, Type: b.childType}
	keyed := false
	if b.reader == nil {
		run.Items, fail = b.items.lang.items(e, data, true)
		if keyed = rawKind(run.Items) == '{'; keyed {
			run.Items = entries(run.Items)
		}
	} else {
		run.Reader, fail = b.reader.spec(e, data)
	}
	if fail != nil {
		return nil, fail
	}
	if fail := b.limits(run, e, data); fail != nil {
		return nil, fail
	}
	if b.batcher != nil {
		if fail := b.batcher.spec(run, e, data); fail != nil {
			return nil, fail
		}
	}
	if b.writer != nil {
		if run.Writer, fail = b.writer.spec(e, data); fail != nil {
			return nil, fail
		}
	}
	run.Select = b.selector(e, data, keyed)
	return run, nil
}

func (b *mapRunBody) limits(run *MapRun, e *environment, data json.RawMessage) *failure {
	concurrency, _, fail := amount(b.items.concurrency, e, data)
	if fail != nil {
		return fail
	}
	count, _, fail := amount(b.items.tolerated, e, data)
	if fail != nil {
		return fail
	}
	run.MaxConcurrency, run.ToleratedFailureCount = int64(concurrency), int64(count)
	run.ToleratedFailurePercentage, _, fail = amount(b.items.toleratedPercent, e, data)
	return fail
}

// entries are the members of an object as items.
func entries(object json.RawMessage) json.RawMessage {
	out := json.RawMessage{'['}
	members(object, func(key []byte, start, end int) bool {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, `{"Key":`...), key...), `,"Value":`...)
		out = append(append(out, object[start:end]...), '}')
		return true
	})
	return append(out, ']')
}

// selector applies ItemSelector to one item after the other, of which the context
// object speaks as Map.Item. Keyed items are entries.
func (b *mapRunBody) selector(of *environment, data json.RawMessage, keyed bool) func(int64, json.RawMessage) (json.RawMessage, *workflow.TaskError) {
	x := &stepper{m: of.x.m, s: of.x.s, now: of.x.now, at: of.x.at}
	seed := *of.f.task.seed
	return func(index int64, item json.RawMessage) (json.RawMessage, *workflow.TaskError) {
		outer := *of.f
		value, key := item, json.RawMessage(nil)
		if keyed {
			start, end, _ := member(item, "Value")
			value = item[start:end:end]
			start, end, _ = member(item, "Key")
			key = item[start:end:end]
		}
		outer.group = &group{items: value}
		iteration := &frame{parent: &outer, index: int(index), itemEnd: len(value)}
		own := seed
		binary.BigEndian.PutUint64(own[:], binary.BigEndian.Uint64(seed[:])^uint64(index))
		e := &environment{x: x, f: &outer, iteration: iteration, key: key, chance: rand.NewChaCha8(own)}
		out, fail := b.items.lang.item(e, data, item)
		if fail != nil {
			return nil, &workflow.TaskError{Name: fail.name, Cause: fail.cause}
		}
		return out, nil
	}
}

func (r *readerBody) spec(e *environment, data json.RawMessage) (*ItemReader, *failure) {
	out := &ItemReader{Resource: r.resource, InputType: r.inputType, HeaderLocation: r.location, Headers: r.headers, Delimiter: r.delimiter, Pointer: r.pointer}
	max, _, fail := amount(r.maxItems, e, data)
	if fail != nil {
		return nil, fail
	}
	out.MaxItems = int64(max)
	out.Arguments, fail = valueOf(r.arguments, e, data)
	return out, fail
}

func (b *batcherBody) spec(run *MapRun, e *environment, data json.RawMessage) *failure {
	items, _, fail := amount(b.maxItems, e, data)
	if fail != nil {
		return fail
	}
	bytes, _, fail := amount(b.maxBytes, e, data)
	if fail != nil {
		return fail
	}
	run.MaxItemsPerBatch, run.MaxInputBytesPerBatch = int64(items), int64(bytes)
	if b.input != nil {
		run.BatchInput, fail = b.input.value(e, data)
	}
	return fail
}

func (w *writerBody) spec(e *environment, data json.RawMessage) (*ResultWriter, *failure) {
	arguments, fail := valueOf(w.arguments, e, data)
	return &ResultWriter{Resource: w.resource, Arguments: arguments, Transformation: w.transformation, OutputType: w.outputType}, fail
}

// valueOf is {} when there is no expression.
func valueOf(from expression, e *environment, data json.RawMessage) (json.RawMessage, *failure) {
	if from == nil {
		return rawEmpty, nil
	}
	return from.value(e, data)
}

// running finds the frame whose Map Run an answer is for.
func (x *stepper) running(entry workflow.EntryID, attempt int) *frame {
	f := x.s.root.find(entry)
	if !x.open() || f == nil || f.phase != phaseTask || f.attempt != attempt {
		return nil
	}
	if _, ok := x.m.state(f).body.(*mapRunBody); !ok {
		return nil
	}
	return f
}

// mapRunSucceeded ends the state with the results of its Map Run. The exit follows the
// beginning of the Map Run; a JSONPath state at the very start follows its end.
func (x *stepper) mapRunSucceeded(f *frame, output json.RawMessage) {
	s := x.m.state(f)
	began := f.prev
	x.emit(f, workflow.EventMapRunSucceeded, workflow.Details{})
	ended := f.prev
	x.emit(f, s.kind.succeeded, workflow.Details{})
	f.prev = began
	if _, plain := s.lang.(*jsonPath); plain && f.parent == nil && s == x.m.start {
		f.prev = ended
	}
	out, fail := s.lang.result(&environment{x: x, f: f}, f.input, output)
	if fail != nil {
		x.endTask(f, failed(fail))
		return
	}
	f.run = ""
	x.endTask(f, verdict{leaves: true, output: out, next: s.next})
}

func (x *stepper) mapRunFailed(f *frame, e *failure) {
	x.emit(f, workflow.EventMapRunFailed, workflow.Details{Error: e.name, Cause: e.cause})
	e.inside = true
	x.endTask(f, failed(e))
}

// abortRun records that the Map Run of a state that is aborted ends with it.
func (x *stepper) abortRun(f *frame, emit func(*frame, workflow.EventType, workflow.Details)) {
	if f.run != "" && f.phase == phaseTask {
		emit(f, workflow.EventMapRunAborted, workflow.Details{})
	}
}

// Processor is the state machine of the child executions of a Distributed Map.
func (m *StateMachine) Processor(label string) (*StateMachine, bool) {
	for _, s := range m.all {
		if b, ok := s.body.(*mapRunBody); ok && b.label == label {
			return &StateMachine{scope: *s.scopes[0], within: s, all: m.all, byName: m.byName, readsInput: m.readsInput}, true
		}
	}
	return nil, false
}
