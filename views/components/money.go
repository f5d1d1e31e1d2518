package components

import (
	gomoney "github.com/Rhymond/go-money"

	"countersign/workflow"
)

// MoneyText writes an amount as people here read it: "1,240.00 EUR".
// A currency that is not in ISO 4217 is written with two decimal places.
func MoneyText(m workflow.Money) string {
	fraction := 2
	if c := gomoney.GetCurrency(m.Currency); c != nil {
		fraction = c.Fraction
	}
	return gomoney.NewFormatter(fraction, ".", ",", m.Currency, "1 $").Format(m.Amount)
}
