// Package layouts holds the frames around every page: Shell with the navigation for somebody
// who is signed in, Plain for the pages before that.
//
// A handler fills a Page and passes the page's template as children. The package knows
// roles and addresses; it must not know sessions, requests or records.
package layouts

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Page is what the frame needs to know.
type Page struct {
	Title  string
	Person *Person // nil: nobody is signed in
	Active Entry   // the navigation entry that is marked as current
	CSRF   string
	Flash  *Flash // nil: nothing to say
	Demo   bool
	Now    time.Time // relative times on the page are seen from here

	// Asset gives the address of an asset ("css/tokens.css"); handlers pass static.URL. It is a
	// field, so that views need not import the package that embeds the files.
	Asset func(name string) string

	NeedsMe workflow.Count // approvals that wait for this person, beside the inbox's entry
	Width   Width
}

// Width is how wide the page's column may become.
type Width string

// The widths.
const (
	Normal Width = ""
	Narrow Width = "narrow" // reading and forms
	Wide   Width = "wide"   // tables and graphs
)

// Person is who is signed in.
type Person struct {
	ID    string // of their account; empty: the menu does not lead there
	Name  string
	Roles []workflow.Role
}

// Is says whether the person has one of the roles.
func (p *Person) Is(roles ...workflow.Role) bool {
	return p != nil && slices.ContainsFunc(roles, func(r workflow.Role) bool { return slices.Contains(p.Roles, r) })
}

// Flash is said once, on the page after an action.
type Flash struct {
	Tone components.Tone // Success, Danger or Neutral
	Text string
}

func (f Flash) status() components.Status {
	switch f.Tone {
	case components.Success:
		return components.Status{Icon: components.IconDone, Tone: f.Tone}
	case components.Danger:
		return components.Status{Icon: components.IconAlert, Tone: f.Tone}
	}
	return components.Status{Icon: components.IconInfo, Tone: components.Neutral}
}

// Entry is a place in the navigation.
type Entry string

// The entries.
const (
	None          Entry = ""
	Shop          Entry = "Shop"
	Orders        Entry = "My orders"
	AllOrders     Entry = "Orders" // in the place of Orders for who sees everybody's
	Inbox         Entry = "Inbox"
	Dashboard     Entry = "Dashboard"
	Executions    Entry = "Executions"
	StateMachines Entry = "State machines"
	Inventory     Entry = "Inventory"
	Mail          Entry = "Mail"
	People        Entry = "People"
	Integrations  Entry = "Integrations"
	Audit         Entry = "Audit"
	Settings      Entry = "Settings"
)

type link struct {
	entry Entry
	short string // for the bottom bar of a phone
	url   string
	icon  components.Icon
	count workflow.Count
}

type group struct {
	name  string
	links []link
}

// navigation is what the person may see, in groups. Everybody may buy.
func (p Page) navigation() []group {
	var groups []group
	if p.Person == nil {
		return nil
	}
	add := func(name string, links ...link) { groups = append(groups, group{name, links}) }
	executions := link{Executions, "Executions", paths.Executions("", "", ""), components.IconExecutions, workflow.Count{}}
	operates := p.Person.Is(workflow.RoleOperator, workflow.RoleAdministrator)
	if p.Person.Is(workflow.RoleApprover) {
		links := []link{{Inbox, "Inbox", paths.Inbox(paths.NeedsMe), components.IconInbox, p.NeedsMe}}
		if !operates {
			links = append(links, executions)
		}
		add("Approve", links...)
	}
	if operates {
		add("Operate",
			link{Dashboard, "Dashboard", paths.Dashboard, components.IconDashboard, workflow.Count{}},
			executions,
			link{StateMachines, "Machines", paths.StateMachines, components.IconStateMachines, workflow.Count{}},
			link{Inventory, "Inventory", paths.Inventory, components.IconInventory, workflow.Count{}},
			link{Mail, "Mail", paths.Mail, components.IconMail, workflow.Count{}})
	}
	if operates {
		links := []link{{Settings, "Settings", paths.Settings, components.IconSettings, workflow.Count{}}}
		if p.Person.Is(workflow.RoleAdministrator) {
			links = append([]link{
				{People, "People", paths.People, components.IconPeople, workflow.Count{}},
				{Integrations, "Integrations", paths.Functions, components.IconZap, workflow.Count{}}, {Audit, "Audit", paths.Audit, components.IconHistory, workflow.Count{}},
			}, links...)
		}
		add("Administer", links...)
	}
	orders := link{Orders, "Orders", paths.Orders, components.IconOrders, workflow.Count{}}
	if operates {
		orders.entry = AllOrders
	}
	buy := group{"Buy", []link{{Shop, "Shop", paths.Shop, components.IconShop, workflow.Count{}}, orders}}
	if p.Person.Is(workflow.RoleCustomer) {
		return append([]group{buy}, groups...)
	}
	return append(groups, buy)
}

// bottom is what fits into the bar of a phone; the rest is behind "More".
func (p Page) bottom() (bar, more []link) {
	for _, g := range p.navigation() {
		bar = append(bar, g.links...)
	}
	if len(bar) <= 5 {
		return bar, nil
	}
	return bar[:4], bar[4:]
}

func (p Page) title() string {
	if p.Title == "" {
		return "Countersign"
	}
	return p.Title + " · Countersign"
}

func (p Page) nowMillis() string { return strconv.FormatInt(p.Now.UnixMilli(), 10) }

func (p *Person) initials() string {
	var out strings.Builder
	for i, word := range strings.Fields(p.Name) {
		if i == 2 {
			break
		}
		r, _ := utf8.DecodeRuneInString(word)
		out.WriteRune(r)
	}
	return strings.ToUpper(out.String())
}

func (p *Person) roles() string {
	names := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		names[i] = string(r)
	}
	text := strings.Join(names, ", ")
	if text == "" {
		return "No role yet"
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// styleSheets in the order in which they build on each other.
var styleSheets = []string{
	"vendor/basecoat-1.0.2/basecoat.min.css",
	"css/tokens.css", "css/shell.css", "css/components.css",
	"css/shop.css", "css/order.css", "css/inbox.css", "css/door.css", "css/operator.css",
}

const font = "vendor/inter-5.3.0/inter-latin-wght-normal.woff2"

// htmxConfig keeps htmx within the Content-Security-Policy (script-src 'self'; style-src
// 'self'): no injected style. Pages are ordinary documents, so the browser keeps the
// history. Morphing leaves "open" alone, so that dialogs and details stay as the reader left them.
const htmxConfig = `{"includeIndicatorCSS":false,"history":false,"extensions":"sse",` +
	`"morphIgnore":["data-htmx-powered","open","data-sent","aria-busy","data-live-note"]}`

func holds(links []link, entry Entry) bool {
	return slices.ContainsFunc(links, func(l link) bool { return l.entry == entry })
}
