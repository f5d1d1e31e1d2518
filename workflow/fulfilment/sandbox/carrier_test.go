package sandbox_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

var home = workflow.Address{Name: "Clara Customer", Street: "Ringstr. 1", City: "Bonn", Postcode: "53111", Country: "DE"}

func newCarrier() (*sandbox.Carrier, *sandbox.Memory) {
	m := sandbox.NewMemory()
	return sandbox.NewCarrier(m, m), m
}

func wantCarrier(t *testing.T, what string, err error, final bool) {
	t.Helper()
	var refusal *fulfilment.CarrierError
	if !errors.As(err, &refusal) || refusal.Final != final {
		t.Errorf("%s: %v, want a refusal with final=%v", what, err, final)
	}
}

func TestTrackingNumbers(t *testing.T) {
	c, _ := newCarrier()
	again, _ := newCarrier()
	seen := map[string]bool{}
	for i := range 2000 {
		key := fmt.Sprint(i, "/ship")
		number, err := c.Book(t.Context(), key, home, 1)
		if err != nil {
			t.Fatal(err)
		}
		if seen[number] {
			t.Fatalf("%s was issued twice", number)
		}
		seen[number] = true
		if !sandbox.ValidTrackingNumber(number) {
			t.Errorf("%s is not valid", number)
		}
		for range 2 {
			if same, err := c.Book(t.Context(), key, home, 1); err != nil || same != number {
				t.Errorf("%s booked again: %s, %v; want %s", key, same, err, number)
			}
		}
		if same, _ := again.Book(t.Context(), key, home, 1); same != number {
			t.Errorf("%s at another carrier's: %s, want %s", key, same, number)
		}
	}
}

func TestTrackingNumberCatchesMistakes(t *testing.T) {
	c, _ := newCarrier()
	number, err := c.Book(t.Context(), "1/ship", home, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2; i < len(number); i++ {
		wrong := []byte(number)
		wrong[i] = '0' + (wrong[i]-'0'+1)%10
		if sandbox.ValidTrackingNumber(string(wrong)) {
			t.Errorf("%s is as valid as %s", wrong, number)
		}
	}
	for _, wrong := range []string{"", "SP", number[2:], number + "0", "sp" + number[2:], "SP1234567890123x"} {
		if sandbox.ValidTrackingNumber(wrong) {
			t.Errorf("%q is valid", wrong)
		}
	}
}

func TestCarrierRefusals(t *testing.T) {
	c, m := newCarrier()
	ctx := t.Context()
	_, err := c.Book(ctx, "a", home, 0)
	wantCarrier(t, "nothing to ship", err, true)

	m.SetSwitches(workflow.Switches{CarrierUnavailable: true})
	_, err = c.Book(ctx, "a", home, 1)
	wantCarrier(t, "book while unavailable", err, false)
	wantCarrier(t, "cancel while unavailable", c.Cancel(ctx, "a"), false)

	m.SetSwitches(workflow.Switches{CarrierRefusesShipment: true})
	_, err = c.Book(ctx, "a", home, 1)
	wantCarrier(t, "refused", err, true)

	m.SetSwitches(workflow.Switches{})
	number, err := c.Book(ctx, "a", home, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Book(ctx, "a", home, 2)
	wantCarrier(t, "the key with another booking", err, true)

	m.SetSwitches(workflow.Switches{CarrierRefusesShipment: true})
	if same, err := c.Book(ctx, "a", home, 1); err != nil || same != number {
		t.Errorf("a key that was booked before: %s, %v", same, err)
	}
}

func TestCarrierCancel(t *testing.T) {
	c, _ := newCarrier()
	ctx := t.Context()
	if _, err := c.Book(ctx, "a", home, 1); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "a", "never booked"} {
		if err := c.Cancel(ctx, key); err != nil {
			t.Errorf("cancel %s: %v", key, err)
		}
		_, err := c.Book(ctx, key, home, 1)
		wantCarrier(t, "book "+key+" after it was withdrawn", err, true)
	}
}

// Two keys whose tracking number would be the same get two, and each keeps its own.
func TestTrackingNumberThatIsTaken(t *testing.T) {
	c, _ := newCarrier()
	first, err := c.Book(t.Context(), "a", home, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, m := newCarrier()
	taken := []byte(`{"key":"somebody else's","parcels":1}`)
	if err := m.SandboxUpdate(t.Context(), "carrier", first, func([]byte) ([]byte, error) { return taken, nil }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		number, err := c.Book(t.Context(), "a", home, 1)
		if err != nil || number == first || !sandbox.ValidTrackingNumber(number) {
			t.Errorf("booked as %s, %v; %s is taken", number, err, first)
		}
	}
	if err := c.Cancel(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if _, err := c.Book(t.Context(), "a", home, 1); err == nil {
		t.Error("another booking was withdrawn")
	}
	if got := m.Documents("carrier")[first]; string(got) != string(taken) {
		t.Errorf("somebody else's consignment is %s", got)
	}
}

func TestCarrierIsSafeForConcurrentUse(t *testing.T) {
	c, m := newCarrier()
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			if _, err := c.Book(t.Context(), fmt.Sprint(i%4), home, 1); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(m.Documents("carrier")); n != 4 {
		t.Errorf("%d consignments for 4 keys", n)
	}
}
