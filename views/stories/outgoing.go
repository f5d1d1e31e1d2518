package stories

import (
	"time"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// outgoingStories are the pages about what leaves the process.
func outgoingStories() []Story {
	return append(append(functionStories(), topicStories()...), connectionStories()...)
}

func functionStories() []Story {
	rows := []pages.FunctionRow{
		{Name: "CheckInventory", URL: "http://127.0.0.1:9000/CheckInventory", CalledAt: ago(40 * time.Second), Took: 12 * time.Millisecond},
		{Name: "ProcessPayment", URL: "http://127.0.0.1:9000/ProcessPayment", CalledAt: ago(time.Minute), Took: 640 * time.Millisecond, Error: "CardDeclined"},
		{Name: "resize-pictures", URL: "https://functions.example.com/a-long-path-that-goes-on-and-on/resize?bucket=pictures-of-the-shop&size=large", CalledAt: ago(26 * time.Hour), Took: 31 * time.Second, Error: "Sandbox.Timedout"},
		{Name: "unused", URL: "https://functions.example.com/unused"},
	}
	one := pages.Function{
		Now: now, CSRF: "csrf-token", FunctionRow: rows[1], Timeout: "30", ARN: string(workflow.FunctionARN("ProcessPayment")), CreatedAt: ago(9 * 24 * time.Hour),
		BuiltIn: "OrderFulfillmentWorkflow", SecretBegins: "whsec_4f9a", OldSecretEnds: in(23 * time.Hour), CanTry: true, Payload: "{\"order\": {\"orderId\": \"12345\"}}",
	}
	failed := one
	failed.Trial = &pages.FunctionTrial{Took: 640 * time.Millisecond, Error: "CardDeclined",
		Data: pages.JSON{ID: "trial-cause", Title: "Cause", Text: "{\n  \"errorType\": \"CardDeclined\",\n  \"errorMessage\": \"The bank declined the card.\"\n}", Open: true}}
	answered := one
	answered.BuiltIn, answered.OldSecretEnds, answered.FunctionRow = "", time.Time{}, rows[0]
	answered.NewSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
	answered.Trial = &pages.FunctionTrial{Took: 12 * time.Millisecond, Output: pages.JSON{ID: "trial-output", Title: "Output", Text: "{\n  \"available\": true\n}", Open: true}}
	fresh := one
	fresh.FunctionRow, fresh.BuiltIn, fresh.OldSecretEnds = rows[3], "", time.Time{}
	fresh.Payload, fresh.Timeout = "{order", "soon"
	fresh.Errors = pages.FunctionErrors{URL: "This is not a URL. Type one such as https://example.com/path.", Timeout: "Type a whole number of seconds from 1 to 900.",
		Payload: "This is not JSON. Type a value such as {\"order\": {\"orderId\": \"12345\"}}."}
	unreached := one
	unreached.Trial = &pages.FunctionTrial{Took: 3 * time.Millisecond, Error: "Lambda.SdkClientException", Cause: "Unable to execute HTTP request: dial tcp 127.0.0.1:9000: connect: connection refused"}
	wrong := pages.FunctionForm{CSRF: "csrf-token", Name: "Process Payment", URL: "localhost:9000", Timeout: "0", Errors: pages.FunctionErrors{
		Name: "Use 1 to 64 letters, digits, hyphens and underscores.", URL: "This is not a URL. Type one such as https://example.com/path.", Timeout: "Type a whole number of seconds from 1 to 900."}}
	return []Story{
		{"functions-list", administratorShell("Functions", layouts.Integrations, pages.FunctionsPage(pages.Functions{Now: now, Rows: rows}))},
		{"functions-none", administratorShell("Functions", layouts.Integrations, pages.FunctionsPage(pages.Functions{Now: now}))},
		{"function-failed", administratorShell("ProcessPayment", layouts.Integrations, pages.FunctionPage(failed))},
		{"function-answered", administratorShell("CheckInventory", layouts.Integrations, pages.FunctionPage(answered))},
		{"function-unreached", administratorShell("ProcessPayment", layouts.Integrations, pages.FunctionPage(unreached))},
		{"function-wrong", administratorShell("unused", layouts.Integrations, pages.FunctionPage(fresh))},
		{"function-register", administratorShell("Register a function", layouts.Integrations, pages.FunctionNewPage(pages.FunctionForm{CSRF: "csrf-token", Timeout: "30"}))},
		{"function-register-wrong", administratorShell("Register a function", layouts.Integrations, pages.FunctionNewPage(wrong))},
	}
}

func topicStories() []Story {
	rows := []pages.TopicRow{
		{Name: "OrderApproval", Subscribers: 2, Messages: 1240, LastAt: ago(4 * time.Minute)},
		{Name: "OrderConfirmation", Subscribers: 3, Messages: 18, LastAt: ago(time.Minute), Undelivered: 1, GivenUp: 2},
		{Name: "Quiet"},
	}
	full := pages.Topic{
		Now: now, CSRF: "csrf-token", TopicRow: rows[1], ARN: string(workflow.TopicARN("OrderConfirmation")), CreatedAt: ago(9 * 24 * time.Hour), Older: "/topics/OrderConfirmation?after=1",
		Subscribers: []pages.Subscriber{
			{ID: "S1", Protocol: pages.ByMail, Endpoint: "anton@countersign.example", Since: ago(9 * 24 * time.Hour)},
			{ID: "S2", Protocol: pages.ByWebhook, Endpoint: "https://chat.example.com/hooks/orders-of-the-shop-that-are-shipped", Delivered: 18},
			{ID: "S3", Protocol: pages.ByWebhook, Endpoint: "http://10.0.0.7:8000/orders", Delivered: 15, Undelivered: 1, GivenUp: 2, Problem: "The webhook answered with HTTP status 404 (Not Found)."},
		},
		Published: []pages.PublishedMessage{
			{ID: "m3", Subject: "Order 12347", Body: "Your order 12347 has been shipped.", At: ago(time.Minute), Mails: 1, Delivered: 1, Undelivered: 1},
			{ID: "m2", Body: "{\"orderId\":\"12346\",\"shipped\":true}", At: ago(time.Hour), Mails: 1, Delivered: 1, GivenUp: 1},
			{ID: "m1", Subject: "Order 12345", Body: "Your order 12345 has been shipped.", At: ago(2 * time.Hour), Mails: 1},
			{ID: "m0", Body: "hello", At: ago(30 * time.Hour)},
		},
	}
	secret := full
	secret.NewSecret, secret.NewSecretOf, secret.MailServer = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr", full.Subscribers[1].Endpoint, true
	fresh := pages.Topic{Now: now, CSRF: "csrf-token", TopicRow: rows[2], ARN: string(workflow.TopicARN("Quiet")), CreatedAt: ago(time.Minute)}
	wrong := fresh
	wrong.Protocol, wrong.Endpoint, wrong.Subject = pages.ByMail, "anton", "Grüße"
	wrong.Errors = pages.TopicErrors{Endpoint: "This is not an e-mail address. Type one such as ada@example.com, or choose a webhook.",
		Subject: "A subject has at most 99 characters of plain ASCII, and no line breaks. Shorten or reword it."}
	return []Story{
		{"topics-list", administratorShell("Topics", layouts.Integrations, pages.TopicsPage(pages.Topics{Now: now, CSRF: "csrf-token", Rows: rows}))},
		{"topics-none", administratorShell("Topics", layouts.Integrations, pages.TopicsPage(pages.Topics{Now: now, CSRF: "csrf-token", Name: "a b", Error: "Use 1 to 256 letters, digits, hyphens and underscores. FIFO topics are not offered."}))},
		{"topic-busy", administratorShell("OrderConfirmation", layouts.Integrations, pages.TopicPage(full))},
		{"topic-new-secret", administratorShell("OrderConfirmation", layouts.Integrations, pages.TopicPage(secret))},
		{"topic-fresh", administratorShell("Quiet", layouts.Integrations, pages.TopicPage(fresh))},
		{"topic-wrong", administratorShell("Quiet", layouts.Integrations, pages.TopicPage(wrong))},
	}
}

func connectionStories() []Story {
	row := func(name string, kind workflow.ConnectionKind) pages.ConnectionRow {
		return pages.ConnectionRow{Name: name, Kind: kind, ARN: string(workflow.ConnectionARN(name, "81210c42-8af1-456b-9c4a-6ff02fc664ac")), UpdatedAt: ago(3 * time.Hour)}
	}
	rows := []pages.ConnectionRow{row("Carrier", workflow.ConnectionAPIKey), row("Ledger", workflow.ConnectionOAuth), row("Stripe", workflow.ConnectionBasic)}
	oauth := pages.Connection{Now: now, CSRF: "csrf-token", ConnectionRow: rows[1], CreatedAt: ago(9 * 24 * time.Hour), User: "countersign",
		TokenURL: "https://login.example.com/oauth/token", Scope: "ledger.write", Headers: "X-Tenant: 42\n"}
	wrong := pages.Connection{Now: now, CSRF: "csrf-token", New: true, ConnectionRow: pages.ConnectionRow{Name: "my key", Kind: workflow.ConnectionAPIKey}, User: "X Key", Headers: "nonsense",
		Errors: pages.ConnectionErrors{Name: "Use 1 to 64 letters, digits, dots, hyphens and underscores.", User: "This is not the name of a header. Type one such as X-Api-Key.",
			Secret: "The secret is missing. Type it in.", Headers: "Write one a line, as name: value. This is not: nonsense"}}
	empty := pages.Connection{Now: now, CSRF: "csrf-token", New: true, ConnectionRow: pages.ConnectionRow{Kind: workflow.ConnectionBasic}}
	return []Story{
		{"connections-list", administratorShell("Connections", layouts.Integrations, pages.ConnectionsPage(pages.Connections{Now: now, Rows: rows}))},
		{"connections-none", administratorShell("Connections", layouts.Integrations, pages.ConnectionsPage(pages.Connections{Now: now}))},
		{"connection-oauth", administratorShell("Ledger", layouts.Integrations, pages.ConnectionPage(oauth))},
		{"connection-new", administratorShell("Make a connection", layouts.Integrations, pages.ConnectionPage(empty))},
		{"connection-new-wrong", administratorShell("Make a connection", layouts.Integrations, pages.ConnectionPage(wrong))},
	}
}
