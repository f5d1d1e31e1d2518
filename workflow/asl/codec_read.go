package asl

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"countersign/workflow"
)

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
	Unheard  bool                       `json:"unheard"`
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
		phase: d.Phase, due: d.Due, attempt: d.Attempt, unheard: d.Unheard, tries: d.Tries, run: d.Run, item: d.Item, itemEnd: d.ItemEnd,
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
