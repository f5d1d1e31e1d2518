package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/layouts"
)

// A flash travels in a cookie of its own, so that showing it, which a GET does, writes
// nothing to the session.
const (
	flashCookie  = "countersign_flash"
	flashSeconds = 60
)

// flash says text once, on the next page that is shown.
func (s *Server) flash(c echo.Context, tone components.Tone, text string) {
	value, _ := json.Marshal(layouts.Flash{Tone: tone, Text: text}) // two strings
	s.setFlash(c, base64.RawURLEncoding.EncodeToString(value), flashSeconds)
}

func (s *Server) takeFlash(c echo.Context) *layouts.Flash {
	cookie, err := c.Request().Cookie(flashCookie)
	if err != nil {
		return nil
	}
	s.setFlash(c, "", -1)
	var f layouts.Flash
	value, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(value, &f) != nil || f.Text == "" {
		return nil
	}
	return &f
}

func (s *Server) setFlash(c echo.Context, value string, maxAge int) {
	c.SetCookie(&http.Cookie{
		Name: flashCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}
