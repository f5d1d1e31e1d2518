package fulfilment

import (
	"strings"

	"countersign/workflow"
)

// amount writes money for people, in groups of three digits: "1,240.00 EUR".
func amount(m workflow.Money) string {
	text := m.String()
	whole, rest, _ := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + rest
}
