package fulfilment

import "countersign/workflow"

// Idempotency keys towards gateway and carrier are the execution's id and the
// operation, not the state entry: the definition has no loop, so an operation belongs
// to one state and is wanted at most once per execution. Two things follow that a key
// with the entry in it could not give. The undo path knows the key of a request whose
// answer never came, without anything having been written down first. And a state that
// a redrive enters again repeats the request that it made the first time.
const (
	operationAuthorise = "authorise"
	operationCapture   = "capture"
	operationShip      = "ship"
	operationRefund    = "refund"
)

func operationKey(id workflow.ExecutionID, operation string) string {
	return id.String() + "/" + operation
}

// authoriseKey prefers the key that was recorded with an earlier request.
func authoriseKey(p workflow.Payment, id workflow.ExecutionID) string {
	if p.AuthoriseKey != "" {
		return p.AuthoriseKey
	}
	return operationKey(id, operationAuthorise)
}
