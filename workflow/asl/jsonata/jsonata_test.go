package jsonata

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scope is what the tests' expressions see.
type scope struct {
	states, variables map[string]string
	seed              uint64
}

func (s *scope) State(m string) json.RawMessage    { return get(s.states, m) }
func (s *scope) Variable(n string) json.RawMessage { return get(s.variables, n) }
func (s *scope) Now() time.Time                    { return time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC) }
func (s *scope) Random() *rand.Rand                { return rand.New(rand.NewPCG(s.seed, 0)) }

func get(m map[string]string, name string) json.RawMessage {
	if v, ok := m[name]; ok {
		return json.RawMessage(v)
	}
	return nil
}

var order = &scope{
	states: map[string]string{
		"input":   `{"order":{"id":7,"lines":[{"sku":"a","price":2.5,"count":2},{"sku":"b","price":10,"count":1}]},"none":null,"empty":[],"one":[5]}`,
		"context": `{"State":{"Name":"S"}}`,
	},
	variables: map[string]string{"limit": "12", "who": `"Ada"`},
}

// patience is for what must come to its end, on however busy a machine.
const patience = 5 * time.Minute

// answer is a value, or what there is instead of one.
func answer(t testing.TB, text string, s Scope) string {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		return "syntax: " + err.Error()
	}
	v, err := e.Evaluate(s)
	if late, ok := err.(*Failure); ok && late.Message == textLate { // on a machine that has other things to do
		v, _, err, _ = e.in(slowLane, &tape{Scope: s}, patience, nil)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	if !json.Valid(v) {
		t.Errorf("%s gave no JSON: %s", text, v)
	}
	return string(v)
}

