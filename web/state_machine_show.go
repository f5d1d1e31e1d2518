package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/workflow"
)

// stateMachineShow shows one version of a state machine, the latest unless another is asked for.
func (s *Server) stateMachineShow(c echo.Context) error {
	ctx, name := c.Request().Context(), c.Param("name")
	versions, err := s.store.StateMachineVersions(ctx, name)
	if err != nil {
		return err
	}
	shown := chosenVersion(versions, c.QueryParam("version"))
	if shown < 0 {
		return workflow.ErrNotFound
	}
	v := versions[shown]
	definition, _, err := s.store.Definition(ctx, name, v.Version)
	if err != nil {
		return err
	}
	d, err := s.drawing(ctx, s.store, name, v.Version)
	if err != nil {
		return err
	}
	text, left := beginning(history.Indented(definition), linesOfDefinition)
	latest := versions[0]
	m := pages.StateMachine{
		CSRF: csrfToken(c), Type: latest.Type, Deleting: latest.Status == workflow.Deleting, Orders: name == s.orders.StateMachine,
		MayChange: latest.Status == workflow.Active && personOf(c).Has(operators.roles...),
		Now:       s.now(), Name: name, ARN: workflow.StateMachineARN(name), Version: v.Version, Latest: versions[0].Version,
		CreatedAt: v.CreatedAt, Comment: d.comment, States: len(d.graph.States),
		Definition: text, Left: left, Whole: paths.StateMachineDefinition(name, v.Version), Graph: history.Definition(d.layout),
	}
	for _, v := range versions {
		m.Versions = append(m.Versions, pages.StateMachineVersion{Version: v.Version, CreatedAt: v.CreatedAt})
	}
	frame := s.frame(c, name, layouts.StateMachines)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.StateMachinePage(m))
}

// linesOfDefinition is how many lines a page shows of a definition: most of them are shorter, and
// one with 10,000 states would be 4 MB of page.
const linesOfDefinition = 2000

// beginning is the first lines of a text, and how many lines it leaves out.
func beginning(text string, lines int) (first string, left int) {
	end := 0
	for range lines {
		next := strings.IndexByte(text[end:], '\n')
		if next < 0 {
			return text, 0
		}
		end += next + 1
	}
	return text[:end], strings.Count(text[end:], "\n") + 1
}

// stateMachineDefinition is the definition of one version alone, the latest unless another is
// asked for.
func (s *Server) stateMachineDefinition(c echo.Context) error {
	asked, err := strconv.ParseInt(cmp.Or(c.QueryParam("version"), "0"), 10, 64) // 0: the latest
	if err != nil || asked < 0 {
		return workflow.ErrNotFound
	}
	definition, _, err := s.store.Definition(c.Request().Context(), c.Param("name"), asked)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, []byte(history.Indented(definition)))
}

// chosenVersion is the index of the version asked for, of the latest when none is, or -1.
func chosenVersion(versions []models.StateMachine, asked string) int {
	if asked == "" && len(versions) > 0 {
		return 0
	}
	return slices.IndexFunc(versions, func(v models.StateMachine) bool { return strconv.FormatInt(v.Version, 10) == asked })
}
