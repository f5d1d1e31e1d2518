package jsonata

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// plain is an expression that only follows names. Most of those that people write are
// of this kind, and looking into the text is a hundred times faster than reading it
// into the interpreter. Where an array or a text with doubtful spelling is in the way,
// the interpreter is asked after all.
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

// evaluate follows the names; known is false when that does not tell the value.
func (p *plain) evaluate(s Scope) (value json.RawMessage, err error, known bool) {
	names := p.names
	if p.variable == "states" {
		value, names = s.State(names[0]), names[1:]
	} else {
		value = s.Variable(p.variable)
	}
	if value == nil {
		return nil, ErrUndefined, true
	}
	for _, name := range names {
		var found bool
		if value, found, known = follow(value, name); !known {
			return nil, nil, false
		} else if !found {
			return nil, ErrUndefined, true
		}
	}
	value, known = normal(value)
	return value, nil, known
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
		i = space(b, i)
		if i >= len(b) || b[i] != '"' {
			return value, found, i < len(b) && b[i] == '}'
		}
		key := i
		i = skipString(b, i)
		inner := b[key+1 : max(key+1, i-1)]
		if bytes.IndexByte(inner, '\\') >= 0 {
			return nil, false, false
		}
		if i = space(b, i); i >= len(b) || b[i] != ':' {
			return nil, false, false
		}
		start := space(b, i+1)
		i = skipValue(b, start)
		if string(inner) == name {
			value, found = b[start:i:i], true
		}
		if i = space(b, i); i < len(b) && b[i] == ',' {
			i++
		}
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string that begins at b[i].
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// skipValue returns the index after the value that begins at b[i].
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skipString(b, i); depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1 + min(depth, 0)
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(b)
}

// normal spells a value as the interpreter would: without white space, with numbers in
// their shortest form. Whole numbers of 64 bits stay exact, as they do in the service.
func normal(b json.RawMessage) (out json.RawMessage, known bool) {
	out = make(json.RawMessage, 0, len(b))
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case c == '"':
			end := skipString(b, i)
			if bytes.IndexByte(b[i:end], '\\') < 0 {
				out = append(out, b[i:end]...)
			} else {
				var text string
				if json.Unmarshal(b[i:end], &text) != nil {
					return nil, false
				}
				out = appendString(out, text)
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
	return out, true
}

func appendWritten(out, number []byte) []byte {
	if n, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return strconv.AppendInt(out, n, 10)
	}
	f, _ := strconv.ParseFloat(string(number), 64)
	return appendNumber(out, f)
}
