package engine_test

import (
	"context"
	"testing"
	"testing/synctest"

	"countersign/workflow"
	"countersign/workflow/engine/storetest"
)

// PostgreSQL takes neither a NUL nor what is not UTF-8 in a text.
func TestFailuresCanBeStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"End":true`)), functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			return workflow.Result{}, &workflow.TaskError{Name: "E\x00", Cause: "a\x00b\xff"}
		}})
		defer i.drain()
		row := i.wantStatus(i.start("x").ID, workflow.Failed)
		if row.Error != "E\ufffd" || row.Cause != "a\ufffdb\ufffd" {
			t.Errorf("%q %q", row.Error, row.Cause)
		}
	})
}
