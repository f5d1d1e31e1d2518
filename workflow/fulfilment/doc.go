// Package fulfilment is the order workflow: the functions that the state machine
// OrderFulfillmentWorkflow calls, its definition, and the projection of an
// execution's history onto the order that people see.
//
// The definition owns the order of the states, the retries and the catches; a
// function here knows only its own task. What a function changes in our own
// records it returns as effects, which commit with the history event of its
// answer or not at all. What it asks of the payment gateway and the carrier
// carries an idempotency key, so that a function may be called any number of
// times for one state, before and after a crash, and the outside party acts once.
//
// It reaches records, gateway and carrier through the interfaces of ports.go. It
// must not know how any of them is stored or spoken to, nor the engine, the
// interpreter, HTTP or pages: it imports workflow and the standard library only.
package fulfilment
