package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// settingsStore keeps what an operator can change.
type settingsStore interface {
	Settings(ctx context.Context) (workflow.Settings, error)
	Switches(ctx context.Context) (workflow.Switches, error)
	SaveSettings(ctx context.Context, settings workflow.Settings, by string) error
	SaveSwitches(ctx context.Context, switches workflow.Switches, by string) error
	LastSettingChange(ctx context.Context) (models.SettingChange, error)
	Person(ctx context.Context, id string) (models.Person, error)
}

// settingsShow shows what holds now.
func (s *Server) settingsShow(c echo.Context) error {
	settings, err := s.store.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	deadline, unit := inUnits(settings.ApprovalDeadline)
	return s.showSettings(c, http.StatusOK, pages.Settings{
		Currency: settings.ApprovalLimit.Currency, Limit: plainAmount(settings.ApprovalLimit), Deadline: deadline, Unit: unit,
	})
}

// showSettings shows the form m, as it was sent or as it stands, with everything around it.
func (s *Server) showSettings(c echo.Context, status int, m pages.Settings) error {
	ctx := c.Request().Context()
	frame := s.frame(c, "Settings", layouts.Settings)
	m.Now, m.CSRF, m.Sandbox = s.now(), frame.CSRF, true // there are no parties yet but the sandbox's
	var err error
	if m.Switches, err = s.store.Switches(ctx); err != nil {
		return err
	}
	changed, err := s.store.LastSettingChange(ctx)
	if err != nil {
		return err
	}
	if m.ChangedAt = changed.At; changed.By != "" {
		by, err := s.store.Person(ctx, changed.By)
		if err != nil {
			return err
		}
		m.ChangedBy = by.Name
	}
	return s.show(c, status, frame, pages.SettingsPage(m))
}

// units of a deadline, the largest first.
var units = []struct {
	name string
	long time.Duration
	from time.Duration // shorter ones read better in a smaller unit: 24 hours
}{
	{"days", 24 * time.Hour, 48 * time.Hour},
	{"hours", time.Hour, time.Hour},
	{"minutes", time.Minute, 0},
}

// inUnits writes a duration in the largest unit in which it is a whole number.
func inUnits(d time.Duration) (number, unit string) {
	for _, u := range units {
		if d >= u.from && d%u.long == 0 {
			return strconv.FormatInt(int64(d/u.long), 10), u.name
		}
	}
	return strconv.FormatInt(int64((d+time.Minute-1)/time.Minute), 10), "minutes"
}
