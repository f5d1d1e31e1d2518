package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/engine/storetest"
)

// witness sees every commit as it takes effect, and writes down what is not as promised.
type witness struct {
	world   *World
	now     func() time.Time
	halfway atomic.Int64 // commits that have begun; not in a virtual world

	mu       sync.Mutex // held during a commit; guards the rest
	maps     map[string]*chart
	machines map[string]*asl.StateMachine
	lives    map[workflow.ExecutionID]*life
	wrong    []string
	count    int  // of commits
	alone    bool // there is one process
	prompt   bool // nothing has happened yet that could delay anybody
	marks    bool // functions mark what they have answered
}

// life is what the witness knows of an execution.
type life struct {
	info   workflow.ExecutionInfo // as it was created
	latest *workflow.Commit
	early  map[int64]*workflow.Commit // by the revision they were taken from: whose turn has not come
	unsure []*workflow.Commit         // that may have been written
	events []workflow.HistoryEvent    // all; not in a virtual world
	replay *replay
	offers map[workflow.EntryID]bool
	ends   map[workflow.EntryID]time.Time // of tasks: when an answer comes too late
	wakeAt time.Time                      // by when something is to be committed; zero for never
}

// watched is a process's store, and the witness who sees what it commits.
type watched struct {
	Depot
	witness *witness
}

// Commit lets a commit through and checks what it has changed.
func (s watched) Commit(ctx context.Context, c *workflow.Commit) error {
	if s.witness.world.setting.Virtual {
		return s.witness.commit(ctx, s.Depot, c)
	}
	s.witness.halfway.Add(1)
	defer s.witness.halfway.Add(-1)
	err := s.Depot.Commit(ctx, c)
	s.witness.heard(c, err)
	return err
}

func newWitness(w *World) *witness {
	return &witness{world: w, now: (&clock{world: &w.ahead}).now, prompt: w.setting.Virtual,
		maps: map[string]*chart{}, machines: map[string]*asl.StateMachine{}, lives: map[workflow.ExecutionID]*life{}}
}

// known is a state machine that every world has. It is read once.
type known struct {
	machine *asl.StateMachine
	chart   *chart
}

var everywhere sync.Map // definition → known

// knows tells of a state machine.
func (w *witness) knows(name, definition string) error {
	k, ok := everywhere.Load(definition)
	if !ok {
		machine, err := asl.Compile([]byte(definition))
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, definition)
		}
		chart, err := chartOf([]byte(definition))
		if err != nil {
			return err
		}
		k = known{machine, chart}
		if !strings.HasPrefix(name, randomName) {
			everywhere.Store(definition, k)
		}
	}
	w.machines[name], w.maps[name] = k.(known).machine, k.(known).chart
	return nil
}

// machine is what executions of that name go through: MACHINE, or MACHINE/LABEL.
func (w *witness) machine(name string) (*asl.StateMachine, bool) {
	base, label, within := strings.Cut(name, "/")
	m, ok := w.machines[base], w.machines[base] != nil
	if ok && within {
		return m.Processor(label)
	}
	return m, ok
}

func (w *witness) complain(c *workflow.Commit, format string, args ...any) {
	if len(w.wrong) < 10 {
		w.wrong = append(w.wrong, fmt.Sprintf("%s %s, revision %d: ", c.Info.StateMachine, c.Info.Name, c.Expect+1)+fmt.Sprintf(format, args...))
	}
}

// blame writes down what somebody else has seen.
func (w *witness) blame(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// commit has nobody commit anything else meanwhile.
func (w *witness) commit(ctx context.Context, depot Depot, c *workflow.Commit) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	row, _ := depot.Load(ctx, c.Info.ID)
	err := depot.Commit(ctx, c)
	switch {
	case err == nil:
		if row.Revision != c.Expect || row.Owner != c.Holder {
			w.complain(c, "it was at revision %d and held by %q, and the commit believed in %q", row.Revision, row.Owner, c.Holder)
		}
		if now, err := depot.Load(ctx, c.Info.ID); err == nil && c.Beside && now.Owner == row.Owner && !now.DueAt.Equal(row.DueAt) {
			w.complain(c, "a commit beside %q has moved the end of its lease from %v to %v", row.Owner, row.DueAt, now.DueAt)
		}
		w.saw(c)
	case errors.Is(err, workflow.ErrEffectRefused):
		for _, effect := range c.Effects {
			if mark, ok := effect.(storetest.Mark); ok && w.world.Store.Marked(string(mark)) {
				w.complain(c, "the effect %q was to take place a second time", mark)
			}
		}
	case !unforeseen(err):
	default:
		w.complain(c, "the store answered %v", err)
	}
	return err
}

