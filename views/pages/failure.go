package pages

import (
	"net/http"
	"strconv"

	"countersign/views/components"
	"countersign/web/paths"
)

// Failure says what went wrong and what to do next. It stands in layouts.Shell for somebody
// who is signed in, in layouts.Plain otherwise.
type Failure struct {
	Code      int
	Title     string
	Text      string
	Next      []components.Link // the first is the most likely
	Reference string            // finds the failure in the log; may be empty
}

// NewFailure words a status code. A message says more than the general text does and replaces
// it; it may be empty.
func NewFailure(code int, message string) Failure {
	home := components.Link{Text: "Go to the start page", URL: paths.Home}
	f := Failure{Code: code, Next: []components.Link{home}}
	switch code {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		f.Title, f.Text = "That could not be understood", "Nothing was changed. Go back, look at what was entered, and send it again."
	case http.StatusUnauthorized:
		f.Title, f.Text = "Please sign in", "You are not signed in, or your session has ended. Nothing was changed."
		f.Next = []components.Link{{Text: "Sign in", URL: paths.SignIn}}
	case http.StatusForbidden:
		f.Title, f.Text = "This is not for your role", "You are signed in, but this page needs a role that you do not have. An administrator can give it to you."
	case http.StatusNotFound:
		f.Title, f.Text = "There is nothing here", "The address may be mistyped, or what it named belongs to somebody else."
	case http.StatusMethodNotAllowed:
		f.Title, f.Text = "That does not work here", "This address exists, but not for what was asked of it. Use the buttons on its page."
	case http.StatusConflict:
		f.Title, f.Text = "Somebody was faster", "What you saw has changed meanwhile. Nothing was changed by you. Load the page again to see how it stands."
	case http.StatusRequestEntityTooLarge:
		f.Title, f.Text = "That is too large", "Nothing was changed. Send less at a time."
	case http.StatusTooManyRequests:
		f.Title, f.Text = "A little slower, please", "Too many requests came from here. Wait a minute and try again."
	case http.StatusServiceUnavailable:
		f.Title, f.Text = "Back in a moment", "Countersign is starting or shutting down. What was acknowledged is safe. Load the page again shortly."
	default:
		f.Title, f.Text = "Something broke on our side", "What was acknowledged before is safe. Try again; if it happens again, tell the operator the reference below."
	}
	if message != "" {
		f.Text = message
	}
	return f
}

func (f Failure) code() string { return strconv.Itoa(f.Code) }
