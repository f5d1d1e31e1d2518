package engine

import "sync"

// queue hands work to the pool: what is urgent first (due timers, executions taken
// over), then first come, first served. It has no bound of its own: Options.Backlog
// keeps new work out of memory before it grows large.
type queue struct {
	mu     sync.Mutex
	filled *sync.Cond
	urgent fifo
	normal fifo
	closed bool
}

func newQueue() *queue {
	q := &queue{}
	q.filled = sync.NewCond(&q.mu)
	return q
}

func (q *queue) push(work func())       { q.add(&q.normal, work) }
func (q *queue) pushUrgent(work func()) { q.add(&q.urgent, work) }

func (q *queue) add(to *fifo, work func()) {
	q.mu.Lock()
	to.add(work)
	q.mu.Unlock()
	q.filled.Signal()
}

// pop waits for work; ok is false when the queue was closed, whatever is left in
// it: that is outstanding in the stored snapshots, and the next engine performs it.
func (q *queue) pop() (work func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && q.urgent.len()+q.normal.len() == 0 {
		q.filled.Wait()
	}
	switch {
	case q.closed:
		return nil, false
	case q.urgent.len() > 0:
		return q.urgent.take(), true
	}
	return q.normal.take(), true
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.urgent.len() + q.normal.len()
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
