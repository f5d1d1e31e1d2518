package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
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
	if name, twice := repeated(body); twice {
		return nil, badRequest(fmt.Sprintf("The member %q stands twice in one object, and which one counts is not clear. Send it once.", name))
	}
	return body, nil
}

// repeated is a name that stands twice in one object of valid JSON. Capitals make no
// difference, as they make none to encoding/json.
func repeated(body []byte) (name string, twice bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	type object struct {
		seen map[string]bool // nil: a list
		key  bool            // a name comes next
	}
	open := []object{{}}
	for {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		in := &open[len(open)-1]
		switch token {
		case json.Delim('{'):
			in.key = in.seen != nil
			open = append(open, object{seen: map[string]bool{}, key: true})
			continue
		case json.Delim('['):
			in.key = in.seen != nil
			open = append(open, object{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
			continue
		}
		if in.key {
			name := token.(string)
			folded := strings.ToLower(name)
			if in.seen[folded] {
				return name, true
			}
			in.seen[folded] = true
		}
		in.key = in.seen != nil && !in.key
	}
}
