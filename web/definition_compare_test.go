package web

import (
	"strings"
	"testing"
)

func TestDefinitionsAreComparedByLines(t *testing.T) {
	long := strings.Repeat("same\n", 10)
	for name, c := range map[string]struct{ before, after, want string }{
		"equal":               {"a\nb", "a\nb", ""},
		"one line changed":    {"a\nb\nc", "a\nx\nc", " a|-b|+x| c"},
		"put in":              {"a\nc", "a\nb\nc", " a|+b| c"},
		"taken out":           {"a\nb\nc", "a\nc", " a|-b| c"},
		"moved":               {"a\nb\nc", "b\nc\na", "-a| b| c|+a"},
		"everything else":     {"a", "b", "-a|+b"},
		"far from each other": {"x\n" + long + "y", "X\n" + long + "Y", "-x|+X| same| same| same|…| same| same| same|-y|+Y"},
		"too long to compare": {strings.Repeat("a\n", 3000) + "z", strings.Repeat("b\n", 3000) + "z", ""},
	} {
		var got []string
		for _, line := range compared(c.before, c.after) {
			got = append(got, string(line.Kind)+line.Text)
		}
		if name == "too long to compare" {
			if len(got) != 6001 {
				t.Errorf("%s: %d lines", name, len(got))
			}
			continue
		}
		if text := strings.Join(got, "|"); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
}
