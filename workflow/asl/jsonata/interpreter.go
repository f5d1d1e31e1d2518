package jsonata

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
)

// bounds are what one evaluation may cost, besides the bounds of prelude.js.
type bounds struct {
	steps  int           // nodes evaluated
	time   time.Duration // by the clock on the wall, which goes on when the machine is busy
	growth uint64        // of the process's memory in bytes
}

// usual takes some seconds of a processor that has nothing else to do.
var usual = bounds{steps: 1_500_000, time: time.Duration(MaxEffort) * time.Millisecond, growth: 512 << 20}

const (
	maxNesting = 1000   // levels of a value
	maxCalls   = 10_000 // functions of the interpreter within one another
	// How many expressions an interpreter keeps parsed, and how many bytes of their texts.
	maxTexts      = 2000
	maxTextsBytes = 1 << 20
)

// A regular expression that has to search back and forth cannot be interrupted. The
// interpreter takes one that was given up for one that does not match.
func init() { regexp2.DefaultMatchTimeout = 2 * time.Second }

// interpreter runs the library. It is used by one goroutine at a time.
type interpreter struct {
	vm                     *goja.Runtime
	bounds                 bounds
	parse, facts, evaluate goja.Callable
	parsed                 map[string]goja.Value // by text
	parsedBytes            int                   // of the texts
	spent                  bool                  // it was interrupted
	// Of the evaluation in progress.
	now    time.Time
	random *rand.Rand
}

// free are interpreters without work. Making one takes milliseconds, and it is several
// megabytes, so only some are kept.
var free = make(chan *interpreter, max(4, 2*runtime.GOMAXPROCS(0)))

func acquire() *interpreter {
	select {
	case in := <-free:
		return in
	default:
		return newInterpreter(usual)
	}
}

// release gives an interpreter back. One that was interrupted is not used again.
func (in *interpreter) release() {
	in.random = nil
	if in.spent || in.bounds != usual {
		return
	}
	if len(in.parsed) > maxTexts || in.parsedBytes > maxTextsBytes {
		clear(in.parsed)
		in.parsedBytes = 0
	}
	select {
	case free <- in:
	default:
	}
}

func newInterpreter(b bounds) *interpreter {
	in := &interpreter{vm: goja.New(), bounds: b, parsed: map[string]goja.Value{}}
	vm := in.vm
	vm.SetMaxCallStackSize(maxCalls)
	vm.SetTimeSource(func() time.Time { return in.now })
	vm.SetRandSource(func() float64 { return in.draw().Float64() })
	p := programs()
	library := must(vm.RunProgram(p.library))
	prelude := callable(must(vm.RunProgram(p.prelude)))
	doors := must(prelude(goja.Undefined(), library, in.natives())).ToObject(vm)
	in.parse, in.facts, in.evaluate = callable(doors.Get("parse")), callable(doors.Get("facts")), callable(doors.Get("evaluate"))
	return in
}

// draw is the evaluation's source of randomness; a parser has none.
func (in *interpreter) draw() *rand.Rand {
	if in.random == nil {
		return rand.New(rand.NewPCG(0, 0))
	}
	return in.random
}

func must(v goja.Value, err error) goja.Value {
	if err != nil {
		panic(err) // the library's text is part of the program
	}
	return v
}

func callable(v goja.Value) goja.Callable {
	f, ok := goja.AssertFunction(v)
	if !ok {
		panic("jsonata: not a function in prelude.js")
	}
	return f
}

// watched calls a function of the library under the watch.
func (in *interpreter) watched(f goja.Callable, args ...goja.Value) (goja.Value, error) {
	return in.within(in.bounds, nil, f, args...)
}

// within watches with bounds of its own, and gives up when quit is closed.
func (in *interpreter) within(b bounds, quit <-chan struct{}, f goja.Callable, args ...goja.Value) (goja.Value, error) {
	w, timer := begin(in.vm, b, quit)
	v, err := f(goja.Undefined(), args...)
	in.spent = w.end(timer) || in.spent
	if err != nil {
		return nil, in.failure(err)
	}
	return v, nil
}

// compiled is an expression in this interpreter.
func (in *interpreter) compiled(text string) (goja.Value, error) {
	if v, ok := in.parsed[text]; ok {
		return v, nil
	}
	v, err := in.watched(in.parse, in.vm.ToValue(text))
	if err != nil {
		return nil, err
	}
	in.parsed[text] = v
	in.parsedBytes += len(text)
	return v, nil
}

// Failure is what an expression came to instead of a value.
type Failure struct {
	Code    string // of the library; empty for a bound that was reached
	Message string
}

func (f *Failure) Error() string {
	if f.Code == "" {
		return f.Message
	}
	return f.Code + ": " + f.Message
}

// failure translates an error of the interpreter.
func (in *interpreter) failure(err error) *Failure {
	var thrown *goja.Exception
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	switch {
	case errors.As(err, &interrupted):
		if f, ok := interrupted.Value().(*Failure); ok {
			return f
		}
	case errors.As(err, &overflow):
		return &Failure{Message: textDeep}
	case errors.As(err, &thrown):
		if o, ok := thrown.Value().(*goja.Object); ok {
			f := &Failure{Message: text(o.Get("message"))}
			if code := o.Get("code"); code != nil && !goja.IsUndefined(code) {
				f.Code = text(code)
			}
			if f.Message == "" && f.Code == "" {
				f.Message = cutText(thrown.Value().String())
			}
			return f
		}
		return &Failure{Message: cutText(thrown.Value().String())}
	}
	return &Failure{Message: cutText(err.Error())}
}

// Texts of the bounds, as prelude.js has them too.
const (
	textDeep  = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
	textLate  = "Expression evaluation timeout: Check for infinite loop"
	textLarge = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
)

// maxMessage bounds the messages of the library, which repeat values of the data.
const maxMessage = 8 << 10

func text(v goja.Value) string {
	if v == nil || goja.IsUndefined(v) {
		return ""
	}
	return cutText(v.String())
}

func cutText(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}
