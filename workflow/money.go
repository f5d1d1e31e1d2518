package workflow

import (
	"fmt"
	"math"
)

// Money is an amount in minor units (cents) of a currency (ISO 4217).
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Times multiplies by a whole number; ok is false when the amount would overflow.
func (m Money) Times(n int64) (product Money, ok bool) {
	if n != 0 && (m.Amount > math.MaxInt64/abs(n) || m.Amount < -(math.MaxInt64/abs(n))) {
		return Money{}, false
	}
	return Money{m.Amount * n, m.Currency}, true
}

// Plus adds; ok is false on overflow or when the currencies differ.
func (m Money) Plus(o Money) (sum Money, ok bool) {
	if m.Currency != o.Currency {
		return Money{}, false
	}
	s := m.Amount + o.Amount
	if (o.Amount > 0 && s < m.Amount) || (o.Amount < 0 && s > m.Amount) {
		return Money{}, false
	}
	return Money{s, m.Currency}, true
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// String is for logs and history, "1240.00 EUR"; pages format for their reader.
// It assumes two decimal places.
func (m Money) String() string {
	sign, a := "", m.Amount
	if a < 0 {
		sign, a = "-", -a
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, a/100, a%100, m.Currency)
}
