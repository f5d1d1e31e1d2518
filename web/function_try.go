package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/pages"
	"countersign/workflow"
)

// tryAtMost is how long somebody may look at a page that does not come; a task waits as long as the
// function's timeout says.
const tryAtMost = 45 * time.Second

// functionTry calls a function with a payload of the administrator's own. The answer is the page
// itself: what the function answers is kept nowhere.
func (s *Server) functionTry(c echo.Context) error {
	name, payload := c.Param("name"), strings.TrimSpace(field(c, "payload"))
	if s.callFunction == nil {
		return workflow.ErrNotFound
	}
	if problem := checkPayload(payload); problem != "" {
		return s.showFunction(c, http.StatusUnprocessableEntity, name, func(m *pages.Function) { m.Payload, m.Errors.Payload = payload, problem })
	}
	if _, err := s.store.RegisteredFunction(c.Request().Context(), name); err != nil {
		return err
	}
	trial, effects, err := s.tryFunction(c.Request().Context(), name, payload)
	if err != nil {
		return err
	}
	effects = append(effects, s.store.Audit(models.AuditEntry{PersonID: personOf(c).ID, Action: models.AuditFunctionTested, Subject: "function " + name, Detail: trial.Error}))
	if err := s.store.Apply(c.Request().Context(), effects...); err != nil {
		return err
	}
	return s.showFunction(c, http.StatusOK, name, func(m *pages.Function) { m.Payload, m.Trial = payload, trial })
}

func checkPayload(payload string) (problem string) {
	switch {
	case !json.Valid([]byte(payload)):
		return "This is not JSON. Type a value such as {\"order\": {\"orderId\": \"12345\"}}."
	case len(payload) > workflow.MaxPayload:
		return "A task's input has at most 256 KiB. Send less."
	}
	return ""
}

func (s *Server) tryFunction(ctx context.Context, name, payload string) (*pages.FunctionTrial, []workflow.Effect, error) {
	limited, cancel := context.WithTimeout(ctx, tryAtMost)
	defer cancel()
	started := time.Now() // the server's clock may stand still
	result, err := s.callFunction(limited, workflow.Call{
		Resource: "lambda:invoke", Function: name, Payload: json.RawMessage(payload), Attempt: 1, IdempotencyKey: "try/" + rand.Text(), ScheduledAt: s.now(),
	})
	trial := &pages.FunctionTrial{Took: time.Since(started)}
	var failed *workflow.TaskError
	switch {
	case err == nil:
		trial.Output = pages.JSON{ID: "trial-output", Title: "Output", Text: indented(shortTrial(result.Output)), Open: true}
	case errors.As(err, &failed):
		trial.Error = failed.Name
		if cause := []byte(failed.Cause); json.Valid(cause) {
			trial.Data = pages.JSON{ID: "trial-cause", Title: "Cause", Text: indented(cause), Open: true}
		} else {
			trial.Cause = failed.Cause
		}
	case limited.Err() != nil && ctx.Err() == nil:
		trial.Error, trial.Cause = "no answer", "This page waits for 45 seconds; a task waits as long as the timeout says."
	default:
		return nil, nil, err
	}
	return trial, result.Effects, nil
}

// shortTrial says of an output that no task may have what would become of it.
func shortTrial(output []byte) []byte {
	if len(output) > workflow.MaxPayload {
		return []byte(`"The output has more than 256 KiB: a task would fail with States.DataLimitExceeded."`)
	}
	return output
}

func indented(text []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return string(text)
	}
	return out.String()
}
