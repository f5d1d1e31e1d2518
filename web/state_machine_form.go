package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/web/sfn"
	"countersign/workflow"
	"countersign/workflow/asl"
)

// firstDefinition is what the form for a new state machine begins with.
const firstDefinition = `{
  "Comment": "What it is for",
  "StartAt": "Hello",
  "States": {
    "Hello": {
      "Type": "Pass",
      "End": true
    }
  }
}`

// stateMachineForm is the form for a new state machine.
func (s *Server) stateMachineForm(c echo.Context) error {
	return s.showStateMachineForm(c, http.StatusOK, pages.StateMachineForm{Definition: firstDefinition})
}

func (s *Server) showStateMachineForm(c echo.Context, status int, m pages.StateMachineForm) error {
	title := "New state machine"
	if m.Existing {
		title = "Edit " + m.Name
	}
	frame := s.frame(c, title, layouts.StateMachines)
	frame.Width = layouts.Wide
	m.CSRF, m.Orders = frame.CSRF, m.Existing && m.Name == s.orders.StateMachine
	return s.show(c, status, frame, pages.StateMachineFormPage(m))
}

// stateMachineMake checks what was written, or makes a state machine of it.
func (s *Server) stateMachineMake(c echo.Context) error {
	m := pages.StateMachineForm{Name: strings.TrimSpace(field(c, "name")), Definition: lines(field(c, "definition")), Publish: field(c, "publish") != ""}
	switch field(c, "type") {
	case string(workflow.Express):
		m.Express = true
	case string(workflow.Standard):
	default:
		m.Errors.Type = "Choose one of the two types."
	}
	if field(c, "do") != "save" {
		s.check(c.Request().Context(), &m)
		return s.showStateMachineForm(c, http.StatusOK, m)
	}
	if m.Name == "" {
		m.Errors.Name = "The name is missing. Type it in."
	}
	if m.Errors.Definition = typedWrong(m.Definition); m.Errors != (pages.StateMachineFormErrors{}) {
		s.check(c.Request().Context(), &m)
		return s.showStateMachineForm(c, http.StatusUnprocessableEntity, m)
	}
	_, err := s.sfn.Perform(c.Request().Context(), *personOf(c), "CreateStateMachine", map[string]any{
		"name": m.Name, "type": machineType(m.Express), "definition": m.Definition, "roleArn": workflow.DefaultRole, "publish": m.Publish,
	})
	if err != nil {
		return s.refusedStateMachine(c, m, err)
	}
	return s.savedStateMachine(c, m.Name, models.AuditStateMachineMade, "The state machine is saved.")
}

// stateMachineEdit is the form with the definition of a state machine, the latest unless an
// earlier version is asked for.
func (s *Server) stateMachineEdit(c echo.Context) error {
	m, err := s.stateMachineToEdit(c)
	if err != nil {
		return err
	}
	asked, _ := strconv.ParseInt(c.QueryParam("version"), 10, 64) // 0: the latest
	definition, _, err := s.store.Definition(c.Request().Context(), m.Name, max(0, asked))
	if err != nil {
		return err
	}
	m.Definition = readable(definition)
	return s.showStateMachineForm(c, http.StatusOK, m)
}

func (s *Server) stateMachineToEdit(c echo.Context) (pages.StateMachineForm, error) {
	now, err := s.store.StateMachine(c.Request().Context(), c.Param("name"))
	if err != nil {
		return pages.StateMachineForm{}, err
	}
	if now.Status == workflow.Deleting {
		return pages.StateMachineForm{}, conflict("This state machine is being deleted, so it cannot be changed any more.")
	}
	return pages.StateMachineForm{Existing: true, Name: now.Name, Express: now.Type == workflow.Express, Revision: now.Version, Latest: now.Version}, nil
}

// stateMachineChange checks a changed definition, or saves it as a new version.
func (s *Server) stateMachineChange(c echo.Context) error {
	ctx := c.Request().Context()
	m, err := s.stateMachineToEdit(c)
	if err != nil {
		return err
	}
	m.Definition, m.Publish = lines(field(c, "definition")), field(c, "publish") != ""
	m.Revision, _ = strconv.ParseInt(field(c, "revision"), 10, 64)
	if field(c, "do") != "save" {
		s.check(ctx, &m)
		return s.showStateMachineForm(c, http.StatusOK, m)
	}
	if m.Revision != m.Latest {
		return s.revisedMeanwhile(c, m)
	}
	if m.Errors.Definition = typedWrong(m.Definition); m.Errors.Definition != "" {
		return s.showStateMachineForm(c, http.StatusUnprocessableEntity, m)
	}
	_, err = s.sfn.Revise(ctx, *personOf(c), m.Revision, map[string]any{
		"stateMachineArn": workflow.StateMachineARN(m.Name), "definition": m.Definition, "publish": m.Publish,
	})
	if errors.Is(err, models.ErrRevised) { // since it was looked up above
		now, err := s.stateMachineToEdit(c)
		if err != nil {
			return err
		}
		m.Latest = now.Latest
		return s.revisedMeanwhile(c, m)
	}
	if err != nil {
		return s.refusedStateMachine(c, m, err)
	}
	now, err := s.store.StateMachine(ctx, m.Name)
	if err != nil {
		return err
	}
	if now.Version == m.Latest {
		s.flash(c, components.Neutral, "The definition is the same as before, so there is no new version.")
		return seeOther(c, paths.StateMachine(m.Name))
	}
	return s.savedStateMachine(c, m.Name, models.AuditStateMachineChanged, "Version "+strconv.FormatInt(now.Version, 10)+" is saved. New executions start with it.")
}

