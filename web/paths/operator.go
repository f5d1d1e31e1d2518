package paths

import "strings"

// ExecutionsRoot is the list's address without a filter, for registering the handler.
const ExecutionsRoot = "/executions"

// Executions lists executions; an empty status, search or cursor is left out.
func Executions(status, search, after string) string {
	return withQuery(ExecutionsRoot, "status", status, "q", search, "after", after)
}

// Execution is the page of one execution: graph, timeline, events, input and output. Its key is
// the tail of its ARN, MACHINE:NAME, which is its alone. Its name does as well, as long as no
// other state machine has an execution of that name, and MACHINE:NAME:ID always.
func Execution(key string) string { return join(ExecutionsRoot, key) }

// ExecutionAt is the execution page with one state selected.
func ExecutionAt(key, state string) string { return withQuery(Execution(key), "state", state) }

// ExecutionStop is POST: stops the execution.
func ExecutionStop(key string) string { return Execution(key) + "/stop" }

// ExecutionRedrive is POST: goes on at the state where the execution failed.
func ExecutionRedrive(key string) string { return Execution(key) + "/redrive" }

// StateMachine is the page of one state machine.
//
// MACHINE/LABEL, which the child executions of a Distributed Map go through, stands in the
// definition of MACHINE.
func StateMachine(name string) string {
	machine, _, _ := strings.Cut(name, "/")
	return join(StateMachines, machine)
}

// ExecutionsOf lists the executions of one state machine.
func ExecutionsOf(stateMachine string) string {
	return withQuery(ExecutionsRoot, "machine", stateMachine)
}

// InventoryItem is POST stock: sets what is on the shelf of one item.
func InventoryItem(itemID string) string { return join(Inventory, itemID) }

// MailMessage is one mail of the outbox.
func MailMessage(id string) string { return join(Mail, id) }

// Person is GET: one person; POST: saves roles and whether they may sign in.
func Person(id string) string { return join(People, id) }

// PersonKeys is POST: makes an API key for the person and shows it once.
func PersonKeys(id string) string { return Person(id) + "/keys" }

// PersonKey is POST: revokes one API key.
func PersonKey(id, keyID string) string { return join(PersonKeys(id), keyID) }

// PersonAccessKeys is POST: makes an access key for the person and shows its secret once.
func PersonAccessKeys(id string) string { return Person(id) + "/access-keys" }

// PersonAccessKey is POST: revokes one access key.
func PersonAccessKey(id, keyID string) string { return join(PersonAccessKeys(id), keyID) }

// PersonPassword is POST: sets a new password.
func PersonPassword(id string) string { return Person(id) + "/password" }