// unforeseen errors are not an answer to a commit.
func unforeseen(err error) bool {
	return !errors.Is(err, workflow.ErrFenced) && !errors.Is(err, workflow.ErrIDTaken) && !errors.Is(err, workflow.ErrExists) && !errors.Is(err, workflow.ErrConflict) &&
		!errors.Is(err, workflow.ErrEffectRefused) && !errors.Is(err, context.Canceled)
}

// heard is told of a commit some time after it has taken effect. Who tells of a later one of
// the same execution may be first.
func (w *witness) heard(c *workflow.Commit, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.life(c)
	if err != nil {
		switch {
		case !unforeseen(err):
		case w.world.setting.unsure(err):
			l.unsure = append(l.unsure, c)
		default:
			w.complain(c, "the store answered %v", err)
		}
		return
	}
	if l.early[c.Expect] != nil || l.revision() > c.Expect {
		w.complain(c, "there are two commits on top of revision %d", c.Expect)
	}
	if l.early == nil {
		l.early = map[int64]*workflow.Commit{}
	}
	l.early[c.Expect] = c
	for next := c; next != nil && next.Expect == l.revision(); next = l.early[l.revision()] {
		w.turn(l, next)
	}
}

// turn takes the next commit of an execution.
func (w *witness) turn(l *life, c *workflow.Commit) {
	delete(l.early, c.Expect)
	w.saw(c)
	l.events = append(l.events, c.Events...)
}

// catchUp finds out which of the commits were written whose processes do not know.
func (w *witness) catchUp(l *life, row workflow.Row, history []workflow.HistoryEvent) {
	for l.revision() < row.Revision {
		next := l.early[l.revision()]
		for _, c := range l.unsure {
			if next == nil && c.Expect == l.revision() && follows(history, c.Events) {
				next = c
			}
		}
		if next == nil {
			return
		}
		w.turn(l, next)
	}
}

// follows says whether events stand in a history.
func follows(history, events []workflow.HistoryEvent) bool {
	if len(events) == 0 {
		return true
	}
	from, to := events[0].ID-1, events[len(events)-1].ID
	return to <= int64(len(history)) && slices.EqualFunc(history[from:to], events, sameEvent)
}

// revision is that of the last commit whose turn has come.
func (l *life) revision() int64 {
	if l.latest == nil {
		return 0
	}
	return l.latest.Expect + 1
}

// commits is how many there were.
func (w *witness) commits() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

func (w *witness) saw(c *workflow.Commit) {
	w.count++
	w.world.trace.committed(w.now(), c)
	l := w.life(c)
	l.latest = c
	if c.Expect == 0 {
		l.info = c.Info
	}
	for _, event := range c.Events {
		if problem := l.replay.add(event); problem != "" {
			w.complain(c, "event %d, %s: %s", event.ID, event.Type, problem)
		}
	}
	if c.Info.ID != l.info.ID || c.Info.Name != l.info.Name || c.Info.Version != l.info.Version || c.Info.Parent != l.info.Parent {
		w.complain(c, "it was created as %+v", l.info)
	}
	w.checkSnapshot(l, c)
	w.checkEffects(l, c)
	for _, event := range c.Events {
		if ended := event.Type == workflow.EventMapRunSucceeded || event.Type == workflow.EventMapRunFailed; ended && w.world.setting.Virtual {
			w.checkMapRuns(c)
		}
	}
}

