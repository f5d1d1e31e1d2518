package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
)

// alive says that the process answers; a supervisor that hears nothing restarts it.
func alive(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready says whether requests can be served now: not while the database does not answer,
// nor once it is about to end.
func (s *Server) ready(check func(context.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		select {
		case <-s.leaving:
			return unready("Countersign is shutting down. Ask another replica, or wait for the next start.", nil)
		default:
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
		defer cancel()
		if err := check(ctx); err != nil {
			if gone := c.Request().Context().Err(); gone != nil {
				return gone // who asked has left: that says nothing about the database
			}
			return unready(reason(err), err)
		}
		return c.String(http.StatusOK, "ready\n")
	}
}

// reason is for whoever asks, and for balancers that keep what they are told: nothing that only
// the log should say.
func reason(err error) string {
	switch {
	case errors.Is(err, models.ErrDamaged):
		return "The database's file is damaged, and nothing more is written to it. Stop Countersign and restore a backup: see \"Backup and restore\" in the README."
	case errors.Is(err, models.ErrUnwritable):
		return "The database cannot be written now: its disk is full, another program has locked it, or it is not there; the log says which. Requests are served again when that is mended."
	}
	return "Countersign cannot serve requests now; the log says why. Try again in a moment."
}

func unready(message string, cause error) *fault {
	return &fault{Status: http.StatusServiceUnavailable, Code: "unready", Message: message, RetryAfter: 2 * time.Second, cause: cause}
}
