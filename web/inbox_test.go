package web

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

func (b *browser) decides(approval, decision, comment string) *answer {
	b.t.Helper()
	return b.post(paths.ApprovalDecide(approval), url.Values{"decision": {decision}, "comment": {comment}})
}

func rowsOf(a *answer) []string {
	var ids []string
	rows := a.find("ul.approvals > li")
	for i := range rows.Length() {
		ids = append(ids, strings.TrimPrefix(rows.Eq(i).AttrOr("id", ""), "approval-"))
	}
	return ids
}

func TestInboxNeedsMeTeamAndDecided(t *testing.T) {
	r := openRealSite(t)
	clara, anton, berta := r.as(models.DemoCustomer), r.as(models.DemoApprover), r.as(models.DemoSecondApprover)
	anton.get(paths.InboxRoot).is(http.StatusOK).says("Nothing waits for you").says("above 500.00 EUR")

	settings, err := r.store.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := r.approvalOf(clara.orders(desk, cardOK))
	settings.ApprovalDeadline = time.Hour // what comes later is due earlier
	if err := r.store.SaveSettings(t.Context(), settings, ""); err != nil {
		t.Fatal(err)
	}
	urgent := r.approvalOf(clara.puts(notebook).orders(desk, cardOK))
	own := r.approvalOf(anton.orders(desk, cardOK))

	needs := anton.get(paths.InboxRoot).is(http.StatusOK)
	if got := strings.Join(rowsOf(needs), " "); got != urgent.ID+" "+first.ID {
		t.Errorf("needs Anton: %s", got)
	}
	if got := text(needs, ".tabs-nav a"); got != "Needs me2Team3Decided" && got != "Needs me 2 Team 3 Decided" && got != "Needs me 2Team 3Decided" {
		t.Errorf("tabs %q", got)
	}
	if got := text(needs, ".sidenav a[aria-current=page]"); !strings.HasPrefix(got, "Inbox") || !strings.Contains(got, "2") {
		t.Errorf("navigation %q", got)
	}
	row := text(needs, "#approval-"+urgent.ID)
	for _, want := range []string{"1 × Notebook and 1 more", "Clara Customer", "902.90 EUR", "in 1 hour"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row does not say %q: %q", want, row)
		}
	}
	team := anton.get(paths.Inbox(paths.Team)).is(http.StatusOK)
	if got := rowsOf(team); len(got) != 3 {
		t.Errorf("the team has %v", got)
	}
	if got := text(team, "#approval-"+own.ID); !strings.Contains(got, "Your own order: a colleague decides") {
		t.Errorf("own row %q", got)
	}
	berta.decides(own.ID, "reject", "We have one left over.").is(http.StatusSeeOther)
	anton.decides(first.ID, "approve", "").is(http.StatusSeeOther)
	decided := anton.get(paths.Inbox(paths.Decided)).is(http.StatusOK)
	if got := rowsOf(decided); len(got) != 2 {
		t.Errorf("decided %v", got)
	}
	decided.says("Berta Approver").says("Anton Approver")
}

func TestInboxIsForApprovers(t *testing.T) {
	r := openRealSite(t)
	a := r.approvalOf(r.as(models.DemoCustomer).orders(desk, cardOK))
	for person, status := range map[string]int{
		models.DemoCustomer: 403, models.DemoOperator: 403, models.DemoApprover: 200, models.DemoAdministrator: 200,
	} {
		b := r.as(person)
		for _, path := range []string{paths.InboxRoot, paths.Inbox(paths.Team), paths.Inbox(paths.Decided), paths.Inbox("nonsense"), paths.Approval(a.ID)} {
			b.get(path).is(status)
		}
	}
	r.as(models.DemoCustomer).decides(a.ID, "approve", "").is(http.StatusForbidden)
	r.as(models.DemoApprover).get(paths.Approval("unknown")).is(http.StatusNotFound)
	r.as(models.DemoApprover).decides("unknown", "approve", "").is(http.StatusNotFound)
	r.awaitStatus(a.OrderID, workflow.OrderAwaitingApproval)
}

