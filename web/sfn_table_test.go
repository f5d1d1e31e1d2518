package web

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// tested is what AWS's own client has shown of an operation.
type tested struct {
	behaviours string   // what it does when it does what it is asked for
	errors     string   // the refusals
	by         []string // tests
}

// operationsTested lists every operation of the Step Functions API. Those that every operation
// has in common (signatures, access, documents of the wrong form, constraints of members) are
// tested by TestSignaturesAreChecked, TestRolesInTheAPI, TestDocumentsOfTheWrongForm and
// FuzzAPIBodies.
var operationsTested = map[string]tested{
	"CreateStateMachine": {"both types, configurations, tags, publish; idempotent by content; at the same time", "InvalidArn InvalidName InvalidDefinition InvalidLoggingConfiguration InvalidEncryptionConfiguration StateMachineAlreadyExists TooManyTags ValidationException",
		[]string{"TestStateMachineIsDescribedAsItWasCreated", "TestCreateStateMachineIsIdempotentByContent", "TestStateMachinesThatCannotBeCreated", "TestConcurrentCreationsMakeOne"}},
	"UpdateStateMachine":             {"revisions, publish, nothing new for nothing changed", "MissingRequiredParameter StateMachineDoesNotExist InvalidDefinition", []string{"TestUpdateStateMachine", "TestUpdatePublishes"}},
	"DescribeStateMachine":           {"of versions and aliases, metadata only", "StateMachineDoesNotExist InvalidArn", []string{"TestStateMachineIsDescribedAsItWasCreated", "TestUpdateStateMachine", "TestAliases"}},
	"ListStateMachines":              {"pages", "InvalidToken", []string{"TestListsOfStateMachinesHavePages"}},
	"DeleteStateMachine":             {"with open executions, twice", "InvalidArn", []string{"TestDeleteStateMachine"}},
	"ValidateStateMachineDefinition": {"all problems at once, truncated", "ValidationException", []string{"TestDefinitionsAreValidated"}},
	"TestState":                      {"INFO, DEBUG, TRACE; mocks; variables", "InvalidDefinition ValidationException", []string{"TestTestState", "TestTestStateShowsExchanges", "TestTestStateRefuses"}},
	"PublishStateMachineVersion":     {"numbers, idempotent by revision", "ConflictException StateMachineDoesNotExist", []string{"TestPublishVersions"}},
	"ListStateMachineVersions":       {"pages", "InvalidToken", []string{"TestListsOfVersionsAndAliasesHavePages"}},
	"DeleteStateMachineVersion":      {"numbers are not used again", "ConflictException", []string{"TestPublishVersions", "TestAliases"}},
	"CreateStateMachineAlias":        {"routes; idempotent by content", "ConflictException ResourceNotFound ValidationException", []string{"TestAliases"}},
	"UpdateStateMachineAlias":        {"routes and description", "ResourceNotFound ValidationException", []string{"TestAliases"}},
	"DescribeStateMachineAlias":      {"routes and times", "ResourceNotFound", []string{"TestAliases"}},
	"ListStateMachineAliases":        {"pages, of a version", "InvalidToken", []string{"TestListsOfVersionsAndAliasesHavePages"}},
	"DeleteStateMachineAlias":        {"", "ResourceNotFound", []string{"TestAliases"}},
	"TagResource":                    {"state machines, activities; replaced values", "ResourceNotFound TooManyTags", []string{"TestTags"}},
	"UntagResource":                  {"also what is not there", "ResourceNotFound", []string{"TestTags"}},
	"ListTagsForResource":            {"", "ResourceNotFound", []string{"TestTags"}},
	"CreateActivity":                 {"idempotent", "ActivityAlreadyExists InvalidName", []string{"TestActivities"}},
	"DescribeActivity":               {"", "ActivityDoesNotExist InvalidArn", []string{"TestActivities"}},
	"ListActivities":                 {"pages", "InvalidToken", []string{"TestActivities"}},
	"DeleteActivity":                 {"also what is not there", "InvalidArn", []string{"TestActivities"}},

	"StartExecution": {"any JSON, names, idempotent while open, versions, aliases by weight, trace header; places orders", "InvalidArn InvalidName InvalidExecutionInput ExecutionAlreadyExists StateMachineDoesNotExist StateMachineDeleting ValidationException",
		[]string{"TestStartExecution", "TestStartExecutionIsIdempotentWhileOpen", "TestStartExecutionRefuses", "TestExecutionsOfVersionsAndAliases", "TestOrdersByStartExecution"}},
	"StartSyncExecution":               {"success, failure, waits; billing; metadata only; names need not be their own", "StateMachineTypeNotSupported StateMachineDoesNotExist InvalidExecutionInput", []string{"TestStartSyncExecution", "TestStartSyncExecutionWaits"}},
	"StopExecution":                    {"error and cause in the history, twice", "ExecutionDoesNotExist InvalidArn ValidationException", []string{"TestStopExecution", "TestStartSyncExecution"}},
	"DescribeExecution":                {"every status, redrive status and reason, trace, version, alias", "ExecutionDoesNotExist InvalidArn", []string{"TestStartExecution", "TestStopExecution", "TestRedriveExecution", "TestStartSyncExecution"}},
	"DescribeStateMachineForExecution": {"the revision that was started with", "ExecutionDoesNotExist", []string{"TestDescribeStateMachineForExecution"}},
	"ListExecutions":                   {"newest first; pages; by status, redrive, version, alias, Map Run", "InvalidArn InvalidToken ResourceNotFound StateMachineDoesNotExist StateMachineTypeNotSupported ValidationException", []string{"TestListExecutions", "TestListExecutionsRefuses", "TestExecutionsOfVersionsAndAliases"}},
	"GetExecutionHistory":              {"details of every type, both directions, pages, without data", "ExecutionDoesNotExist InvalidArn InvalidToken", []string{"TestHistoryDocuments", "TestExecutionHistoryGoesBothWays", "TestActivityTasks"}},
	"RedriveExecution":                 {"goes on where it stopped; idempotent by client token", "ExecutionNotRedrivable ValidationException", []string{"TestRedriveExecution"}},
	"GetActivityTask":                  {"waits, nulls after the wait, workers in order, a worker that has gone", "ActivityDoesNotExist InvalidArn", []string{"TestActivityTasks", "TestWorkersWaitInLine", "TestAWorkerThatHasGoneLosesNoTask", "TestAWorkerWaitsInVain"}},
	"SendTaskSuccess":                  {"", "InvalidOutput InvalidToken TaskTimedOut", []string{"TestActivityTasks"}},
	"SendTaskFailure":                  {"", "InvalidToken TaskTimedOut", []string{"TestTasksFail"}},
	"SendTaskHeartbeat":                {"moves the limit on", "InvalidToken TaskTimedOut", []string{"TestActivityTasks", "TestTasksFail"}},
	"ListMapRuns":                      {"none, one", "ExecutionDoesNotExist", []string{"TestMapRunsNotThere", "TestAMapRun"}},
	"DescribeMapRun":                   {"open, failed", "ResourceNotFound InvalidArn", []string{"TestMapRunsNotThere", "TestAMapRun"}},
	"UpdateMapRun":                     {"lets an open one go on", "ResourceNotFound ValidationException", []string{"TestMapRunsNotThere", "TestAMapRun"}},
}

// Every operation that AWS's client has stands in the table, and every test that the table names
// is there.
func TestEveryOperationIsTested(t *testing.T) {
	var offered []string
	client := reflect.TypeFor[*sfn.Client]()
	for i := range client.NumMethod() {
		m := client.Method(i)
		if m.Type.NumIn() == 4 && m.Type.In(1) == reflect.TypeFor[context.Context]() && strings.HasSuffix(m.Type.In(2).String(), m.Name+"Input") {
			offered = append(offered, m.Name)
		}
	}
	if listed := slices.Sorted(maps.Keys(operationsTested)); len(offered) < 30 || !slices.Equal(offered, listed) {
		t.Errorf("the client has\n%v, the table has\n%v", offered, listed)
	}
	tests := map[string]bool{}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				tests[f.Name.Name] = true
			}
		}
	}
	for operation, row := range operationsTested {
		for _, name := range row.by {
			if !tests[name] {
				t.Errorf("%s is to be tested by %s, which is not there", operation, name)
			}
		}
		if len(row.by) == 0 {
			t.Errorf("nothing tests %s", operation)
		}
	}
}
