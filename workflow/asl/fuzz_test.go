package asl

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// seedDefinitions are the definitions of the transcripts and of the diagnostics.
func seedDefinitions(f *testing.F) (definitions, inputs [][]byte) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		definitions = append(definitions, section(a, "definition.json"))
		inputs = append(inputs, section(a, "input.json"))
	}
	for _, src := range diagnosticCases {
		clean, _ := expected(src)
		definitions, inputs = append(definitions, []byte(clean)), append(inputs, []byte(`{}`))
	}
	return definitions, inputs
}

// FuzzParse: whatever the text, there is a Definition or a diagnostic, and every
// diagnostic has a place.
func FuzzParse(f *testing.F) {
	definitions, _ := seedDefinitions(f)
	for _, d := range definitions {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, found := Parse(src)
		if d == nil && len(found) == 0 {
			t.Fatal("neither a definition nor a diagnostic")
		}
		lines := bytes.Count(src, []byte("\n")) + 1
		for _, p := range found {
			if p.Line < 1 || p.Line > lines || p.Code == "" || p.Message == "" {
				t.Fatalf("%+v in a text of %d lines", p, lines)
			}
		}
		if d != nil && !json.Valid(src) {
			t.Fatal("read what is not JSON")
		}
	})
}

// FuzzCompile: a state machine or diagnostics, and the machine can be drawn.
func FuzzCompile(f *testing.F) {
	definitions, _ := seedDefinitions(f)
	for _, d := range definitions {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Compile(src)
		if (m == nil) == (err == nil) {
			t.Fatalf("%v and %v", m, err)
		}
		if m == nil {
			return
		}
		g := m.Graph()
		known := map[string]bool{}
		for _, s := range g.States {
			known[s.Name] = true
		}
		for _, e := range g.Edges {
			if !known[e.From] || !known[e.To] {
				t.Fatalf("an edge to nowhere: %+v", e)
			}
		}
	})
}

// FuzzStep: any machine, any input, any answers. tester checks every step.
func FuzzStep(f *testing.F) {
	definitions, inputs := seedDefinitions(f)
	for i := range definitions {
		f.Add(definitions[i], inputs[i], []byte("sTuFtxkr"), []byte(`{"n":1}`))
	}
	f.Fuzz(func(t *testing.T, src, input, script, answer []byte) {
		m, err := Compile(src)
		if err != nil {
			return
		}
		x := newTester(t, m)
		if _, err := x.start(input); err != nil {
			return
		}
		for _, c := range script[:min(len(script), 12)] {
			if len(x.history) > 2000 {
				return
			}
			_, _ = x.step(fuzzEvent(x, c, answer))
		}
	})
}

func fuzzEvent(x *tester, c byte, answer []byte) Event {
	inv, _ := newest(Outcome{Snapshot: x.snapshot}, x.machine)
	switch c {
	case 's':
		return TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, Output: answer}
	case 'F':
		return TaskFailed{Entry: inv.Entry, Attempt: inv.Attempt, Error: string(answer), Cause: string(answer)}
	case 'u':
		return TaskSubmitted{Entry: inv.Entry, Attempt: inv.Attempt, Output: answer}
	case 't':
		return TokenSucceeded{Token: inv.Token, Output: answer}
	case 'f':
		return TokenFailed{Token: inv.Token, Error: "E", Cause: string(answer)}
	case 'x':
		return Stop{Error: string(answer)}
	case 'r':
		return Redrive{}
	}
	if at, ok := x.snapshot.WakeAt(); ok && at.After(x.now) {
		x.now = at
	}
	x.now = x.now.Add(time.Duration(c) * time.Millisecond)
	return Tick{}
}

// FuzzPath: any path on any data gives JSON, nothing or an error.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"$", "$.a.b", "$['a'][0]", "$..a", "$.a[?(@.b > 1 && @.c == 'x')].d", "$.a[1:3,5]", "$[-1:]", "$.*", "$.a[?(@.b =~ /x+/)]", "$$.State.Name"} {
		f.Add(p, []byte(`{"a":[{"b":2,"c":"x","d":1.0},2,3],"b":{"a":null}}`))
	}
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		p, err := parsePath(text)
		if err != nil || !json.Valid(data) || len(data) > 4096 {
			return
		}
		v, found, err := p.in(trim(data))
		if found && (err != nil || !json.Valid(v)) {
			t.Fatalf("%s on %s gives %s, %v", text, data, v, err)
		}
	})
}

// FuzzIntrinsic: any call on any data gives JSON or a failure.
func FuzzIntrinsic(f *testing.F) {
	for _, call := range []string{
		"States.Array(1,'a',$.b,States.UUID())", "States.Format('{} \\{ {}',$.a,-1.5e3)", "States.StringSplit($.c,' ,')",
		"States.ArrayPartition($.a,2)", "States.JsonMerge($,States.StringToJson('{}'),false)", "States.MathRandom(0,$.a[0].b,7)",
		"States.ArrayRange(1,9,2)", "States.Hash($,'MD5')", "States.ArrayUnique($.a[?(@.b)])",
	} {
		f.Add(call, []byte(`{"a":[{"b":2,"c":"x","d":1.0},2,3],"b":{"a":null},"c":"a, b"}`))
	}
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		call, err := parseIntrinsic(text)
		if err != nil || !json.Valid(data) || len(data) > 4096 {
			return
		}
		fr := &frame{state: "S", entry: 2}
		e := &environment{x: &stepper{s: &Snapshot{}}, f: fr}
		if out, fail := call.value(e, trim(data)); fail == nil && !json.Valid(out) {
			t.Fatalf("%s on %s gives %s", text, data, out)
		}
	})
}

// FuzzDecode: a damaged snapshot is an error or can be stepped.
func FuzzDecode(f *testing.F) {
	m, err := Compile([]byte(machineOfSeven))
	if err != nil {
		f.Fatal(err)
	}
	o, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m"}, epoch, Seed{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(o.Snapshot.Encode())
	f.Add([]byte(`{"v":1,"status":"FAILED","root":{"state":"S1","input":{}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			return
		}
		if again, err := Decode(s.Encode()); err != nil || !bytes.Equal(again.Encode(), s.Encode()) {
			t.Fatalf("%s does not survive: %v", s.Encode(), err)
		}
		for _, e := range []Event{Tick{}, Redrive{}, Stop{}, TaskFailed{Entry: 2, Attempt: 1}} {
			_, _ = m.Step(s, e, epoch, Seed{})
		}
		m.Outstanding(s)
	})
}