// revisedMeanwhile shows what somebody else was faster than, so that nothing of it is lost.
func (s *Server) revisedMeanwhile(c echo.Context, m pages.StateMachineForm) error {
	m.Errors.General = "Version " + strconv.FormatInt(m.Latest, 10) + " was saved meanwhile, so yours was not. Compare the two; save again to replace it."
	m.Revision = m.Latest
	saved, _, err := s.store.Definition(c.Request().Context(), m.Name, m.Latest)
	if err != nil {
		return err
	}
	m.Compared = compared(readable(saved), readable([]byte(m.Definition)))
	s.check(c.Request().Context(), &m)
	return s.showStateMachineForm(c, http.StatusConflict, m)
}

// readable is a definition in lines: programs write it in one.
func readable(definition []byte) string {
	if text := string(definition); strings.Contains(strings.TrimSpace(text), "\n") {
		return text
	}
	return history.Indented(bytes.TrimSpace(definition))
}

func (s *Server) savedStateMachine(c echo.Context, name, action, text string) error {
	if err := s.auditStateMachine(c, name, action, ""); err != nil {
		return err
	}
	s.flash(c, components.Success, text)
	return seeOther(c, paths.StateMachine(name))
}

func (s *Server) auditStateMachine(c echo.Context, name, action, detail string) error {
	return s.noteDone(c, models.AuditEntry{Action: action, Subject: "state-machine " + name, Detail: detail})
}

// refusedStateMachine shows the form with what the API's rules object to.
func (s *Server) refusedStateMachine(c echo.Context, m pages.StateMachineForm, err error) error {
	var refused *sfn.Error
	if !errors.As(err, &refused) {
		return err
	}
	status := http.StatusUnprocessableEntity
	switch fieldOf(refused) {
	case "name":
		m.Errors.Name = refused.Message
		if refused.Code == "StateMachineAlreadyExists" {
			status, m.Errors.Name = http.StatusConflict, "There is a state machine of this name already. Use another name, or edit that one."
		}
	case "type":
		m.Errors.Type = refused.Message
	case "definition":
		m.Errors.Definition = "The definition cannot be used. What is wrong stands below."
	default:
		m.Errors.General = refused.Message
	}
	s.check(c.Request().Context(), &m)
	if fieldOf(refused) == "definition" && len(m.Findings) == 0 {
		m.Errors.Definition = refused.Message
	}
	return s.showStateMachineForm(c, status, m)
}

// refusedFields are the fields that refusals of the API are about.
var refusedFields = map[string]string{
	"InvalidName": "name", "StateMachineAlreadyExists": "name", "ExecutionAlreadyExists": "name",
	"InvalidDefinition": "definition", "InvalidExecutionInput": "input", "ResourceNotFound": "target", "StateMachineDoesNotExist": "target",
}

// fieldOf is the form's field that a refusal is about; empty when it is about none.
func fieldOf(e *sfn.Error) string {
	if name, ok := refusedFields[e.Code]; ok {
		return name
	}
	for _, name := range []string{"name", "type", "definition", "input"} {
		if strings.Contains(e.Message, " at '"+name+"' ") {
			return name
		}
	}
	return ""
}

func machineType(express bool) workflow.StateMachineType {
	if express {
		return workflow.Express
	}
	return workflow.Standard
}

// lines undoes what browsers do to line breaks.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// typedWrong is about what no form of a browser sends.
func typedWrong(text string) (problem string) {
	if !utf8.ValidString(text) {
		return "This is not text in UTF-8. Type it again."
	}
	return ""
}

// check fills in what there is to say about the definition and, where it can run, its drawing.
func (s *Server) check(ctx context.Context, m *pages.StateMachineForm) {
	m.Checked = true
	machine, found := asl.Check([]byte(m.Definition), machineType(m.Express))
	text := strings.Split(m.Definition, "\n")
	for _, d := range found {
		f := pages.Finding{Warning: d.Severity == asl.SeverityWarning, Code: d.Code, Message: d.Message, Pointer: d.Pointer, Line: d.Line}
		if d.Line >= 1 && d.Line <= len(text) && len(text) > 1 {
			f.Text = findingLine(strings.TrimSpace(text[d.Line-1]))
		}
		m.Findings = append(m.Findings, f)
	}
	if machine == nil {
		return
	}
	g := graph.Of(machine)
	m.States = len(g.States)
	layout, _ := lay(ctx, g)
	m.Graph = history.Definition(layout)
}

// longestLine is how much of a line is repeated beside what is wrong in it.
const longestLine = 160

func findingLine(line string) string {
	if runes := []rune(line); len(runes) > longestLine {
		return string(runes[:longestLine]) + "…"
	}
	return line
}
