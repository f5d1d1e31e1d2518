package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"countersign/workflow"
)

// storedEvent is a history event as JSON in the database. It is read with
// encoding/json and written by hand: several times faster, and payloads stay byte
// for byte what they were, which json.Marshal does not promise.
type storedEvent struct {
	ID       int64              `json:"id"`
	Previous int64              `json:"previousEventId"`
	Type     workflow.EventType `json:"type"`
	At       int64              `json:"at"` // Unix milliseconds
	Details  storedDetails      `json:"details"`
}

func (e storedEvent) event() workflow.HistoryEvent {
	return workflow.HistoryEvent{
		ID: e.ID, PreviousID: e.Previous, Type: e.Type, At: time.UnixMilli(e.At).UTC(), Details: e.Details.Details,
	}
}

// errPayload: one bad payload would make the whole row unreadable.
var errPayload = errors.New("a payload in the history is not JSON")

// eventsPerRow bounds what must be read to see one event of a long commit: a state that maps
// over thousands of items may write thousands of events at once. Tests make it smaller.
var eventsPerRow int64 = 256

// historyRows encodes the events of one commit, row by row. It runs in the caller's goroutine,
// so that the writer does not spend its time on it.
func historyRows(events []workflow.HistoryEvent) (rows [][]byte, err error) {
	for part := range slices.Chunk(events, int(eventsPerRow)) {
		row, err := encodeEvents(part)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// encodeEvents writes events as a JSON array.
func encodeEvents(events []workflow.HistoryEvent) ([]byte, error) {
	if len(events) == 0 {
		return nil, nil
	}
	size := 2
	for i := range events {
		d := &events[i].Details
		size += 192 + (len(d.Input)+len(d.Output)+len(d.Parameters))/2 + len(d.Cause) // half of the payloads are references
	}
	b := append(make([]byte, 0, size), '[')
	var said payloads
	for i := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEvent(b, &events[i], &said)
	}
	if !validPayloads(events) {
		return nil, errPayload
	}
	return append(b, ']'), nil
}

// validPayloads looks at what was not made here. What one event shows as output the next often
// shows as input: the same bytes are looked at once.
func validPayloads(events []workflow.HistoryEvent) bool {
	var seen json.RawMessage
	for i := range events {
		d := &events[i].Details
		for _, payload := range [...]json.RawMessage{d.Input, d.Output, d.Parameters, d.Assigned} {
			if len(payload) == 0 || bytes.Equal(payload, seen) {
				continue
			}
			if !json.Valid(payload) {
				return false
			}
			seen = payload
		}
	}
	return true
}

func appendEvent(b []byte, e *workflow.HistoryEvent, said *payloads) []byte {
	said.event = e.ID
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, e.ID, 10)
	b = append(b, `,"previousEventId":`...)
	b = strconv.AppendInt(b, e.PreviousID, 10)
	b = append(b, `,"type":`...)
	b = appendString(b, string(e.Type))
	b = append(b, `,"at":`...)
	b = strconv.AppendInt(b, e.At.UnixMilli(), 10)
	b = append(b, `,"details":`...)
	return append(appendDetails(b, &e.Details, said), '}')
}

func appendDetails(b []byte, d *workflow.Details, said *payloads) []byte {
	o := object{b: append(b, '{'), said: said}
	o.text("name", d.Name)
	o.json("input", d.Input)
	o.json("output", d.Output)
	o.text("error", d.Error)
	o.text("cause", d.Cause)
	o.text("resource", d.Resource)
	o.text("resourceType", d.ResourceType)
	o.text("region", d.Region)
	o.json("parameters", d.Parameters)
	o.number("timeoutInSeconds", d.TimeoutInSeconds)
	o.number("heartbeatInSeconds", d.HeartbeatInSeconds)
	o.text("roleArn", d.RoleARN)
	o.text("taskCredentials", d.CredentialsRole)
	o.small("redriveCount", d.RedriveCount)
	o.small("index", d.Index)
	o.small("length", d.Length)
	o.text("workerName", d.WorkerName)
	o.text("mapRunArn", string(d.MapRunARN))
	o.json("assignedVariables", d.Assigned)
	o.text("location", d.EvaluationLocation)
	o.text("state", d.State)
	o.text("stateMachineAliasArn", string(d.StateMachineAlias))
	o.text("stateMachineVersionArn", string(d.StateMachineVersion))
	o.references()
	return append(o.b, '}')
}

// object appends the members of a JSON object, leaving out those that are absent.
type object struct {
	b    []byte
	some bool
	said *payloads
	same []reference
}

func (o *object) member(name string) {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, value string) {
	if value != "" {
		o.member(name)
		o.b = appendString(o.b, value)
	}
}

func (o *object) json(name string, value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	if from, ok := o.said.find(value); ok {
		o.same = append(o.same, reference{name, from})
		return
	}
	o.said.add(name, value)
	o.member(name)
	o.b = append(o.b, value...)
}

func (o *object) number(name string, value *int64) {
	if value != nil {
		o.member(name)
		o.b = strconv.AppendInt(o.b, *value, 10)
	}
}

func (o *object) small(name string, value *int) {
	if value != nil {
		n := int64(*value)
		o.number(name, &n)
	}
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // cannot fail for a string
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
