package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/pages"
)

// personAccessKeyMake makes an access key. As with API keys, the answer is the page itself: no
// page shows the secret again.
func (s *Server) personAccessKeyMake(c echo.Context) error {
	name := field(c, "name")
	key, secret, err := s.makeAccessKey(c, name)
	var told *fault
	if errors.As(err, &told) && len(told.Fields) > 0 {
		return s.showPerson(c, told.Status, func(m *pages.Person) { m.AccessKeyName, m.Errors.AccessKeyName = name, told.Message })
	}
	if err != nil {
		return err
	}
	return s.showPerson(c, http.StatusCreated, func(m *pages.Person) {
		m.NewAccessKey = &pages.NewAccessKey{ID: key.ID, Name: key.Name, Secret: secret}
	})
}

func (s *Server) makeAccessKey(c echo.Context, name string) (key models.AccessKey, secret string, err error) {
	ctx, by, id := c.Request().Context(), personOf(c), c.Param("id")
	if err := mayManage(by, id); err != nil {
		return key, "", err
	}
	if name, err = keyName(name); err != nil {
		return key, "", err
	}
	return s.store.MakeAccessKey(ctx, id, name, by.ID)
}
