package history

import (
	"strings"
	"testing"
)

func TestBeginningOfALongPayloadIsIndentedAsTheWhole(t *testing.T) {
	raw := []byte(`{"a": [1, 2, {"b\\\"": "x, {y} [z]: \u00e9ü"}, [], {}, [[]]], "c" : {"d":null,"e":{"f":[ ]}} , "g": "…"}`)
	whole := Indented(raw)
	for n := 1; n <= len(whole); n++ {
		part := strings.TrimSuffix(indentedUpTo(raw, n), "…")
		if !strings.HasPrefix(whole, part) || len(part) > n+8 {
			t.Fatalf("up to %d: %q is no beginning of %q", n, part, whole)
		}
	}
	for _, odd := range []string{"", "]", "}}}", `"`, `\`, "\xff", `{"a":"`} {
		indentedUpTo([]byte(odd), 10)
	}
}
