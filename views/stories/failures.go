package stories

import (
	"fmt"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

func failureStories() []Story {
	var all []Story
	for _, code := range []int{400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503} {
		m := pages.NewFailure(code, "")
		if code == 500 {
			m.Reference = "7f3a9c"
		}
		name := fmt.Sprintf("failure-%d", code)
		if code == 401 {
			all = append(all, Story{name, plain(page(nil, m.Title, layouts.None), pages.FailurePage(m))})
			continue
		}
		all = append(all, Story{name, shell(page(clara, m.Title, layouts.None), pages.FailurePage(m))})
	}
	said := pages.NewFailure(404, "There is no order CS-0000. Orders of other people are not shown either.")
	said.Next = append([]components.Link{{Text: "My orders", URL: paths.Orders}}, said.Next...)
	return append(all, Story{"failure-404-order", shell(page(clara, said.Title, layouts.Orders), pages.FailurePage(said))})
}

func demoPeople() []pages.DemoPerson {
	one := func(id, name, does string, role workflow.Role) pages.DemoPerson {
		return pages.DemoPerson{ID: id, Name: name, Does: does, Roles: []workflow.Role{role}}
	}
	return []pages.DemoPerson{
		one("clara", "Clara Customer", "Buys things and follows her orders", workflow.RoleCustomer),
		one("anton", "Anton Approver", "Countersigns large orders", workflow.RoleApprover),
		one("olga", "Olga Operator", "Watches executions, stock and mail", workflow.RoleOperator),
		one("ada", "Ada Administrator", "Decides who may do what", workflow.RoleAdministrator),
		one("berta", "Berta Approver", "Countersigns too, and may be faster", workflow.RoleApprover),
		one("karl", "Karl Customer", "Buys as well, perhaps the last one", workflow.RoleCustomer),
	}
}
