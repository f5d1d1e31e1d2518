package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/web/sfn"
	"countersign/workflow"
)

// startStore is what the form needs that starts an execution.
type startStore interface {
	StateMachine(ctx context.Context, name string) (workflow.StateMachine, error)
	PublishedVersions(ctx context.Context, name string, below int64, limit int) ([]workflow.PublishedVersion, error)
	Aliases(ctx context.Context, machine string, number int64, after string, limit int) ([]workflow.Alias, error)
	Find(ctx context.Context, machine, name string) (workflow.ExecutionInfo, error)
}

// targetsOffered is how many versions and how many aliases can be chosen from.
const targetsOffered = 100

// executionForm is the form that starts an execution of a state machine.
func (s *Server) executionForm(c echo.Context) error {
	return s.showExecutionForm(c, http.StatusOK, pages.ExecutionStart{Key: workflow.NewUUID(), Target: c.QueryParam("target"), Input: "{}"})
}

func (s *Server) showExecutionForm(c echo.Context, status int, m pages.ExecutionStart) error {
	ctx, name := c.Request().Context(), c.Param("name")
	machine, err := s.store.StateMachine(ctx, name)
	if err != nil {
		return err
	}
	if machine.Status == workflow.Deleting {
		return conflict("This state machine is being deleted, so nothing can be started any more.")
	}
	if m.Targets, err = s.startTargets(ctx, name); err != nil {
		return err
	}
	frame := s.frame(c, "Start "+name, layouts.StateMachines)
	m.CSRF, m.StateMachine, m.Express, m.Orders = frame.CSRF, name, machine.Type == workflow.Express, name == s.orders.StateMachine
	return s.show(c, status, frame, pages.ExecutionStartPage(m))
}

// startTargets are the latest definition, and what has been published of it.
func (s *Server) startTargets(ctx context.Context, machine string) ([]components.Option, error) {
	options := []components.Option{{Value: "", Text: "The latest definition"}}
	aliases, err := s.store.Aliases(ctx, machine, 0, "", targetsOffered)
	if err != nil {
		return nil, err
	}
	for _, a := range aliases {
		options = append(options, components.Option{Value: a.Name, Text: "Alias " + a.Name})
	}
	versions, err := s.store.PublishedVersions(ctx, machine, 0, targetsOffered)
	for _, v := range versions {
		number := strconv.FormatInt(v.Number, 10)
		options = append(options, components.Option{Value: number, Text: "Published version " + number})
	}
	return options, err
}

// executionStart starts an execution by the rules of StartExecution. Sending the same form twice
// starts one.
func (s *Server) executionStart(c echo.Context) error {
	m := pages.ExecutionStart{
		Key: field(c, "key"), Name: strings.TrimSpace(field(c, "name")), Target: field(c, "target"), Input: lines(field(c, "input")),
	}
	if m.Errors.Input = typedWrong(m.Input); m.Errors.Input != "" {
		return s.showExecutionForm(c, http.StatusUnprocessableEntity, m)
	}
	machine := c.Param("name")
	name, input := s.startName(machine, m), m.Input
	if strings.TrimSpace(input) == "" {
		input = "{}"
	}
	arn := workflow.StateMachineARN(machine)
	if m.Target != "" {
		arn = workflow.AliasARN(machine, m.Target)
	}
	document := map[string]any{"stateMachineArn": arn, "input": input}
	if name != "" {
		document["name"] = name
	}
	answer, err := s.sfn.Perform(c.Request().Context(), *personOf(c), "StartExecution", document)
	if err != nil {
		return s.refusedStart(c, m, name, input, err)
	}
	var started struct {
		ARN workflow.ARN `json:"executionArn"`
	}
	if err := json.Unmarshal(answer, &started); err != nil {
		return err
	}
	key := started.ARN.Tail()
	if err := s.noteDone(c, models.AuditEntry{Action: models.AuditExecutionStarted, Subject: "execution " + key}); err != nil {
		return err
	}
	s.flash(c, components.Success, "The execution has started.")
	return seeOther(c, paths.Execution(key))
}

// startName is the name of the execution: an order's where it is one, else the form's own.
func (s *Server) startName(machine string, m pages.ExecutionStart) string {
	if m.Name != "" {
		return m.Name
	}
	if machine == s.orders.StateMachine {
		if request, problems := s.orders.Parse([]byte(m.Input)); len(problems) == 0 && request.OrderID != "" {
			return s.orders.ExecutionName(request.OrderID)
		}
	}
	return m.Key
}

// sentTwice is within what time an execution of the same name and input is the same click.
const sentTwice = time.Minute

func (s *Server) refusedStart(c echo.Context, m pages.ExecutionStart, name, input string, err error) error {
	var refused *sfn.Error
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Code == "ExecutionAlreadyExists" {
		there, err := s.store.Find(c.Request().Context(), c.Param("name"), name)
		if err != nil {
			return err
		}
		key := there.ARN().Tail()
		if string(there.Input) == input && s.now().Sub(there.StartedAt) < sentTwice {
			return seeOther(c, paths.Execution(key))
		}
		m.Existing = &components.Link{Text: there.Name, URL: paths.Execution(key)}
		m.Errors.Name = "There is an execution of this name already. Use another name."
		return s.showExecutionForm(c, http.StatusConflict, m)
	}
	switch fieldOf(refused) {
	case "name":
		m.Errors.Name = refused.Message
	case "input":
		m.Errors.Input = refused.Message
	case "target":
		m.Errors.Target = refused.Message
	default:
		m.Errors.General = refused.Message
	}
	return s.showExecutionForm(c, http.StatusUnprocessableEntity, m)
}
