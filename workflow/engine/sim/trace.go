package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"countersign/workflow"
)

// trace writes down what happens in a world, in order: each turn, and each commit with all that
// it changes. Nil writes nothing.
type trace struct {
	mu  sync.Mutex
	out io.Writer // guarded by mu
}

func (t *trace) line(parts ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(t.out, parts...)
}

func (t *trace) turn(about string) {
	if t != nil {
		t.line(about)
	}
}

func (t *trace) committed(at time.Time, c *workflow.Commit) {
	if t == nil {
		return
	}
	effects := make([]string, len(c.Effects))
	for i, e := range c.Effects {
		effects[i] = e.EffectName()
	}
	text, err := json.Marshal(struct {
		workflow.Commit
		Effects []string
	}{*c, effects})
	if err != nil {
		panic(err) // commits are made of what can be stored
	}
	t.line(at.Format(time.RFC3339Nano), string(text))
}
