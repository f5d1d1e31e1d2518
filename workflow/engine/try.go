package engine

import (
	"context"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// Try performs a task that no execution waits for and says how it ended: TaskSucceeded or
// TaskFailed. What the function does outside is done; its effects are not kept. An error
// means that nobody has said anything.
func (e *Engine) Try(ctx context.Context, info workflow.ExecutionInfo, c asl.Invoke) (asl.Event, error) {
	info.ID = e.newID() // what it starts is named after it
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	event, _, err := e.call(&invocation{command: c, info: info, ctx: ctx, withdraw: cancel})
	return event, err
}