// TestService has the values that the service is known to answer where it does not
// simply do as the library does.
func TestService(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"$partition([1,2,3,4,5], 2)", "[[1,2],[3,4],[5]]"},
		{"$partition([1,2,3])", "[[1,2,3]]"},
		{"$partition([1,2,3,4,5], 2.9)", "[[1,2],[3,4],[5]]"},
		{"$partition([], 2)", "error: jsonata: nothing (undefined)"},
		{"$partition([1,2,3], 0)", "error: jsonata: nothing (undefined)"},
		{"$partition([1,2,3], -0.5)", "error: jsonata: nothing (undefined)"},
		{"$partition([1,2,3], -1)", "error: D3137: Second argument must be zero or greater"},
		{"$range(0, 10, 2)", "[0,2,4,6,8,10]"},
		{"$range(10, 0, -2)", "[10,8,6,4,2,0]"},
		{"$range(-1.7, 2, 1)", "[-1,0,1,2]"},
		{"$range(5, 1, -1.5)", "[5,4,3,2,1]"},
		{"$range(3, 3, 1)", "3"},
		{"$range(5, 1, 1)", "error: jsonata: nothing (undefined)"},
		{"$range(1, 5, 0)", "error: jsonata: nothing (undefined)"},
		{"$range(1, 5)", "error: jsonata: nothing (undefined)"},
		{"$range(1)", `error: T0410: Argument 2 of function "range" does not match function signature`},
		{"$count($range(1, 360145, 1))", "360145"},
		{"$range(1, 360146, 1)", "error: " + textLarge},
		{"$range(1, 1e18, 1)", "error: " + textLarge},
		{"$count($range(-9223372036854775808, 9223372036854775807, 9223372036854775807))", "3"},
		{"$hash('Hello', 'MD5')", `"8b1a9953c4611296a827abf8c47804d7"`},
		{"$hash('Hello', 'SHA-1')", `"f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0"`},
		{"$hash('\u00f1', 'MD5')", `"94e9342ecbb1458b6043ecd3bfcbc192"`},
		{"$hash('Hello', 'md5')", "error: D3137: Invalid hash algorithm: md5"},
		{"$hash('Hello')", "error: jsonata: nothing (undefined)"},
		{"$hash(42, 'MD5')", `error: T0410: Argument 1 of function "hash" does not match function signature`},
		{"$random(42)", "0.7275636800328681"},
		{"$random(0.9)", "0.730967787376657"},
		{"$random(7)", "0.7306990420600421"},
		{"$random(1, 2)", `error: T0410: Argument 2 of function "random" does not match function signature`},
		{"$uuid('x')", `error: T0410: Argument 1 of function "uuid" does not match function signature`},
		{`$parse('{"b":1,"a":[true,null,1.50]}')`, `{"b":1,"a":[true,null,1.5]}`},
		{"$parse('null')", "null"},
		{"$parse('1e2')", "100"},
		{"$parse()", "error: jsonata: nothing (undefined)"},
		{"$parse(null)", `error: T0410: Argument 1 of function "parse" does not match function signature`},
		{"$parse('')", "error: D3137: Invalid JSON"},
		{`$parse('{"a":1}{"b":2}')`, "error: D3137: Invalid JSON"},
		{`$parse('{"a":1,"a":2}')`, "error: D3137: Invalid JSON"},
		{"$parse('1e400')", "error: D3137: Invalid JSON"},
		{`$parse('{"__proto__":1,"constructor":2}')`, `{"__proto__":1,"constructor":2}`},
		{`$map(['{"a":1}', '{"a":2}'], $parse).a`, "[1,2]"},
		{"$eval('1+1')", "error: T1006: Attempted to invoke a non-function"},
		{"1/0", `"Infinity"`},
		{"[-1/0, {'k': 0/0}]", `["-Infinity",{"k":"NaN"}]`},
		{"$parseInteger('abc', '0')", `"NaN"`},
		{"$count(null)", "1"},
		{"$string(1e20)", `"100000000000000000000"`},
		{"$string(999999999999999868928)", `"999999999999999900000"`},
		{"$string(1e21)", `"1e+21"`},
		{"$string(1/3)", `"0.333333333333333"`},
		{"$split('a', 'b', -1)", "error: D3020: Third argument of split function must evaluate to a positive number"},
		{"$sqrt(-1)", "error: D3060: The sqrt function cannot be applied to a negative number: -1"},
		{"1 + {}", `error: T2002: The right side of the "+" operator must evaluate to a number`},
		{"$formatNumber(1, 'x')", "error: D3086: The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character"},
		{"$error('so')", "error: D3137: so"},
		{"$assert(false, 'no')", "error: D3141: no"},
		{"$base64encode('h\u00e9')", `"aOk="`},
		{"$base64decode('aGVsbG8')", `"hello"`},
		{"$now()", `"2026-01-02T03:04:05.678Z"`},
		{"$millis()", "1767323045678"},
		{"function($x){ $x }", "error: jsonata: a function"},
		{"[$sum]", "error: jsonata: a function"},
		{"{'f': function($x){ $x }}", "error: jsonata: a function"},
		{"$states.input.none", "null"},
		{"$exists($states.input.none)", "true"},
		{"$states.input.empty", "[]"},
		{"$states.input.nothing", "error: jsonata: nothing (undefined)"},
		{"$states.input.one", "[5]"},
		{"$states.input.order.lines.sku", `["a","b"]`},
		{"$states.input.order.lines[price > 5].sku", `"b"`},
		{"$states.context.State.Name & $who & $limit", `"SAda12"`},
		{"$states ~> $keys", `["input","context"]`},
		{"$states.input.order ~> |lines|{'count': 0}, 'sku'|", `{"id":7,"lines":[{"price":2.5,"count":0},{"price":10,"count":0}]}`},
		{"$states.input.order.lines^(>price).sku", `["b","a"]`},
		{"$replace('abcabc', /b(.)/, '<$1>', 1)", `"a<c>abc"`},
		{"phone", "error: jsonata: nothing (undefined)"},
	} {
		if got := answer(t, x.text, order); got != x.want {
			t.Errorf("%s\n got %s\nwant %s", x.text, got, x.want)
		}
	}
}

