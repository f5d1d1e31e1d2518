package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

// statOf is a figure of the dashboard and where it leads.
func statOf(a *answer, label string) (count, url string) {
	stats := a.find("a.stat")
	for i := range stats.Length() {
		stat := stats.Eq(i)
		if words := strings.Join(strings.Fields(stat.Text()), " "); strings.Contains(words, label) {
			return strings.TrimSpace(strings.Replace(words, label, "", 1)), stat.AttrOr("href", "")
		}
	}
	return "", ""
}

func TestDashboardCountsWhatItsListsShow(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	waiting := clara.orders(desk, cardOK)
	r.approvalOf(waiting)
	r.awaitStatus(clara.orders(notebook, cardOK), workflow.OrderCompleted)
	r.switches(workflow.Switches{GatewayRefundFails: true, CarrierRefusesShipment: true})
	stuck := clara.orders(notebook, cardOK)
	r.awaitClosed(stuck)
	if err := r.store.SetStock(t.Context(), lastOne, 0, models.DemoOperator, "gone"); err != nil {
		t.Fatal(err)
	}
	olga := r.as(models.DemoOperator)
	page := olga.get(paths.Dashboard).is(http.StatusOK).says("1 order stopped half way").says("The sandbox parties are told to fail")
	for label, want := range map[string]string{
		"Need attention": "1", "Wait for approval": "1", "Due within an hour": "0", "Completed": "1", "Waiting for approval": "1",
		"Running": "1", "Succeeded": "1", "Timed out": "0", "Sold out": "1", "Few left": "0", "Mails not sent": "1",
	} {
		count, link := statOf(page, label)
		if count != want {
			t.Errorf("%s: %q, want %s", label, count, want)
		}
		if link == "" {
			t.Errorf("%s leads nowhere", label)
			continue
		}
		list := olga.get(link).is(http.StatusOK)
		if rows := list.find("tbody tr, .order-row, .panel li").Length(); want == "1" && rows < 1 {
			t.Errorf("%s leads to %s, which is empty", label, link)
		}
	}
	r.clock.advance(23*time.Hour + 30*time.Minute)
	if count, _ := statOf(r.as(models.DemoOperator).get(paths.Dashboard), "Due within an hour"); count != "1" {
		t.Errorf("%q are due within an hour", count)
	}
	if _, link := statOf(r.as(models.DemoAdministrator).get(paths.Dashboard), "Wait for approval"); link != paths.Inbox(paths.Team) {
		t.Errorf("an administrator is led to %s", link)
	}
}

func TestExecutionsAreFilteredAndPaged(t *testing.T) {
	s := openSite(t)
	for n := range executionsOnPage + 5 {
		info := workflow.ExecutionInfo{ID: workflow.ExecutionID(n + 1), Name: fmt.Sprintf("order-%03d", n), StateMachine: "Orders", Version: 1,
			Status: workflow.Running, StartedAt: s.clock.now()}
		if n%10 == 0 {
			info.Status, info.StoppedAt, info.Error = workflow.Failed, s.clock.now(), "Broken"
		}
		if n == 7 {
			info.StateMachine = "Parcels"
		}
		if err := s.store.Commit(t.Context(), &workflow.Commit{Info: info, Snapshot: []byte("{}"), Events: []workflow.HistoryEvent{
			{ID: 1, Type: workflow.EventExecutionStarted, At: s.clock.now()}}}); err != nil {
			t.Fatal(err)
		}
		s.clock.advance(time.Second)
	}
	anton := s.as(models.DemoApprover)
	names := func(a *answer) (list []string) {
		rows := a.find("tbody .row-link")
		for i := range rows.Length() {
			list = append(list, rows.Eq(i).Text())
		}
		return list
	}
	first := anton.get(paths.ExecutionsRoot).is(http.StatusOK)
	if got := names(first); len(got) != executionsOnPage || got[0] != "order-054" {
		t.Errorf("first page: %v", got)
	}
	second := anton.get(first.find("nav[aria-label=Pages] a.pager-older").AttrOr("href", "")).is(http.StatusOK)
	if got := names(second); len(got) != 5 || got[4] != "order-000" {
		t.Errorf("second page: %v", got)
	}
	for query, want := range map[string]int{
		"?status=FAILED": 6, "?status=SUCCEEDED": 0, "?machine=Parcels": 1, "?q=order-01": 10, "?q=+order-01+": 10, "?status=FAILED&q=order-01": 1,
		"?q=nothing": 0, "?q=%25": 0, "?status=NONSENSE": 0, "?after=garbage": executionsOnPage,
	} {
		if got := names(anton.get(paths.ExecutionsRoot + query).is(http.StatusOK)); len(got) != want {
			t.Errorf("%s: %d executions, want %d", query, len(got), want)
		}
	}
	if tabs := text(first, ".tabs-nav"); !strings.Contains(tabs, "55") || !strings.Contains(tabs, "49") || !strings.Contains(tabs, "6") {
		t.Errorf("counts are %q", tabs)
	}
	s.as(models.DemoCustomer).get(paths.ExecutionsRoot).is(http.StatusForbidden)
}

