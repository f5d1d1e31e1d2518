package web

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// Limits of a function, as Lambda has them.
const (
	maxFunctionTimeout     = 900 // seconds
	defaultFunctionTimeout = "30"
	maxURL                 = 2000
)

var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// functionForm is the form that registers a function.
func (s *Server) functionForm(c echo.Context) error {
	return s.showFunctionForm(c, http.StatusOK, pages.FunctionForm{Timeout: defaultFunctionTimeout})
}

func (s *Server) showFunctionForm(c echo.Context, status int, m pages.FunctionForm) error {
	frame := s.frame(c, "Register a function", layouts.Integrations)
	frame.Width = layouts.Narrow
	m.CSRF = frame.CSRF
	return s.show(c, status, frame, pages.FunctionNewPage(m))
}

// functionRegister registers a function. The answer is its page and no forwarding: the secret is
// shown this once.
func (s *Server) functionRegister(c echo.Context) error {
	form := pages.FunctionForm{Name: strings.TrimSpace(field(c, "name")), URL: strings.TrimSpace(field(c, "url")), Timeout: strings.TrimSpace(field(c, "timeout"))}
	f := workflow.HTTPFunction{Name: form.Name, URL: form.URL}
	if !functionName.MatchString(form.Name) {
		form.Errors.Name = "Use 1 to 64 letters, digits, hyphens and underscores."
	}
	form.Errors.URL = checkURL(form.URL)
	f.Timeout, form.Errors.Timeout = readTimeout(form.Timeout)
	if form.Errors != (pages.FunctionErrors{}) {
		return s.showFunctionForm(c, http.StatusUnprocessableEntity, form)
	}
	secret, err := s.store.AddHTTPFunction(c.Request().Context(), f, personOf(c).ID)
	if errors.Is(err, workflow.ErrExists) {
		form.Errors.Name = "There is a function of this name. Use another name, or change that function."
		return s.showFunctionForm(c, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return s.showFunction(c, http.StatusCreated, f.Name, func(m *pages.Function) { m.NewSecret = secret })
}

// checkURL says what is wrong with the address of a function, a webhook or a token endpoint.
func checkURL(text string) (problem string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "The URL is missing. Type it in."
	case len(text) > maxURL:
		return "The URL is longer than 2,000 characters. Use a shorter one."
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", strings.ContainsFunc(text, unprintable):
		return "This is not a URL. Type one such as https://example.com/path."
	case u.User != nil:
		return "Leave out the user name and password: a URL is shown and logged. Check the signature instead."
	case u.Fragment != "":
		return "Leave out what stands behind #: it is never sent."
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "A port is a number from 1 to 65535. Correct it."
		}
	}
	return ""
}

func readTimeout(text string) (d time.Duration, problem string) {
	n, err := strconv.Atoi(text)
	if err != nil || strings.HasPrefix(text, "+") || n < 1 || n > maxFunctionTimeout {
		return 0, "Type a whole number of seconds from 1 to 900."
	}
	return time.Duration(n) * time.Second, ""
}