// Version 2.0.6 of the language, and the messages of its parser.
func TestSyntax(t *testing.T) {
	for text, want := range map[string]string{
		"a[1,2)":                           `Expected "]", got ","`,
		`"unterminated`:                    "String literal must be terminated by a matching quote",
		"1 +":                              "Unexpected end of expression",
		`{"a":}`:                           `The symbol "}" cannot be used as a unary operator`,
		`$match("a", /abc`:                 "No terminating / in regular expression",
		"":                                 "Unexpected end of expression",
		"$a ?? 1":                          `The symbol "?" cannot be used as a unary operator`,
		"$a ?: 1":                          `The symbol ":" cannot be used as a unary operator`,
		"/a**/":                            "Invalid regular expression",
		strings.Repeat("(", 50_000):        textDeep,
		strings.Repeat("1+", 40_000) + "1": "The expression has 80001 characters, more than the limit of 65536",
	} {
		_, err := Parse(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
	}
}

func TestReferences(t *testing.T) {
	for text, want := range map[string]string{
		"$states.input.a":                `{"variables":null,"states":["input"],"bare":null,"root":false,"calls":null,"context":null}`,
		"$a.b + $b":                      `{"variables":["a","b"],"states":[],"bare":[],"calls":[],"context":[],"root":false}`,
		"$sum($states.result.x[y > $z])": `{"variables":["sum","z"],"states":["result"],"bare":[],"calls":["sum"],"context":[],"root":false}`,
		"($x := 1; $x + $y; $f := function($n){ $n = 0 ? $x : $f($n - 1) }; $f($y))": `{"variables":["y"],"states":[],"bare":[],"calls":[],"context":[],"root":false}`,
		"($x := 1) + $x": `{"variables":["x"],"states":[],"bare":[],"calls":[],"context":[],"root":false}`,
		"1 & $states.context.Execution.Name & $states.context[0].x": `{"variables":[],"states":["context"],"bare":[],"calls":[],"context":[["Execution","Name"],[]],"root":false}`,
		"$lookup($states, 'input')":                                 `{"variables":["lookup"],"states":[""],"bare":[],"calls":["lookup"],"context":[[]],"root":false}`,
		"phone[0].home + $$.x & $.y":                                `{"variables":[],"states":[],"bare":["phone","$"],"calls":[],"context":[],"root":true}`,
		"$map($a, function($v){ b })":                               `{"variables":["map","a"],"states":[],"bare":["b"],"calls":["map"],"context":[],"root":false}`,
		"$a@$i.b#$n[$n > $i].{'k': $n, $q: c}":                      `{"variables":["a","q"],"states":[],"bare":[],"calls":[],"context":[],"root":false}`,
		"$a^(<b, >$c).d{e: $sum(f)}":                                `{"variables":["a","c","sum"],"states":[],"bare":[],"calls":["sum"],"context":[],"root":false}`,
		"{'a': x, 'b': [y, -z, w ? v : u]}":                         `{"variables":[],"states":[],"bare":["x","y","z","w","v","u"],"calls":[],"context":[],"root":false}`,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(text, err)
		}
		got, _ := json.Marshal(e.References())
		var a, b any
		json.Unmarshal(got, &a)
		json.Unmarshal([]byte(want), &b)
		if diff := cmp.Diff(b, a); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// An expression is used by any number of goroutines, each with an interpreter of its own.
func TestConcurrentEvaluation(t *testing.T) {
	e, err := Parse("$sum($map([1..$n], function($i){ $i * $states.input }))")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			s := &scope{states: map[string]string{"input": strconv.Itoa(i)}, variables: map[string]string{"n": "10"}}
			for range 10 {
				if v, err := e.Evaluate(s); err != nil || string(v) != strconv.Itoa(55*i) {
					t.Errorf("%d: %s %v", i, v, err)
				}
			}
		})
	}
	wg.Wait()
}

// An interpreter that had to be interrupted is not used again, and others go on.
func TestInterruptedInterpreter(t *testing.T) {
	e, err := Parse("($f := function($x){ $f($x + 1) }; $f(1))")
	if err != nil {
		t.Fatal(err)
	}
	in := newInterpreter(bounds{steps: 1 << 40, time: 100 * time.Millisecond, growth: 1 << 40})
	if _, err := in.run(e, order, in.bounds.time, nil); err == nil || err.Error() != textLate || !in.spent {
		t.Errorf("%v, spent is %v", err, in.spent)
	}
	if got := answer(t, "[1..3] ~> $sum()", order); got != "6" {
		t.Error(got)
	}
}