func TestExecutionsListIsLive(t *testing.T) {
	r := openRealSite(t)
	l := &liveSite{site: r.site}
	l.url = r.listen() + paths.ExecutionsLive
	_, stream := l.connect(r.as(models.DemoOperator))
	if first := l.message(stream); !strings.Contains(first, "Nothing has been executed yet") {
		t.Fatalf("first message:\n%s", first)
	}
	id := r.as(models.DemoCustomer).orders(notebook, cardOK)
	for name := r.nameOf(id); ; {
		if m := l.message(stream); strings.Contains(m, name) && strings.Contains(m, "Succeeded") {
			break
		}
	}
}

func TestStateMachines(t *testing.T) {
	r := openRealSite(t)
	anton := r.as(models.DemoApprover)
	anton.get(paths.StateMachines).is(http.StatusOK).says(fulfilment.StateMachineName)
	page := anton.get(paths.StateMachine(fulfilment.StateMachineName)).is(http.StatusOK).
		says(string(workflow.StateMachineARN(fulfilment.StateMachineName)))
	if got := page.find("svg .graph-node").Length(); got < 15 {
		t.Errorf("%d states are drawn", got)
	}
	if !strings.Contains(page.find("#definition, pre").Text(), "waitForTaskToken") {
		t.Error("the definition is not shown")
	}
	changed := strings.Replace(string(fulfilment.Definition()), `"Comment": "`, `"Comment": "Changed. `, 1)
	if err := RegisterStateMachine(t.Context(), r.store, fulfilment.StateMachineName, []byte(changed)); err != nil {
		t.Fatal(err)
	}
	anton.get(paths.StateMachine(fulfilment.StateMachineName)).is(http.StatusOK).says("Version 2 of 2").says("Changed. ")
	anton.get(paths.StateMachineVersion(fulfilment.StateMachineName, 1)).is(http.StatusOK).says("Version 1, an earlier one")
	for _, path := range []string{paths.StateMachine("none"), paths.StateMachineVersion(fulfilment.StateMachineName, 3), paths.StateMachine(fulfilment.StateMachineName) + "?version=x"} {
		anton.get(path).is(http.StatusNotFound)
	}
}

func TestMail(t *testing.T) {
	s := openSite(t)
	for n := range mailsOnPage + 1 {
		err := s.store.Apply(t.Context(), s.store.PostMail(workflow.Mail{Key: fmt.Sprint(n), OrderID: "CS-1", To: "clara@example.com",
			Subject: fmt.Sprintf("Mail %d", n), Body: "Dear Clara,\n<b>hello</b>\n", At: s.clock.now()}))
		if err != nil {
			t.Fatal(err)
		}
		s.clock.advance(time.Second)
	}
	olga := s.as(models.DemoOperator)
	list := olga.get(paths.Mail).is(http.StatusOK).says("No mail server is configured").says("Mail 25")
	older := olga.get(list.find("nav[aria-label=Pages] a.pager-older").AttrOr("href", "")).is(http.StatusOK).says("Mail 0")
	if older.find("tbody tr").Length() != 1 {
		t.Error("the second page is not the rest")
	}
	olga.get(list.find("tbody .row-link").First().AttrOr("href", "")).is(http.StatusOK).says("Mail 25").says("&lt;b&gt;hello")
	for _, id := range []string{"99", "x", "-1", "99999999999999999999"} {
		olga.get(paths.MailMessage(id)).is(http.StatusNotFound)
	}
	s.as(models.DemoApprover).get(paths.Mail).is(http.StatusForbidden)

	configured := openSite(t, func(o *Options) { o.MailServer = "mail.example.com" })
	configured.as(models.DemoOperator).get(paths.Mail).is(http.StatusOK).says("mail.example.com")
}

func TestAuditTrail(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	for n := range auditOnPage {
		s.clock.advance(time.Second)
		if err := s.store.RecordAudit(t.Context(), models.AuditEntry{PersonID: models.DemoOperator, Action: models.AuditStopped, Subject: fmt.Sprintf("execution order-%d", n), Detail: "<why>"}); err != nil {
			t.Fatal(err)
		}
	}
	page := ada.get(paths.Audit).is(http.StatusOK).says("Olga Operator").says("&lt;why&gt;")
	if got := page.find("tbody tr").First().Find("a").AttrOr("href", ""); got != paths.Execution("order-49") {
		t.Errorf("the first entry leads to %q", got)
	}
	ada.get(page.find("nav[aria-label=Pages] a.pager-older").AttrOr("href", "")).is(http.StatusOK).says("signed in")
	only := ada.get(paths.AuditAfter("execution order-7", "")).is(http.StatusOK)
	if only.find("tbody tr").Length() != 1 {
		t.Error("the trail is not narrowed")
	}
	s.as(models.DemoOperator).get(paths.Audit).is(http.StatusForbidden)
	for subject, want := range map[string]string{
		"order CS-1": paths.Order("CS-1"), "person a/b": paths.Person("a/b"), "item item1": paths.InventoryItem("item1"), "settings": paths.Settings,
		"": "", "javascript:alert(1)": "",
	} {
		if got := subjectURL(subject); got != want {
			t.Errorf("%q leads to %q", subject, got)
		}
	}
}

// Changes go through the doors only: with the form's token, and by POST.
func TestConsoleChangesNeedTheFormToken(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	for _, r := range s.routes {
		if r.method != http.MethodPost || r.access.door != pageDoor || r.access.visitor {
			continue
		}
		a := ada.send(formRequest(r.address(), url.Values{"name": {"x"}}))
		if a.StatusCode != http.StatusForbidden {
			t.Errorf("%s without a token: %d", r.path, a.StatusCode)
		}
	}
}
