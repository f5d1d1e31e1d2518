package pages

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// JSON is a JSON text to look at. The zero JSON is not shown.
type JSON struct {
	ID    string // unique on the page and the same at every rendering, so that it stays open
	Title string
	Text  string // indented
	Whole string `json:",omitempty"` // where the whole text is, when Text is its beginning
	// Length is that of the whole text in bytes, when Text is its beginning.
	Length int    `json:",omitempty"`
	Note   string // beside the title: "truncated", "not recorded"; may be empty
	Open   bool
}

// colouredAtMost is the size up to which a text is coloured: markup would triple a large one.
const colouredAtMost = 24 << 10

func (j JSON) size() string {
	n := max(len(j.Text), j.Length)
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 100_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%d kB", n/1000)
}

// empty says whether there is nothing to see in the text, so that it need not be opened.
func (j JSON) empty() bool { return j.Text == "{}" || j.Text == "[]" || j.Text == "null" }

// coloured writes text with its member names, strings and other values marked. It takes any
// text: what is no JSON passes through unmarked.
func coloured(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if len(text) > colouredAtMost {
			_, err := io.WriteString(w, templ.EscapeString(text))
			return err
		}
		var out strings.Builder
		for _, t := range jsonTokens(text) {
			escaped := templ.EscapeString(t.text)
			if t.class == "" {
				out.WriteString(escaped)
				continue
			}
			out.WriteString(`<span class="` + t.class + `">` + escaped + `</span>`)
		}
		_, err := io.WriteString(w, out.String())
		return err
	})
}

// numbered writes text as lines in a list, whose numbers are not copied with it.
func numbered(text string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for line := range strings.Lines(text) {
			if _, err := io.WriteString(w, `<span class="line">`); err != nil {
				return err
			}
			if err := coloured(line).Render(ctx, w); err != nil {
				return err
			}
			if _, err := io.WriteString(w, `</span>`); err != nil {
				return err
			}
		}
		return nil
	})
}

type jsonToken struct{ class, text string }

// jsonTokens cuts text into strings, words and what stands between them.
func jsonTokens(text string) []jsonToken {
	var out []jsonToken
	for i := 0; i < len(text); {
		start, class := i, ""
		switch c := text[i]; {
		case c == '"':
			i = stringEnd(text, i)
			class = "json-string"
			if strings.HasPrefix(strings.TrimLeft(text[i:], " \t"), ":") {
				class = "json-name"
			}
		case isWord(c):
			for i < len(text) && isWord(text[i]) {
				i++
			}
			class = "json-value"
		default:
			for i < len(text) && text[i] != '"' && !isWord(text[i]) {
				i++
			}
		}
		out = append(out, jsonToken{class, text[start:i]})
	}
	return out
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// stringEnd is the index behind the string that begins at i, or the end of the text.
func stringEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
