package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// personShow shows an account to its owner and to administrators. To others there is none.
func (s *Server) personShow(c echo.Context) error {
	return s.showPerson(c, http.StatusOK, func(*pages.Person) {})
}

// showPerson shows the account; change adds what was sent and what is wrong with it.
func (s *Server) showPerson(c echo.Context, status int, change func(*pages.Person)) error {
	ctx, by, id := c.Request().Context(), personOf(c), c.Param("id")
	if err := mayManage(by, id); err != nil {
		return err
	}
	p, err := s.store.Person(ctx, id)
	if err != nil {
		return err
	}
	active := layouts.None
	if by.Has(workflow.RoleAdministrator) {
		active = layouts.People
	}
	frame := s.frame(c, p.Name, active)
	m := pages.Person{
		Now: s.now(), CSRF: frame.CSRF, PersonRow: personRow(p), CustomerID: p.CustomerID, CreatedAt: p.CreatedAt,
		Self: p.ID == by.ID, Own: !by.Has(workflow.RoleAdministrator), AskCurrent: p.ID == by.ID && p.PasswordHash != "",
	}
	if m.Keys, err = s.keysOf(ctx, id); err != nil {
		return err
	}
	m.Signs = p.Has(signers.roles...)
	if m.AccessKeys, err = s.accessKeysOf(ctx, id); err != nil {
		return err
	}
	change(&m)
	return s.show(c, status, frame, pages.PersonPage(m))
}

func (s *Server) keysOf(ctx context.Context, id string) ([]pages.APIKey, error) {
	keys, err := s.store.APIKeys(ctx, id)
	list := make([]pages.APIKey, len(keys))
	for i, k := range keys {
		list[i] = keyView(k)
	}
	return list, err
}

func (s *Server) accessKeysOf(ctx context.Context, id string) ([]pages.AccessKey, error) {
	keys, err := s.store.AccessKeys(ctx, id)
	list := make([]pages.AccessKey, len(keys))
	for i, k := range keys {
		list[i] = pages.AccessKey{ID: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, RevokedAt: k.RevokedAt}
	}
	return list, err
}

func keyView(k models.APIKey) pages.APIKey {
	return pages.APIKey{
		ID: k.ID, Name: k.Name, Prefix: k.Prefix, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, RevokedAt: k.RevokedAt,
	}
}
