package models

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"countersign/workflow"
)

// What a function answers leaves its state, enters the next and is the input of its
// function: four events of one row show the same payload. It is written once, and the other
// events refer to it: "same":{"input":"5.output"} is what event 5 of the row has as output.

// storedDetails are details some of whose payloads stand elsewhere in the row.
type storedDetails struct {
	workflow.Details
	Same map[string]string `json:"same"`
}

// payload is one of the members that may refer to another.
func (d *storedDetails) payload(member string) *json.RawMessage {
	switch member {
	case "input":
		return &d.Input
	case "output":
		return &d.Output
	case "parameters":
		return &d.Parameters
	case "assignedVariables":
		return &d.Assigned
	}
	return nil
}

// resolve gives every event of a row its payloads.
func resolve(row []storedEvent) error {
	for i := range row {
		d := &row[i].Details
		for member, from := range d.Same {
			to, payload := d.payload(member), shown(row, from)
			if to == nil || payload == nil || len(*payload) == 0 {
				return fmt.Errorf("event %d refers to %s for its %s, which is not there", row[i].ID, from, member)
			}
			*to = *payload
		}
	}
	return nil
}

// shown is a payload that an event of the row has itself, or nil.
func shown(row []storedEvent, from string) *json.RawMessage {
	number, member, _ := strings.Cut(from, ".")
	event, err := strconv.ParseInt(number, 10, 64)
	at := event - row[0].ID
	if err != nil || at < 0 || at >= int64(len(row)) {
		return nil
	}
	return row[at].Details.payload(member)
}

const (
	leastShared = 32 // bytes: a reference takes about as many
	lookedBack  = 4  // payloads, of which more than two hardly ever matter
)

// payloads are the latest of a row that is being written.
type payloads struct {
	event  int64 // that is being written
	latest [lookedBack]struct {
		event   int64
		member  string
		payload json.RawMessage
	}
	n int
}

func (p *payloads) add(member string, payload json.RawMessage) {
	if len(payload) < leastShared {
		return
	}
	at := &p.latest[p.n%lookedBack]
	at.event, at.member, at.payload = p.event, member, payload
	p.n++
}

// reference is a member whose payload stands elsewhere.
type reference struct {
	member string
	from   string
}

func (p *payloads) find(payload json.RawMessage) (from string, ok bool) {
	if len(payload) < leastShared {
		return "", false
	}
	for i := range min(p.n, lookedBack) {
		if at := &p.latest[i]; string(at.payload) == string(payload) {
			return strconv.FormatInt(at.event, 10) + "." + at.member, true
		}
	}
	return "", false
}

// references writes the member that says where payloads are.
func (o *object) references() {
	if len(o.same) == 0 {
		return
	}
	o.member("same")
	o.b = append(o.b, '{')
	o.some = false
	for _, r := range o.same {
		o.text(r.member, r.from)
	}
	o.b = append(o.b, '}')
	o.some = true
}
