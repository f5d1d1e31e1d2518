package asl

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/workflow"
)

const lambda = `arn:aws:lambda:us-east-1:123456789012:function:F`

var longName = strings.Repeat("ü", workflow.MaxName+1)

// TestDiagnostics has a definition per problem. In it, a line that ends with
// "//! CODE POINTER" must have exactly that diagnostic; the other lines must have none.
func TestDiagnostics(t *testing.T) {
	for name, src := range diagnosticCases {
		t.Run(name, func(t *testing.T) {
			clean, want := expected(src)
			m, err := Compile([]byte(clean))
			if m != nil {
				t.Fatalf("accepted:\n%s", clean)
			}
			var found Diagnostics
			if !errors.As(err, &found) {
				t.Fatalf("the error is %T", err)
			}
			got := map[string]bool{}
			for _, d := range found {
				key := fmt.Sprintf("%d %s %s", d.Line, d.Code, d.Pointer)
				if got[key] = true; !want[key] {
					t.Errorf("unexpected: %v", d)
				}
				if d.Message == "" || strings.Contains(d.Message, "%!") {
					t.Errorf("bad message: %q", d.Message)
				}
			}
			for key := range want {
				if !got[key] {
					t.Errorf("missing: line %s\nfound:\n%v", key, err)
				}
			}
		})
	}
}

// expected takes the marks out of a definition.
func expected(src string) (clean string, want map[string]bool) {
	want = map[string]bool{}
	var lines []string
	for i, line := range strings.Split(strings.TrimPrefix(src, "\n"), "\n") {
		for {
			before, mark, ok := cutLast(line, "//! ")
			if !ok {
				break
			}
			line = before
			code, pointer, _ := strings.Cut(strings.TrimSpace(mark), " ")
			want[fmt.Sprintf("%d %s %s", i+1, code, pointer)] = true
		}
		line = strings.ReplaceAll(line, "DEEP", strings.Repeat("States.Array(", 11)+strings.Repeat(")", 11))
		lines = append(lines, strings.ReplaceAll(line, "LAMBDA", lambda))
	}
	return strings.Join(lines, "\n"), want
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Problems of texts that cannot be written into a table.
func TestDiagnosticsOfTheText(t *testing.T) {
	valid := `{"StartAt":"A","States":{"A":{"Type":"Succeed","Comment":"%s"}}}`
	tests := map[string]struct {
		src  string
		code string
		line int
	}{
		"not UTF-8":    {"{\n\"Comment\":\"\xff\"}", CodeInvalidJSON, 2},
		"too large":    {fmt.Sprintf(valid, strings.Repeat("x", workflow.MaxDefinition)), CodeTooLarge, 1},
		"deep":         {strings.Repeat(`{"a":`, 300), CodeTooDeep, 1},
		"deep arrays":  {strings.Repeat("[\n", 100_000), CodeTooDeep, maxNesting + 1},
		"NUL":          {"{\"Comment\":\"\x00\"}", CodeInvalidJSON, 1},
		"half a pair":  {`{"a":"\ud83"}`, CodeInvalidJSON, 1},
		"just a brace": {"{", CodeInvalidJSON, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Compile([]byte(test.src))
			var found Diagnostics
			if !errors.As(err, &found) || found[0].Code != test.code || found[0].Line != test.line {
				t.Errorf("got %v, want %s in line %d", err, test.code, test.line)
			}
		})
	}
	if _, err := Compile(fmt.Appendf(nil, valid, strings.Repeat("x", workflow.MaxDefinition-len(valid)))); err != nil {
		t.Errorf("a definition of exactly the limit is refused: %v", err)
	}
}

// A hopeless definition is answered shortly.
func TestDiagnosticsAreBounded(t *testing.T) {
	src := `{"StartAt":"A","States":{"A":{"Type":"Pass"` + strings.Repeat(`,"x":1,"y":2`, 50_000) + `}}}`
	_, err := Compile([]byte(src))
	var found Diagnostics
	if !errors.As(err, &found) || len(found) > maxDiagnostics {
		t.Errorf("%d diagnostics", len(found))
	}
}
