package web

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"
)

// apiApprovalDecide takes {"decision":"approve"|"reject","comment":…}: 200 with the approval
// as it stands now, 409 with who decided when somebody else was faster.
func (s *Server) apiApprovalDecide(c echo.Context) error {
	body, err := readJSON(c)
	if err != nil {
		return err
	}
	var sent struct{ Decision, Comment string }
	if err := json.Unmarshal(body, &sent); err != nil {
		return invalid(FieldError{"decision", `Send an object with the texts "decision" and "comment".`})
	}
	a, err := s.decide(c.Request().Context(), personOf(c), c.Param("approvalId"), sent.Decision, sent.Comment)
	if err != nil {
		return err
	}
	return answerJSON(c, http.StatusOK, map[string]any{"approval": approvalJSONOf(a)})
}
