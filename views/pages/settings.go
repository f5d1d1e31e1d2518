package pages

import (
	"time"

	"countersign/views/components"
	"countersign/workflow"
)

// Settings is what an operator can change while Countersign is up.
//
// The first form is POST to paths.Settings with "approval_limit" (an amount such as 500.00),
// "approval_deadline" (a whole number) and "deadline_unit" (minutes, hours or days). The second is
// POST to paths.SettingsSandbox with a field per switch that is on, named as in Switches.
type Settings struct {
	Now      time.Time
	CSRF     string
	Currency string
	Limit    string // as it is written into the field
	Deadline string
	Unit     string
	Errors   SettingsErrors

	Sandbox  bool // the sandbox parties are in use, so there are switches
	Switches workflow.Switches

	ChangedBy string    // name; empty: nobody has changed anything yet
	ChangedAt time.Time // zero: never
}

// SettingsErrors says what is wrong, by field.
type SettingsErrors struct {
	Limit, Deadline string
}

// Switch is one named failure of the sandbox parties.
type Switch struct {
	Name string // of the form field
	Text string
	Does string // in plain words, what happens to orders
	On   bool
}

// SwitchGroup is the switches of one party.
type SwitchGroup struct {
	Party    string
	Icon     components.Icon
	Switches []Switch
}

// Groups are the switches, party by party, with the names of their form fields.
func (m Settings) Groups() []SwitchGroup {
	s := m.Switches
	return []SwitchGroup{
		{"Payment gateway", components.IconPayment, []Switch{
			{"gateway_unavailable", "Cannot be reached", "Every request fails for now. Orders try again, three times with growing pauses; then they fail, and nobody is charged.", s.GatewayUnavailable},
			{"gateway_declines_all", "Declines every card", "New orders fail at once with “payment declined”, and nothing is charged.", s.GatewayDeclinesAll},
			{"gateway_capture_fails", "Refuses to charge", "The hold on the card works, charging it does not. Orders are undone: hold released, goods put back.", s.GatewayCaptureFails},
			{"gateway_refund_fails", "Refuses to give money back", "Undoing an order gets stuck: its execution fails and needs attention. Turn this off, then redrive it.", s.GatewayRefundFails},
		}},
		{"Carrier", components.IconShipping, []Switch{
			{"carrier_unavailable", "Cannot be reached", "Shipments are tried again, three times; then the order is undone, the money included.", s.CarrierUnavailable},
			{"carrier_refuses", "Refuses shipments", "A final no: the order is undone at once, the money included.", s.CarrierRefusesShipment},
		}},
		{"Mail", components.IconMail, []Switch{
			{"mail_unavailable", "Cannot be written", "Confirmations fail. The order completes all the same: a mail does not hold a parcel up.", s.MailUnavailable},
		}},
	}
}

// SwitchesFrom reads the second form; on says whether a field was sent.
func SwitchesFrom(on func(field string) bool) workflow.Switches {
	return workflow.Switches{
		GatewayUnavailable: on("gateway_unavailable"), GatewayDeclinesAll: on("gateway_declines_all"),
		GatewayCaptureFails: on("gateway_capture_fails"), GatewayRefundFails: on("gateway_refund_fails"),
		CarrierUnavailable: on("carrier_unavailable"), CarrierRefusesShipment: on("carrier_refuses"),
		MailUnavailable: on("mail_unavailable"),
	}
}

func (m Settings) limitField() components.Field {
	return components.Field{
		Name: "approval_limit", Label: "Approval limit in " + m.Currency, Value: m.Limit, Error: m.Errors.Limit, InputMode: "decimal", Autocomplete: "off",
		Hint: "Orders with a total above it wait for an approver. 0 sends every order to the inbox.",
	}
}

func (m Settings) deadlineField() components.Field {
	return components.Field{
		Name: "approval_deadline", Label: "Time to decide", Value: m.Deadline, Error: m.Errors.Deadline, InputMode: "numeric", Autocomplete: "off",
		Hint: "An order that nobody has decided by then is undone and the customer is told.",
	}
}

func (m Settings) unitField() components.Field {
	return components.Field{Name: "deadline_unit", Label: "Unit", Value: m.Unit, Options: []components.Option{
		{Value: "minutes", Text: "minutes"}, {Value: "hours", Text: "hours"}, {Value: "days", Text: "days"},
	}}
}

// on counts the switches that are on.
func (m Settings) on() int {
	n := 0
	for _, g := range m.Groups() {
		for _, s := range g.Switches {
			if s.On {
				n++
			}
		}
	}
	return n
}
