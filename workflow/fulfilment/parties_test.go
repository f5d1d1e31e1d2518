package fulfilment_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

func eur(cents int64) workflow.Money { return workflow.Money{Amount: cents, Currency: "EUR"} }

// noon is when everything happens unless a test says otherwise.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const execution = workflow.ExecutionID(77)

// shop is the functions with books, sandbox parties and one order in it.
type shop struct {
	*books
	memory   *sandbox.Memory
	gateway  *sandbox.Gateway
	carrier  *sandbox.Carrier
	handlers map[string]workflow.Handler
	observe  func(workflow.ExecutionInfo, []workflow.HistoryEvent) []workflow.Effect
	now      time.Time
	repeated bool // functions may have been called before
}

const (
	goodCard      = "4242424242424242"
	declinedCard  = "4000000000000002"
	thirdTimeCard = "4000000000000119"
	silentCard    = "4000000000000259"
	noCaptureCard = "4000000000000341"
)

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{books: newBooks(), memory: sandbox.NewMemory(), now: noon}
	s.gateway, s.carrier = sandbox.NewGateway(s.memory, s.memory), sandbox.NewCarrier(s.memory, s.memory)
	f := fulfilment.New(fulfilment.Options{
		Books: s.books, Gateway: s.gateway, Carrier: s.carrier, Switches: s.memory,
		Now: func() time.Time { return s.now },
	})
	s.handlers, s.observe = f.Handlers(), f.Observe
	return s
}

// order puts order 12345 of customer 67890 into the books, not priced yet.
func (s *shop) order(t *testing.T, number string, lines ...workflow.Line) workflow.OrderID {
	t.Helper()
	card, err := sandbox.Tokenise(number)
	if err != nil {
		t.Fatal(err)
	}
	o := workflow.Order{
		ID: "12345", CustomerID: "67890", CustomerName: "Clara Customer", CustomerEmail: "clara@example.org",
		Lines: lines, Card: card, Status: workflow.OrderReceived, PlacedAt: s.now,
		Address: workflow.Address{Name: "Clara Customer", Street: "Ringstr. 1", City: "Bonn", Postcode: "53111", Country: "DE"},
	}
	if err := s.commit(s.PlaceOrder(o, execution)); err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// priced is order with the prices already in it, as ValidateOrder leaves them.
func (s *shop) priced(t *testing.T, number string, lines ...workflow.Line) workflow.OrderID {
	t.Helper()
	id := s.order(t, number, lines...)
	lines, total, problems := fulfilment.Price(s.items, lines)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := s.commit(s.PriceOrder(id, lines, total)); err != nil {
		t.Fatal(err)
	}
	return id
}

func line(item string, quantity int64) workflow.Line {
	return workflow.Line{ItemID: item, Quantity: quantity}
}

// call invokes a function with the order's input and further members, and commits
// what it answers; a refused commit has it called again, as the engine does.
func (s *shop) call(t *testing.T, function string, more map[string]any) (map[string]any, error) {
	t.Helper()
	input := map[string]any{}
	o := s.orders["12345"]
	if err := json.Unmarshal(fulfilment.Input("12345", "67890", o.Lines), &input); err != nil {
		t.Fatal(err)
	}
	for k, v := range more {
		input[k] = v
	}
	payload, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	call := workflow.Call{
		Execution: workflow.ExecutionInfo{ID: execution, Name: "order-12345", StateMachine: fulfilment.StateMachineName},
		Function:  function, Payload: payload, Deadline: s.now.Add(time.Hour), Repeated: s.repeated,
	}
	return s.perform(t, call)
}

func (s *shop) perform(t *testing.T, call workflow.Call) (map[string]any, error) {
	t.Helper()
	for range 5 {
		result, failed := s.handlers[call.Function](t.Context(), call)
		err := s.commit(result.Effects...)
		if errors.Is(err, workflow.ErrEffectRefused) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if failed != nil {
			return nil, failed
		}
		var output map[string]any
		if err := json.Unmarshal(result.Output, &output); err != nil {
			t.Fatalf("%s answered %s: %v", call.Function, result.Output, err)
		}
		return output, nil
	}
	t.Fatalf("%s is refused again and again", call.Function)
	return nil, nil
}

// wantError checks the name of a task's error and returns its cause.
func wantError(t *testing.T, err error, name string) string {
	t.Helper()
	var failed *workflow.TaskError
	if !errors.As(err, &failed) || failed.Name != name {
		t.Fatalf("error %v, want %s", err, name)
	}
	return failed.Cause
}

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// held is what the gateway's own ledger says of the order.
func (s *shop) held(t *testing.T) fulfilment.GatewayPayment {
	t.Helper()
	p, ok, err := s.gateway.Lookup(t.Context(), "77/authorise")
	if err != nil || !ok {
		t.Fatalf("the gateway knows no payment: %v", err)
	}
	return p
}