func TestDecisionPageSaysWhatEachButtonDoes(t *testing.T) {
	r := openRealSite(t)
	clara, anton := r.as(models.DemoCustomer), r.as(models.DemoApprover)
	clara.puts(desk).post(paths.CartItem(desk), quantity("11")).is(http.StatusSeeOther)
	id := orderAt(clara.post(paths.Orders, clara.checkout(cardOK)).is(http.StatusSeeOther))
	a := r.approvalOf(id)
	page := anton.get(paths.Approval(a.ID)).is(http.StatusOK)
	if got := text(page, ".effect[data-tone=success] li"); got != "Charge 9,790.00 EURShip 11 items in 2 parcels to DublinMail Clara Customer the tracking number" {
		t.Errorf("approving will %q", got)
	}
	if got := text(page, ".effect[data-tone=danger] li"); got != "Release the hold of 9,790.00 EUR: nothing is chargedRelease 11 reserved itemsMail Clara Customer your reason" {
		t.Errorf("rejecting will %q", got)
	}
	page.says("The total of 9,790.00 EUR is above the limit of 500.00 EUR.").says("clara@example.com").says("12 Harbour Street")
	if strings.Contains(page.body, string(a.Token)) {
		t.Error("the page shows the task token")
	}
	if page.find("form#decide button[value=approve]").Length() != 1 || page.find("form#decide button[value=reject]").Length() != 1 {
		t.Error("no two buttons")
	}
}

func TestApproving(t *testing.T) {
	r := openRealSite(t)
	clara, anton := r.as(models.DemoCustomer), r.as(models.DemoApprover)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	anton.decides(a.ID, "approve", " Fits the budget. ").is(http.StatusSeeOther).leadsTo(paths.Approval(a.ID))
	anton.get(paths.Approval(a.ID)).says("You approved order " + string(id)).says("Anton Approver approved this order").says("Fits the budget.")
	anton.decides(a.ID, "approve", "").is(http.StatusSeeOther) // the same again is no other decision
	anton.decides(a.ID, "reject", "Oh no.").is(http.StatusConflict).says("Anton Approver approved this order")
	r.awaitStatus(id, workflow.OrderCompleted)
	clara.look(id).shows("done done done done done", "It is on its way").money("Charged", "890.00 EUR").says("Approved by Anton Approver")
}

func TestRejecting(t *testing.T) {
	r := openRealSite(t)
	clara, anton := r.as(models.DemoCustomer), r.as(models.DemoApprover)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	for _, comment := range []string{"", "  \n "} {
		page := anton.decides(a.ID, "reject", comment).is(http.StatusUnprocessableEntity)
		if got := text(page, "#comment-error"); !strings.HasPrefix(got, "Say why you reject the order") {
			t.Errorf("beside the comment stands %q", got)
		}
	}
	long := strings.Repeat("x", maxComment+1)
	if got := text(anton.decides(a.ID, "approve", long).is(http.StatusUnprocessableEntity), "#comment"); got != long {
		t.Error("what was typed is lost")
	}
	anton.decides(a.ID, "perhaps", "").is(http.StatusUnprocessableEntity)
	for _, comment := range []string{"\u200b", "No.\x00", "\xff", "\u202eoN"} {
		anton.decides(a.ID, "reject", comment).is(http.StatusUnprocessableEntity).says("characters that people cannot read")
	}
	r.awaitStatus(id, workflow.OrderAwaitingApproval)

	anton.decides(a.ID, "reject", "We have three of these in storage.").is(http.StatusSeeOther)
	r.awaitStatus(id, workflow.OrderRejected)
	clara.look(id).shows("done undone failed notneeded notneeded", "Your order was not approved").money("Released, not charged", "0.00 EUR").
		says("Anton Approver wrote: “We have three of these in storage.” The hold of 890.00 EUR on your card was released.")
	anton.decides(a.ID, "reject", "We have three of these in storage.").is(http.StatusSeeOther)
}

func TestOwnOrderIsForSomebodyElse(t *testing.T) {
	r := openRealSite(t)
	anton := r.as(models.DemoApprover)
	a := r.approvalOf(anton.orders(desk, cardOK))
	page := anton.get(paths.Approval(a.ID)).is(http.StatusOK).says("This is your own order")
	if page.find("form#decide").Length() != 0 {
		t.Error("the page offers to decide")
	}
	for _, decision := range []string{"approve", "reject"} {
		anton.decides(a.ID, decision, "I like it.").is(http.StatusForbidden).says("This is your own order")
	}
	if got, err := r.store.Approval(t.Context(), a.ID); err != nil || got.Status != workflow.ApprovalPending {
		t.Errorf("%s %v", got.Status, err)
	}
}

