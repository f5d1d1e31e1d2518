package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestClosedExecutionsAreArchivedAndDeleted keeps executions for a tenth of a second after they have closed:
// orders stay, and what waits goes on.
func TestClosedExecutionsAreArchivedAndDeleted(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	l := &load{app: a, decided: map[string]string{}, approver: signIn(t, a, "anton")}
	order := func(id, item string) {
		t.Helper()
		body := `{"order":{"orderId":"` + id + `","customerId":"67890","items":[{"itemId":"` + item + `","quantity":1}]}}`
		if status, answer, err := a.request(t.Context(), "POST", "/api/orders", body); err != nil || status != 201 {
			t.Fatalf("%d %s %v", status, answer, err)
		}
	}
	is := func(id, want string) {
		t.Helper()
		eventually(t, time.Minute, id+" is "+want, func() bool { status, _ := l.end(t, id); return status == want })
	}
	order("done-1", "item1")
	is("done-1", "COMPLETED")
	order("waits-1", "item6")
	is("waits-1", "AWAITING_APPROVAL")
	a.terminate()

	archive := t.TempDir()
	a.args = []string{"--keep-closed", "0.000001", "--archive", archive}
	a.start()
	olga := signIn(t, a, "olga")
	kept := func(name string) bool {
		t.Helper()
		_, err := olga.get(t.Context(), "/executions/OrderFulfillmentWorkflow:"+name)
		if err != nil && !strings.Contains(err.Error(), "status 404") {
			t.Fatal(err)
		}
		return err == nil
	}
	eventually(t, time.Minute, "the closed execution is gone", func() bool { return !kept("order-done-1") })
	is("done-1", "COMPLETED")
	if !kept("order-waits-1") {
		t.Error("an open execution was deleted")
	}
	if _, err := olga.get(t.Context(), "/orders/done-1"); err != nil {
		t.Error(err)
	}
	lines := archivedIn(t, archive)
	if len(lines) != 1 || lines[0].Name != "order-done-1" || lines[0].Status != "SUCCEEDED" || lines[0].Events[0].Type != "ExecutionStarted" {
		t.Errorf("archived: %+v", lines)
	}
	l.placed, l.approver = []string{"waits-1"}, signIn(t, a, "anton")
	page, err := l.approver.get(t.Context(), "/inbox")
	if err != nil {
		t.Fatal(err)
	}
	l.decideOne(t.Context(), approvalRow.FindStringSubmatch(page)[1], "approve")
	is("waits-1", "COMPLETED")
	a.terminate()
	a.audit()
	a.checkGateway()
}

type archivedLine struct {
	Name, Status string
	Events       []struct{ Type string }
}

func archivedIn(t *testing.T, folder string) (lines []archivedLine) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "executions-*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		packed, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		for rows := bufio.NewScanner(packed); rows.Scan(); {
			var line archivedLine
			if err := json.Unmarshal(rows.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
	}
	return lines
}
