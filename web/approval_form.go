package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// approvalDecide takes the decision page's form. Whoever comes too late sees the page as it
// stands, with who decided and when (409); whoever sends the same decision twice has decided.
func (s *Server) approvalDecide(c echo.Context) error {
	p, id := personOf(c), c.Param("approvalId")
	decision, comment := field(c, "decision"), field(c, "comment")
	a, err := s.decide(c.Request().Context(), p, id, decision, comment)
	if a.ID == "" {
		return err
	}
	var told *fault
	switch {
	case err == nil, decidedSo(a, p, decision):
		s.flash(c, components.Success, decidedText(a))
		return seeOther(c, paths.Approval(a.ID))
	case a.Status != workflow.ApprovalPending:
		return s.showDecision(c, http.StatusConflict, func(m *pages.Decision) { m.TooLate = tooLateText(a, s.now()) })
	case errors.As(err, &told):
		return s.showDecision(c, told.Status, func(m *pages.Decision) {
			m.Draft = comment
			if !m.Own {
				m.DraftProblem = problemText(told)
			}
		})
	}
	return err
}

// decidedSo says whether this very person has decided this before.
func decidedSo(a models.Approval, p *models.Person, decision string) bool {
	verdict := map[string]workflow.ApprovalStatus{"approve": workflow.ApprovalApproved, "reject": workflow.ApprovalRejected}[decision]
	return a.DecidedBy == p.ID && verdict != "" && a.Status == verdict
}

func decidedText(a models.Approval) string {
	if a.Status == workflow.ApprovalRejected {
		return fmt.Sprintf("You rejected order %s. The hold on the card is being released, and %s gets a mail with your reason.", a.OrderID, a.CustomerName)
	}
	return fmt.Sprintf("You approved order %s. It is being charged and shipped now.", a.OrderID)
}

// tooLateText says who was faster, and by how much.
func tooLateText(a models.Approval, now time.Time) string {
	ago := components.Relative(now, a.DecidedAt)
	if d := now.Sub(a.DecidedAt); d < time.Minute {
		ago = components.Count(int(max(d, 0)/time.Second), "second") + " before you"
		if d < time.Second {
			ago = "less than a second before you"
		}
	}
	switch a.Status {
	case workflow.ApprovalApproved:
		return fmt.Sprintf("%s approved this order %s", a.DecidedByName, ago)
	case workflow.ApprovalRejected:
		return fmt.Sprintf("%s rejected this order %s", a.DecidedByName, ago)
	case workflow.ApprovalExpired:
		return "The deadline passed " + ago
	}
	return "The order ended another way " + ago
}

func problemText(f *fault) string {
	if len(f.Fields) == 0 {
		return f.Message
	}
	messages := make([]string, len(f.Fields))
	for i, problem := range f.Fields {
		messages[i] = problem.Message
	}
	return strings.Join(messages, " ")
}
