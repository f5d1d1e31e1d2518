package engine

import "sync"

// queue hands work to goroutines, first come, first served. It has no bound of its
// own: Options.Backlog keeps new work out of memory before it grows large.
type queue struct {
	around func(work func()) func() // nil: nothing

	mu     sync.Mutex // guards the rest
	filled *sync.Cond
	items  fifo
	idle   int // goroutines that wait here
	extra  int // those that are to leave
	closed bool
}

func newQueue(around func(work func()) func()) *queue {
	q := &queue{around: around}
	q.filled = sync.NewCond(&q.mu)
	return q
}

func (q *queue) push(work func()) {
	if q.around != nil {
		work = q.around(work)
	}
	q.mu.Lock()
	q.items.add(work)
	q.mu.Unlock()
	q.filled.Signal()
}

// dismiss lets one goroutine leave that works here.
func (q *queue) dismiss() {
	q.mu.Lock()
	q.extra++
	q.mu.Unlock()
	q.filled.Signal()
}

// pop waits for work; ok is false when the goroutine is dismissed, or the queue was closed,
// whatever is left in it: that is outstanding in the stored snapshots, and the next engine
// performs it.
func (q *queue) pop() (work func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && q.extra == 0 && q.items.len() == 0 {
		q.idle++
		q.filled.Wait()
		q.idle--
	}
	if q.closed {
		return nil, false
	}
	if q.extra > 0 {
		q.extra--
		return nil, false
	}
	return q.items.take(), true
}

// work does what is in the queue until it is closed.
func (q *queue) work() {
	for {
		work, ok := q.pop()
		if !ok {
			return
		}
		work()
	}
}

// len is how much work waits for a goroutine. What somebody idle is about to take does not.
func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return max(0, q.items.len()-q.idle)
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.filled.Broadcast()
}

// fifo is a slice that is read from the front and gives the front back now and then.
type fifo struct {
	items []func()
	head  int
}

func (f *fifo) len() int { return len(f.items) - f.head }

func (f *fifo) add(work func()) { f.items = append(f.items, work) }

func (f *fifo) take() func() {
	work := f.items[f.head]
	f.items[f.head] = nil
	f.head++
	if f.head > 1024 && f.head > len(f.items)/2 {
		f.items, f.head = append(f.items[:0], f.items[f.head:]...), 0
	}
	return work
}
