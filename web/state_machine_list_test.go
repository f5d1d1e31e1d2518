package web

import (
	"fmt"
	"net/http"
	"testing"

	"countersign/models"
	"countersign/web/paths"
)

func TestStateMachinesArePaged(t *testing.T) {
	s := openSite(t)
	for n := range stateMachinesOnPage + 3 {
		if _, err := s.store.PutDefinition(t.Context(), fmt.Sprintf("Machine-%03d", n), []byte(passing)); err != nil {
			t.Fatal(err)
		}
	}
	anton := s.as(models.DemoApprover)
	first := anton.get(paths.StateMachines).is(http.StatusOK)
	if n := first.find("tbody tr").Length(); n != stateMachinesOnPage {
		t.Errorf("%d on the first page", n)
	}
	second := anton.get(first.find("nav[aria-label=Pages] a").AttrOr("href", "")).is(http.StatusOK).says("Machine-052")
	if n := second.find("tbody tr").Length(); n != 3 {
		t.Errorf("%d on the second page", n)
	}
	for query, want := range map[string]int{"?q=Machine-01": 10, "?q=+Machine-052+": 1, "?q=machine": 0, "?q=%25": 0, "?after=Machine-051": 1, "?after=%F4%8F%BF%BF": 0} {
		if n := anton.get(paths.StateMachines + query).is(http.StatusOK).find("tbody tr").Length(); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}