func TestTwoApproversAtOnce(t *testing.T) {
	r := openRealSite(t)
	browsers := []*browser{r.as(models.DemoApprover), r.as(models.DemoSecondApprover)}
	names := []string{"Anton Approver", "Berta Approver"}
	id := r.as(models.DemoCustomer).orders(desk, cardOK)
	a := r.approvalOf(id)
	answers := make([]*answer, 2)
	var wait sync.WaitGroup
	for i, decision := range []string{"approve", "reject"} {
		wait.Go(func() { answers[i] = browsers[i].decides(a.ID, decision, "Because.") })
	}
	wait.Wait()
	winner := 0
	if answers[0].StatusCode != http.StatusSeeOther {
		winner = 1
	}
	answers[winner].is(http.StatusSeeOther)
	late := answers[1-winner].is(http.StatusConflict).says(names[winner]).says("Your decision was not needed any more")
	if late.find("form#decide").Length() != 0 {
		t.Error("the loser can decide again")
	}
	want := []workflow.OrderStatus{workflow.OrderCompleted, workflow.OrderRejected}[winner]
	if o := r.awaitClosed(id); o.Status != want {
		t.Errorf("%s, want %s", o.Status, want)
	}
}

func TestTooLateForTheDeadline(t *testing.T) {
	r := openRealSite(t)
	id := r.as(models.DemoCustomer).orders(desk, cardOK)
	a := r.approvalOf(id)
	r.clock.advance(24*time.Hour + time.Second)
	anton := r.as(models.DemoApprover)
	anton.decides(a.ID, "approve", "").is(http.StatusConflict).says("deadline")
	r.awaitStatus(id, workflow.OrderRejected)
	anton.decides(a.ID, "approve", "").is(http.StatusConflict).says("The deadline passed before anybody decided")
	anton.get(paths.Approval(a.ID)).is(http.StatusOK).says("The deadline passed before anybody decided")
}

// streamOf opens a live region over a real connection.
func (r *realSite) streamOf(b *browser, path string) *liveStream {
	r.t.Helper()
	l := &liveSite{site: r.site, url: r.listen() + path}
	res, reader := l.connect(b)
	if res.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: got %d", path, res.StatusCode)
	}
	return &liveStream{l, reader}
}

type liveStream struct {
	site   *liveSite
	reader *bufio.Reader
}

// until reads messages until one says text, and returns it.
func (s *liveStream) until(text string) string {
	s.site.t.Helper()
	for {
		if message := s.site.message(s.reader); strings.Contains(message, text) {
			return message
		}
	}
}

func TestOrderPageIsLive(t *testing.T) {
	r := openRealSite(t)
	clara, anton := r.as(models.DemoCustomer), r.as(models.DemoApprover)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	page := clara.look(id)
	stream := r.streamOf(clara, page.find("[data-live]").AttrOr("hx-sse:connect", ""))
	stream.until("Waiting for a countersignature")
	anton.decides(a.ID, "approve", "").is(http.StatusSeeOther)
	if last := stream.until("It is on its way"); !strings.Contains(last, "Charged") {
		t.Errorf("the last message does not say that the card is charged: %s", last)
	}
	stream.until("event: end")
}

func TestInboxAndDecisionAreLive(t *testing.T) {
	r := openRealSite(t)
	anton, berta := r.as(models.DemoApprover), r.as(models.DemoSecondApprover)
	inbox := r.streamOf(anton, paths.InboxLive(paths.NeedsMe))
	inbox.until("Nothing waits for you")
	id := r.as(models.DemoCustomer).orders(desk, cardOK)
	a := r.approvalOf(id)
	inbox.until("approval-" + a.ID)

	l := &liveSite{site: r.site, url: strings.Replace(inbox.site.url, paths.InboxLive(paths.NeedsMe), paths.ApprovalLive(a.ID), 1)}
	_, reader := l.connect(anton)
	decision := &liveStream{l, reader}
	decision.until("form id=\"decide\"")
	berta.decides(a.ID, "approve", "").is(http.StatusSeeOther)
	decision.until("Berta Approver approved this order")
	inbox.until("Nothing waits for you")
	r.awaitStatus(id, workflow.OrderCompleted)
	decision.until("event: end")
}

func TestListOfOrdersIsLive(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	stream := r.streamOf(clara, paths.OrdersLive)
	stream.until("Waiting for approval")
	r.as(models.DemoApprover).decides(a.ID, "reject", "No.").is(http.StatusSeeOther)
	stream.until("Rejected")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
