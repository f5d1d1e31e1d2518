package integrations

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"countersign/workflow"
)

// arrayFormat is how a form repeats the elements of an array.
type arrayFormat string

const formatIndices arrayFormat = "INDICES"

var arrayFormats = []arrayFormat{formatIndices, "REPEAT", "COMMAS", "BRACKETS"}

// merge adds what the connection adds to every request; the connection wins.
func (t *httpTask) merge(c workflow.Connection) error {
	for _, p := range c.Headers {
		t.headers.Set(p.Name, p.Value)
	}
	for _, p := range c.Query {
		t.query = slices.DeleteFunc(t.query, func(q workflow.Parameter) bool { return q.Name == p.Name })
		values := t.url.Query()
		if values.Has(p.Name) {
			values.Del(p.Name)
			t.url.RawQuery = values.Encode()
		}
	}
	t.query = append(t.query, c.Query...)
	if len(c.Body) == 0 {
		return nil
	}
	var list []member
	if t.body != nil {
		var ok bool
		if list, ok = members(t.body); !ok {
			return runtimeFailure(t.call, "The request body is not an object, so the body parameters of the connection cannot be added to it.")
		}
	}
	t.body = merged(list, c.Body)
	return nil
}

// merged keeps the order: what replaces a member stands in its place.
func merged(list []member, added []workflow.Parameter) json.RawMessage {
	for _, p := range added {
		value, _ := unescaped(p.Value)
		i := slices.IndexFunc(list, func(m member) bool { return m.name == p.Name })
		if i < 0 {
			list = append(list, member{p.Name, value})
		} else {
			list[i].value = value
		}
	}
	var b bytes.Buffer
	for i, m := range list {
		b.WriteByte("{,"[min(i, 1)])
		name, _ := unescaped(m.name)
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// encoded is the body as it is sent. A string is sent as it is.
func (t *httpTask) encoded() ([]byte, error) {
	if text, ok := textOf(t.body); ok {
		return []byte(text), nil
	}
	if !t.form {
		var compact bytes.Buffer
		_ = json.Compact(&compact, t.body) // it was decoded before
		return compact.Bytes(), nil
	}
	list, ok := members(t.body)
	if !ok {
		return nil, runtimeFailure(t.call, "The request body is neither an object nor a string, so it cannot be URL-encoded.")
	}
	f := form{arrays: t.arrays}
	for _, m := range list {
		f.add(m.name, m.value)
	}
	return []byte(strings.Join(f.pairs, "&")), nil
}

// form collects the pairs of a URL-encoded body.
type form struct {
	arrays arrayFormat
	pairs  []string
}

func (f *form) add(name string, value json.RawMessage) {
	if text, ok := scalarText(value); ok {
		f.pairs = append(f.pairs, escaped(name)+"="+escaped(text))
		return
	}
	if list, ok := members(value); ok {
		for _, m := range list {
			f.add(name+"["+m.name+"]", m.value)
		}
		return
	}
	var list []json.RawMessage
	_ = json.Unmarshal(value, &list) // it was decoded before
	if f.arrays == "COMMAS" {
		f.pairs = append(f.pairs, escaped(name)+"="+commas(list))
		return
	}
	for i, v := range list {
		switch f.arrays {
		case "REPEAT":
			f.add(name, v)
		case "BRACKETS":
			f.add(name+"[]", v)
		default:
			f.add(name+"["+strconv.Itoa(i)+"]", v)
		}
	}
}

// commas joins the elements; one that is no scalar stands as its JSON text.
func commas(list []json.RawMessage) string {
	texts := make([]string, len(list))
	for i, v := range list {
		text, ok := scalarText(v)
		if !ok {
			text = string(v)
		}
		texts[i] = escaped(text)
	}
	return strings.Join(texts, ",")
}

// headerList is a header as a JSON object of arrays, under lower-case names.
func headerList(h http.Header) map[string][]string {
	list := make(map[string][]string, len(h))
	for name, values := range h {
		list[strings.ToLower(name)] = values
	}
	return list
}
