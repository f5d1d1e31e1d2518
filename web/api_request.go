package web

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// readJSON is the request's body, if it is JSON: 415 by its type, 400 by its content.
func readJSON(c echo.Context) ([]byte, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != "application/json" {
		return nil, &fault{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Message: "Send JSON, with the header Content-Type: application/json."}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) { // the decoder would put other characters in the place of what is broken
		return nil, badRequest("The body is not UTF-8. Encode it so and send it again.")
	}
	if !json.Valid(body) {
		return nil, badRequest("The body is not a JSON document. Correct it and send it again.")
	}
	return body, nil
}
