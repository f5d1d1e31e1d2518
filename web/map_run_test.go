package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/objects"
)

// mapping is a Distributed Map of the function Work over the input, one execution an item.
func mapping(fields string) string {
	return fmt.Sprintf(`{"StartAt": "Every row", "States": {"Every row": {"Type": "Map", "Label": "rows", %s "End": true,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Work",
			"States": {"Work": {"Type": "Task", "Resource": "%s", "End": true}}}}}}`, fields, workflow.FunctionARN("Work"))
}

// workOn fails every item that is a multiple of ten, as long as broken says so.
func workOn(broken func() bool) workflow.Handler {
	return func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		if strings.HasSuffix(string(call.Payload), "0") && broken() {
			return workflow.Result{}, workflow.Failf("Ugly", "Item %s is ugly.", call.Payload)
		}
		return workflow.Result{Output: call.Payload}, nil
	}
}

func openMapSite(t *testing.T, broken func() bool) *realSite {
	folder, err := objects.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	return openRealSite(t, func(o *engine.Options) {
		o.Functions["Work"], o.Objects = workOn(broken), folder
	})
}

func TestMapRunPage(t *testing.T) {
	r := openMapSite(t, func() bool { return true })
	r.has("Load", workflow.Standard, mapping(`"ToleratedFailurePercentage": 20, "MaxConcurrency": 5, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results", "Prefix": "of"}},`))
	items := make([]string, 120)
	for i := range items {
		items[i] = fmt.Sprint(i)
	}
	parent := r.starts("Load", "once", "["+strings.Join(items, ",")+"]")
	if parent.Status != workflow.Succeeded {
		t.Fatalf("%s: %s", parent.Error, parent.Cause)
	}
	anton := r.as(models.DemoApprover)
	execution := anton.get(paths.ExecutionAt("Load:once", "Every row")).is(http.StatusOK)
	inner := execution.find("svg a[aria-label*='Work (Task)']")
	if !strings.Contains(inner.Text(), "In child executions") {
		t.Errorf("the state that child executions enter says %s", inner.Text())
	}
	link := execution.find("#state a[href^='"+paths.MapRuns+"/']").AttrOr("href", "")
	if got := inner.AttrOr("href", ""); got != link+"#state" {
		t.Errorf("it leads to %s, not to %s", got, link)
	}
	list := r.as(models.DemoOperator).get(paths.ExecutionsRoot).is(http.StatusOK)
	if rows, tabs := list.find("tbody .row-link").Length(), text(list, ".tabs-nav"); rows != 1 || tabs != "All 1Running 0Succeeded 1Failed 0Timed out 0Aborted 0" {
		t.Errorf("the list of executions has %d rows, tabs %s", rows, tabs)
	}
	page := anton.get(link).is(http.StatusOK).says("Succeeded").says("20 % of the items").says("results/of/")
	for i, want := range []string{"108", "12", "0", "0", "0", "0", "120"} {
		counts := page.find(".map-run-counts tbody tr, .map-run-counts tfoot tr").Eq(i).Find("td")
		if counts.Eq(0).Text() != want || counts.Eq(1).Text() != want {
			t.Errorf("row %d: %s, want %s", i, counts.Text(), want)
		}
	}
	if got := text(page, ".tabs-nav"); got != "All 120Running 0Succeeded 108Failed 12Timed out 0Aborted 0" {
		t.Errorf("tabs: %s", got)
	}
	seen := map[string]bool{}
	for next := link; next != ""; {
		part := anton.get(next).is(http.StatusOK)
		for _, a := range part.find("tbody .row-link").EachIter() {
			seen[a.AttrOr("href", "")] = true
		}
		next = part.find("nav[aria-label=Pages] a.pager-older").AttrOr("href", "")
	}
	if len(seen) != 120 {
		t.Errorf("%d child executions are listed", len(seen))
	}
	failed := anton.get(page.find(".tabs-nav a").Eq(3).AttrOr("href", "")).is(http.StatusOK)
	if n := failed.find("tbody .row-link").Length(); n != 12 {
		t.Errorf("%d failed child executions", n)
	}
	child := anton.get(failed.find("tbody .row-link").First().AttrOr("href", "")).is(http.StatusOK).says("Ugly").says("Started by")
	for _, back := range []string{link, paths.Execution("Load:once")} {
		if child.find(".strip a[href='"+back+"']").Length() != 1 {
			t.Errorf("the child does not lead to %s", back)
		}
	}
	if child.find("dialog#redrive-execution").Length() != 0 {
		t.Error("the child of a Map Run is offered to be redriven by itself")
	}
	for _, query := range []string{"?status=NONSENSE", "?after=garbage", "?status=FAILED&after=0_0"} {
		anton.get(link + query).is(http.StatusOK)
	}
	for _, key := range []string{"none", "Load/rows:none", "Load", ":", "/"} {
		anton.get(paths.MapRun(key)).is(http.StatusNotFound)
	}
	r.as(models.DemoCustomer).get(link).is(http.StatusForbidden)
}

// A Map Run that failed leads to the redrive of its execution, and the page follows it.
func TestMapRunThatIsRedriven(t *testing.T) {
	broken := make(chan struct{})
	r := openMapSite(t, func() bool {
		select {
		case <-broken:
			return false
		default:
			return true
		}
	})
	r.has("Load", workflow.Standard, mapping(""))
	parent := r.starts("Load", "once", "[1, 10, 2]")
	if parent.Status != workflow.Failed {
		t.Fatal(parent.Status)
	}
	runs, _, err := r.store.MapRuns(t.Context(), parent.ID, models.Page{})
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	olga := r.as(models.DemoOperator)
	key := runs[0].ARN.Tail()
	olga.get(paths.MapRun(key)).is(http.StatusOK).says("Redrive the execution that it belongs to").says(paths.Execution("Load:once"))
	l := &liveSite{site: r.site}
	l.url = r.listen() + paths.MapRunViewLive(key, "", "")
	res, stream := l.connect(olga)
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode)
	}
	if first := l.message(stream); !strings.Contains(first, "Ugly") || strings.Contains(first, "<html") {
		t.Fatalf("first message:\n%s", first)
	}
	close(broken)
	olga.post(paths.ExecutionRedrive("Load:once"), nil).is(http.StatusSeeOther)
	for m := ""; !strings.Contains(m, `data-tone="success"`) || strings.Contains(m, "Ugly"); {
		m = l.message(stream)
	}
	r.awaitInfo(parent.ID, func(e workflow.ExecutionInfo) bool { return e.Status == workflow.Succeeded })
	olga.get(paths.MapRun(key)).is(http.StatusOK).says("Redriven").says("once")
}
