package jsonata

import (
	"encoding/json"
	"errors"
	commandline "flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// agree fails when the quick way gives another value than the library does.
func agree(t *testing.T, in *interpreter, e *Expression, s Scope) {
	t.Helper()
	if e.quick == nil {
		return
	}
	v := e.quick.value(s)
	if v.kind == unknown {
		return
	}
	want, err := in.run(e, s, in.bounds.time, nil)
	if f, bound := err.(*Failure); bound && f.Code == "" {
		return // it took too long there
	}
	if v.kind == nothing {
		if !errors.Is(err, ErrUndefined) {
			t.Errorf("%s: quickly nothing, else %s %v", e.text, want, err)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: quickly %s, else %v", e.text, v.text(), err)
		return
	}
	if diff := cmp.Diff(decoded(t, want), decoded(t, v.text())); diff != "" {
		t.Errorf("%s (-library +quick):\n%s", e.text, diff)
	}
}

func decoded(t *testing.T, text json.RawMessage) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

var mixed = &scope{
	states: map[string]string{
		"input": `{"a":{"b":{"c":[1,"x",null]},"n":null,"t":true,"f":false,"z":0,"e":"","s":"text","u":"\u00e9\n\"",
			"neg":-2.50,"big":1e300,"small":1e-9,"list":[],"one":[7],"many":[1,[2],{"k":3}],"obj":{},"d":"12"},"3":4,
			"dup":1,"dup":2}`,
		"result": `[{"x":1},{"x":2}]`, "context": `{"State":{"Name":"S","RetryCount":0}}`,
	},
	variables: map[string]string{"v": `{"w":{"x":5}}`, "count": `3`, "null": `null`, "str": `"abc"`, "n": ` 41 `},
}

var leaves = []string{
	"$states.input.a.b.c", "$states.input.a.b", "$states.input.a.n", "$states.input.a.t", "$states.input.a.f", "$states.input.a.z",
	"$states.input.a.e", "$states.input.a.s", "$states.input.a.u", "$states.input.a.neg", "$states.input.a.big", "$states.input.a.small",
	"$states.input.a.list", "$states.input.a.one", "$states.input.a.many", "$states.input.a.obj", "$states.input.a.d", "$states.input.a.s.x",
	"$states.input.a.one.x", "$states.input.a.many.k", "$states.input.dup", "$states.input.nothing", "$states.input.a.b.c.d", "$states.result.x",
	"$states.context.State.Name", "$states", "$v.w.x", "$v", "$null", "$str", "$n", "$nobody", "$sum", "$count", "1", "0", "2.5", "1e3", "'x'", "\"\"", "'é'",
	"true", "false", "null", "-3", "[]", "{}", "$states.input.a.`n`",
}

// expression makes an expression, most of them simple ones.
func expression(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	sub := func() string { return expression(r, depth-1) }
	switch r.IntN(12) {
	case 0:
		return "(" + sub() + ")"
	case 1:
		return "(" + sub() + " ? " + sub() + " : " + sub() + ")"
	case 2:
		return "[" + sub() + ", " + sub() + "]"
	case 3:
		return "{'k': " + sub() + ", 'l': " + sub() + "}"
	case 4:
		return "-" + leaves[r.IntN(len(leaves))]
	case 5:
		return []string{"$not", "$exists", "$boolean", "$string", "$count"}[r.IntN(5)] + "(" + sub() + ")"
	}
	operators := []string{"+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "&", "and", "or"}
	return "(" + sub() + " " + operators[r.IntN(len(operators))] + " " + sub() + ")"
}

// The quick way and the library agree wherever the quick way gives a value at all, and
// it does so for most of what it is for.
func TestQuickAgrees(t *testing.T) {
	const n = 1500
	r := rand.New(rand.NewPCG(1, 2))
	in := newInterpreter(usual)
	simple, known := 0, 0
	for range n {
		text := expression(r, 3)
		e, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		agree(t, in, e, mixed)
		if e.quick != nil {
			if simple++; e.quick.value(mixed).kind != unknown {
				known++
			}
		}
	}
	if simple < n*9/10 || known < n/5 {
		t.Errorf("of %d expressions, %d are simple and %d have a quick value", n, simple, known)
	}
}

// The value of every leaf alone, too: as a path, and as a path in the library's words.
func TestPlainAgrees(t *testing.T) {
	in := newInterpreter(usual)
	for _, text := range leaves {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(text, err)
		}
		agree(t, in, e, mixed)
	}
}

// Whole numbers of 64 bits stay what they are as long as nobody computes with them.
func TestLargeNumbersPass(t *testing.T) {
	s := &scope{states: map[string]string{"input": `{"n":9223372036854775807,"m":1.0,"list":[ 100000000000000000 , 1.50 ]}`}}
	for text, want := range map[string]string{
		"$states.input.n":                   "9223372036854775807",
		"$states.input":                     `{"n":9223372036854775807,"m":1,"list":[100000000000000000,1.5]}`,
		"{'n': $states.input.n}":            `{"n":9223372036854775807}`,
		"$states.input.n & ''":              `"9223372036854776000"`,
		"$states.input.n = $states.input.n": "true",
	} {
		if got := answer(t, text, s); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	if commandline.Lookup("test.fuzz").Value.String() != "" { // else TestHostileExpressions has them
		for _, x := range hostile {
			f.Add(x.text, `{"a":[1,2,{"b":null}]}`)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		f.Add(expression(r, 3), mixed.states["input"])
	}
	for _, text := range []string{
		"$states.input.a[b > 1].c", "$map($states.input.a, function($v, $i){ $v + $i })", "$states.input.a^(>b)", "$states.input.a@$x.b#$i.{$string($i): $x}",
		"$states.input ~> |a|{'b': 1}, 'c'|", "$match('ab', /a(b)/)", "$fromMillis(1, '[Y]-[M01]')", "$formatNumber(1, '0.0e0')", "$parse('[1]')", "/*x*/ `a b`.%.c",
	} {
		f.Add(text, `{"a":[{"b":1,"c":"x"},{"b":2}]}`)
	}
	in := newInterpreter(narrow)
	f.Fuzz(func(t *testing.T, text, input string) {
		if len(text) > 4096 || !json.Valid([]byte(input)) {
			return
		}
		e, err := Parse(text)
		if err != nil {
			return
		}
		s := &scope{states: map[string]string{"input": input}, variables: map[string]string{"v": "1"}}
		v, err := in.run(e, s, in.bounds.time, nil)
		if err == nil && !json.Valid(v) {
			t.Errorf("%s gave no JSON: %s", text, v)
		}
		if wanted := fmt.Sprint(err); err != nil && strings.Contains(wanted, "panic") {
			t.Error(wanted)
		}
		if in.spent {
			in = newInterpreter(narrow)
		}
		clear(in.parsed)
		agree(t, in, e, s)
	})
}
