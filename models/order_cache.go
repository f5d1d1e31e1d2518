package models

import (
	"hash/maphash"
	"slices"
	"sync"

	"countersign/workflow"
)

// orderCache keeps the orders that functions are at work on, where nobody but this process
// writes: each order is read half a dozen times within milliseconds, and after every commit
// of anybody SQLite reads its pages anew. Whoever changes an order tells the cache before the
// change is acknowledged.
type orderCache struct {
	mu         sync.Mutex
	young, old map[workflow.OrderID]workflow.Order // guarded by mu
	changes    [1 << 12]uint32                     // guarded by mu: so that a slow read cannot put an old order back
}

// ordersKept bounds each of the two generations.
const ordersKept = 1024

var orderSeed = maphash.MakeSeed()

func (c *orderCache) change(id workflow.OrderID) *uint32 {
	return &c.changes[maphash.String(orderSeed, string(id))%uint64(len(c.changes))]
}

func (c *orderCache) get(id workflow.OrderID) (o workflow.Order, ok bool, changes uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o, ok = c.young[id]; !ok {
		o, ok = c.old[id]
	}
	o.Lines = slices.Clone(o.Lines)
	return o, ok, *c.change(id)
}

// put keeps an order that was read after get had said changes.
func (c *orderCache) put(o workflow.Order, changes uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *c.change(o.ID) == changes {
		o.Lines = slices.Clone(o.Lines)
		c.keep(o)
	}
}

func (c *orderCache) keep(o workflow.Order) {
	if len(c.young) >= ordersKept || c.young == nil {
		c.old, c.young = c.young, make(map[workflow.OrderID]workflow.Order)
	}
	c.young[o.ID] = o
}

// drop forgets an order that may have been changed.
func (c *orderCache) drop(id workflow.OrderID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.change(id)++
	delete(c.young, id)
	delete(c.old, id)
}

// moved notes the status that an execution has given an order. One execution's commits come
// one after the other; what anybody else has done to the order is read again.
func (c *orderCache) moved(id workflow.OrderID, by workflow.ExecutionID, status workflow.OrderStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.change(id)++
	o, ok := c.young[id]
	if !ok {
		o, ok = c.old[id]
	}
	delete(c.young, id)
	delete(c.old, id)
	if ok && by != 0 && o.Execution == by && !status.Closed() {
		o.Status = status
		c.keep(o)
	}
}
