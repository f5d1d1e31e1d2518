package web

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// Bounds of the settings.
const (
	maxApprovalLimit    = 100_000_000_00 // minor units
	minApprovalDeadline = time.Minute
	maxApprovalDeadline = 365 * 24 * time.Hour
)

// settingsSave puts the approval limit and deadline in force for orders from now on.
func (s *Server) settingsSave(c echo.Context) error {
	ctx := c.Request().Context()
	settings, err := s.store.Settings(ctx)
	if err != nil {
		return err
	}
	form := pages.Settings{
		Currency: settings.ApprovalLimit.Currency, Limit: strings.TrimSpace(field(c, "approval_limit")),
		Deadline: strings.TrimSpace(field(c, "approval_deadline")), Unit: field(c, "deadline_unit"),
	}
	settings.ApprovalLimit.Amount, form.Errors.Limit = readLimit(form.Limit)
	settings.ApprovalDeadline, form.Errors.Deadline = readDeadline(form.Deadline, form.Unit)
	if form.Errors != (pages.SettingsErrors{}) {
		return s.showSettings(c, http.StatusUnprocessableEntity, form)
	}
	if err := s.store.SaveSettings(ctx, settings, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "Saved. Orders follow these settings from now on.")
	return seeOther(c, paths.Settings)
}

func readLimit(text string) (minor int64, problem string) {
	minor, ok := parseAmount(text)
	switch {
	case !ok:
		return 0, "Type an amount without currency, such as 500.00; a dot stands before the cents."
	case minor < 0:
		return 0, "The limit cannot be below zero. Type 0 to send every order to the inbox."
	case minor > maxApprovalLimit:
		return 0, "The limit can be at most 100000000.00. Type a smaller amount."
	}
	return minor, ""
}

func readDeadline(number, unit string) (d time.Duration, problem string) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strings.HasPrefix(number, "+") {
		return 0, "Type a whole number, such as 24."
	}
	for _, u := range units {
		if u.name != unit {
			continue
		}
		if n > int64(math.MaxInt64/u.long) || n < 0 {
			n = 0
		}
		if d = time.Duration(n) * u.long; d < minApprovalDeadline || d > maxApprovalDeadline {
			return 0, "People need at least 1 minute and at most 365 days to decide. Type another number."
		}
		return d, ""
	}
	return 0, "Choose minutes, hours or days."
}

// parseAmount reads digits with at most two behind a dot, exactly, as minor units. No float is
// involved, and nothing is rounded.
func parseAmount(text string) (minor int64, ok bool) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, cents, dot := strings.Cut(digits, ".")
	if whole == "" || dot && (cents == "" || len(cents) > 2) || strings.Trim(whole+cents, "0123456789") != "" {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+cents+"00"[len(cents):], 10, 64)
	if negative {
		minor = -minor
	}
	return minor, err == nil
}

// plainAmount writes an amount as parseAmount reads it.
func plainAmount(m workflow.Money) string {
	return strings.TrimSuffix(m.String(), " "+m.Currency)
}
