package fulfilment

import (
	"context"
	"errors"
	"fmt"

	"countersign/workflow"
)

// notice is the output of NotifyCustomer. The definition's Choice reads the outcome,
// and its Fail states end with the error and the cause.
type notice struct {
	Outcome workflow.OrderStatus `json:"outcome"` // REJECTED, CANCELLED or FAILED
	Error   string               `json:"error"`
	Cause   string               `json:"cause"`
	Mailed  bool                 `json:"mailed"`
}

// NotifyCustomer tells the customer how the order ended and what became of the money.
// An order that is not in our books has no customer to tell, but ends all the same.
func (f *Functions) NotifyCustomer(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	in, _ := read(call) // what cannot be read is why the order ends here; the rest is filled in
	o, err := f.Books.Order(ctx, in.Order.ID)
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		return answer(conclude(in, workflow.Order{}))
	case err != nil:
		return workflow.Result{}, fmt.Errorf("read order %s: %w", in.Order.ID, err)
	}
	p, err := f.Books.Payment(ctx, o.ID)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read payment of order %s: %w", o.ID, err)
	}
	n := conclude(in, o)
	if o.CustomerEmail == "" || call.Execution.ID != o.Execution {
		return answer(n)
	}
	n.Mailed = true
	return answer(n, f.Books.PostMail(endMail(o, p, n, f.Now())))
}
