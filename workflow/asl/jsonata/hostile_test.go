package jsonata

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"
)

// doubled is an expression whose value x has grown n times by "x op x".
func doubled(start, op string, n int, then string) string {
	return "($x := " + start + ";" + strings.Repeat("$x := "+strings.ReplaceAll(op, "x", "$x")+";", n) + then + ")"
}

// hostile are expressions that want more than there is, and how they have to fail; an
// empty text is for those that are merely not to take too long.
var hostile = []struct{ name, text, want string }{
	{"tail recursion", "($f := function($x){ $f($x + 1) }; $f(1))", textLate},
	{"recursion", "($f := function($x){ 1 + $f($x) }; $f(1))", textDeep},
	{"mutual recursion", "($f := function(){ $g() }; $g := function(){ $f() }; $f())", textLate},
	{"nested parentheses", strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100), textDeep},
	{"long sum", "1" + strings.Repeat("+1", 100), textDeep},
	{"range", "[1..873783]", textLarge},
	{"large range", "[1..9999999]", textLarge},
	{"endless range", "[1..1e15]", textLarge},
	{"map over range", "$map([1..800000], function($x){ [1..800000] })", ""},
	{"product of ranges", "[1..2000].([1..2000])", textLarge},
	{"string doubling", doubled("'x'", "x & x", 40, "$length($x)"), textLarge},
	{"array doubling", doubled("[1]", "$append(x, x)", 40, "$count($x)"), textLarge},
	{"nested doubling", doubled("[1]", "[[x, x]]", 40, "$string($x)"), textLarge},
	{"nested doubling returned", doubled("[1]", "[[x, x]]", 40, "$x"), textLarge},
	{"object doubling", doubled("{}", "{'a': x, 'b': x}", 40, "$string($x)"), textLarge},
	{"object doubling compared", doubled("{}", "{'a': x, 'b': x}", 40, "$x = "+doubled("{}", "{'a': x, 'b': x}", 40, "$x")), ""},
	{"object doubling descended", doubled("{}", "{'a': x, 'b': x}", 40, "$count($x.**)"), ""},
	{"object doubling copied", doubled("{}", "{'a': x, 'b': x}", 40, "$x ~> |a|{'c': 1}|"), textLarge},
	{"object doubling in a message", doubled("{}", "{'a': x, 'b': x}", 40, "{$x: 1}"), textLarge},
	{"pad", "$pad('x', 1000000000)", textLarge},
	{"pad with much", "$pad('x', 5000000, 'abcdefgh')", textLarge},
	{"pad many", "$map([1..10000], function($i){ $pad('x', 6000000) })", ""},
	{"join", "$join($map([1..8000], function($i){ $pad('x', 1000) }))", textLarge},
	{"join by much", "$join($map([1..1000], function($i){ 'x' }), $pad('', 1000000))", textLarge},
	{"replace", "$replace($pad('', 100000, 'x'), 'x', $pad('', 1000, 'y'))", textLarge},
	{"replace by regex", "$replace($pad('', 200000, 'x'), /x/, $pad('', 1000, 'y'))", textLarge},
	{"replace often", "$length($replace($pad('', 200000, 'x'), 'x', 'y'))", ""},
	{"split", "$count($split($pad('', 6000000, 'x'), ''))", textLarge},
	{"match", "$count($match($pad('', 800000, 'x'), /x/))", ""},
	{"regex", "$match($pad('', 60, 'a') & '!', /^(a|aa|a*)*(b|c)?\\1$/)", ""},
	{"regex with lookahead", "$contains($pad('', 40, 'a') & '!', /^(?=(a+)+$)x/)", ""},
	{"regex again and again", "$map([1..1000], function($i){ $contains($pad('', 34, 'a') & '!', /^(?=(a+)+$)x/) })", ""},
	{"sort", "$count($sort([1..100000].(100000 - $)))", ""},
	{"sort by function", "$sort([1..3000], function($a, $b){ $a < $b })[0]", ""},
	{"spread", "$count($spread([1..3000].{'a': $, 'b': $}))", ""},
	{"merge", "$count($keys($merge([1..20000].{$string($): $})))", ""},
	{"distinct", "$count($distinct([1..20000]))", ""},
	{"shuffle", "$count($shuffle([1..800000]))", ""},
	{"zip", "$count($zip([1..200000], [1..200000]))", ""},
	{"reduce into depth", "$reduce([1..100000], function($a, $i){ [[$a]] }, 0)", ""},
	{"reduce into depth and text", "$string($reduce([1..20000], function($a, $i){ [[$a]] }, 0))", ""},
	{"big numbers", "$formatBase(1e300, 36)", ""},
	{"format", "$formatNumber(1e300, '" + strings.Repeat("#", 1000) + "0." + strings.Repeat("0", 90) + "')", ""},
	{"format integer", "$formatInteger(1e300, 'w')", ""},
	{"circle", "($o := {'a': {}}; $c := $o ~> |a|{'b': $}|; $string($c))", ""},
	{"encode", "$length($encodeUrlComponent($pad('', 2000000, 'é')))", ""},
	{"keeping strings", "$map([1..100000], function($i){ $pad('x', 100000) & $i })", ""},
	{"keeping arrays", "$map([1..10000], function($i){ [1..100000] })", ""},
}

var narrow = bounds{steps: 20_000, time: 150 * time.Millisecond, growth: 256 << 20}

// bounded evaluates within bounds that are narrower than usual, to save time.
func bounded(t *testing.T, text string, b bounds) string {
	e, err := Parse(text)
	if err != nil {
		return "syntax: " + err.Error()
	}
	v, err := newInterpreter(b).run(e, order, b.time, nil)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(v)
}

// Nothing that an expression asks for takes the server's time or memory: every one of
// these ends soon, with a value or with the failure of its state.
func TestHostileExpressions(t *testing.T) {
	for _, x := range hostile {
		t.Run(x.name, func(t *testing.T) {
			runtime.GC()
			before := heapBytes()
			peak := make(chan uint64)
			done := make(chan struct{})
			go func() {
				var most uint64
				for {
					select {
					case <-done:
						peak <- most
						return
					case <-time.After(5 * time.Millisecond):
						most = max(most, heapBytes())
					}
				}
			}()
			paid := spent()
			got := bounded(t, x.text, narrow)
			cost := spent() - paid
			close(done)
			grown := int64(<-peak) - int64(before)
			t.Logf("%v, %d MB: %.80s", cost.Round(time.Millisecond), grown>>20, got)
			if x.want != "" && !strings.Contains(got, x.want) && !strings.Contains(got, textLate) {
				t.Errorf("%.200s", got)
			}
			if failed := strings.HasPrefix(got, "error: ") || strings.HasPrefix(got, "syntax: "); strings.Contains(got, "panic") || !failed && !json.Valid([]byte(got)) {
				t.Errorf("%.200s", got)
			}
			if cost > 5*time.Second {
				t.Errorf("it cost %v", cost)
			}
			if grown > 600<<20 {
				t.Errorf("the heap grew by %d MB", grown>>20)
			}
		})
	}
}
