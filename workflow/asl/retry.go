package asl

import (
	"encoding/json"
	"math"
	"math/rand/v2"
)

// retrier is one element of Retry.
type retrier struct {
	errors   []string
	interval float64 // seconds
	attempts int
	backoff  float64
	maxDelay float64 // seconds; 0 for none
	jitter   bool    // JitterStrategy FULL
}

// catcher is one element of Catch.
type catcher struct {
	errors     []string
	resultPath *path     // nil is $
	noResult   bool      // ResultPath is null
	out        *template // Output, of JSONata; nil is the error output
	assign     assignment
	next       *state
}

// maxRetryDelay is the longest delay, in seconds, that a retrier can come to.
const maxRetryDelay = 31_622_400

// delay is how long to wait before retry number n, from 0, in milliseconds.
func (r *retrier) delay(n int, random func() *rand.ChaCha8) millis {
	d := r.interval * math.Pow(r.backoff, float64(n))
	if r.maxDelay > 0 && d > r.maxDelay {
		d = r.maxDelay
	}
	if !(d < maxRetryDelay) {
		d = maxRetryDelay
	}
	ms := millis(math.Round(d * 1000))
	if r.jitter {
		ms = millis(rand.New(random()).Int64N(int64(ms) + 1))
	}
	return ms
}

// retry arranges for the first retrier that names the failure to try again, unless
// it has used its attempts up. Each retrier counts its own, within one state entry.
func (x *stepper) retry(f *frame, s *state, e *failure) bool {
	for i := range s.retry {
		r := &s.retry[i]
		if !e.matches(r.errors) {
			continue
		}
		for len(f.tries) < len(s.retry) {
			f.tries = append(f.tries, 0)
		}
		if f.tries[i] >= r.attempts {
			return false
		}
		delay := r.delay(f.tries[i], x.draw)
		f.phase, f.task, f.group, f.children, f.run = phaseRetry, nil, nil, nil, ""
		if x.probe != nil {
			x.probe.retries(e, i, delay)
			f.phase = phaseNone
			return true
		}
		f.due = x.now + delay
		f.tries[i]++
		return true
	}
	return false
}

// retries is how many retries the state entry has seen.
func (f *frame) retries() (n int) {
	for _, t := range f.tries {
		n += t
	}
	return n
}

// catch hands the failure to the first catcher that names it. Its ResultPath places
// the failure in the state's input, which may itself fail.
func (x *stepper) catch(f *frame, s *state, e *failure) (verdict, bool) {
	for i := range s.catch {
		c := &s.catch[i]
		if !e.matches(c.errors) {
			continue
		}
		out := json.RawMessage(e.output())
		env := &environment{x: x, f: f, errorOutput: out}
		if fail := c.assign.evaluate(env, out); fail != nil {
			return failed(fail), true
		}
		if c.out != nil {
			var fail *failure
			if out, fail = c.out.render(env, out); fail != nil {
				return failed(fail), true
			}
		}
		if c.noResult {
			out = f.input
		} else if c.resultPath != nil {
			var fail *failure
			if out, fail = placeResult(c.resultPath, f.input, out); fail != nil {
				return failed(fail), true
			}
		}
		if fail := checkOutput(f, out); fail != nil {
			return failed(fail), true
		}
		if x.probe != nil {
			x.probe.catches(e, i)
		}
		return verdict{leaves: true, output: out, next: c.next}, true
	}
	return verdict{}, false
}
