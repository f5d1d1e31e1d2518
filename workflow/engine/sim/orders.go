package sim

import (
	"context"
	"encoding/json"

	"countersign/workflow"
)

const orderName = "Order"

// orderDefinition reserves goods, takes money, rests, asks, and ships; or undoes all that.
const orderDefinition = `{
  "StartAt": "Reserve",
  "States": {
    "Reserve": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Reserve", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["OutOfStock"], "MaxAttempts": 0},
        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 1.5}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "Next": "Charge"},
    "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Charge", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 1.5}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "Next": "Rest"},
    "Rest": {"Type": "Wait", "Seconds": 3, "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 600,
      "Parameters": {"FunctionName": "Ask", "Payload": {"token.$": "$$.Task.Token"}},
      "Retry": [{"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "MaxAttempts": 8}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "Next": "Ship"},
    "Ship": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Ship", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 20}], "End": true},
    "Undo": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Undo", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 20}], "Next": "Undone"},
    "Undone": {"Type": "Fail", "Error": "Undone", "Cause": "It was undone."}
  }
}`

// price is what one piece costs.
const price = 7

// quantity is how much an order is of.
func quantity(name string) int { return 1 + int(textSum(name)%4) }

// order is a function of the order workflow: what it moves depends on the facts that it reads.
func (m *Mix) order(w *World, p *Process, moves func(name string) ([]Move, error)) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		if err := w.Perform(p, call.IdempotencyKey); err != nil {
			return workflow.Result{}, err
		}
		made, err := moves(call.Execution.Name)
		if err == nil {
			err = trouble(ctx, w, call)
		}
		if err != nil {
			return workflow.Result{}, err
		}
		effects := []workflow.Effect{Done("done", call.IdempotencyKey)}
		for _, move := range made {
			move.Key = call.IdempotencyKey + "/" + move.To
			effects = append(effects, move)
		}
		return workflow.Result{Output: json.RawMessage(`{"ok":true}`), Effects: effects}, nil
	}
}

func (m *Mix) reserve(name string) ([]Move, error) {
	n := quantity(name)
	if m.ledger.Balance("stock") < n {
		return nil, workflow.Failf("OutOfStock", "there is too little")
	}
	return []Move{{From: "stock", To: "held/" + name, Amount: n}}, nil
}

func (m *Mix) charge(name string) ([]Move, error) {
	return []Move{{From: "customer/" + name, To: "paid/" + name, Amount: quantity(name) * price}}, nil
}

func (m *Mix) ship(name string) ([]Move, error) {
	return []Move{{From: "held/" + name, To: "shipped/" + name, Amount: quantity(name)}}, nil
}

func (m *Mix) undo(name string) ([]Move, error) {
	return []Move{
		{From: "held/" + name, To: "stock", Amount: m.ledger.Balance("held/" + name)},
		{From: "paid/" + name, To: "customer/" + name, Amount: m.ledger.Balance("paid/" + name)},
	}, nil
}

// checkOrders adds up goods and money.
func (m *Mix) checkOrders(w *World, closed bool, wrong func(string, ...any)) {
	for _, key := range m.ledger.Twice() {
		wrong("%s was moved a second time", key)
	}
	goods := m.ledger.Balance("stock")
	for _, row := range w.Store.All() {
		if row.StateMachine != orderName {
			continue
		}
		held, shipped, paid := m.ledger.Balance("held/"+row.Name), m.ledger.Balance("shipped/"+row.Name), m.ledger.Balance("paid/"+row.Name)
		goods += held + shipped
		n := quantity(row.Name)
		switch {
		case row.Status == workflow.Succeeded && (held != 0 || shipped != n || paid != n*price),
			row.Error == "Undone" && (held != 0 || shipped != 0 || paid != 0),
			held < 0, shipped < 0, paid < 0, m.ledger.Balance("customer/"+row.Name)+paid != budget:
			wrong("order %s of %d is %s %s: %d held, %d shipped, %d paid", row.Name, n, row.Status, row.Error, held, shipped, paid)
		case closed && row.Status == workflow.Failed && row.Error != "Undone":
			wrong("order %s has failed without being undone: %s: %s", row.Name, row.Error, row.Cause)
		}
	}
	if goods != stock {
		wrong("there are %d pieces in all, and there were %d", goods, stock)
	}
}

// budget is what each customer has.
const budget = 100
