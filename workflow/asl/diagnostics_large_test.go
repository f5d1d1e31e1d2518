package asl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

// repeated joins n texts of which format makes each from its number.
func repeated(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// hugeDefinitions are as large as definitions may be; each grows in another direction.
var hugeDefinitions = map[string]func() string{
	"states in a row": func() string {
		return `{"StartAt":"S0","States":{` + repeated(10_000, `"S#":{"Type":"Pass","Next":"T#"}`) + `,` +
			repeated(9_999, `"T#":{"Type":"Pass","Next":"S#"}`) + `,"T9999":{"Type":"Succeed"}}}`
	},
	"states that nothing leads to": func() string {
		return `{"StartAt":"S0","States":{` + repeated(20_000, `"S#":{"Type":"Pass","End":true}`) + `}}`
	},
	"states without a type": func() string { return `{"StartAt":"S0","States":{` + repeated(50_000, `"S#":{}`) + `}}` },
	"one choice": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[` +
			repeated(14_000, `{"Variable":"$.a#","IsString":true,"Next":"B"}`) + `]},"B":{"Type":"Succeed"}}}`
	},
	"one template": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Parameters":{` + repeated(40_000, `"a#.$":"$.b[#]"`) + `}}}}`
	},
	"unknown fields": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,` + repeated(60_000, `"x#":1`) + `}}}`
	},
	"the same field": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,` + strings.Repeat(`"x":1,`, 100_000) + `"x":1}}}`
	},
	"branches": func() string {
		return `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[` +
			repeated(12_000, `{"StartAt":"S#","States":{"S#":{"Type":"Pass","End":true}}}`) + `]}}}`
	},
	"the same names in branches": func() string {
		return `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[` +
			repeated(12_000, `{"StartAt":"S","States":{"S":{"Type":"Pass","End":true}}}`) + `]}}}`
	},
	"maps in maps": func() string {
		const n = 45
		return `{"StartAt":"M0","States":{` + strings.Repeat(`"M0":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"M0","States":{`, n) +
			`"M0":{"Type":"Pass","End":true}` + strings.Repeat(`}}}`, n) + `}}`
	},
	"labels": func() string {
		return `{"StartAt":"M0","States":{` + repeated(5000, `"M#":{"Type":"Map","Label":"L#","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED",
			"ExecutionType":"STANDARD"},"StartAt":"P#","States":{"P#":{"Type":"Pass","End":true}}}}`) + `}}`
	},
	"variables": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Assign":{` + repeated(20_000, `"a#":1`) +
			`},"Parameters":{` + repeated(20_000, `"b#.$":"$c#"`) + `}}}}`
	},
	"expressions": func() string {
		return `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Output":[` +
			repeated(20_000, `"{% $states.input.a# %}"`) + `]}}}`
	},
	"a filter": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"InputPath":"$.a[?(` +
			strings.Repeat(`@.b > 1 && `, 80_000) + `@.c)]"}}}`
	},
	"parentheses": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"InputPath":"$.a[?` + strings.Repeat(`(`, 900_000) + `"}}}`
	},
	"calls in calls": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Parameters":{"a.$":"` +
			strings.Repeat(`States.Array(`, 70_000) + strings.Repeat(`)`, 70_000) + `"}}}}`
	},
	"arguments": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Parameters":{"a.$":"States.Array(` + strings.Repeat(`$.a,`, 240_000) + `$.a)"}}}}`
	},
	"lines": func() string { return `{"StartAt":"A","States":{` + strings.Repeat("\n", 1_000_000) + `"A":{}}}` },
	"retriers": func() string {
		return `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:F","End":true,"Retry":[` +
			repeated(30_000, `{"ErrorEquals":["E#"]}`) + `]}}}`
	},
}

// TestHugeDefinitions: what a definition may cost grows with its size and no faster. The
// bound is generous, as machines that run tests are slow; something quadratic costs minutes.
func TestHugeDefinitions(t *testing.T) {
	for name, definition := range hugeDefinitions {
		t.Run(name, func(t *testing.T) {
			src := definition()
			if len(src) > workflow.MaxDefinition {
				t.Fatalf("%d bytes", len(src))
			}
			paid := spent()
			m, found := Check([]byte(src), workflow.Standard)
			if cost := spent() - paid; cost > 20*time.Second {
				t.Errorf("%s for %d bytes", cost, len(src))
			} else {
				t.Logf("%s for %d bytes, %d diagnostics", cost, len(src), len(found))
			}
			if (m == nil) != found.Failed() || len(found) > maxDiagnostics {
				t.Errorf("%d diagnostics", len(found))
			}
			_ = found.Message()
		})
	}
}
