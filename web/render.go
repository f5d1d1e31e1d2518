package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/static"
	"countersign/views/layouts"
	"countersign/web/paths"
	"countersign/web/sigv4"
)

// frame is the page's frame, filled with what every page says of the visitor.
func (s *Server) frame(c echo.Context, title string, active layouts.Entry) layouts.Page {
	p := layouts.Page{
		Title: title, Active: active, CSRF: csrfToken(c), Flash: s.takeFlash(c),
		Demo: s.demo, Now: s.now(), Asset: static.URL,
	}
	if person := personOf(c); person != nil {
		p.Person = &layouts.Person{ID: person.ID, Name: person.Name, Roles: person.Roles}
		p.NeedsMe = s.needsMe(c, person)
	}
	return p
}

// show renders body inside the shell and sends it.
func (s *Server) show(c echo.Context, status int, frame layouts.Page, body templ.Component) error {
	return s.send(c, status, layouts.Shell(frame), body)
}

// showPlain is show for the pages before the sign-in.
func (s *Server) showPlain(c echo.Context, status int, frame layouts.Page, body templ.Component) error {
	return s.send(c, status, layouts.Plain(frame), body)
}

// send renders everything before the first byte goes out, so that a template that fails is
// a clean 500 and never half a page with status 200.
func (s *Server) send(c echo.Context, status int, around, body templ.Component) error {
	html, err := rendered(c, around, body)
	if err != nil {
		return err
	}
	if err := visitOf(c).save(c); err != nil {
		return err
	}
	return c.HTMLBlob(status, html)
}

func rendered(c echo.Context, around, body templ.Component) ([]byte, error) {
	var out bytes.Buffer
	ctx := templ.WithChildren(c.Request().Context(), body)
	err := around.Render(ctx, &out)
	return out.Bytes(), err
}

// seeOther answers a change with the page to look at next (Post/Redirect/Get).
func seeOther(c echo.Context, path string) error {
	if err := visitOf(c).save(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// answerJSON sends v; keys stand as the API promises them.
func answerJSON(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.JSONBlob(status, append(body, '\n'))
}

// answerError is where every error of every handler ends.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := faultOf(err)
	h := c.Response().Header()
	if f.RetryAfter > 0 {
		setRetryAfter(c, f.RetryAfter)
	}
	if f.Challenge != "" {
		h.Set(echo.HeaderWWWAuthenticate, f.Challenge)
	}
	var sent error
	switch {
	case f.Status == statusClientGone:
		sent = c.NoContent(f.Status)
	case sigv4.Claims(c.Request()): // a client of AWS, for an API that there is not
		sent = answerJSON(c, f.Status, map[string]string{"message": f.Message})
	case wantsJSON(c):
		sent = answerJSON(c, f.Status, errorDocument{errorBody{f.Code, f.Message, f.Fields}})
	case wantsText(c):
		sent = c.String(f.Status, f.Message+"\n")
	case f == errSignedOut:
		sent = c.Redirect(http.StatusSeeOther, signInAddress(c.Request()))
	default:
		sent = s.showFault(c, f)
	}
	if sent != nil {
		s.log.ErrorContext(c.Request().Context(), "error page not sent", "error", sent, "request", requestID(c))
	}
}

// errorDocument is how programs are told of an error.
type errorDocument struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Fields  []FieldError `json:"fields,omitempty"`
}

func wantsJSON(c echo.Context) bool {
	r := c.Request()
	if strings.HasPrefix(r.URL.Path, "/api/") {
		return true
	}
	accept := r.Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// wantsText says whether nobody would look at an error page: a live region asks, or a
// machine that reads plain text.
func wantsText(c echo.Context) bool {
	r := c.Request()
	switch r.URL.Path {
	case paths.Healthz, paths.Readyz, paths.Metrics:
		return true
	}
	return r.Header.Get("HX-Request") != "" || strings.Contains(r.Header.Get(echo.HeaderAccept), "text/event-stream")
}
