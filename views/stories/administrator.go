package stories

import (
	"time"

	"github.com/a-h/templ"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

func workflowOrder(id string) workflow.OrderID { return workflow.OrderID(id) }

func administratorShell(title string, active layouts.Entry, content templ.Component) templ.Component {
	return shell(page(ada, title, active), content)
}

func administratorStories() []Story {
	all := peopleStories()
	all = append(all, settingsStories()...)
	all = append(all, sandboxStories()...)
	all = append(all, outgoingStories()...)
	return append(all, auditStories()...)
}

func peopleStories() []Story {
	rows := []pages.PersonRow{
		{ID: "ada", Name: "Ada Administrator", Email: "ada@countersign.example", Roles: ada.Roles, Demo: true, SignedInAt: ago(time.Minute)},
		{ID: "anton", Name: "Anton Approver", Email: "anton@countersign.example", Roles: anton.Roles, Demo: true, SignedInAt: ago(18 * time.Minute)},
		{ID: "clara", Name: "Clara Customer", Email: "clara@countersign.example", Roles: clara.Roles, Demo: true, SignedInAt: ago(26 * time.Hour)},
		{ID: "karl", Name: "Karl Customer", Email: "karl@countersign.example", Roles: clara.Roles, Demo: true, Disabled: true},
		{ID: "nora", Name: "Nora Newcomer", Email: "nora@example.com"},
	}
	other := pages.Person{
		Now: now, CSRF: "csrf-token", PersonRow: rows[2], CustomerID: "67890", CreatedAt: ago(9 * 24 * time.Hour),
		Keys: []pages.APIKey{
			{ID: "k1", Name: "Shop system", Prefix: "cs_4f9a", CreatedAt: ago(48 * time.Hour), LastUsedAt: ago(3 * time.Minute)},
			{ID: "k2", Name: "Old laptop", Prefix: "cs_b01c", CreatedAt: ago(9 * 24 * time.Hour), RevokedAt: ago(24 * time.Hour)},
		},
	}
	withKey := other
	withKey.NewKey = &pages.NewAPIKey{Name: "Nightly import", Secret: "cs_9c2e71f0b4d84a6f93ab5e0d7718c3fa20"}
	withAccessKey := pages.Person{Now: now, CSRF: "csrf-token", PersonRow: pages.PersonRow{ID: "olga", Name: "Olga Operator", Email: "olga@countersign.example", Roles: olga.Roles},
		CreatedAt: ago(9 * 24 * time.Hour), Signs: true,
		AccessKeys: []pages.AccessKey{
			{ID: "CSAK7Q2M4XW9B1TRPZ5K", Name: "Build server", CreatedAt: now},
			{ID: "CSAK0N3VD8C6HJ4FYA1E", Name: "Laptop", CreatedAt: ago(48 * time.Hour), LastUsedAt: ago(5 * time.Minute)},
			{ID: "CSAK9SK2LM5UG7QO3XWB", Name: "Old laptop", CreatedAt: ago(9 * 24 * time.Hour), RevokedAt: ago(24 * time.Hour)},
		},
		NewAccessKey: &pages.NewAccessKey{ID: "CSAK7Q2M4XW9B1TRPZ5K", Name: "Build server", Secret: "vK3nJx0pQm7sYd1uWf5zRb9tHc2gLe6oAiEa8MNq"}}
	self := pages.Person{Now: now, CSRF: "csrf-token", PersonRow: rows[0], CreatedAt: ago(9 * 24 * time.Hour), Self: true, Signs: true,
		Errors: pages.PersonChangeErrors{PasswordAgain: "The two are not the same.", KeyName: "Name the key after what will use it, in at most 60 characters.",
			AccessKeyName: "Name the key after what will use it, in at most 60 characters."}}
	own := pages.Person{Now: now, CSRF: "csrf-token", PersonRow: pages.PersonRow{ID: "olga", Name: "Olga Operator", Email: "olga@countersign.example",
		Roles: olga.Roles, SignedInAt: ago(time.Minute)}, CreatedAt: ago(9 * 24 * time.Hour), Self: true, Own: true, AskCurrent: true, Signs: true,
		Errors: pages.PersonChangeErrors{Current: "This is not your present password. Type it once more."}}
	empty := pages.PersonForm{CSRF: "csrf-token", Roles: []workflow.Role{workflow.RoleCustomer}}
	wrong := pages.PersonForm{CSRF: "csrf-token", Name: "Nora Newcomer", Email: "nora@", Errors: pages.PersonErrors{
		Email: "An e-mail address looks like nora@example.com.", Password: "Use at least 12 characters.", Roles: "Give at least one role."}}
	return []Story{
		{"people-list", administratorShell("People", layouts.People, pages.PeoplePage(pages.People{Now: now, Rows: rows}))},
		{"person-other", administratorShell("Clara Customer", layouts.People, pages.PersonPage(other))},
		{"person-new-key", administratorShell("Clara Customer", layouts.People, pages.PersonPage(withKey))},
		{"person-new-access-key", administratorShell("Olga Operator", layouts.People, pages.PersonPage(withAccessKey))},
		{"person-self-wrong", administratorShell("Ada Administrator", layouts.People, pages.PersonPage(self))},
		{"person-own", operatorShell("Olga Operator", layouts.None, pages.PersonPage(own))},
		{"person-add", administratorShell("Add a person", layouts.People, pages.PersonNewPage(empty))},
		{"person-add-wrong", administratorShell("Add a person", layouts.People, pages.PersonNewPage(wrong))},
	}
}

func settingsStories() []Story {
	m := pages.Settings{Now: now, CSRF: "csrf-token", Currency: "EUR", Limit: "500.00", Deadline: "24", Unit: "hours", Sandbox: true}
	failing := m
	failing.Switches = workflow.Switches{GatewayRefundFails: true, MailUnavailable: true}
	failing.ChangedBy, failing.ChangedAt = "Olga Operator", ago(12*time.Minute)
	wrong := m
	wrong.Limit, wrong.Deadline, wrong.Sandbox = "five", "0", false
	wrong.Errors = pages.SettingsErrors{Limit: "Write an amount such as 500.00.", Deadline: "Write a whole number from 1 to 365."}
	return []Story{
		{"settings-fresh", operatorShell("Settings", layouts.Settings, pages.SettingsPage(m))},
		{"settings-failing", operatorShell("Settings", layouts.Settings, pages.SettingsPage(failing))},
		{"settings-wrong", operatorShell("Settings", layouts.Settings, pages.SettingsPage(wrong))},
	}
}

func sandboxStories() []Story {
	done := func(kind string, cents int64, key string) pages.GatewayOperation {
		return pages.GatewayOperation{Kind: kind, Amount: eur(cents), Key: key}
	}
	declined := done("authorise", 4900, "1048/4")
	declined.Refused = "The bank declined the card."
	m := pages.SandboxBooks{
		Now: now, Limit: 100,
		Payments: []pages.GatewayPayment{
			{Reference: "pay_8WQ2", OrderID: "CS-7K2M4Q9A", Card: "tok_visa_4242", Authorised: eur(124000), Captured: eur(0), Refunded: eur(0), Operations: []pages.GatewayOperation{done("authorise", 124000, "1051/9")}, At: ago(30 * time.Minute)},
			{Reference: "pay_5TR1", OrderID: "CS-4T8W1ZXC", Card: "tok_visa_0119", Authorised: eur(4900), Captured: eur(4900), Refunded: eur(0), Operations: []pages.GatewayOperation{done("authorise", 4900, "1050/9"), done("capture", 4900, "1050/21")}, At: ago(time.Hour)},
			{Reference: "pay_2LM9", OrderID: "CS-2B6N8VPD", Card: "tok_visa_4242", Authorised: eur(64000), Captured: eur(64000), Refunded: eur(64000), Operations: []pages.GatewayOperation{done("authorise", 64000, "1049/9"), done("capture", 64000, "1049/30"), done("refund", 64000, "1049/41")}, At: ago(2 * time.Hour)},
			{Reference: "pay_0AX7", Card: "tok_visa_0002", Authorised: eur(0), Captured: eur(0), Refunded: eur(0), Operations: []pages.GatewayOperation{declined}, At: ago(3 * time.Hour)},
		},
		Shipments: []pages.CarrierShipment{
			{TrackingNumber: "SP-0042-7731", Key: "1050/27", To: home, Parcels: 1, At: ago(time.Hour)},
			{TrackingNumber: "SP-0042-7702", Key: "1049/36", To: home, Parcels: 3, Withdrawn: true, At: ago(2 * time.Hour)},
		},
	}
	return []Story{
		{"sandbox-books", operatorShell("Books of the sandbox", layouts.Settings, pages.SandboxBooksPage(m))},
		{"sandbox-books-empty", operatorShell("Books of the sandbox", layouts.Settings, pages.SandboxBooksPage(pages.SandboxBooks{Now: now, Limit: 100}))},
	}
}

func auditStories() []Story {
	rows := []pages.AuditRow{
		{At: ago(12 * time.Minute), Person: "Olga Operator", Action: "settings changed", Detail: "Gateway refuses to give money back: on"},
		{At: ago(18 * time.Minute), Person: "Anton Approver", Action: "approved", Subject: "order CS-4T8W1ZXC", SubjectURL: paths.Order("CS-4T8W1ZXC"), Detail: "Fine with me."},
		{At: ago(2 * time.Hour), Person: "Anton Approver", Action: "rejected", Subject: "order CS-2B6N8VPD", SubjectURL: paths.Order("CS-2B6N8VPD"), Detail: "Please order the smaller desk.", Tone: components.Danger},
		{At: ago(3 * time.Hour), Action: "sign-in failed", Detail: "clara@countersign.example", Tone: components.Danger},
	}
	narrowed := pages.AuditTrail{Now: now, Subject: "order CS-2B6N8VPD", Rows: rows[2:3]}
	return []Story{
		{"audit-list", administratorShell("Audit", layouts.Audit, pages.AuditPage(pages.AuditTrail{Now: now, Rows: rows, Older: paths.AuditAfter("", "1")}))},
		{"audit-narrowed", administratorShell("Audit", layouts.Audit, pages.AuditPage(narrowed))},
		{"audit-empty", administratorShell("Audit", layouts.Audit, pages.AuditPage(pages.AuditTrail{Now: now}))},
	}
}
