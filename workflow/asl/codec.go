package asl

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"countersign/workflow"
)

// snapshotVersion is the version of the stored form. A newer Countersign reads all
// older versions.
const snapshotVersion = 2

// Encode writes the snapshot as JSON. Payloads keep their very text, which is why
// encoding/json, which rewrites embedded texts, does not do it.
func (s *Snapshot) Encode() []byte {
	w := writer{b: make([]byte, 0, 256+len(s.input)+len(s.output)+s.root.size())}
	w.b = append(w.b, `{"v":2`...)
	w.int("id", int64(s.id))
	w.string("name", s.name)
	w.string("machine", s.machine)
	w.string("type", string(s.kind))
	w.string("role", s.role)
	w.raw("input", s.input)
	w.int("started", int64(s.started))
	w.string("status", string(s.status))
	w.raw("output", s.output)
	w.string("error", s.err)
	w.string("cause", s.cause)
	w.int("closed", int64(s.closed))
	w.int("deadline", int64(s.deadline))
	w.int("redrives", int64(s.redrives))
	w.int("last", s.last)
	if s.root != nil {
		w.key("root")
		w.frame(s.root, nil)
	}
	return append(w.b, '}')
}

// writer leaves out what is zero.
type writer struct{ b []byte }

func (w *writer) key(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

func (w *writer) int(name string, n int64) {
	if n != 0 {
		w.key(name)
		w.b = strconv.AppendInt(w.b, n, 10)
	}
}

func (w *writer) string(name, s string) {
	if s != "" {
		w.key(name)
		w.b = appendString(w.b, s)
	}
}

func (w *writer) flag(name string, on bool) {
	if on {
		w.key(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *writer) raw(name string, r json.RawMessage) {
	if r != nil {
		w.key(name)
		w.b = append(w.b, r...)
	}
}

// frame writes a frame. The older one is the branch before it, or nil.
func (w *writer) frame(f, older *frame) {
	w.b = append(w.b, '{')
	w.int("index", int64(f.index))
	w.vars(f.vars)
	w.string("state", f.state)
	w.int("entry", int64(f.entry))
	w.int("entered", int64(f.entered))
	if same := f.sameInput(older); same != "" {
		w.string("same", same)
	} else {
		w.raw("input", f.input)
	}
	w.int("prev", f.prev)
	w.int("phase", int64(f.phase))
	w.int("due", int64(f.due))
	w.int("attempt", int64(f.attempt))
	if len(f.tries) > 0 {
		w.key("tries")
		w.b = append(w.b, '[')
		for i, n := range f.tries {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.b = strconv.AppendInt(w.b, int64(n), 10)
		}
		w.b = append(w.b, ']')
	}
	if f.task != nil {
		w.key("task")
		w.task(f.task)
	}
	w.string("run", f.run)
	w.int("item", int64(f.item))
	w.int("itemEnd", int64(f.itemEnd))
	if f.group != nil {
		w.key("group")
		w.group(f.group, f.input)
	}
	if len(f.children) > 0 {
		w.key("children")
		w.b = append(w.b, '[')
		var older *frame
		for i, c := range f.children {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.frame(c, older)
			older = c
		}
		w.b = append(w.b, ']')
	}
	w.b = append(w.b, '}')
}

// vars writes the variables in the order of their names: a snapshot has one spelling.
func (w *writer) vars(vars map[string]json.RawMessage) {
	if len(vars) == 0 {
		return
	}
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	w.key("vars")
	w.b = append(w.b, '{')
	for i, name := range names {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(appendString(w.b, name), ':')
		w.b = append(w.b, vars[name]...)
	}
	w.b = append(w.b, '}')
}

func (w *writer) task(t *pending) {
	w.b = append(w.b, '{')
	w.int("scheduled", int64(t.scheduled))
	w.int("timeout", int64(t.timeout))
	w.int("heartbeat", int64(t.heartbeat))
	w.int("timeoutMS", int64(t.timeoutMS))
	w.int("heartbeatMS", int64(t.heartbeatMS))
	w.int("child", int64(t.child))
	w.string("token", string(t.token))
	if t.seed != nil {
		w.string("seed", hex.EncodeToString(t.seed[:]))
	}
	w.flag("submitted", t.submitted)
	w.flag("offered", t.offered)
	w.flag("event", t.event)
	w.b = append(w.b, '}')
}

func (f *frame) size() (n int) {
	f.each(func(g *frame) {
		n += 256 + len(g.input)
		if g.group != nil {
			n += len(g.group.items) + g.group.size + 8*g.group.next
		}
		for name, v := range g.vars {
			n += len(name) + len(v) + 8
		}
	})
	return n
}

// stored is the stored form as encoding/json reads it.
type stored struct {
	V        int                       `json:"v"`
	ID       workflow.ExecutionID      `json:"id"`
	Name     string                    `json:"name"`
	Machine  string                    `json:"machine"`
	Type     workflow.StateMachineType `json:"type"`
	Role     string                    `json:"role"`
	Input    json.RawMessage           `json:"input"`
	Started  millis                    `json:"started"`
	Status   workflow.ExecutionStatus  `json:"status"`
	Output   json.RawMessage           `json:"output"`
	Error    string                    `json:"error"`
	Cause    string                    `json:"cause"`
	Closed   millis                    `json:"closed"`
	Deadline millis                    `json:"deadline"`
	Redrives int                       `json:"redrives"`
	Last     int64                     `json:"last"`
	Root     *storedFrame              `json:"root"`
}

type storedFrame struct {
	Index    int                        `json:"index"`
	Vars     map[string]json.RawMessage `json:"vars"`
	State    string                     `json:"state"`
	Entry    workflow.EntryID           `json:"entry"`
	Entered  millis                     `json:"entered"`
	Input    json.RawMessage            `json:"input"`
	Prev     int64                      `json:"prev"`
	Phase    phase                      `json:"phase"`
	Due      millis                     `json:"due"`
	Attempt  int                        `json:"attempt"`
	Tries    []int                      `json:"tries"`
	Task     *storedTask                `json:"task"`
	Same     string                     `json:"same"`
	Run      string                     `json:"run"`
	Item     int                        `json:"item"`
	ItemEnd  int                        `json:"itemEnd"`
	Group    *storedGroup               `json:"group"`
	Children []*storedFrame             `json:"children"`
}

type storedTask struct {
	Scheduled   millis               `json:"scheduled"`
	Timeout     millis               `json:"timeout"`
	Heartbeat   millis               `json:"heartbeat"`
	TimeoutMS   millis               `json:"timeoutMS"`
	HeartbeatMS millis               `json:"heartbeatMS"`
	Token       workflow.TaskToken   `json:"token"`
	Seed        string               `json:"seed"`
	Submitted   bool                 `json:"submitted"`
	Offered     bool                 `json:"offered"`
	Event       bool                 `json:"event"`
	Child       workflow.ExecutionID `json:"child"`
}

// Decode reads what Encode wrote.
func Decode(b []byte) (*Snapshot, error) {
	var d stored
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("asl: reading a snapshot: %w", err)
	}
	if d.V < 1 || d.V > snapshotVersion {
		return nil, fmt.Errorf("asl: a snapshot of version %d was written by a newer Countersign; this one reads versions up to %d", d.V, snapshotVersion)
	}
	s := &Snapshot{
		id: d.ID, name: d.Name, machine: d.Machine, kind: d.Type, role: d.Role, input: d.Input,
		started: d.Started, status: d.Status, output: d.Output, err: d.Error, cause: d.Cause, closed: d.Closed,
		deadline: d.Deadline, redrives: d.Redrives, last: d.Last,
	}
	var err error
	if s.root, err = d.Root.frame(nil, nil); err != nil {
		return nil, err
	}
	if s.status == "" || s.root == nil && s.status != workflow.Succeeded {
		return nil, fmt.Errorf("asl: a snapshot with the status %q has no frame", s.status)
	}
	return s, nil
}

func (d *storedFrame) frame(parent, older *frame) (*frame, error) {
	if d == nil {
		return nil, nil
	}
	f := &frame{
		parent: parent, index: d.Index, vars: d.Vars,
		state: d.State, entry: d.Entry, entered: d.Entered, input: d.Input, prev: d.Prev,
		phase: d.Phase, due: d.Due, attempt: d.Attempt, tries: d.Tries, run: d.Run, item: d.Item, itemEnd: d.ItemEnd,
	}
	f.task = d.Task.pending()
	damaged := !f.placed() || f.setSameInput(d.Same, older) != nil || f.phase > phaseChildren || (f.phase == phaseTask) != (f.task != nil)
	if f.input == nil && (parent == nil || f.entry != 0) {
		damaged = true
	}
	var err error
	if f.group, err = d.Group.group(f.input); err != nil || damaged {
		return nil, fmt.Errorf("asl: a snapshot's frame in state %q is damaged", d.State)
	}
	older = nil
	for _, c := range d.Children {
		child, err := c.frame(f, older)
		if err != nil {
			return nil, err
		}
		f.children, older = append(f.children, child), child
	}
	return f, nil
}

func (d *storedTask) pending() *pending {
	if d == nil {
		return nil
	}
	p := &pending{
		scheduled: d.Scheduled, timeout: d.Timeout, heartbeat: d.Heartbeat,
		timeoutMS: d.TimeoutMS, heartbeatMS: d.HeartbeatMS,
		token: d.Token, submitted: d.Submitted, offered: d.Offered, event: d.Event, child: d.Child,
	}
	if b, err := hex.DecodeString(d.Seed); err == nil && len(b) == len(Seed{}) {
		p.seed = (*Seed)(b)
	}
	return p
}
