package history

import (
	"bytes"
	"encoding/json"

	"countersign/views/pages"
	"countersign/web/paths"
)

// How much of a payload is shown at once. All of it is a link away: a page with a hundred times
// 256 KiB would be of no use.
const (
	payloadShown = 32 << 10
	rowShown     = 4 << 10 // in a row of the table
)

// payload is one of an event's payloads to look at, up to a size.
func (h *History) payload(id, title string, raw json.RawMessage, event int64, of string, atMost int) pages.JSON {
	if len(raw) == 0 {
		return pages.JSON{}
	}
	if len(raw) <= atMost {
		return pages.JSON{ID: id, Title: title, Text: Indented(raw)}
	}
	return pages.JSON{
		ID: id, Title: title, Text: indentedUpTo(raw, atMost), Length: len(raw),
		Whole: paths.ExecutionPayload(h.facts.Key, event, of),
	}
}

// Indented is a JSON text over several lines, its members in their order; what is no JSON is
// left as it is.
func Indented(raw []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return string(raw)
	}
	return out.String()
}

// indentedUpTo is Indented for the beginning of a long text.
func indentedUpTo(raw []byte, atMost int) string {
	var out bytes.Buffer
	depth, quoted, escaped, empty := 0, false, false, false // empty: nothing has followed the bracket yet
	line := func() {
		out.WriteByte('\n')
		for range depth {
			out.WriteString("  ")
		}
	}
	for i := 0; i < len(raw) && out.Len() < atMost; i++ {
		c := raw[i]
		switch {
		case quoted:
			out.WriteByte(c)
			quoted, escaped = c != '"' || escaped, c == '\\' && !escaped
			continue
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			continue
		case (c == '}' || c == ']') && empty:
			depth, empty = max(0, depth-1), false
			out.WriteByte(c)
			continue
		case c == '}' || c == ']':
			depth = max(0, depth-1)
			line()
		}
		if empty {
			line()
			empty = false
		}
		out.WriteByte(c)
		switch c {
		case '"':
			quoted = true
		case '{', '[':
			depth, empty = depth+1, true
		case ',':
			line()
		case ':':
			out.WriteByte(' ')
		}
	}
	return string(bytes.ToValidUTF8(out.Bytes(), nil)) + "…"
}
