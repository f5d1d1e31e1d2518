package sfn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"
)

const contentType = "application/x-amz-json-1.0"

// speaksJSON accepts both revisions of the protocol, which differ in nothing that concerns us.
func speaksJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (kind == contentType || kind == "application/x-amz-json-1.1")
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, &Error{Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("The request is larger than %d bytes.", tooLarge.Limit)}
	}
	return body, err
}

// maxNesting is far more than any operation's input has.
const maxNesting = 32

// parse reads a request's document. Of a name that stands twice the last one counts.
func parse(body []byte) (map[string]any, error) {
	if !utf8.Valid(body) {
		return nil, serialization("The document is not UTF-8.")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	if nesting(body) > maxNesting {
		return nil, serialization("The document is nested more than %d levels deep.", maxNesting)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var document any
	if err := d.Decode(&document); err != nil {
		return nil, serialization("The document is not JSON: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, serialization("There is more after the end of the document.")
	}
	object, ok := document.(map[string]any)
	if !ok {
		return nil, serialization("The document is not a JSON object.")
	}
	return object, nil
}

// nesting counts the deepest brackets outside of texts, whatever else is wrong with the document.
func nesting(body []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// Timestamp is a moment in an answer: seconds since 1970, with milliseconds.
type Timestamp time.Time

// MarshalJSON writes a number.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	ms := time.Time(t).UnixMilli()
	return fmt.Appendf(nil, "%d.%03d", int64(math.Floor(float64(ms)/1000)), (ms%1000+1000)%1000), nil
}

// IsZero leaves a moment that never was out of an answer (omitzero).
func (t Timestamp) IsZero() bool { return time.Time(t).IsZero() }

func writeAnswer(w http.ResponseWriter, answer any) {
	if answer == nil {
		answer = struct{}{}
	}
	document, err := encode(answer)
	if err != nil {
		writeError(w, internalFailure())
		return
	}
	send(w, http.StatusOK, document)
}

// encode leaves <, > and & as they are: definitions are full of them.
func encode(answer any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(answer); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func send(w http.ResponseWriter, status int, document []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(document) // a client that has left needs no answer
}
