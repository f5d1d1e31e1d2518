package sim

import (
	"cmp"
	"slices"
	"sync"
	"testing/synctest"
)

// turns has the goroutines of a world in virtual time go on one at a time: whoever is about to
// do something that others may see waits until nobody moves any more, and then chance picks one
// of those who wait.
type turns struct {
	chance *Chance
	trace  *trace
	came   chan struct{} // one token: somebody waits
	over   chan struct{}

	mu      sync.Mutex // guards the rest
	waiting []visitor
	asked   int
}

// visitor waits for a turn, and is known by what it is about to do.
type visitor struct {
	about string
	last  bool // when nobody else waits
	nth   int
	turn  chan struct{}
}

func newTurns(c *Chance, t *trace) *turns {
	return &turns{chance: c, trace: t, came: make(chan struct{}, 1), over: make(chan struct{})}
}

// run gives turns until end.
func (t *turns) run() {
	for {
		select {
		case <-t.came:
		case <-t.over:
			return
		}
		for synctest.Wait(); t.pick(); synctest.Wait() {
		}
	}
}

func (t *turns) end() { close(t.over) }

// pick gives one of those who wait their turn, if there is anybody.
func (t *turns) pick() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.waiting)
	if n == 0 {
		return false
	}
	slices.SortFunc(t.waiting, func(a, b visitor) int { return cmp.Or(cmp.Compare(a.about, b.about), cmp.Compare(a.nth, b.nth)) })
	at := t.chance.Draw(n, "turn")
	if t.waiting[at].last && n > 1 {
		at = (at + 1) % n
	}
	t.trace.turn(t.waiting[at].about)
	close(t.waiting[at].turn)
	t.waiting = slices.Delete(t.waiting, at, at+1)
	return true
}

// take waits for a turn to do something; last waits until nobody else wants one. Nil gives a turn at once.
func (t *turns) take(about string) { t.wait(visitor{about: about}) }

func (t *turns) last() { t.wait(visitor{about: "last", last: true}) }

func (t *turns) wait(v visitor) {
	if t == nil {
		return
	}
	v.turn = make(chan struct{})
	t.mu.Lock()
	t.asked++
	v.nth = t.asked
	t.waiting = append(t.waiting, v)
	t.mu.Unlock()
	select {
	case t.came <- struct{}{}:
	default:
	}
	<-v.turn
}
