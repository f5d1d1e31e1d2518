package paths

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, tc := range []struct{ name, got, want string }{
		{"order", Order("CS-1"), "/orders/CS-1"},
		{"a slash cannot leave its segment", Order("../inbox"), "/orders/..%2Finbox"},
		{"a question mark stays in the name", Execution("order-a?b"), "/executions/order-a%3Fb"},
		{"route pattern", OrderLive(":orderId"), "/orders/:orderId/live"},
		{"route pattern with two parameters", PersonKey(":id", ":keyId"), "/people/:id/keys/:keyId"},
		{"no filter, no query", Executions("", "", ""), "/executions"},
		{"filter", Executions("FAILED", "order 1&2", ""), "/executions?q=order+1%262&status=FAILED"},
		{"first tab", Inbox(NeedsMe), "/inbox"},
		{"other tab", InboxLive(Team), "/inbox/live?tab=team"},
		{"no state selected", ExecutionViewLive("x", "", 0), "/executions/x/live"},
		{"no state, from an event", ExecutionView("x", "", 201), "/executions/x?from=201"},
		{"state and event", ExecutionViewLive("x", "Wait a bit", 201), "/executions/x/live?from=201&state=Wait+a+bit"},
		{"latest version", StateMachineVersion("M", 0), "/state-machines/M"},
		{"next", SignInThen("/orders/1?a=b"), "/signin?next=%2Forders%2F1%3Fa%3Db"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, tc.got, tc.want)
		}
	}
}

// A leaf can be imported by every room; with imports of ours, views would reach handlers through it.
func TestImportsStandardLibraryOnly(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") || first == "countersign" {
				t.Errorf("%s imports %s: web/paths takes the standard library only", file.Name(), path)
			}
		}
	}
}

func TestAProcessorIsOnThePageOfItsStateMachine(t *testing.T) {
	if got := StateMachineVersion("Load/rows", 3); got != "/state-machines/Load?version=3" {
		t.Error(got)
	}
}
