package engine

import "sync"

// latch is a mutex that may be held for long: whoever waits gets it in the order of coming, and
// waits as for an event and not as for a moment, which tests in virtual time can tell apart.
type latch struct {
	mu      sync.Mutex // guards the rest
	free    *sync.Cond // made when somebody has to wait
	taken   bool
	waiting int
}

func (l *latch) Lock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.taken {
		l.taken = true
		return
	}
	if l.free == nil {
		l.free = sync.NewCond(&l.mu)
	}
	l.waiting++
	l.free.Wait() // it is handed over
}

// TryLock does not wait.
func (l *latch) TryLock() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken {
		return false
	}
	l.taken = true
	return true
}

func (l *latch) Unlock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == 0 {
		l.taken = false
		return
	}
	l.waiting--
	l.free.Signal()
}
