package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/models"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/workflow"
)

// A page of a history that is kept and read on is the page of the whole history.
func TestPageOfALongHistoryIsThatOfTheWhole(t *testing.T) {
	r := openRealSite(t)
	info := longHistory(r, 300)
	same := func(chosen paths.Selection) {
		t.Helper()
		got, _, err := r.executionPage(t.Context(), info.ID, "", chosen)
		if err != nil {
			t.Fatal(err)
		}
		f, d, last, err := r.executionFacts(t.Context(), info.ID)
		if err != nil {
			t.Fatal(err)
		}
		if f.Events, err = r.store.History(t.Context(), info.ID, 0, 0); err != nil || int64(len(f.Events)) != last || last <= shortHistory {
			t.Fatal(len(f.Events), last, err)
		}
		want := history.Read(f).Page(d.layout, history.View{Selection: chosen, Comments: d.comments})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-whole +kept):\n%s", chosen, diff)
		}
	}
	all := func() {
		t.Helper()
		for _, chosen := range []paths.Selection{
			{}, {State: "Do"}, {State: "Each", Show: "succeeded", Skip: 200}, {State: "Rest", From: 801}, {From: 1 << 40},
			{Iteration: 4}, {State: "Do", Iteration: 4}, {Iteration: 5}, {State: "none", Show: "none", Skip: 1 << 40},
		} {
			same(chosen)
		}
	}
	all()
	if err := r.engine.StopExecution(t.Context(), info.ID, "Enough", "said the test"); err != nil {
		t.Fatal(err)
	}
	all()
	if err := r.engine.Redrive(t.Context(), info.ID); err != nil {
		t.Fatal(err)
	}
	same(paths.Selection{})
	if kept := r.histories.kept[info.ID]; kept == nil || len(kept.read.Entries) < 300 {
		t.Error("the history is not kept")
	}
}

func TestFewHistoriesAreKept(t *testing.T) {
	var k histories
	first := k.of(1)
	for id := range workflow.ExecutionID(3 * keptHistories) {
		k.of(id + 2)
		if k.of(1) != first {
			t.Fatal("the one that is looked at most is forgotten")
		}
	}
	if len(k.kept) != keptHistories {
		t.Errorf("%d are kept", len(k.kept))
	}
}

// Of a history that is longer than can be kept, the end is read.
func TestEndOfAVeryLongHistoryIsRead(t *testing.T) {
	r := openRealSite(t)
	info := longHistory(r, 200)
	f, _, last, err := r.executionFacts(t.Context(), info.ID)
	if err != nil {
		t.Fatal(err)
	}
	one := &keptHistory{read: history.New(), skipped: last - 10}
	one.read.Skip(one.skipped)
	if err := r.readOn(t.Context(), one, info.ID, last); err != nil {
		t.Fatal(err)
	}
	one.read.Settle(f)
	if one.read.Last("Rest") == nil || one.read.LastEventID() != last {
		t.Error("the end was not read")
	}
	if runs := one.read.Wants(history.View{}); runs[0] != [2]int64{1, 200} {
		t.Errorf("the table wants %v", runs)
	}
}

func TestIterationsOfAMap(t *testing.T) {
	r := openRealSite(t)
	longHistory(r, 250)
	anton := r.as(models.DemoApprover)
	page := anton.get(paths.ExecutionAt("Long:long", "Each")).is(http.StatusOK)
	if n := page.find(".iteration-list a").Length(); n != 100 {
		t.Errorf("%d iterations are listed", n)
	}
	later := anton.get(strings.TrimSuffix(page.find("nav[aria-label='Parts of the iterations'] a").AttrOr("href", ""), "#state")).is(http.StatusOK)
	links := later.find(".iteration-list a")
	if links.First().Find(".num").Text() != "100" {
		t.Errorf("the second part begins with %s", links.First().Text())
	}
	one := anton.get(strings.TrimSuffix(links.Eq(17).AttrOr("href", ""), "#state")).is(http.StatusOK).says("Iteration 117 of Each.")
	if rows := one.find(".timeline li").Length(); rows != 1 {
		t.Errorf("%d rows in the timeline of one iteration", rows)
	}
	if title := text(one, "#state-title"); title != "Do" {
		t.Errorf("it shows %s", title)
	}
	if got := text(one, "#state .json summary .strong"); !strings.Contains(got, "Variables assigned") {
		t.Errorf("the state panel has %s", got)
	}
	failed := anton.get(paths.ExecutionSelection("Long:long", paths.Selection{State: "Each", Show: "failed"})).is(http.StatusOK).says("None stands like that.")
	if failed.find(".iteration-list").Length() != 0 {
		t.Error("there are failed iterations")
	}
}

// A long payload is shown to a size, and all of it is a link away.
func TestWholePayload(t *testing.T) {
	r := openRealSite(t)
	longHistory(r, 1500)
	anton := r.as(models.DemoApprover)
	page := anton.get(paths.Execution("Long:long")).is(http.StatusOK).says("This is the beginning.")
	if len(page.body) > 1<<20 {
		t.Errorf("the page has %d bytes", len(page.body))
	}
	whole := anton.get(page.find(".json-rest a").First().AttrOr("href", "")).is(http.StatusOK)
	if !strings.HasPrefix(whole.body, `[{"n": 1,`) || len(whole.body) < 1500*30 || whole.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d bytes of %s", len(whole.body), whole.Header.Get("Content-Type"))
	}
	for _, address := range []string{
		paths.ExecutionPayload("Long:long", 1, "output"), paths.ExecutionPayload("Long:long", 1<<40, "input"), paths.ExecutionPayload("Long:long", 1, "cause"),
		paths.ExecutionPayload("Long:none", 1, "input"), paths.Execution("Long:long") + "/payload?event=x&of=input", paths.Execution("Long:long") + "/payload",
	} {
		anton.get(address).is(http.StatusNotFound)
	}
	r.as(models.DemoCustomer).get(paths.ExecutionPayload("Long:long", 1, "input")).is(http.StatusForbidden)
}
