package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

func settingsForm(limit, deadline, unit string) url.Values {
	return url.Values{"approval_limit": {limit}, "approval_deadline": {deadline}, "deadline_unit": {unit}}
}

func TestSettingsAreSaved(t *testing.T) {
	s := openSite(t)
	olga := s.as(models.DemoOperator)
	page := olga.get(paths.Settings).is(http.StatusOK).says("Nobody has changed the settings yet")
	for name, want := range map[string]string{"approval_limit": "500.00", "approval_deadline": "24"} {
		if got := page.find("input[name="+name+"]").AttrOr("value", ""); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := page.find("select[name=deadline_unit] option[selected]").AttrOr("value", ""); got != "hours" {
		t.Errorf("unit is %q", got)
	}
	olga.post(paths.Settings, settingsForm(" 1240.5", "90", "minutes")).is(http.StatusSeeOther).leadsTo(paths.Settings)
	got, err := s.store.Settings(t.Context())
	want := workflow.Settings{ApprovalLimit: workflow.Money{Amount: 1240_50, Currency: "EUR"}, ApprovalDeadline: 90 * time.Minute}
	if err != nil || got != want {
		t.Fatalf("%+v %v, want %+v", got, err, want)
	}
	page = olga.get(paths.Settings).is(http.StatusOK).says("Saved.").says("Olga Operator")
	if got := page.find("input[name=approval_limit]").AttrOr("value", ""); got != "1240.50" {
		t.Errorf("limit is shown as %q", got)
	}
	s.as(models.DemoAdministrator).get(paths.Audit).is(http.StatusOK).says("approval limit 1,240.50 EUR, time to decide 90 minutes")
}

func TestSettingsRefuseWhatMakesNoSense(t *testing.T) {
	s := openSite(t)
	olga := s.as(models.DemoOperator)
	for _, tc := range []struct{ limit, deadline, unit, field string }{
		{"", "24", "hours", "approval_limit"},
		{"-1", "24", "hours", "approval_limit"},
		{"five", "24", "hours", "approval_limit"},
		{"500,00", "24", "hours", "approval_limit"},
		{"500.005", "24", "hours", "approval_limit"},
		{"500.", "24", "hours", "approval_limit"},
		{".5", "24", "hours", "approval_limit"},
		{"1e3", "24", "hours", "approval_limit"},
		{"+5", "24", "hours", "approval_limit"},
		{"100000000.01", "24", "hours", "approval_limit"},
		{"99999999999999999999", "24", "hours", "approval_limit"},
		{"500.00", "", "hours", "approval_deadline"},
		{"500.00", "0", "minutes", "approval_deadline"},
		{"500.00", "-1", "days", "approval_deadline"},
		{"500.00", "1.5", "days", "approval_deadline"},
		{"500.00", "366", "days", "approval_deadline"},
		{"500.00", "9223372036854775807", "days", "approval_deadline"},
		{"500.00", "24", "fortnights", "approval_deadline"},
	} {
		page := olga.post(paths.Settings, settingsForm(tc.limit, tc.deadline, tc.unit)).is(http.StatusUnprocessableEntity)
		if page.find("input[name="+tc.field+"][aria-invalid=true]").Length() != 1 || page.find("#"+tc.field+"-error").Text() == "" {
			t.Errorf("%+v: no message beside the field", tc)
		}
		if page.find("[aria-invalid=true]").Length() != 1 {
			t.Errorf("%+v: another field is marked too", tc)
		}
		if got := page.find("input[name=approval_limit]").AttrOr("value", ""); got != tc.limit {
			t.Errorf("%+v: the limit came back as %q", tc, got)
		}
	}
	got, err := s.store.Settings(t.Context())
	if err != nil || got != models.DefaultSettings {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAmountsAreReadExactly(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "0.1": 10, "0.29": 29, "19.99": 19_99, "007": 7_00, "92233720368547758.07": 9223372036854775807} {
		if got, ok := parseAmount(text); !ok || got != want {
			t.Errorf("%s: got %d %v, want %d", text, got, ok, want)
		}
	}
	if _, ok := parseAmount("92233720368547758.08"); ok {
		t.Error("an amount overflowed")
	}
}

func TestSandboxSwitches(t *testing.T) {
	s := openSite(t)
	olga := s.as(models.DemoOperator)
	olga.post(paths.SettingsSandbox, url.Values{"gateway_refund_fails": {"on"}, "carrier_unavailable": {"on"}}).is(http.StatusSeeOther)
	got, err := s.store.Switches(t.Context())
	if want := (workflow.Switches{GatewayRefundFails: true, CarrierUnavailable: true}); err != nil || got != want {
		t.Fatalf("%+v %v", got, err)
	}
	page := olga.get(paths.Settings).is(http.StatusOK)
	if on := page.find("input[type=checkbox][checked]"); on.Length() != 2 {
		t.Errorf("%d switches are shown as on", on.Length())
	}
	olga.get(paths.Dashboard).says("The sandbox parties are told to fail")
	s.as(models.DemoAdministrator).get(paths.Audit).says("Payment gateway: refuses to give money back")
	olga.post(paths.SettingsSandbox, nil).is(http.StatusSeeOther)
	if got, err := s.store.Switches(t.Context()); err != nil || got != (workflow.Switches{}) {
		t.Errorf("%+v %v", got, err)
	}
	s.as(models.DemoApprover).post(paths.SettingsSandbox, nil).is(http.StatusForbidden)
}

// The books are read in the form in which the sandbox parties write them.
func TestSandboxBooks(t *testing.T) {
	r := openRealSite(t)
	olga := r.as(models.DemoOperator)
	olga.get(paths.SandboxBooks).is(http.StatusOK).says("The gateway has not been asked yet")
	clara := r.as(models.DemoCustomer)
	id := clara.orders(notebook, cardOK)
	r.awaitStatus(id, workflow.OrderCompleted)
	declined := clara.orders(notebook, cardDeclines)
	r.awaitClosed(declined)
	page := olga.get(paths.SandboxBooks).is(http.StatusOK).says(string(id)).says("12.90").says("The bank declined the card.")
	o, err := r.store.OrderInfo(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	shipment, _, err := r.store.Shipment(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	page.says(shipment.TrackingNumber).says(o.Address.City)
	var kinds []string
	operations := page.find(".operations li .strong")
	for i := range operations.Length() {
		kinds = append(kinds, operations.Eq(i).Text())
	}
	if got := strings.Join(kinds, " "); !strings.Contains(got, "authorise capture") {
		t.Errorf("operations %q", got)
	}
}
