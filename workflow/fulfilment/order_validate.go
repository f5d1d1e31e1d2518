package fulfilment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"countersign/workflow"
)

// validated is the output of ValidateOrder, which later states read.
type validated struct {
	Total    workflow.Money `json:"total"`
	Lines    int            `json:"lines"`
	Units    int64          `json:"units"`
	Parcels  int            `json:"parcels"`
	Approval approvalPolicy `json:"approval"`
}

// approvalPolicy says whether a person must approve the order, by the settings at
// the time of validation.
type approvalPolicy struct {
	Required       bool   `json:"required"`
	Reason         string `json:"reason"`
	TimeoutSeconds int64  `json:"timeoutSeconds"`
}

// ValidateOrder checks the order as a whole and collects every problem. Lines that
// were priced when the order was placed keep that price; others get the catalogue's.
func (f *Functions) ValidateOrder(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	request, problems := ParseOrder(call.Payload)
	if len(problems) > 0 {
		return workflow.Result{}, invalid(problems)
	}
	o, err := f.wanted(ctx, call)
	if isError(err, ErrorOrderInvalid) {
		return workflow.Result{}, f.notPlaced(ctx, request)
	}
	if err != nil {
		return workflow.Result{}, err
	}
	if problems = belongs(call, request, o); len(problems) > 0 {
		return workflow.Result{}, invalid(problems)
	}
	items, err := f.Books.Items(ctx, itemIDs(o.Lines))
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read catalogue: %w", err)
	}
	priced, total, problems := Price(items, o.Lines)
	if problems = append(incomplete(o), problems...); len(problems) > 0 {
		return workflow.Result{}, invalid(problems)
	}
	settings, err := f.Books.Settings(ctx)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read settings: %w", err)
	}
	var effects []workflow.Effect
	if total != o.Total || !slices.Equal(priced, o.Lines) {
		effects = append(effects, f.Books.PriceOrder(o.ID, priced, total))
	}
	return answer(validated{
		Total: total, Lines: len(priced), Units: Units(priced), Parcels: Parcels(priced),
		Approval: policy(total, settings),
	}, effects...)
}

// notPlaced says why there is no order although an execution was started for one: what can
// be found out of it here.
func (f *Functions) notPlaced(ctx context.Context, r OrderRequest) error {
	items, err := f.Books.Items(ctx, itemIDs(r.Lines))
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	if _, _, problems := Price(items, r.Lines); len(problems) > 0 {
		return invalid(problems)
	}
	return workflow.Failf(ErrorOrderInvalid, "There is no order %s. It could not be placed when this execution was started: "+
		"there is no customer %s, or nothing on file to send it to or to charge.", r.OrderID, r.CustomerID)
}

// belongs checks that the execution is the order's own: no other may move its money.
func belongs(call workflow.Call, request OrderRequest, o workflow.Order) []FieldError {
	var problems []FieldError
	if call.Execution.ID != o.Execution {
		problems = append(problems, FieldError{"order.orderId",
			fmt.Sprintf("Order %s has been placed before, and the execution that was started then fulfils it. Send another orderId.", o.ID)})
	}
	if request.CustomerID != o.CustomerID {
		problems = append(problems, FieldError{"order.customerId",
			fmt.Sprintf("Order %s was not placed by customer %s.", o.ID, request.CustomerID)})
	}
	if !slices.Equal(quantities(request.Lines), quantities(o.Lines)) {
		problems = append(problems, FieldError{"order.items",
			fmt.Sprintf("These are not the items of order %s.", o.ID)})
	}
	return problems
}

// quantities are lines reduced to what was ordered, in a fixed order.
func quantities(lines []workflow.Line) []workflow.Line {
	merged := MergeLines(lines)
	for i, l := range merged {
		merged[i] = workflow.Line{ItemID: l.ItemID, Quantity: l.Quantity}
	}
	slices.SortFunc(merged, func(a, b workflow.Line) int { return cmp.Compare(a.ItemID, b.ItemID) })
	return merged
}

// incomplete lists what the placed order lacks besides its lines.
func incomplete(o workflow.Order) []FieldError {
	problems := addressProblems("order.address", o.Address)
	if o.Card.Token == "" {
		problems = append(problems, FieldError{"order.card", "The order has no payment card."})
	}
	return problems
}

func itemIDs(lines []workflow.Line) []string {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ItemID
	}
	return ids
}

// policy is the approval policy: a total above the limit needs a person.
func policy(total workflow.Money, s workflow.Settings) approvalPolicy {
	p := approvalPolicy{TimeoutSeconds: seconds(s.ApprovalDeadline)}
	switch limit := s.ApprovalLimit; {
	case total.Currency != limit.Currency:
		p.Required = true
		p.Reason = fmt.Sprintf("The total of %s is not in the currency of the approval limit.", amount(total))
	case total.Amount > limit.Amount:
		p.Required = true
		p.Reason = fmt.Sprintf("The total of %s is above the limit of %s.", amount(total), amount(limit))
	}
	return p
}

// maxTimeoutSeconds is the largest TimeoutSeconds that the service accepts.
const maxTimeoutSeconds = 99_999_999

func seconds(d time.Duration) int64 {
	return min(max(int64(math.Ceil(d.Seconds())), 1), maxTimeoutSeconds)
}

func invalid(problems []FieldError) error {
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = p.Message
	}
	return workflow.Failf(ErrorOrderInvalid, "%s", strings.Join(messages, " "))
}
