package web

import (
	"net/http"
	"net/url"
	"strings"

	"countersign/web/paths"
)

// maxNext bounds an address to return to: browsers refuse answers with headers much longer.
const maxNext = 4 << 10

// localPath is next if it is a path of ours, else "". A browser reads "//host" and "/\host"
// as other hosts, and drops tabs and line breaks before it looks.
func localPath(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\") || strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return ""
	}
	switch u.Path {
	case paths.SignIn, paths.SignOut, paths.SignInDemo, paths.Home:
		return ""
	}
	return next
}

// signInAddress is the sign-in page that leads back to what was asked for. After a change it
// leads back to the page that the form stood on: the change itself was not made.
func signInAddress(r *http.Request) string {
	next := r.URL.RequestURI()
	if !safeMethod(r.Method) {
		next = ""
		if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
			next = from.RequestURI()
		}
	}
	if next = localPath(next); next == "" {
		return paths.SignIn
	}
	return paths.SignInThen(next)
}
