package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/static"
	"countersign/web/paths"
)

// route is an address, who may use it and what answers.
type route struct {
	method  string
	path    string
	access  access
	handler echo.HandlerFunc
}

// table lists every route there is. A GET changes nothing; HEAD comes with it by itself.
// The path of a stream ends in "/live".
func (s *Server) table(o Options) []route {
	ready := o.Ready
	if ready == nil {
		ready = func(context.Context) error { return nil }
	}
	get, post := http.MethodGet, http.MethodPost
	routes := []route{
		{get, paths.Home, visitors, s.home},
		{get, paths.SignIn, visitors, s.signInForm},
		{post, paths.SignIn, visitors, s.signInByPassword},
		{post, paths.SignOut, visitors, s.signOut},

		{get, paths.Shop, signedIn, s.shopShow},
		{post, paths.CartItems, signedIn, s.cartAdd},
		{post, paths.CartItem(":itemId"), signedIn, s.cartSet},
		{get, paths.Orders, signedIn, s.orderList},
		{post, paths.Orders, signedIn, s.orderCheckout},
		{get, paths.OrdersLive, signedIn, s.orderListLive},
		{get, paths.Order(":orderId"), signedIn, s.orderShow},
		{get, paths.OrderLive(":orderId"), signedIn, s.orderLive},
		{post, paths.OrderCancel(":orderId"), signedIn, s.orderCancel},

		{get, paths.InboxRoot, approvers, s.inboxList},
		{get, paths.InboxRoot + "/live", approvers, s.inboxLive},
		{get, paths.Approval(":approvalId"), approvers, s.approvalShow},
		{get, paths.ApprovalLive(":approvalId"), approvers, s.approvalLive},
		{post, paths.ApprovalDecide(":approvalId"), approvers, s.approvalDecide},

		{get, paths.Dashboard, operators, s.dashboardShow},
		{get, paths.DashboardLive, operators, s.dashboardLive},
		{get, paths.ExecutionsRoot, staff, s.executionList},
		{get, paths.ExecutionsLive, staff, s.executionListLive},
		{get, paths.Execution(":name"), staff, s.executionShow},
		{get, paths.Execution(":name") + "/live", staff, s.executionLive},
		{get, paths.Execution(":name") + "/payload", staff, s.executionPayload},
		{post, paths.ExecutionStop(":name"), operators, s.executionStop},
		{post, paths.ExecutionRedrive(":name"), operators, s.executionRedrive},

		{get, paths.MapRun(":key"), staff, s.mapRunShow},
		{get, paths.MapRun(":key") + "/live", staff, s.mapRunLive},

		{get, paths.StateMachines, staff, s.stateMachineList},
		{post, paths.StateMachines, operators, s.stateMachineMake},
		{get, paths.StateMachineNew, operators, s.stateMachineForm},
		{get, paths.StateMachine(":name"), staff, s.stateMachineShow},
		{get, paths.StateMachineDefinition(":name", 0), staff, s.stateMachineDefinition},
		{get, paths.StateMachineEdit(":name"), operators, s.stateMachineEdit},
		{post, paths.StateMachineEdit(":name"), operators, s.stateMachineChange},
		{post, paths.StateMachineDelete(":name"), operators, s.stateMachineDelete},
		{get, paths.StateTests(":name"), operators, s.stateTestForm},
		{post, paths.StateTests(":name"), operators, s.stateTestRun},
		{get, paths.StateMachineStart(":name"), operators, s.executionForm},
		{post, paths.StateMachineStart(":name"), operators, s.executionStart},
		{get, paths.Inventory, operators, s.inventoryList},
		{get, paths.InventoryLive, operators, s.inventoryLive},
		{get, paths.InventoryItem(":itemId"), operators, s.inventoryShow},
		{post, paths.InventoryItem(":itemId"), operators, s.inventoryAdjust},
		{get, paths.Mail, operators, s.mailList},
		{get, paths.MailLive, operators, s.mailListLive},
		{get, paths.MailMessage(":id"), operators, s.mailShow},
		{get, paths.Settings, operators, s.settingsShow},
		{post, paths.Settings, operators, s.settingsSave},
		{post, paths.SettingsSandbox, operators, s.settingsSandbox},
		{get, paths.SandboxBooks, operators, s.sandboxBooks},

		{get, paths.People, administrators, s.personList},
		{post, paths.People, administrators, s.personAdd},
		{get, paths.PersonNew, administrators, s.personForm},
		{get, paths.Person(":id"), signedIn, s.personShow},
		{post, paths.Person(":id"), administrators, s.personChange},
		{post, paths.PersonPassword(":id"), signedIn, s.personPassword},
		{post, paths.PersonKeys(":id"), signedIn, s.personKeyMake},
		{post, paths.PersonKey(":id", ":keyId"), signedIn, s.personKeyRevoke},
		{post, paths.PersonAccessKeys(":id"), signedIn, s.personAccessKeyMake},
		{post, paths.PersonAccessKey(":id", ":keyId"), signedIn, s.personAccessKeyRevoke},
		{get, paths.Audit, administrators, s.auditList},

		{get, paths.Functions, administrators, s.functionList},
		{post, paths.Functions, administrators, s.functionRegister},
		{get, paths.FunctionNew, administrators, s.functionForm},
		{get, paths.Function(":name"), administrators, s.functionShow},
		{post, paths.Function(":name"), administrators, s.functionChange},
		{post, paths.FunctionSecret(":name"), administrators, s.functionSecret},
		{post, paths.FunctionTry(":name"), administrators, s.functionTry},
		{post, paths.FunctionRemove(":name"), administrators, s.functionRemove},
		{get, paths.Topics, administrators, s.topicList},
		{post, paths.Topics, administrators, s.topicMake},
		{get, paths.Topic(":name"), administrators, s.topicShow},
		{post, paths.TopicPublish(":name"), administrators, s.topicPublish},
		{post, paths.TopicRetry(":name"), administrators, s.topicRetry},
		{post, paths.TopicRemove(":name"), administrators, s.topicRemove},
		{post, paths.Subscriptions(":name"), administrators, s.subscriptionAdd},
		{post, paths.SubscriptionSecret(":name", ":id"), administrators, s.subscriptionSecret},
		{post, paths.SubscriptionRemove(":name", ":id"), administrators, s.subscriptionRemove},
		{get, paths.Connections, administrators, s.connectionList},
		{post, paths.Connections, administrators, s.connectionMake},
		{get, paths.ConnectionNew, administrators, s.connectionForm},
		{get, paths.Connection(":name"), administrators, s.connectionShow},
		{post, paths.Connection(":name"), administrators, s.connectionChange},
		{post, paths.ConnectionRemove(":name"), administrators, s.connectionRemove},

		{post, paths.APIOrders, keyHolders, s.apiOrderPlace},
		{get, paths.APIOrder(":orderId"), keyHolders, s.apiOrderShow},
		{get, paths.APIApprovals, approverKeys, s.apiApprovalList},
		{get, paths.APIApproval(":approvalId"), approverKeys, s.apiApprovalShow},
		{post, paths.APIApprovalDecide(":approvalId"), approverKeys, s.apiApprovalDecide},

		{post, paths.StepFunctions, signers, s.stepFunctions},
		{post, paths.CloudWatchOperation, signers, s.cloudWatch},

		{get, static.Prefix + "*", anyone, echo.WrapHandler(static.Handler())},
		{get, "/favicon.ico", anyone, favicon},
		{get, paths.Healthz, anyone, alive},
		{get, paths.Readyz, anyone, s.ready(ready)},
		{get, paths.Metrics, machineRoom, s.metrics.show()},
	}
	if o.Demo {
		routes = append(routes, route{post, paths.SignInDemo, visitors, s.signInDemo})
	}
	if o.SetupToken != "" {
		routes = append(routes,
			route{get, paths.Setup(":token"), visitors, s.setupForm},
			route{post, paths.Setup(":token"), visitors, s.setupAdministrator})
	}
	return routes
}

// register puts the routes into Echo, each behind its access.
func (s *Server) register(table []route) error {
	s.routes = make(map[string]route, len(table))
	for _, r := range table {
		key := r.method + " " + r.path
		if _, twice := s.routes[key]; twice || r.access.door == noDoor || r.handler == nil {
			return fmt.Errorf("web: route %s stands twice, or without access or handler", key)
		}
		s.routes[key] = r
		guarded := s.guard(r)
		s.echo.Add(r.method, r.path, guarded)
		if r.method == http.MethodGet && !r.streams() {
			s.echo.Add(http.MethodHead, r.path, guarded)
		}
	}
	return nil
}

func (r route) streams() bool { return strings.HasSuffix(r.path, "/live") }

// routeOf is the route that a request came by.
func (s *Server) routeOf(c echo.Context) (route, bool) {
	r, ok := s.routes[c.Request().Method+" "+c.Path()]
	return r, ok
}

// favicon is for browsers that ask without having read the page.
func favicon(c echo.Context) error {
	return c.Redirect(http.StatusFound, static.URL("img/favicon.svg"))
}
