package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
)

// noteDone writes into the audit trail what the asker has done, where that is a write of its own.
// When it fails, the reader must not be told that nothing was changed.
func (s *Server) noteDone(c echo.Context, e models.AuditEntry) error {
	e.At, e.PersonID = s.now(), personOf(c).ID
	if err := s.store.RecordAudit(c.Request().Context(), e); err != nil {
		return &fault{Status: http.StatusServiceUnavailable, Code: "not_noted", cause: err,
			Message: "This was done, but it could not be written into the audit trail. Look at how it stands before you do it again, and tell an operator."}
	}
	return nil
}
