package cloudwatch

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// queryProtocol is a form that is answered with XML. The name of a value says where in the
// input it belongs: Dimensions.member.1.Name.
type queryProtocol struct{}

const (
	xmlKind   = "text/xml"
	version   = "2010-08-01"
	namespace = "http://monitoring.amazonaws.com/doc/" + version + "/"
)

func (queryProtocol) read(_ *http.Request, body []byte) (string, members, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil, malformed("The form cannot be read: %v.", err)
	}
	in := members{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if err := place(in, strings.Split(name, "."), form.Get(name)); err != nil {
			return form.Get("Action"), nil, malformed("The name %s is not that of a parameter.", name)
		}
	}
	for name, value := range in {
		in[name] = listed(value)
	}
	return form.Get("Action"), in, nil
}

// elsewhere is the action that a form asks another API for, as its version tells; none when it
// is for this one, or does not tell.
func elsewhere(body []byte) string {
	form, err := url.ParseQuery(string(body))
	if v := form.Get("Version"); err != nil || v == "" || v == version {
		return ""
	}
	return form.Get("Action")
}

// place puts a value where its path says.
func place(in members, path []string, value string) error {
	for _, name := range path[:len(path)-1] {
		next, ok := in[name].(members)
		if !ok && in[name] != nil || len(path) > mostNested {
			return strconv.ErrSyntax
		}
		if !ok {
			next = members{}
			in[name] = next
		}
		in = next
	}
	last := path[len(path)-1]
	if in[last] != nil {
		return strconv.ErrSyntax
	}
	in[last] = value
	return nil
}

// listed makes lists of what is numbered below "member".
func listed(v any) any {
	structure, ok := v.(members)
	if !ok {
		return v
	}
	numbered, isList := structure["member"].(members)
	if !isList {
		for name, value := range structure {
			structure[name] = listed(value)
		}
		return structure
	}
	type item struct {
		place int
		value any
	}
	var items []item
	for number, value := range numbered {
		place, err := strconv.Atoi(number)
		if err != nil {
			place = len(numbered)
		}
		items = append(items, item{place, listed(value)})
	}
	slices.SortFunc(items, func(a, b item) int { return a.place - b.place })
	list := make([]any, len(items))
	for i, it := range items {
		list[i] = it.value
	}
	return list
}

func (queryProtocol) answer(w http.ResponseWriter, operation string, out members, id string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<%sResponse xmlns=%q><%[1]sResult>`, operation, namespace)
	writeXML(&b, out)
	fmt.Fprintf(&b, `</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%[1]sResponse>`, operation, id)
	send(w, xmlKind, http.StatusOK, b.Bytes())
	return nil
}

func writeXML(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case members:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(b, "<%s>", name)
			writeXML(b, v[name])
			fmt.Fprintf(b, "</%s>", name)
		}
	case []any:
		for _, value := range v {
			b.WriteString("<member>")
			writeXML(b, value)
			b.WriteString("</member>")
		}
	case table:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b.WriteString("<entry><key>")
			writeXML(b, key)
			b.WriteString("</key><value>")
			writeXML(b, v[key])
			b.WriteString("</value></entry>")
		}
	case time.Time:
		b.WriteString(v.Format(time.RFC3339))
	case float64:
		b.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
	default:
		_ = xml.EscapeText(b, fmt.Append(nil, v)) // a buffer takes everything
	}
}

func (queryProtocol) refuse(w http.ResponseWriter, e *Error, id string) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<ErrorResponse xmlns=%q><Error><Type>%s</Type><Code>%s</Code><Message>`, namespace, e.fault(), e.Code)
	writeXML(&b, e.Message)
	fmt.Fprintf(&b, `</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, id)
	send(w, xmlKind, e.status(), b.Bytes())
}
