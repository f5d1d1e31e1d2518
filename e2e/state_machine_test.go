package e2e

import (
	"strings"
	"testing"
)

// brewing maps over cups twice: within the execution, and by executions of their own.
const brewing = `{
  "StartAt": "Each",
  "States": {
    "Each": {"Type": "Map", "ItemsPath": "$.cups", "ResultPath": null, "Next": "Load",
      "ItemProcessor": {"StartAt": "Sip", "States": {"Sip": {"Type": "Pass", "Assign": {"taste": "good"}, "End": true}}}},
    "Load": {"Type": "Map", "ItemsPath": "$.cups", "Label": "rows", "End": true,
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Work", "States": {"Work": {"Type": "Pass", "End": true}}}}
  }
}`

// TestStateMachineFromTheBrowser writes a state machine, with a mistake first, starts it, follows
// it to an iteration, to its Map Run and to a child execution and back, and tests a state of it.
func TestStateMachineFromTheBrowser(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	olga := a.person(t, "olga", desktop)
	olga.forgive("422 (Unprocessable Entity)")
	olga.open("/state-machines")
	olga.click(`a[href="/state-machines/~/new"]`)
	olga.see(`textarea[name="definition"]`)
	olga.fill("#name", "Tea")
	olga.pastes("#definition", strings.Replace(brewing, `"Next": "Load"`, `"Next": "Lod"`, 1))
	olga.click(`button[value="check"]`)
	olga.reads(soon, "2 problems in the definition")
	olga.reads(soon, "/States/Each/Next")
	olga.accessible()
	olga.fits()
	olga.pastes("#definition", brewing)
	olga.click(`button[value="check"]`)
	olga.reads(soon, "Nothing is wrong with it")
	olga.see("svg.graph .graph-node")
	olga.click(`button[value="save"]`)
	olga.reads(soon, "The state machine is saved.")
	olga.picture("state-machine-made")

	olga.click(`a[href="/state-machines/Tea/start"]`)
	olga.see(`textarea[name="input"]`)
	olga.fill("#name", "morning")
	olga.fill("#input", `{"cups": [1, 2, 3`)
	olga.click(`form button[type="submit"].btn:not([data-variant])`)
	olga.reads(soon, "Invalid State Machine Execution Input")
	olga.fill("#input", `{"cups": [1, 2, 3]}`)
	olga.click(`form button[type="submit"].btn:not([data-variant])`)
	olga.reads(soon, "Succeeded")
	if path := olga.path(); !strings.HasPrefix(path, "/executions/Tea:morning") {
		t.Fatalf("it is at %s", path)
	}

	olga.open("/executions/Tea:morning?state=Each")
	olga.click(`.iteration-list li:nth-child(2) a`)
	olga.reads(soon, "Iteration 1 of Each.")
	olga.reads(soon, "Variables assigned")
	olga.accessible()
	olga.fits()
	olga.picture("execution-iteration")

	olga.open("/executions/Tea:morning?state=Load")
	olga.click(`#state a[href^="/map-runs/"]`)
	olga.until("the Map Run has three executions", `document.querySelectorAll("main .table.cards tbody tr").length === 3`)
	olga.live()
	olga.accessible()
	olga.fits()
	olga.picture("map-run")
	olga.click(`main .table.cards tbody tr:first-child a`)
	olga.until("on the page of a child", `document.querySelector('.strip a[href="/executions/Tea:morning"]')`)
	olga.click(`.strip a[href="/executions/Tea:morning"]`)
	olga.until("back on the page of the execution", `location.pathname === "/executions/Tea:morning"`)

	olga.open("/executions/Tea:morning?state=Sip")
	olga.click(`#state .entry:first-of-type a[href*="/test?"]`)
	olga.see(`select[name="state"]`)
	olga.click(`form button[type="submit"].btn:not([data-variant])`)
	olga.reads(soon, "The state succeeds")
	olga.reads(soon, "Variables afterwards")
	olga.accessible()
	olga.fits()
	olga.picture("state-test")
	olga.leaves()
	a.terminate()
}
