package jsonata

import (
	"fmt"
	"strings"
	"testing"
)

// The cost of one evaluation, by what the expression does.
func BenchmarkEvaluate(b *testing.B) {
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, `,{"sku":"item-%d","price":%d.5,"count":2}`, i, i)
	}
	large := &scope{states: map[string]string{"input": `{"lines":[` + lines.String()[1:] + `]}`}}
	for _, x := range []struct {
		name, text string
		scope      Scope
	}{
		{"path", "$states.input.order.id", order},
		{"variable", "$limit", order},
		{"condition", "$states.input.order.id > $limit", order},
		{"constant", "1+1", order},
		{"text", "'Dear ' & $who & ', your order ' & $states.input.order.id", order},
		{"object", "{'id': $states.input.order.id, 'who': $who}", order},
		{"sum", "$sum($states.input.order.lines.(price * count))", order},
		{"map", "$map($states.input.order.lines, function($l){ $l.sku })", order},
		{"large path", "$states.input.lines", large},
		{"large sum", "$sum($states.input.lines.(price * count))", large},
		{"large count", "$count($states.input.lines)", large},
	} {
		b.Run(x.name, func(b *testing.B) {
			e, err := Parse(x.text)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Evaluate(x.scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := Parse(fmt.Sprintf("$sum($states.input.lines[price > %d].(price * count))", i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInterpreter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newInterpreter(usual)
	}
}
