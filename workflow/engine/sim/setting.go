package sim

import (
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// Depot is a store as a process has it.
type Depot interface {
	engine.Store
	engine.MapRuns
}

// Ground is the store that a world stands on, as somebody sees it who looks at everything.
// It takes the effects storetest.Mark and Move. What cannot be read is not there.
type Ground interface {
	Depot
	All() []workflow.Row
	AllMapRuns() []workflow.MapRun
	// Marked says whether a Mark has been committed.
	Marked(mark string) bool
	// Seize makes somebody else the holder of an execution that is due some time, as if they
	// had claimed it.
	Seize(id workflow.ExecutionID, owner string, until time.Time)
}

// Setting is where a world is, and how time passes there.
type Setting struct {
	// Ground is the store to look at from now on. It is asked for when a process starts.
	Ground func() Ground
	// Join is the store as a new process has it, until it calls leave.
	Join func() (depot Depot, leave func(), err error)
	// Processes is how many there may be at a time.
	Processes int

	// Ahead is by how much all clocks are.
	Ahead time.Duration
	// Brisk is how many times as fast as in a virtual world things happen: processes look at
	// what is due, hold leases, hang, and are disturbed. What definitions wait for is not
	// shortened; the clocks jump to it when nothing else happens.
	Brisk time.Duration
	// Wait lets time go by.
	Wait func(time.Duration)
	// Quiet waits until nothing is halfway.
	Quiet func()

	// Sever cuts the processes off from the database in the middle of whatever they do there.
	// Nil: that cannot be done.
	Sever func()
	// Unsure says of an error that the database was out of reach, so that what was to be written
	// may have been. Nil: there is no such error.
	Unsure func(error) bool

	// Virtual says that time stands still while anything moves, so that every commit can be
	// checked at the moment that it takes effect, and lateness is somebody's fault.
	Virtual bool

	trace *trace
}

// virtual is a world in memory, in the time of a testing/synctest bubble.
func virtual() Setting {
	m := storetest.NewMemory()
	return Setting{
		Ground:    func() Ground { return m },
		Join:      func() (Depot, func(), error) { return m, func() {}, nil },
		Processes: 3,
		Ahead:     since2000, Brisk: 1, Wait: time.Sleep, Quiet: func() {}, Virtual: true,
	}
}

func (s Setting) unsure(err error) bool { return s.Unsure != nil && s.Unsure(err) }

// Span is how long something lasts that lasts d in a virtual world.
func (w *World) Span(d time.Duration) time.Duration { return d / w.setting.Brisk }

// Pass lets time go by.
func (w *World) Pass(d time.Duration) { w.wait(w.Span(d)) }

func (w *World) wait(d time.Duration) {
	w.setting.Wait(d)
	w.turns.take("the world")
}

func (w *World) quiet() {
	w.setting.Quiet()
	w.turns.last()
}
