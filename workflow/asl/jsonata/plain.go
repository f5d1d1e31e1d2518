package jsonata

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"countersign/workflow/asl/jsontext"
)

// plain is an expression that only follows names: $states.input.a.b, $v.c.
type plain struct {
	variable string // without its $
	names    []string
}

var (
	plainForm = regexp.MustCompile(`^\s*\$([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*$`)
	// words have a meaning of their own.
	words = regexp.MustCompile(`\.(and|or|in|function|true|false|null)\b`)
)

// parsePlain is nil for what is not plain.
func parsePlain(text string) *plain {
	m := plainForm.FindStringSubmatch(text)
	if m == nil || words.MatchString(m[2]) || Builtin(m[1]) {
		return nil
	}
	p := &plain{variable: m[1]}
	if m[2] != "" {
		p.names = strings.Split(m[2][1:], ".")
	}
	if p.variable == "states" && len(p.names) == 0 {
		return nil
	}
	return p
}

func (p *plain) references() References {
	if p.variable == "states" {
		r := References{States: p.names[:1]}
		if p.names[0] == "context" {
			r.Context = [][]string{p.names[1:min(3, len(p.names))]}
		}
		return r
	}
	return References{Variables: []string{p.variable}}
}

// value follows the names. Arrays on the way are for the library.
func (p *plain) value(s Scope) datum {
	names, text := p.names, json.RawMessage(nil)
	if p.variable != "states" {
		text = s.Variable(p.variable)
	} else if len(names) > 0 {
		text, names = s.State(names[0]), names[1:]
	} else {
		return datum{}
	}
	switch {
	case text != nil:
	case Builtin(p.variable):
		return datum{} // a function
	default:
		return datum{kind: nothing}
	}
	for _, name := range names {
		var found, known bool
		if text, found, known = follow(text, name); !known {
			return datum{}
		} else if !found {
			return datum{kind: nothing}
		}
	}
	return read(text)
}

// follow finds the member of an object; of several with its name the last one counts.
func follow(object json.RawMessage, name string) (value json.RawMessage, found, known bool) {
	b := bytes.TrimLeft(object, " \t\r\n")
	if len(b) == 0 || b[0] == '[' {
		return nil, false, false
	}
	if b[0] != '{' {
		return nil, false, true
	}
	i := 1
	for {
		i = jsontext.SkipSpace(b, i)
		if i >= len(b) || b[i] != '"' {
			return value, found, i < len(b) && b[i] == '}'
		}
		key := i
		i = jsontext.SkipString(b, i)
		inner := b[key+1 : max(key+1, i-1)]
		if bytes.IndexByte(inner, '\\') >= 0 {
			return nil, false, false
		}
		if i = jsontext.SkipSpace(b, i); i >= len(b) || b[i] != ':' {
			return nil, false, false
		}
		start := jsontext.SkipSpace(b, i+1)
		i = jsontext.SkipValue(b, start)
		if string(inner) == name {
			value, found = b[start:i:i], true
		}
		if i = jsontext.SkipSpace(b, i); i < len(b) && b[i] == ',' {
			i++
		}
	}
}

// normal spells a value as the interpreter would: without white space, with numbers in
// their shortest form. Whole numbers of 64 bits stay exact, as they do in the service.
func normal(b json.RawMessage) json.RawMessage {
	out := make(json.RawMessage, 0, len(b))
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case c == '"':
			end := jsontext.SkipString(b, i)
			if bytes.IndexByte(b[i:end], '\\') < 0 {
				out = append(out, b[i:end]...)
			} else {
				var text string
				json.Unmarshal(b[i:end], &text) //nolint:errcheck // the text was valid
				out = jsontext.AppendString(out, text)
			}
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(b) && strings.IndexByte("+-.eE0123456789", b[end]) >= 0 {
				end++
			}
			out = appendWritten(out, b[i:end])
			i = end
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

func appendWritten(out, number []byte) []byte {
	if n, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return strconv.AppendInt(out, n, 10)
	}
	f, _ := strconv.ParseFloat(string(number), 64)
	return appendNumber(out, f)
}