// life is what is known of the execution that a commit is of.
func (w *witness) life(c *workflow.Commit) *life {
	l := w.lives[c.Info.ID]
	if l == nil {
		base, _, _ := strings.Cut(c.Info.StateMachine, "/")
		l = &life{replay: newReplay(w.maps[base]), offers: map[workflow.EntryID]bool{}, ends: map[workflow.EntryID]time.Time{}}
		w.lives[c.Info.ID] = l
	}
	return l
}

// checkMapRuns demands that nothing goes on of a Map Run that ends, and that nothing is left of
// one that succeeds. Of one that was left by its parent the children are stopped after it; see
// checkOrphans.
func (w *witness) checkMapRuns(c *workflow.Commit) {
	for _, run := range w.world.Store.AllMapRuns() {
		if run.Execution != c.Info.ID || !run.Status.Closed() || run.Status == workflow.Aborted {
			continue
		}
		n, _, err := w.world.Store.CountMapRun(context.Background(), run.ARN)
		if err != nil || n.Running > 0 || run.Status == workflow.Succeeded && (n.Pending > 0 || !run.Sealed) {
			w.complain(c, "%s ends %s with %+v executions, sealed: %t, %v", run.ARN, run.Status, n, run.Sealed, err)
		}
	}
}

// checkSnapshot compares the snapshot with what the history comes to.
func (w *witness) checkSnapshot(l *life, c *workflow.Commit) {
	snapshot, err := asl.Decode(c.Snapshot)
	if err != nil {
		w.complain(c, "%v", err)
		return
	}
	r := l.replay
	if snapshot.LastEventID() != r.last() {
		w.complain(c, "the snapshot is at event %d, the history at %d", snapshot.LastEventID(), r.last())
	}
	if status := r.status(); status != c.Info.Status || status != snapshot.Status() {
		w.complain(c, "%s by its history, %s by its snapshot, %s by its row", status, snapshot.Status(), c.Info.Status)
	}
	name, cause := snapshot.Failure()
	if string(snapshot.Output()) != string(c.Info.Output) || name != c.Info.Error || cause != c.Info.Cause ||
		r.closed == workflow.EventExecutionSucceeded && string(r.output) != string(c.Info.Output) {
		w.complain(c, "it ended with %s by its history, and otherwise by its row: %+v", r.output, c.Info)
	}
	waiting := snapshot.Waiting()
	w.checkDeadlines(l, c, waiting)
	for _, problem := range r.compare(waiting) {
		w.complain(c, "%s", problem)
	}
	w.checkOffers(l, c, waiting)
	w.checkDue(c, snapshot)
	w.checkPrompt(l, c, snapshot)
}

func (w *witness) checkOffers(l *life, c *workflow.Commit, waiting []asl.Waiting) {
	for _, entry := range c.Withdrawn {
		delete(l.offers, entry)
	}
	for _, o := range c.Offers {
		l.offers[o.Entry] = true
	}
	var want, got []workflow.EntryID
	for _, at := range waiting {
		if at.Offered {
			want = append(want, at.Entry)
		}
	}
	for entry := range l.offers {
		got = append(got, entry)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		w.complain(c, "it waits for workers at entries %v and offers %v", want, got)
	}
}

// checkDue makes sure that somebody will look at the execution when that is needed.
func (w *witness) checkDue(c *workflow.Commit, s *asl.Snapshot) {
	at, timed := s.WakeAt()
	calls := 0
	if machine, ok := w.machine(c.Info.StateMachine); ok {
		calls = len(machine.Unanswered(s))
	}
	switch {
	case c.Info.Status.Closed() && !c.Info.Parent.Awaited && (c.Owner != "" || !c.DueAt.IsZero()):
		w.complain(c, "it is closed, and held by %q until %v", c.Owner, c.DueAt)
	case c.Owner != "" && c.DueAt.IsZero():
		w.complain(c, "it is held by %q for ever", c.Owner)
	case c.Owner == "" && c.DueAt.IsZero() && calls > 0:
		w.complain(c, "nobody will call what it waits for")
	case c.Owner == "" && timed && (c.DueAt.IsZero() || calls == 0 && c.DueAt.After(at)):
		w.complain(c, "its timer fires at %v, and it is due at %v", at, c.DueAt)
	}
}

// check is everything that was wrong so far.
func (w *witness) check() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.wrong)
}
