package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

const (
	csrfField  = "_csrf"
	csrfHeader = "X-CSRF-Token"
)

var errForged = &fault{
	Status: http.StatusForbidden, Code: "forged",
	Message: "This form does not belong to your present session, so nothing was changed. Open the page again and send it from there.",
}

// csrfToken is derived from the session cookie, which other sites can neither read nor
// guess: it needs no row in the database, and a new sign-in makes a new one.
func csrfToken(c echo.Context) string {
	v := visitOf(c)
	if v == nil {
		return ""
	}
	v.ensureCookie(c)
	return deriveCSRF(v.cookie)
}

func deriveCSRF(cookie string) string {
	mac := hmac.New(sha256.New, []byte(cookie))
	mac.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// withoutForgery lets a change through only from our own pages: by what the browser says of
// where the request comes from, and by the token that such a page carries.
func withoutForgery(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if safeMethod(r.Method) {
			return next(c)
		}
		v := visitOf(c)
		if v == nil || v.cookie == "" || fromElsewhere(r) {
			return errForged
		}
		if err := r.ParseForm(); err != nil {
			return unreadable(err)
		}
		sent := r.Header.Get(csrfHeader)
		if sent == "" {
			sent = r.PostForm.Get(csrfField)
		}
		if !hmac.Equal([]byte(sent), []byte(deriveCSRF(v.cookie))) {
			return errForged
		}
		return next(c)
	}
}

func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// fromElsewhere reads Sec-Fetch-Site, or Origin where a browser is too old to send it.
func fromElsewhere(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}

// field is a field of the form that was sent. The query does not count: Echo's FormValue
// would take it for one.
func field(c echo.Context, name string) string { return c.Request().PostForm.Get(name) }

func unreadable(err error) error {
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return err
	}
	return badRequest("The form cannot be read. Open the page again and send it from there.")
}
