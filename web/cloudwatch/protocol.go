package cloudwatch

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// service is the API's name in addresses and headers.
const service = "GraniteServiceVersion20100801"

// Path is the address of every operation in Smithy RPC v2, but for the operation's name.
const Path = "/service/" + service + "/operation/"

// protocol is one way to put requests and answers on the wire.
type protocol interface {
	read(r *http.Request, body []byte) (operation string, in members, err error)
	answer(w http.ResponseWriter, operation string, out members, id string) error
	refuse(w http.ResponseWriter, e *Error, id string)
}

// protocolOf is how a request is written, or nil when it is none of ours.
func protocolOf(r *http.Request) protocol {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what cannot be read is no kind of ours
	switch {
	case strings.HasPrefix(r.URL.Path, Path):
		return cborProtocol{}
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), service+"."):
		return jsonProtocol{}
	case kind == "application/x-www-form-urlencoded" && r.URL.Path == "/" && r.Header.Get("Authorization") != "":
		return queryProtocol{}
	}
	return nil
}

func send(w http.ResponseWriter, kind string, status int, document []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(document) // a client that has left needs no answer
}

// queryError tells clients that have changed from the query protocol what they know.
func queryError(w http.ResponseWriter, e *Error) {
	w.Header().Set("x-amzn-query-error", e.Code+";"+e.fault())
}

// jsonProtocol is AWS JSON 1.0.
type jsonProtocol struct{}

const jsonKind = "application/x-amz-json-1.0"

// mostNested is more than any input is.
const mostNested = 16

func (jsonProtocol) read(r *http.Request, body []byte) (string, members, error) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), service+".")
	in := members{}
	if len(bytes.TrimSpace(body)) == 0 {
		return operation, in, nil
	}
	if !utf8.Valid(body) { // the decoder would put other characters in the place of what is broken
		return operation, nil, malformed("The document is not UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		return operation, nil, malformed("The document is not a JSON object: %v.", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return operation, nil, malformed("There is more after the end of the document.")
	}
	return operation, in, nil
}

func (jsonProtocol) answer(w http.ResponseWriter, _ string, out members, _ string) error {
	document, err := json.Marshal(jsonValue(out))
	if err != nil {
		return err
	}
	send(w, jsonKind, http.StatusOK, document)
	return nil
}

// jsonValue writes moments as seconds since 1970.
func jsonValue(v any) any {
	switch v := v.(type) {
	case members:
		o := make(map[string]any, len(v))
		for name, value := range v {
			o[name] = jsonValue(value)
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = jsonValue(value)
		}
		return list
	case time.Time:
		return v.Unix()
	}
	return v
}

func (jsonProtocol) refuse(w http.ResponseWriter, e *Error, _ string) {
	queryError(w, e)
	document, err := json.Marshal(map[string]string{"__type": "com.amazonaws.cloudwatch#" + e.shapeName(), "message": e.Message})
	if err != nil {
		document = []byte(`{"__type":"com.amazonaws.cloudwatch#InternalServiceFault"}`)
	}
	send(w, jsonKind, e.status(), document)
}
