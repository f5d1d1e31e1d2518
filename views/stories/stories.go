// Package stories shows every state of every page with made-up view models, so that a page
// can be looked at and tested without a database, a session or an order.
//
// All lists them. The tests render each to testdata/*.html and compare (go test -update
// rewrites them); with -out=DIR they write pages that a browser can open, assets included.
// Other rooms must not import it.
package stories

import (
	"maps"
	"slices"
	"time"

	"github.com/a-h/templ"

	"countersign/views/layouts"
	"countersign/workflow"
)

// Story is one state of one page.
type Story struct {
	Name string // file name without ending: page, then state
	Page templ.Component
}

// All lists the stories, page by page.
func All() []Story {
	var all []Story
	for _, page := range [][]Story{
		frameStories(),
		doorStories(),
		shopStories(),
		orderStories(),
		inboxStories(),
		failureStories(),
		operatorStories(),
	} {
		all = append(all, page...)
	}
	return all
}

// named gives the states of one page their full names, in order.
func named(page string, states map[string]Story) []Story {
	var out []Story
	for _, state := range slices.Sorted(maps.Keys(states)) {
		out = append(out, Story{page + "-" + state, states[state].Page})
	}
	return out
}

// now is the moment at which every story is seen.
var now = time.Date(2026, time.November, 23, 14, 30, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }
func in(d time.Duration) time.Time  { return now.Add(d) }

func eur(cents int64) workflow.Money { return workflow.Money{Amount: cents, Currency: "EUR"} }

var (
	clara = &layouts.Person{Name: "Clara Customer", Roles: []workflow.Role{workflow.RoleCustomer}}
	anton = &layouts.Person{Name: "Anton Approver", Roles: []workflow.Role{workflow.RoleApprover}}
	olga  = &layouts.Person{Name: "Olga Operator", Roles: []workflow.Role{workflow.RoleOperator}}
	ada   = &layouts.Person{Name: "Ada Administrator", Roles: []workflow.Role{workflow.RoleAdministrator, workflow.RoleOperator, workflow.RoleApprover}}
)

// asset keeps hashes out of the golden files: changing a style sheet changes no page.
func asset(name string) string { return "/static/" + name }

// page is a frame for person with what every story has in common.
func page(person *layouts.Person, title string, active layouts.Entry) layouts.Page {
	return layouts.Page{Title: title, Person: person, Active: active, CSRF: "csrf-token", Demo: true, Now: now, Asset: asset, NeedsMe: needsMe(person)}
}

func needsMe(person *layouts.Person) workflow.Count {
	if person.Is(workflow.RoleApprover) {
		return workflow.Count{N: 3}
	}
	return workflow.Count{}
}

// shell puts content into the frame.
func shell(p layouts.Page, content templ.Component) templ.Component {
	return framed{layouts.Shell(p), content}
}

func plain(p layouts.Page, content templ.Component) templ.Component {
	return framed{layouts.Plain(p), content}
}
