package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// auditStore reads what people did.
type auditStore interface {
	AuditEntries(ctx context.Context, f models.AuditFilter, page models.Page) ([]models.AuditEntry, string, error)
}

const auditOnPage = 50

// auditList shows who did what, the newest first.
func (s *Server) auditList(c echo.Context) error {
	subject, after := c.QueryParam("subject"), c.QueryParam("after")
	m := pages.AuditTrail{Now: s.now(), Subject: subject}
	entries, next, err := s.store.AuditEntries(c.Request().Context(), models.AuditFilter{Subject: subject}, models.Page{Limit: auditOnPage, After: after})
	if err != nil {
		return err
	}
	for _, e := range entries {
		m.Rows = append(m.Rows, pages.AuditRow{
			At: e.At, Person: e.PersonName, Action: e.Action, Subject: e.Subject, SubjectURL: subjectURL(e.Subject),
			Detail: auditDetail(e), Tone: auditTone(e.Action),
		})
	}
	if next != "" {
		m.Older = paths.AuditAfter(subject, next)
	}
	if after != "" {
		m.Newer = paths.AuditAfter(subject, "")
	}
	frame := s.frame(c, "Audit", layouts.Audit)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.AuditPage(m))
}

// subjectURL is the page of what an entry is about.
func subjectURL(subject string) string {
	kind, id, _ := strings.Cut(subject, " ")
	switch kind {
	case "order":
		return paths.Order(id)
	case "execution":
		return paths.Execution(id)
	case "state-machine":
		return paths.StateMachine(id)
	case "person":
		return paths.Person(id)
	case "item":
		return paths.InventoryItem(id)
	case "settings", "switches":
		return paths.Settings
	case "function":
		return paths.Function(id)
	case "topic":
		return paths.Topic(id)
	case "connection":
		return paths.Connection(id)
	}
	return ""
}

func auditTone(action string) components.Tone {
	switch action {
	case models.AuditRejected, models.AuditStopped, models.AuditSignInFailed, models.AuditKeyRevoked:
		return components.Danger
	case models.AuditApproved:
		return components.Success
	case models.AuditRedriven, models.AuditCancelRequested:
		return components.Waiting
	}
	return components.Neutral
}

// auditDetail words what is written down as data.
func auditDetail(e models.AuditEntry) string {
	if e.Action != models.AuditSettingsChanged {
		return e.Detail
	}
	if e.Subject == "switches" {
		return switchesText(e.Detail)
	}
	var settings workflow.Settings
	if json.Unmarshal([]byte(e.Detail), &settings) != nil {
		return e.Detail
	}
	deadline, unit := inUnits(settings.ApprovalDeadline)
	return "approval limit " + components.MoneyText(settings.ApprovalLimit) + ", time to decide " + deadline + " " + unit
}

func switchesText(detail string) string {
	m := pages.Settings{}
	if json.Unmarshal([]byte(detail), &m.Switches) != nil {
		return detail
	}
	var on []string
	for _, group := range m.Groups() {
		for _, failure := range group.Switches {
			if failure.On {
				on = append(on, group.Party+": "+strings.ToLower(failure.Text))
			}
		}
	}
	if len(on) == 0 {
		return "all failures off"
	}
	return strings.Join(on, "; ")
}
