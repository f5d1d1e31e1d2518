package e2e

import (
	"net/url"
	"strings"
	"testing"
)

func TestCancelWhileWaitingForApproval(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara, anton := a.person(t, "clara", desktop), a.person(t, "anton", desktop)
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	anton.finds(order)
	anton.live()
	anton.marks()

	const dialog = `dialog#cancel-order`
	clara.click(`button[commandfor="cancel-order"]`)
	clara.see(dialog)
	if said := clara.text(dialog); !strings.Contains(said, "The hold of 890.00 EUR on your card is released") {
		t.Errorf("the dialog reads %q", said)
	}
	clara.click(dialog + ` button[command="close"]`)
	clara.until("the dialog is closed", `!document.querySelector("dialog#cancel-order").open`)
	clara.click(`button[commandfor="cancel-order"]`)
	clara.click(dialog + ` button[type="submit"]`)
	clara.reads(soon, "You cancelled this order")
	clara.money("0.00 EUR")
	clara.reads(soon, "Released, not charged")
	available(t, a, desk, 12)

	anton.until("the form has gone", `document.querySelector("form#decide") === null`)
	anton.stays()
}

func TestCancelAfterShippingIsRefused(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara := a.person(t, "clara", desktop)
	order := clara.orders(notebook, goodCard)
	clara.reads(soon, "It is on its way")
	if clara.count(`button[commandfor="cancel-order"]`) != 0 {
		t.Error("a shipped order can be cancelled")
	}
	// A page from before the shipment would still have the button.
	status, page, err := signIn(t, a, "clara").post(t.Context(), "/orders/"+order+"/cancel", url.Values{})
	if err != nil || status != 409 || !strings.Contains(page, "It is too late to cancel") {
		t.Errorf("status %d, %v", status, err)
	}
	clara.reload()
	clara.reads(soon, "It is on its way")
	clara.money("12.90 EUR")
}
