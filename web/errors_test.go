package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
	"countersign/workflow/engine"
)

func TestEveryErrorHasItsStatus(t *testing.T) {
	for _, tc := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("order 1: %w", workflow.ErrNotFound), 404, "not_found"},
		{workflow.ErrConflict, 409, "conflict"},
		{workflow.ErrExists, 409, "exists"},
		{fmt.Errorf("commit: %w", workflow.ErrEffectRefused), 409, "changed_meanwhile"},
		{workflow.ErrTaskGone, 409, "task_gone"},
		{workflow.ErrClosed, 409, "closed"},
		{workflow.ErrNotRedrivable, 409, "not_redrivable"},
		{workflow.ErrTaskTokenInvalid, 400, "invalid_token"},
		{engine.ErrDraining, 503, "shutting_down"},
		{context.DeadlineExceeded, 503, "too_slow"},
		{fmt.Errorf("%w: disk I/O error", models.ErrUnwritable), 503, "not_written"},
		{fmt.Errorf("start execution: commit: %w", models.ErrUncertain), 503, "not_known"},
		{fmt.Errorf("read session: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}), 503, "unavailable"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, 408, "slow_request"},
		{fmt.Errorf("read order: %w", context.Canceled), 499, "client_gone"},
		{&http.MaxBytesError{Limit: maxBody}, 413, "too_large"},
		{echo.ErrNotFound, 404, "not_found"},
		{echo.ErrMethodNotAllowed, 405, "method_not_allowed"},
		{invalid(FieldError{"a", "Wrong. Mend it."}), 422, "invalid"},
		{errSignedOut, 401, "signed_out"},
		{errors.New("disk on fire"), 500, "internal"},
	} {
		f := faultOf(tc.err)
		if f.Status != tc.status || f.Code != tc.code {
			t.Errorf("%v: got %d %s", tc.err, f.Status, f.Code)
		}
		if !strings.HasSuffix(f.Message, ".") || strings.Contains(f.Message, "fire") {
			t.Errorf("%v: message %q", tc.err, f.Message)
		}
	}
}
