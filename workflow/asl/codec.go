package asl

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"countersign/workflow/asl/jsontext"
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
		w.b = jsontext.AppendString(w.b, s)
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
	w.flag("unheard", f.unheard)
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
		w.b = append(jsontext.AppendString(w.b, name), ':')
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
