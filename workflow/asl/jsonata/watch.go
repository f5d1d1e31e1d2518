package jsonata

import (
	"runtime/metrics"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// watch gives up what counting does not catch: too much time, too much memory. Most
// evaluations are over long before it looks for the first time.
type watch struct {
	vm     *goja.Runtime
	bounds bounds
	quit   <-chan struct{} // the value is no longer wanted

	mu    sync.Mutex
	done  bool
	fired bool

	began  time.Time
	before uint64 // bytes, at the first look
}

const (
	firstLook = 50 * time.Millisecond
	nextLook  = 20 * time.Millisecond
)

// begin watches the evaluation that the interpreter begins.
func begin(vm *goja.Runtime, b bounds, quit <-chan struct{}) (w *watch, timer *time.Timer) {
	w = &watch{vm: vm, bounds: b, quit: quit, began: time.Now()}
	return w, time.AfterFunc(firstLook, w.look)
}

// end says whether the interpreter was interrupted; it is not afterwards.
func (w *watch) end(timer *time.Timer) (fired bool) {
	timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = true
	return w.fired
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return
	}
	now := heapBytes()
	if w.before == 0 {
		w.before = now
	}
	select {
	case <-w.quit:
		w.interrupt(textLate)
		return
	default:
	}
	switch {
	case time.Since(w.began) >= w.bounds.time:
		w.interrupt(textLate)
	case now > w.before+w.bounds.growth:
		w.interrupt(textLarge)
	default:
		time.AfterFunc(nextLook, w.look)
	}
}

func (w *watch) interrupt(message string) {
	w.fired = true
	w.vm.Interrupt(&Failure{Message: message})
}

// heapBytes is what objects take in memory, dead ones included that were not collected yet.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
