// Package paths builds every address of the application, so that pages can link and
// handlers can be registered without knowing each other.
//
// Each function escapes what it is given. A colon passes unescaped, so the router
// registers a handler under the very function that links to it: paths.Order(":orderId").
// Which method an address answers to is said beside it; a GET never changes anything.
//
// It is a leaf: it imports the standard library only and knows nothing of handlers,
// templates or records.
package paths

import "net/url"

// Addresses that take no argument.
const (
	Home    = "/"       // GET: forwards to the first page of the signed-in person
	SignIn  = "/signin" // GET: the form; POST email, password
	SignOut = "/signout"

	// SignInDemo is POST person (a demo person's id); it exists in demo mode only.
	SignInDemo = "/signin/demo"

	Shop      = "/shop"       // GET: catalogue, cart and checkout
	CartItems = "/cart/items" // POST item, quantity: adds to the cart

	// Orders is GET: my orders; POST: places the order, once per field "order_key".
	Orders     = "/orders"
	OrdersLive = "/orders/~/live" // no order can be called "~"; one may be called "live"

	Dashboard      = "/dashboard"
	DashboardLive  = "/dashboard/live"
	ExecutionsLive = "/executions/live"
	StateMachines  = "/state-machines"
	Inventory      = "/inventory"
	InventoryLive  = "/inventory/live"
	Mail           = "/mail"
	MailLive       = "/mail/live"

	People   = "/people" // GET: the list; POST: adds a person
	Audit    = "/audit"
	Settings = "/settings" // GET: the form; POST: saves it

	// StepFunctions is POST: the Step Functions API, one operation a request.
	StepFunctions = "/"
	// CloudWatchOperation is POST: CloudWatch in Smithy RPC v2. Its other protocols come to StepFunctions.
	CloudWatchOperation = "/service/GraniteServiceVersion20100801/operation/:operation"

	APIOrders    = "/api/orders"
	APIApprovals = "/api/approvals"

	Healthz = "/healthz"
	Readyz  = "/readyz"
	Metrics = "/metrics"
)

func join(prefix, segment string) string {
	return prefix + "/" + url.PathEscape(segment)
}

// withQuery leaves out what is empty, so that a list without a filter has one address only.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
